/** A picture that says for which pose it was drawn: 12 bits of the head's x in blocks, in both eyes, over a texture. */
import type { Pose } from '../../../shared/protocol/channel.ts';
import type { PictureLayout } from '../../../shared/protocol/picture.ts';

const BLOCKS = 12;
const COLUMNS = 4;
const BLOCK_PX = 32;

/** Millimetres of x, modulo 4096: what the pattern holds. */
export const codeOfPose = (pose: Pose): number => Math.round(pose.eyes[0].eyeFromTwin[12]! * 1000) & 0xfff;

function blockAt(layout: PictureLayout, eye: 0 | 1, bit: number): { x: number; y: number } {
  return {
    x: layout.eyes[eye].x + 16 + (bit % COLUMNS) * BLOCK_PX,
    y: layout.eyes[eye].y + 16 + Math.floor(bit / COLUMNS) * BLOCK_PX,
  };
}

/** Draws the code into an I420 picture; the right eye holds its complement. `rough` adds texture that costs bits. */
export function drawPose(planes: Uint8Array, layout: PictureLayout, code: number, rough: number): void {
  const { width } = layout;
  for (let y = 0; y < layout.eyeHeight; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) planes[row + x] = 110 + ((((x * 13) ^ (y * 7)) + code * 3) & 31) * rough;
  }
  for (const eye of [0, 1] as const)
    for (let bit = 0; bit < BLOCKS; bit++) {
      const { x, y } = blockAt(layout, eye, bit);
      const on = ((code >> bit) & 1) === (eye === 0 ? 1 : 0);
      for (let row = y; row < y + BLOCK_PX; row++)
        planes.fill(on ? 225 : 25, row * width + x, row * width + x + BLOCK_PX);
    }
}

/** The code in a decoded luma plane, or null where the two eyes do not say the same. */
export function readPose(luma: Uint8Array, layout: PictureLayout, stride: number): number | null {
  const read = (eye: 0 | 1): number => {
    let code = 0;
    for (let bit = 0; bit < BLOCKS; bit++) {
      const { x, y } = blockAt(layout, eye, bit);
      let sum = 0;
      for (let dy = 8; dy < 24; dy += 4)
        for (let dx = 8; dx < 24; dx += 4) sum += luma[(y + dy) * stride + x + dx]!;
      if (sum / 16 > 125) code |= 1 << bit;
    }
    return code;
  };
  const left = read(0);
  return left === (~read(1) & 0xfff) ? left : null;
}
