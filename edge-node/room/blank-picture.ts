/** The picture while nothing is shown: the ground's colour, no depth, no coverage. Never an earlier volume. */
import type { PictureLayout } from '../../shared/protocol/picture.ts';
import type { Vec3 } from '../../shared/geometry/mat4.ts';
import { GROUND_CODES } from '../../shared/scene/ground.ts';

function codesOf([r, g, b]: Vec3): readonly [y: number, u: number, v: number] {
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return [
    Math.round(16 + 219 * y),
    Math.round(128 + (224 * (b - y)) / 1.8556),
    Math.round(128 + (224 * (r - y)) / 1.5748),
  ];
}

/** Fills the I420 picture, its strip excepted (the stream writes that). */
export function blankPicture(layout: PictureLayout, planes: Uint8Array): void {
  const { width, height, eyeHeight } = layout;
  const [y, u, v] = codesOf(GROUND_CODES);
  const luma = width * height;
  const chroma = luma / 4;
  const eyes = width * eyeHeight;
  planes.fill(y, 0, eyes).fill(0, eyes, luma);
  for (const [code, from] of [
    [u, luma],
    [v, luma + chroma],
  ] as const)
    planes.fill(code, from, from + eyes / 4).fill(128, from + eyes / 4, from + chroma);
}
