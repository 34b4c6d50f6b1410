/** Where a thumbnail is seen from. Pure; LPS mm. */
import {
  add,
  centreOfGridLpsMm,
  cross,
  normalize,
  scale,
  subtract,
  transformPoint,
} from '../../shared/geometry/index.ts';
import type { Volume } from '../../shared/volume.ts';
import type { Camera } from '../render/types.ts';

const FOV_DEG = 30;
/** What differs from the ground by less, in any channel, is ground (dither). */
const GROUND_STEPS = 12;
/** Room around what is shown, as a share of its size. */
const RIM = 0.06;

/** From the patient's left front and a little above; the grid's bounding sphere is all in the picture. */
export function threeQuarterCamera(volume: Pick<Volume, 'lpsFromIndex' | 'dims'>): Camera {
  const targetMm = centreOfGridLpsMm(volume.lpsFromIndex, volume.dims);
  const corner = transformPoint(volume.lpsFromIndex, [-0.5, -0.5, -0.5]);
  const radius = Math.hypot(...subtract(corner, targetMm));
  const distance = radius / Math.sin((FOV_DEG * Math.PI) / 360);
  const eyeMm = add(targetMm, scale(normalize([0.5, -1, 0.25]), distance));
  return { eyeMm, targetMm, up: [0, 0, 1], fovYDeg: FOV_DEG };
}

/**
 * The same eye, turned and zoomed to what its square picture shows: `pixels` is RGBA, rows from the top, its first
 * pixel is ground. The camera itself where nothing is shown.
 */
export function closeUp(camera: Camera, pixels: Uint8Array, side: number): Camera {
  let [left, top, right, bottom] = [side, side, -1, -1];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const at = 4 * (y * side + x);
      if ([0, 1, 2].every((c) => Math.abs(pixels[at + c]! - pixels[c]!) < GROUND_STEPS)) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  if (right < 0) return camera;
  const tangent = Math.tan((camera.fovYDeg * Math.PI) / 360);
  const x = ((left + right + 1) / side - 1) * tangent;
  const y = (1 - (top + bottom + 1) / side) * tangent;
  const half = (Math.max(right + 1 - left, bottom + 1 - top) / side) * tangent * (1 + RIM);

  const ahead = normalize(subtract(camera.targetMm, camera.eyeMm));
  const rightwards = normalize(cross(ahead, camera.up));
  const upwards = cross(rightwards, ahead);
  const way = add(ahead, add(scale(rightwards, x), scale(upwards, y)));
  const distance = Math.hypot(...subtract(camera.targetMm, camera.eyeMm));
  const fovYDeg = (360 / Math.PI) * Math.atan(half / Math.hypot(...way));
  return {
    ...camera,
    targetMm: add(camera.eyeMm, scale(way, distance)),
    fovYDeg: Math.min(fovYDeg, camera.fovYDeg),
  };
}
