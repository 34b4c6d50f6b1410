import { expect, test } from 'vitest';
import { determinant3, transformPoint } from '../../shared/geometry/index.ts';
import { AXIAL, MR, sliceHeader, stackOf } from '../../test/fixtures/dicom-folder.ts';
import type { SliceSpec } from '../../test/fixtures/dicom-folder.ts';
import { planSeries } from './plan.ts';
import type { PlannedVolume, SeriesPlan } from './plan.ts';

type Header = ReturnType<typeof sliceHeader>;
const plan = (instances: readonly Header[]): SeriesPlan =>
  planSeries({ instances, quarantine: [], problems: [] });
const only = (made: SeriesPlan): PlannedVolume => {
  expect(made.entries).toHaveLength(1);
  expect(made.entries[0]!.volumes).toHaveLength(1);
  return made.entries[0]!.volumes[0]!;
};
const codes = (made: SeriesPlan): string[] => [
  ...new Set(
    made.entries.flatMap((e) => [...e.problems, ...e.volumes.flatMap((v) => v.problems)]).map((p) => p.code),
  ),
];
/** An order that is none. */
const shuffled = <T>(list: readonly T[]): T[] =>
  list
    .map((one, i) => ({ one, key: (i * 7919 + 13) % 101 }))
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one);

/** Planned slices are where their headers say: index (0, 0, row) of the stored grid is the position of the slot. */
function expectInPlace(volume: PlannedVolume): void {
  expect(determinant3(volume.lpsFromIndex)).toBeGreaterThan(0);
  for (const { slots } of volume.phases)
    for (const slot of slots) {
      const at = transformPoint(volume.lpsFromIndex, [0, 0, slot.row]);
      at.forEach((v, i) => expect(v).toBeCloseTo(slot.plane.positionMm[i]!, 3));
    }
}

test('the geometry of the worked example: row spacing first, normal = row x column', () => {
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const orientation = [c, 0, -s, 0, 1, 0];
  const normal = [s, 0, c];
  const series = stackOf(12, [2 * normal[0]!, 0, 2 * normal[2]!], {
    position: [-100, -50, 30],
    orientation,
    spacing: [0.8, 0.6],
    size: [256, 256],
  });
  const volume = only(plan(shuffled(series)));
  const at = transformPoint(volume.lpsFromIndex, [100, 200, 10]);
  [-38.0385, 110, 17.3205].forEach((v, i) => expect(at[i]).toBeCloseTo(v, 4));
  expect(volume.spacingMm.map((v) => Number(v.toFixed(9)))).toEqual([0.6, 0.8, 2]);
  expect(codes(plan(series))).toEqual([]);
});

test('all 48 orientations: every slot lies where its header says, and nothing is mirrored', () => {
  const axes = [0, 1, 2];
  let seen = 0;
  for (const a of axes)
    for (const b of axes)
      for (const sa of [1, -1])
        for (const sb of [1, -1])
          for (const sk of [1, -1]) {
            if (a === b) continue;
            const k = 3 - a - b;
            const unit = (axis: number, sign: number): [number, number, number] => {
              const v: [number, number, number] = [0, 0, 0];
              v[axis] = sign;
              return v;
            };
            const step = unit(k, sk * 3);
            const series = stackOf(5, step, {
              position: [10, -20, 30],
              orientation: [...unit(a, sa), ...unit(b, sb)],
              spacing: [0.5, 0.7],
              size: [6, 5],
            });
            const volume = only(plan(shuffled(series)));
            expect(volume.dims).toEqual([6, 5, 5]);
            expectInPlace(volume);
            seen++;
          }
  expect(seen).toBe(48);
});

test('one missing slice is a hole, and the rows keep their places', () => {
  const series = stackOf(10, [0, 0, 2]).filter((_, i) => i !== 4 && i !== 5);
  const made = plan(shuffled(series));
  const volume = only(made);
  expect(codes(made)).toEqual(['missing-slices']);
  expect(volume.dims[2]).toBe(10);
  expect(volume.stack.holes).toEqual([[4, 5]]);
  expect(volume.problems[0]!.text).toContain('2 slices of 10 are missing');
  expectInPlace(volume);
});

test('uneven gaps become the finest step, and the real positions are kept', () => {
  const heights = [0, 1, 4, 7, 8.5];
  const made = plan(heights.map((z, i) => sliceHeader({ position: [0, 0, z], number: i + 1 })));
  const volume = only(made);
  expect(codes(made)).toEqual(['uneven-spacing']);
  expect(volume.stack.slicePositionsMm).toEqual(heights);
  expect(volume.spacingMm[2]).toBeCloseTo(1, 9);
  expect(volume.dims[2]).toBe(10);
  expect(volume.stack.resampled).toBe(true);
});

test('two slices all but on each other do not make a mountain of rows', () => {
  const heights = [0, 5, 5.02, 10, 15.3];
  const made = plan(heights.map((z, i) => sliceHeader({ position: [0, 0, z], number: i + 1 })));
  expect(codes(made)).toEqual(['uneven-spacing']);
  expect(only(made).spacingMm[2]).toBeCloseTo(0.5, 9);
  expect(only(made).dims[2]).toBe(32);
});

test('one slice far away does not make memory without bound', () => {
  const made = plan([0, 1, 2, 3, 90_000].map((z, i) => sliceHeader({ position: [0, 0, z], number: i + 1 })));
  expect(codes(made)).toEqual(['uneven-spacing', 'missing-slices']);
  expect(only(made).dims[2]).toBeLessThan(2100);
});

test('a shear too small to see in one step is taken out where it adds up', () => {
  const made = plan(stackOf(200, [0, 0.005, 1], { size: [4, 3] }));
  expect(codes(made)).toEqual(['gantry-tilt']);
  expect(codes(plan(stackOf(5, [0, 0.005, 1], { size: [4, 3] })))).toEqual([]);
});

test('a gap far beyond the usual is a hole even where the stack is uneven', () => {
  const heights = [0, 1, 2.3, 3.3, 33.9, 35];
  const made = plan(heights.map((z, i) => sliceHeader({ position: [0, 0, z], number: i + 1 })));
  expect(codes(made)).toEqual(['uneven-spacing', 'missing-slices']);
  expect(only(made).stack.holes).toEqual([[4, 33]]);
});

test.each([
  ['to the feet', -0.5],
  ['to the head', 0.5],
])('a tilted gantry (%s) is found by geometry and straightened without cutting', (_, lean) => {
  const series = stackOf(6, [0, lean, 2], { spacing: [0.5, 0.5], size: [8, 8] });
  const made = plan(shuffled(series));
  const volume = only(made);
  expect(codes(made)).toEqual(['gantry-tilt']);
  expect(volume.stack.shearPerMm[1]).toBeCloseTo(lean / 2, 9);
  expect(volume.dims).toEqual([8, 13, 6]);
  expect(volume.spacingMm[2]).toBeCloseTo(2, 9);
  // The first slice keeps its pixels: its corner is a whole index of the true grid.
  const row = lean < 0 ? 5 : 0;
  expect(transformPoint(volume.lpsFromIndex, [0, row, 0])).toEqual([0, 0, 0]);
  expect(volume.lpsFromIndex[8]).toBe(0);
  expect(volume.lpsFromIndex[9]).toBe(0);
});

const phase = (t: number, more: SliceSpec['more'] = {}): Header[] =>
  stackOf(4, [0, 0, 2], { number: 100 * t, more: { ...more } });
const ds = (value: number) => ({ vr: 'DS', Value: [value] });

test('phases by TriggerTime, in the order of time', () => {
  const series = [2, 0, 1].flatMap((t) => phase(t, { '00181060': ds(80 * t) }));
  const made = plan(shuffled(series));
  expect(made.entries[0]!.kind).toBe('volume4d');
  expect(only(made).phases.map((p) => p.timeMs)).toEqual([0, 80, 160]);
  expect(codes(made)).toEqual([]);
  expectInPlace(only(made));
});

test('phases whose trigger differs a little from slice to slice are ranked at each position', () => {
  const series = [0, 1, 2].flatMap((t) =>
    [0, 1, 2, 3].map((k) =>
      sliceHeader({ position: [0, 0, 2 * k], number: 10 * t + k, more: { '00181060': ds(80 * t + k) } }),
    ),
  );
  const volume = only(plan(shuffled(series)));
  expect(volume.phases).toHaveLength(3);
  volume.phases.forEach(({ slots }, t) =>
    slots.forEach((slot, k) => expect(slot.plane.traits.triggerMs).toBe(80 * t + k)),
  );
});

test('phases by the wall clock get times from the first', () => {
  const series = ['120000', '120001.5'].flatMap((time, t) =>
    phase(t, { '00080022': { vr: 'DA', Value: ['20240101'] }, '00080032': { vr: 'TM', Value: [time] } }),
  );
  expect(only(plan(series)).phases.map((p) => p.timeMs)).toEqual([0, 1500]);
});

test('echoes are volumes of their own, said in words', () => {
  const series = [10, 20].flatMap((te, t) => phase(t, { '00180081': ds(te) }));
  const made = plan(shuffled(series));
  expect(made.entries[0]!.volumes.map((v) => v.id)).toEqual(['0', '1']);
  expect(codes(made)).toEqual(['mixed-phases']);
  expect(made.entries[0]!.problems[0]!.text).toContain('echo time 10');
});

test('magnitude and phase of an MR are never one volume', () => {
  const type = (c: string) => ({ vr: 'CS', Value: ['ORIGINAL', 'PRIMARY', c, 'ND'] });
  const series = ['M', 'P'].flatMap((c, t) =>
    stackOf(4, [0, 0, 2], { number: 100 * t, sopClass: MR, modality: 'MR', more: { '00080008': type(c) } }),
  );
  const made = plan(shuffled(series));
  expect(made.entries[0]!.volumes).toHaveLength(2);
  for (const volume of made.entries[0]!.volumes)
    expect(new Set(volume.phases[0]!.slots.map((s) => s.plane.traits.component)).size).toBe(1);
});

test('a phase that lacks a slice keeps the others, and it is said', () => {
  const series = [0, 1, 2].flatMap((t) => phase(t, { '00181060': ds(80 * t) }));
  const made = plan(series.filter((_, i) => i !== 5));
  expect(only(made).phases.map((p) => p.slots.length)).toEqual([4, 3, 4]);
  expect(codes(made)).toEqual(['missing-slices']);
  expectInPlace(only(made));
});

test('duplicates that nothing tells apart: the first is shown, the others stand by', () => {
  const series = stackOf(5, [0, 0, 1]);
  const again = sliceHeader({ position: [0, 0, 2], number: 3, uid: '2.25.4001.99' });
  const made = plan([again, ...series]);
  expect(codes(made)).toEqual(['duplicate-slices']);
  expect(only(made).phases[0]!.slots.map((s) => s.spares.length)).toEqual([0, 0, 1, 0, 0]);
});

test('the same object twice counts once', () => {
  const series = stackOf(5, [0, 0, 1]);
  const made = plan([...series, { ...series[1]!, object: 'copy of it' }]);
  expect(codes(made)).toEqual(['duplicate-slices']);
  expect(only(made).phases[0]!.slots[1]!.spares.map((s) => s.plane.object)).toEqual(['copy of it']);
});

test('scouts: by their image type, or by crossing directions', () => {
  const named = stackOf(2, [0, 0, 1], {
    more: { '00080008': { vr: 'CS', Value: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] } },
  });
  expect(plan(named).entries[0]!.kind).toBe('localizer');
  const crossed = [
    ...stackOf(3, [0, 0, 20]),
    ...stackOf(3, [0, 20, 0], { orientation: [1, 0, 0, 0, 0, -1] }),
    ...stackOf(3, [20, 0, 0], { orientation: [0, 1, 0, 0, 0, -1] }),
  ];
  expect(plan(crossed).entries[0]).toMatchObject({ kind: 'localizer', volumes: [] });
});

test('a scout among axial slices is set aside', () => {
  const scout = sliceHeader({
    position: [0, 0, 0],
    orientation: [1, 0, 0, 0, 0, -1],
    more: { '00080008': { vr: 'CS', Value: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] } },
  });
  const made = plan([scout, ...stackOf(6, [0, 0, 1])]);
  expect(only(made).dims[2]).toBe(6);
  expect(codes(made)).toEqual(['mixed-orientation']);
});

test('a mosaic is named as one', () => {
  const mosaic = stackOf(2, [0, 0, 1], {
    more: { '00080008': { vr: 'CS', Value: ['ORIGINAL', 'PRIMARY', 'M', 'ND', 'MOSAIC'] } },
  });
  expect(plan(mosaic).entries[0]).toMatchObject({ kind: 'mosaic', volumes: [] });
});

test('mixed orientations, sizes and pixel spacings are kept apart', () => {
  const oblique = [1, 0, 0, 0, Math.cos(0.4), Math.sin(0.4)];
  const made = plan([
    ...stackOf(40, [0, 0, 1]),
    ...stackOf(30, [0, -Math.sin(0.4), Math.cos(0.4)], { orientation: oblique, size: [5, 3] }),
  ]);
  expect(codes(made)).toEqual(['mixed-orientation']);
  expect(made.entries[0]!.volumes.map((v) => v.dims)).toEqual([
    [4, 3, 40],
    [5, 3, 30],
  ]);
  for (const volume of made.entries[0]!.volumes) expectInPlace(volume);
});

test('one slice is a volume one deep', () => {
  const made = plan([sliceHeader({ position: [1, 2, 3], thickness: 2.5 })]);
  expect(codes(made)).toEqual(['single-slice']);
  expect(only(made).dims[2]).toBe(1);
  expect(only(made).spacingMm[2]).toBe(2.5);
});

test('no place at all is a picture; a place that cannot be used is refused with its reason', () => {
  const nowhere = sliceHeader({ position: [0, 0, 0], more: { '00200032': null, '00200037': null } });
  expect(plan([nowhere]).entries[0]!.kind).toBe('image2d');
  const bad: [string, NonNullable<SliceSpec['more']>][] = [
    ['not two directions', { '00200037': { vr: 'DS', Value: [1, 0, 0, 1, 0, 0] } }],
    ['no number', { '00200037': { vr: 'DS', Value: ['NaN', 0, 0, 0, 1, 0] } }],
    ['where three are needed', { '00200032': { vr: 'DS', Value: [0, 0] } }],
    ['no usable distance', { '00280030': { vr: 'DS', Value: [0, 0] } }],
    ['no usable distance', { '00280030': { vr: 'DS', Value: ['abc', 1] } }],
    ['no place in a room', { '00200032': { vr: 'DS', Value: [1e308, 0, 0] } }],
  ];
  for (const [words, more] of bad) {
    const made = plan([sliceHeader({ position: [0, 0, 0], more })]);
    expect(made.entries).toEqual([]);
    expect(made.quarantine).toHaveLength(1);
    expect(made.quarantine[0]!.reason).toContain(words);
  }
});

test('a dose without its scaling is refused: its stored numbers are no dose', () => {
  const dose = (scaling: number | string | null): SeriesPlan =>
    plan([
      sliceHeader({
        position: [0, 0, 0],
        sopClass: '1.2.840.10008.5.1.4.1.1.481.2',
        modality: 'RTDOSE',
        more: {
          '00281052': null,
          '00281053': null,
          '30040002': { vr: 'CS', Value: ['GY'] },
          '3004000E': scaling === null ? null : { vr: 'DS', Value: [scaling] },
        },
      }),
    ]);
  for (const scaling of [null, 'abc', 'Infinity', 0, -1e-6]) {
    const { entries, quarantine } = dose(scaling);
    expect(entries).toEqual([]);
    expect(quarantine[0]!.reason).toContain('DoseGridScaling');
  }
  const volume = only(dose(1e-6));
  expect(volume.unit).toBe('Gy');
  expect(volume.phases[0]!.slots[0]!.rule.slope).toBe(1e-6);
});

test('frames of a dose lie by their offsets; one frame alone lies where the object does', () => {
  const dose = (frames: number, offsets: readonly number[]): SeriesPlan =>
    plan([
      sliceHeader({
        position: [1, 2, 3],
        sopClass: '1.2.840.10008.5.1.4.1.1.481.2',
        modality: 'RTDOSE',
        more: {
          '00281052': null,
          '00281053': null,
          '00280008': { vr: 'IS', Value: [frames] },
          '3004000C': { vr: 'DS', Value: [...offsets] },
          '3004000E': ds(1e-6),
        },
      }),
    ]);
  const three = only(dose(3, [0, 5, 10]));
  expect([three.dims[2], three.spacingMm[2]]).toEqual([3, 5]);
  // Cut out of a longer grid, as some systems do: what is left of the vector speaks of frames that are not here.
  const alone = only(dose(1, [0, 5, 10]));
  expect([alone.dims[2], alone.lpsFromIndex.slice(12, 15)]).toEqual([1, [1, 2, 3]]);
  expect(dose(2, [0, 5, 10]).quarantine[0]!.reason).toContain('GridFrameOffsetVector');
  expect(dose(1, [NaN]).quarantine[0]!.reason).toContain('GridFrameOffsetVector');
});

test('the plan does not depend on the order in which headers came', () => {
  const series = [0, 1, 2].flatMap((t) => phase(t, { '00181060': ds(80 * t) }));
  const reversed = plan(series.toReversed());
  expect(JSON.stringify(reversed.entries[0]!.volumes)).toBe(JSON.stringify(plan(series).entries[0]!.volumes));
});

test('values: int16 only where every rescaled value is whole', () => {
  expect(only(plan(stackOf(3, [0, 0, 1], { orientation: AXIAL, intercept: -1024 }))).voxelType).toBe('int16');
  expect(only(plan(stackOf(3, [0, 0, 1], { slope: 0.5 }))).voxelType).toBe('float32');
  const mixed = [...stackOf(2, [0, 0, 1]), sliceHeader({ position: [0, 0, 2], slope: 2.02, number: 3 })];
  expect(only(plan(mixed)).voxelType).toBe('float32');
});
