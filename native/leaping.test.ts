/** Leaping changes no bit: seeded eyes in and around odd grids, every octant of directions, cuts, padding and holes. */
import { afterAll, expect, test } from 'vitest';
import { lookAt, scaling, multiply, symmetricTangents, transformPoint } from '../shared/geometry/index.ts';
import type { Mat4, Vec3 } from '../shared/geometry/index.ts';
import { liveHandles, marchRgba, prepareGrid, prepareLook, type GridSpec, type LookSpec } from './index.ts';
import { ballLook, gridOf, seeded } from './truth/scenes.ts';

afterAll(() => expect(liveHandles()).toBe(0));

const SIDE = 24;
type Triple = [number, number, number];

/** Mostly air, a few balls and single voxels; turned in space, sometimes flat along an axis, sometimes mirrored. */
function oddGrid(random: () => number): GridSpec {
  const whole = (n: number): number => Math.floor(random() * n);
  const dims = [0, 1, 2].map((axis) =>
    whole(6) === 0 ? (axis === 0 ? 2 : 1) + whole(2) : 5 + whole(30),
  ) as Triple;
  const [a, b] = [random() * 6, random() * 6];
  const turn = [
    [Math.cos(a), Math.sin(a), 0],
    [-Math.sin(a) * Math.cos(b), Math.cos(a) * Math.cos(b), Math.sin(b)],
    [Math.sin(a) * Math.sin(b), -Math.cos(a) * Math.sin(b), Math.cos(b)],
  ];
  const matrix = turn.flatMap((column) => {
    const edge = (0.4 + 2 * random()) * (whole(3) === 0 ? -1 : 1);
    return [...column.map((x) => x * edge), 0];
  });
  const centres = Array.from({ length: 1 + whole(3) }, () => dims.map((n) => random() * n));
  const grid = gridOf(
    dims,
    [...matrix, 40 * random(), -30 * random(), 20, 1] as unknown as Mat4,
    (i, j, k) => {
      if (i < dims[0] / 5) return -2000;
      const far = Math.min(...centres.map(([x, y, z]) => Math.hypot(i - x!, j - y!, k - z!)));
      return far < 4 ? 900 - 100 * far : whole(500) === 0 ? 1000 : -900 + 50 * random();
    },
    whole(3) === 0 ? 'float32' : 'int16',
  );
  const hole = whole(dims[2]);
  return {
    ...grid,
    paddingValue: whole(2) === 0 ? -2000 : null,
    ...(whole(3) === 0 ? { holes: [[hole, hole]] as const } : {}),
  };
}

/** From inside or outside, along an axis of the grid or across it. */
function anyEye({ dims, mmFromIndex }: GridSpec, random: () => number): Mat4 {
  const within = (spread: number): Triple => dims.map((n) => n * (0.5 + spread * (random() - 0.5))) as Triple;
  const from = within(random() < 0.4 ? 1 : 5);
  let to = within(1);
  const axis = Math.floor(random() * 3);
  if (random() < 0.4) {
    to = from.map((x, i) => (i === axis ? dims[i]! / 2 : x)) as Triple;
  }
  const place = (index: Vec3): Vec3 => transformPoint(mmFromIndex, index);
  const across = 4 * ((axis + 1) % 3);
  const up = mmFromIndex.slice(across, across + 3) as unknown as Vec3;
  return multiply(scaling(0.001), lookAt(place(from), place(to), up));
}

test('on and off differ in no bit, wherever the eye stands', async () => {
  const random = seeded(11);
  let [seen, leapt, marched] = [0, 0, 0];
  for (let scene = 0; scene < 40; scene++) {
    const spec = oddGrid(random);
    const look: LookSpec = scene % 5 === 4 ? { ...ballLook, mode: 'mip' } : ballLook;
    using grid = await prepareGrid(spec, { backend: 'cpu' });
    using prepared = await prepareLook(grid, look);
    for (let shot = 0; shot < 6; shot++) {
      const eyeFromMm = anyEye(spec, random);
      const middle = transformPoint(spec.mmFromIndex, spec.dims.map((n) => n * random()) as Triple);
      const normal = [random() - 0.5, random() - 0.5, random() - 0.5] as const;
      const offset = -normal.reduce((sum, n, i) => sum + n * middle[i]!, 0);
      const clipPlanesMm = shot % 3 === 0 ? [...normal, offset] : [];
      const stepVoxels = [0.3, 1, 2.7, 9][Math.floor(random() * 4)]!;
      const draw = async (leap: boolean) => {
        const pixels = new Uint8Array(4 * SIDE * SIDE);
        const coverage = new Float32Array(SIDE * SIDE);
        const inverseDepth = new Float32Array(SIDE * SIDE);
        const eyes = [{ eyeFromMm, tangents: symmetricTangents(50, 1) }];
        const { samples } = await marchRgba(
          { grid, look: prepared, eyes, clipPlanesMm, stepVoxels, leap },
          { pixels, width: SIDE, height: SIDE, coverage, inverseDepth },
        );
        return { made: { pixels, coverage, inverseDepth }, samples };
      };
      const [on, off] = [await draw(true), await draw(false)];
      expect(on.made, `scene ${scene}, shot ${shot}`).toEqual(off.made);
      seen += on.made.coverage.filter((a) => a > 0).length;
      leapt += off.samples - on.samples;
      marched += off.samples;
    }
  }
  expect(seen).toBeGreaterThan(5000);
  expect(leapt / marched).toBeGreaterThan(0.2);
});
