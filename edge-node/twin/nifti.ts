/** A volume's head as NIfTI-1, in RAS. Source: nifti1.h; RAS = diag(-1, -1, 1) LPS. */
import type { Volume } from '../../shared/volume.ts';

const HEADER_BYTES = 352;
const MAX_DIM = 32_767;

type Quaternion = readonly [b: number, c: number, d: number];

/** The vector part of the unit quaternion (a >= 0) of a proper rotation, rows first. */
export function quaternionOf(r: readonly (readonly number[])[]): Quaternion {
  const at = (i: number, j: number): number => r[i]![j]!;
  const trace = at(0, 0) + at(1, 1) + at(2, 2);
  let q: [number, number, number, number];
  if (trace > 0) {
    const s = 2 * Math.sqrt(1 + trace);
    q = [s / 4, (at(2, 1) - at(1, 2)) / s, (at(0, 2) - at(2, 0)) / s, (at(1, 0) - at(0, 1)) / s];
  } else if (at(0, 0) >= at(1, 1) && at(0, 0) >= at(2, 2)) {
    const s = 2 * Math.sqrt(1 + at(0, 0) - at(1, 1) - at(2, 2));
    q = [(at(2, 1) - at(1, 2)) / s, s / 4, (at(0, 1) + at(1, 0)) / s, (at(0, 2) + at(2, 0)) / s];
  } else if (at(1, 1) >= at(2, 2)) {
    const s = 2 * Math.sqrt(1 + at(1, 1) - at(0, 0) - at(2, 2));
    q = [(at(0, 2) - at(2, 0)) / s, (at(0, 1) + at(1, 0)) / s, s / 4, (at(1, 2) + at(2, 1)) / s];
  } else {
    const s = 2 * Math.sqrt(1 + at(2, 2) - at(0, 0) - at(1, 1));
    q = [(at(1, 0) - at(0, 1)) / s, (at(0, 2) + at(2, 0)) / s, (at(1, 2) + at(2, 1)) / s, s / 4];
  }
  const sign = q[0] < 0 ? -1 : 1;
  return [sign * q[1], sign * q[2], sign * q[3]];
}

/** Milliseconds from phase to phase where it is one number; 0 where it is not known. */
function phaseStepMs(phases: Volume['phases']): number {
  const times = phases.map((phase) => phase.timeMs);
  if (phases.length < 2 || times.some((t) => t === null)) return 0;
  const step = (times.at(-1)! - times[0]!) / (times.length - 1);
  const even = times.every((t, i) => Math.abs(t! - times[0]! - i * step) <= 0.01 * step);
  return even ? step : 0;
}

/**
 * The 352 bytes before the raw little-endian voxels; sform and qform both say RAS mm from index. Throws RangeError
 * where a dimension is beyond NIfTI-1's 32,767.
 */
export function niftiHeader(volume: Volume, phases: Volume['phases']): Uint8Array {
  if ([...volume.dims, phases.length].some((n) => n > MAX_DIM))
    throw new RangeError(`NIfTI-1 holds at most ${MAX_DIM} voxels along an axis; write NRRD instead`);
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const short = (at: number, value: number): void => view.setInt16(at, value, true);
  const float = (at: number, value: number): void => view.setFloat32(at, value, true);
  const int16 = phases[0]!.voxels instanceof Int16Array;
  view.setInt32(0, 348, true);
  [phases.length > 1 ? 4 : 3, ...volume.dims, phases.length, 1, 1, 1].forEach((n, i) => short(40 + 2 * i, n));
  short(70, int16 ? 4 : 16);
  short(72, int16 ? 16 : 32);
  // pixdim[0] is qfac: +1, for a volume is never mirrored.
  [1, ...volume.spacingMm, phaseStepMs(phases), 0, 0, 0].forEach((v, i) => float(76 + 4 * i, v));
  float(108, HEADER_BYTES);
  float(112, 1);
  bytes[123] = 2 | 16;
  bytes.set(new TextEncoder().encode('Anteroom, not for diagnosis'), 148);
  short(252, 1);
  short(254, 1);
  const m = volume.lpsFromIndex;
  const row = (sign: number, axis: number): number[] => [0, 1, 2, 3].map((c) => sign * m[4 * c + axis]!);
  const ras = [row(-1, 0), row(-1, 1), row(1, 2)];
  const unit = ras.map((r) => [0, 1, 2].map((c) => r[c]! / volume.spacingMm[c]!));
  quaternionOf(unit).forEach((v, i) => float(256 + 4 * i, v));
  ras.forEach((r, i) => float(268 + 4 * i, r[3]!));
  ras.forEach((r, i) => r.forEach((v, c) => float(280 + 16 * i + 4 * c, v)));
  bytes.set([0x6e, 0x2b, 0x31, 0], 344);
  return bytes;
}
