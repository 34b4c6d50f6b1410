/** The painted voxels against the stated truth, on the grids that people see. */
import { expect, test } from 'vitest';
import { fiducialPaints } from '../../fhir/archive/patient/fiducials.ts';
import { fillSlices, type Grid } from '../../fhir/archive/patient/fill.ts';
import { flowObject, FLOW_PHASES, VENC_CM_S } from '../../fhir/archive/patient/flow-mr.ts';
import { aorta } from '../../fhir/archive/patient/great-vessels.ts';
import { chestGrid } from '../../fhir/archive/patient/grids.ts';
import { contraction, heartShapes } from '../../fhir/archive/patient/heart.ts';
import { wholePatient } from '../../fhir/archive/patient/whole-patient.ts';
import { AORTA, CARDIAC, FIDUCIALS, FLOW, LUNG_NODULE, seriesOf } from '../../fhir/archive/truth.ts';

const EDGE = (2 * 0.78125 + 1.25) / 3;

/** The part of a straight grid within `half` mm of a point. */
function around(grid: Grid, c: readonly [number, number, number], half: number): Grid {
  const steps = [grid.di[0], grid.dj[1], grid.dk[2]];
  const low = [0, 1, 2].map((a) => Math.ceil((c[a]! - half - grid.origin[a]!) / steps[a]!));
  const n = [0, 1, 2].map((a) => Math.floor((2 * half) / steps[a]!)) as [number, number, number];
  const origin = [0, 1, 2].map((a) => grid.origin[a]! + low[a]! * steps[a]!) as [number, number, number];
  return { ...grid, dims: n, origin };
}
const paint = (grid: Grid, paints: Parameters<typeof fillSlices>[0], edge = EDGE): Float32Array => {
  const out = new Float32Array(grid.dims[0] * grid.dims[1] * grid.dims[2]);
  fillSlices(paints, grid, 0, grid.dims[2], -1000, edge, out);
  return out;
};

test('beads lie where they are said to lie, to a tenth of a voxel', () => {
  const chest = [...wholePatient(contraction(0.75)), ...fiducialPaints()];
  expect(FIDUCIALS.beads.length).toBeGreaterThanOrEqual(6);
  for (const { centreMm } of FIDUCIALS.beads) {
    const grid = around(chestGrid('full'), centreMm, 9);
    const values = paint(grid, chest);
    const sum = [0, 0, 0];
    let weight = 0;
    const [nx, ny] = grid.dims;
    for (let i = 0; i < values.length; i++) {
      const w = Math.max(0, values[i]! - 300);
      const at = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny))];
      weight += w;
      at.forEach((v, a) => (sum[a]! += w * v));
    }
    const steps = [grid.di[0], grid.dj[1], grid.dk[2]];
    sum.forEach((v, a) => {
      const voxels = v / weight - (centreMm[a]! - grid.origin[a]!) / steps[a]!;
      expect(Math.abs(voxels)).toBeLessThan(0.1);
    });
    expect(Math.max(...values)).toBe(FIDUCIALS.hu);
  }
}, 120_000);

test('no four beads lie in a plane', () => {
  const beads = FIDUCIALS.beads.map(({ centreMm }) => centreMm);
  const sub = (a: readonly number[], b: readonly number[]): number[] => a.map((v, i) => v - b[i]!);
  for (let a = 0; a < beads.length; a++)
    for (let b = a + 1; b < beads.length; b++)
      for (let c = b + 1; c < beads.length; c++)
        for (let d = c + 1; d < beads.length; d++) {
          const [u, v, w] = [beads[b]!, beads[c]!, beads[d]!].map((p) => sub(p, beads[a]!)) as [
            number[],
            number[],
            number[],
          ];
          const n = [
            u[1]! * v[2]! - u[2]! * v[1]!,
            u[2]! * v[0]! - u[0]! * v[2]!,
            u[0]! * v[1]! - u[1]! * v[0]!,
          ];
          const height = Math.abs(n[0]! * w[0]! + n[1]! * w[1]! + n[2]! * w[2]!) / Math.hypot(...n);
          expect(height).toBeGreaterThan(1);
        }
});

test('the nodule has the volume of its sphere, and the aneurysm its width', () => {
  const grid = around(chestGrid('full'), LUNG_NODULE.centre, 10);
  const paints = wholePatient(0).filter(({ name }) => ['lungs', 'nodule'].includes(name));
  const voxelMl = (grid.di[0] * grid.dj[1] * grid.dk[2]) / 1000;
  let ml = 0;
  for (const hu of paint(grid, paints)) ml += hu > (LUNG_NODULE.hu - 842) / 2 ? voxelMl : 0;
  expect(Math.abs(ml / LUNG_NODULE.volumeMl - 1)).toBeLessThan(0.03);

  // Across the widest place, straight along x.
  const [x, y, z] = AORTA.aneurysm.centre;
  let inside = 0;
  for (let t = -60; t < 60; t += 0.1) if (aorta.distance(x + t, y, z) < 0) inside += 0.1;
  expect(inside).toBeGreaterThan(AORTA.aneurysm.diameterMm - 1);
  expect(inside).toBeLessThan(AORTA.aneurysm.diameterMm + 3);
});

test('the left ventricle holds what its formula says, in every phase', () => {
  const { grid } = seriesOf('full').cardiac;
  const voxelMl = (Math.hypot(...grid.di) * Math.hypot(...grid.dj) * Math.hypot(...grid.dk)) / 1000;
  for (const { phase, leftVentricleMl } of CARDIAC.phases) {
    const { cavity } = heartShapes(contraction(phase / CARDIAC.phases.length));
    const values = paint(
      grid,
      [{ name: 'left ventricle', shape: cavity, layers: [{ depthMm: 0, value: 300 }] }],
      1.2,
    );
    let ml = 0;
    for (const hu of values) ml += ((hu + 1000) / 1300) * voxelMl;
    expect(Math.abs(ml / leftVentricleMl - 1)).toBeLessThan(0.01);
  }
  const volumes = CARDIAC.phases.map((p) => p.leftVentricleMl);
  expect(1 - Math.min(...volumes) / Math.max(...volumes)).toBeGreaterThan(0.5);
}, 120_000);

test('velocities through the aorta add up to the stated flow rates', () => {
  const { grid } = seriesOf('full').flow;
  const [columns, rows, slices] = grid.dims;
  const [object] = flowObject('full', 3);
  const area = Math.hypot(...grid.di) * Math.hypot(...grid.dk);
  /** Towards the head, through the level of one row, over the lumen near a place; mL/s. */
  const through = (t: number, x0: number, y0: number, z0: number): number => {
    const j = Math.round((z0 - grid.origin[2]) / grid.dj[2]);
    let sum = 0;
    for (let k = 0; k < slices; k++)
      for (let i = 0; i < columns; i++) {
        const x = grid.origin[0] + i * grid.di[0] + k * grid.dk[0];
        const y = grid.origin[1] + i * grid.di[1] + k * grid.dk[1];
        const z = grid.origin[2] + j * grid.dj[2];
        if (Math.hypot(x - x0, y - y0) > 26 || aorta.distance(x, y, z) > 1) continue;
        const stored = object!.pixels[((t * slices + k) * rows + j) * columns + i]!;
        sum += ((stored * 2 * VENC_CM_S) / 4096 - VENC_CM_S) * 10 * area;
      }
    return sum / 1000;
  };
  for (let t = 0; t < FLOW_PHASES; t++) {
    const { ascendingMlS, descendingMlS } = FLOW.phases[t]!;
    expect(Math.abs(through(t, -15.5, -25.5, 50) - ascendingMlS)).toBeLessThan(
      8 + 0.03 * Math.abs(ascendingMlS),
    );
    expect(Math.abs(-through(t, 31, 43, 40) - descendingMlS)).toBeLessThan(
      8 + 0.03 * Math.abs(descendingMlS),
    );
  }
}, 120_000);
