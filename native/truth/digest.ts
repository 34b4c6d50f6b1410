/** Prints one line per scene: a hash of everything that was made. Run under ANTEROOM_ISA to compare widths. */
import { createHash } from 'node:crypto';
import {
  backends,
  marchPicture,
  marchRgba,
  prepareGrid,
  prepareLook,
  resample,
  type GridSpec,
} from '../index.ts';
import { balls, ballLook, diagonal, obliqueEye, smallPicture } from './scenes.ts';

async function digest(spec: GridSpec, mode: 'shaded' | 'mip'): Promise<string> {
  using grid = await prepareGrid(spec, { backend: 'cpu' });
  using look = await prepareLook(grid, { ...ballLook, mode });
  const size = 96;
  const pixels = new Uint8Array(4 * size * size);
  const coverage = new Float32Array(size * size);
  const inverseDepth = new Float32Array(size * size);
  const inverseDepthSd = new Float32Array(size * size);
  const march = { grid, look, eyes: [obliqueEye(spec)], clipPlanesMm: [0.6, 0, 0.8, -20] };
  const target = { pixels, width: size, height: size, coverage, inverseDepth, inverseDepthSd };
  const { samples } = await marchRgba({ ...march, stepVoxels: 0.7 }, target);
  const picture = smallPicture();
  await marchPicture(march, picture);
  const hash = createHash('sha256');
  for (const view of [pixels, picture.planes, coverage, inverseDepth, inverseDepthSd])
    hash.update(new Uint8Array(view.buffer));
  // Samples are counted per packet: they tell that the width was another one.
  return `${hash.digest('hex')} ${samples > 0}`;
}

const scene = balls([57, 49, 41]);
console.log(backends()[0]!.isa);
console.log(await digest(scene, 'shaded'));
console.log(await digest(scene, 'mip'));
console.log(await digest({ ...scene, paddingValue: -900, holes: [[20, 23]] }, 'shaded'));
console.log(await digest({ ...scene, voxels: Float32Array.from(scene.voxels) }, 'shaded'));
const gaps = Float32Array.from(scene.voxels, (v, n) => (n % 397 === 0 ? NaN : v));
console.log(await digest({ ...scene, voxels: gaps }, 'shaded'));
const out = new Float32Array(20 * 20 * 20);
await resample(scene, { dims: [20, 20, 20], mmFromIndex: diagonal(1.1, 1.3, 1.7, [1, 2, 3]), voxels: out });
console.log(createHash('sha256').update(new Uint8Array(out.buffer)).digest('hex'));
