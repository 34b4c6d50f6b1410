/** What every argument must be before native code borrows its memory. */
import { demand } from './errors.ts';
import type { Box, EyeSpec, GridSpec, LookSpec, MarchSpec, Matrix, PictureTarget } from './types.ts';

const whole = (n: number): boolean => Number.isInteger(n);

export function checkMatrix(name: string, m: Matrix): void {
  demand(m.length === 16 && m.every(Number.isFinite), `${name} must be 16 finite numbers, column-major`);
  demand(
    m[3] === 0 && m[7] === 0 && m[11] === 0 && m[15] === 1,
    `${name} must be affine: its last row is 0 0 0 1`,
  );
  demand(Math.abs(determinant(m)) > 1e-12, `${name} is singular`);
}

export function determinant(m: Matrix): number {
  const at = (i: number): number => m[i]!;
  return (
    at(0) * (at(5) * at(10) - at(9) * at(6)) -
    at(4) * (at(1) * at(10) - at(9) * at(2)) +
    at(8) * (at(1) * at(6) - at(5) * at(2))
  );
}

export function checkGrid(name: string, grid: Pick<GridSpec, 'voxels' | 'dims' | 'mmFromIndex'>): void {
  const { voxels, dims } = grid;
  demand(
    voxels instanceof Int16Array || voxels instanceof Float32Array,
    `${name}: voxels must be an Int16Array or a Float32Array`,
  );
  demand(
    dims.length === 3 && dims.every((n) => whole(n) && n >= 1) && dims[0] >= 2,
    `${name}: dims must be three whole numbers, the first at least 2; given ${dims.join(' x ')}`,
  );
  const count = dims[0] * dims[1] * dims[2];
  demand(count < 2 ** 31, `${name}: ${count} voxels; a grid holds fewer than 2^31`);
  demand(voxels.length === count, `${name}: ${voxels.length} voxels, but ${dims.join(' x ')} is ${count}`);
  checkMatrix(`${name}.mmFromIndex`, grid.mmFromIndex);
}

export function checkLook(look: LookSpec): void {
  demand(
    look.table instanceof Float32Array && look.table.length >= 8 && look.table.length % 4 === 0,
    'look.table must be a Float32Array of at least two entries of r, g, b and extinction',
  );
  demand(
    look.table.every((n) => Number.isFinite(n) && n >= 0),
    'look.table holds a number that is negative or not finite',
  );
  demand(
    Number.isFinite(look.valueMin) && Number.isFinite(look.valueMax) && look.valueMin < look.valueMax,
    `look: valueMin ${look.valueMin} must be below valueMax ${look.valueMax}`,
  );
  for (const key of ['ambient', 'diffuse', 'specular', 'specularPower'] as const)
    demand(Number.isFinite(look[key]) && look[key] >= 0, `look.${key} must be a finite number, not negative`);
}

function checkEye(eye: EyeSpec, index: number): void {
  const m = eye.eyeFromMm;
  checkMatrix(`eyes[${index}].eyeFromMm`, m);
  demand(determinant(m) > 0, `eyes[${index}].eyeFromMm mirrors: a picture must never be a mirror image`);
  const dot = (a: number, b: number): number => m[a]! * m[b]! + m[a + 1]! * m[b + 1]! + m[a + 2]! * m[b + 2]!;
  const squared = [dot(0, 0), dot(4, 4), dot(8, 8)];
  const greatest = Math.max(...squared);
  demand(
    Math.min(...squared) > greatest * 0.999 &&
      Math.max(Math.abs(dot(0, 4)), Math.abs(dot(0, 8)), Math.abs(dot(4, 8))) < greatest * 1e-3,
    `eyes[${index}].eyeFromMm may turn, move and scale alike in all directions, nothing else`,
  );
  const t = eye.tangents;
  demand(
    [t.left, t.right, t.up, t.down].every(Number.isFinite) && t.left + t.right > 0 && t.up + t.down > 0,
    `eyes[${index}]: the frustum is empty`,
  );
}

export function checkMarch(spec: MarchSpec): void {
  demand(spec.eyes.length >= 1 && spec.eyes.length <= 4, `${spec.eyes.length} eyes; a march draws 1 to 4`);
  spec.eyes.forEach(checkEye);
  const clips = spec.clipPlanesMm ?? [];
  demand(
    clips.length % 4 === 0 && clips.length <= 24 && clips.every(Number.isFinite),
    'clipPlanesMm holds four finite numbers for each of at most 6 planes',
  );
  const step = spec.stepVoxels ?? 1;
  demand(step >= 1 / 64 && step <= 16, `stepVoxels ${step}; between 1/64 and 16`);
  demand(
    spec.background === undefined || spec.background.every((n) => Number.isFinite(n) && n >= 0 && n <= 1),
    'background is three numbers 0..1',
  );
}

export function checkSize(width: number, height: number): void {
  demand(
    whole(width) && whole(height) && width >= 1 && height >= 1 && width <= 16384 && height <= 16384,
    `an image of ${width} x ${height} px`,
  );
}

export function checkPicture(target: PictureTarget, eyes: number): void {
  const { width, height, planes, cells } = target;
  checkSize(width, height);
  demand(
    width % 2 === 0 && height % 2 === 0,
    `an I420 picture of ${width} x ${height} px: sides must be even`,
  );
  demand(
    planes instanceof Uint8Array && planes.length === (width * height * 3) / 2,
    `planes: ${planes.length} bytes, an I420 picture of ${width} x ${height} has ${(width * height * 3) / 2}`,
  );
  demand(
    whole(cells) && cells >= 8 && cells <= 256 && cells % 8 === 0,
    `${cells} cells a side: 8 to 256, by 8`,
  );
  for (const [name, boxes] of Object.entries({
    eyes: target.eyes,
    depth: target.depth,
    confidence: target.confidence,
    coverage: target.coverage,
  }))
    demand(boxes.length >= eyes, `${name}: ${boxes.length} boxes for ${eyes} eyes`);
  const inside = (b: Box): boolean =>
    [b.x, b.y, b.width, b.height].every(whole) &&
    b.x >= 0 &&
    b.y >= 0 &&
    b.x % 2 === 0 &&
    b.y % 2 === 0 &&
    b.x + b.width <= width &&
    b.y + b.height <= height;
  for (let n = 0; n < eyes; n++) {
    const eye = target.eyes[n]!;
    demand(
      inside(eye) && eye.width >= 16 && eye.height >= 16 && eye.width % 16 === 0 && eye.height % 16 === 0,
      `eyes[${n}] of ${eye.width} x ${eye.height} px at ${eye.x}, ${eye.y}: sides are multiples of 16, inside the picture`,
    );
    const first = target.eyes[0]!;
    demand(eye.width === first.width && eye.height === first.height, 'all eyes of a picture have one size');
    for (const box of [target.depth[n]!, target.confidence[n]!, target.coverage[n]!])
      demand(
        inside(box) && box.width >= 8 && box.height >= 8 && box.width % 8 === 0 && box.height % 8 === 0,
        `a grid's box of ${box.width} x ${box.height} at ${box.x}, ${box.y}: inside the picture, sides by 8`,
      );
  }
  demand(
    target.nearM > 0 && target.farM > target.nearM && target.confidenceFullPerM > 0,
    'nearM < farM and confidenceFullPerM must be positive',
  );
}
