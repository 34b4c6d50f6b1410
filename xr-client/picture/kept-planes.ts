/**
 * The newest picture's bytes, kept to know whether the next one shows anything else. A head at rest gets the same
 * picture again and again under new names: it is shown already, and costs nothing more.
 */
import type { PicturePart, PicturePlanes } from './plane-textures.ts';

export interface KeptPlanes {
  /**
   * True when these parts lie where the kept ones do and no sample is further than one code from them: encoders
   * flicker by that much over a still picture. Else these are kept from now on.
   */
  isSame(planes: PicturePlanes, parts: readonly PicturePart[]): boolean;
}

export function createKeptPlanes(): KeptPlanes {
  let kept = new Uint8Array(0);
  let shape = '';
  return {
    isSame: (planes, parts) => {
      const rows = rowsOf(planes, parts);
      const bytes = rows.reduce((sum, { height, width }) => sum + height * width, 0);
      const now = `${planes.width} ${JSON.stringify(parts)}`;
      const same = now === shape && matches(rows, kept);
      if (same) return true;
      shape = now;
      if (kept.length < bytes) kept = new Uint8Array(bytes);
      let at = 0;
      for (const { plane, stride, start, width, height } of rows)
        for (let row = 0; row < height; row++, at += width)
          kept.set(plane.subarray(start + row * stride, start + row * stride + width), at);
      return false;
    },
  };
}

interface Rows {
  readonly plane: Uint8Array;
  readonly stride: number;
  readonly start: number;
  readonly width: number;
  readonly height: number;
}

function rowsOf(planes: PicturePlanes, parts: readonly PicturePart[]): readonly Rows[] {
  return parts.flatMap(({ luma, chroma }) => {
    const of = (plane: Uint8Array, stride: number, { x, y, width, height }: typeof luma): Rows => ({
      plane,
      stride,
      start: y * stride + x,
      width,
      height,
    });
    const bright = of(planes.y, planes.strideY, luma);
    if (!chroma) return [bright];
    return [bright, of(planes.u, planes.strideU, chroma), of(planes.v, planes.strideV, chroma)];
  });
}

function matches(rows: readonly Rows[], kept: Uint8Array): boolean {
  let at = 0;
  for (const { plane, stride, start, width, height } of rows)
    for (let row = 0; row < height; row++, at += width) {
      const from = start + row * stride;
      if (!sameWords(plane, from, kept, at, width) && !alike(plane, from, kept, at, width)) return false;
    }
  return true;
}

/** Four bytes at a time, where both lie so; most rows of a still picture are the very same. */
function sameWords(a: Uint8Array, atA: number, b: Uint8Array, atB: number, length: number): boolean {
  if ((a.byteOffset + atA) % 4 || (b.byteOffset + atB) % 4 || length % 4) return false;
  const [words, others] = [
    new Uint32Array(a.buffer, a.byteOffset + atA, length / 4),
    new Uint32Array(b.buffer, b.byteOffset + atB, length / 4),
  ];
  for (let i = 0; i < words.length; i++) if (words[i] !== others[i]) return false;
  return true;
}

function alike(a: Uint8Array, atA: number, b: Uint8Array, atB: number, length: number): boolean {
  // The difference plus one is 0, 1 or 2, or the picture is another.
  for (let i = 0; i < length; i++) if ((a[atA + i]! - b[atB + i]! + 1) >>> 0 > 2) return false;
  return true;
}
