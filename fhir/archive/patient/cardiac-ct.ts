/** Ten phases of the beating heart, gated CT across the long axis of the left ventricle. */
import { fillSlices, paintOver } from './fill.ts';
import { cardiacGrid } from './grids.ts';
import { commonHeader, CT_IMAGE, ctPixels, el, planeHeader, spacing, type SeriesWords } from './header.ts';
import { contraction, CYCLE_MS, PHASES } from './heart.ts';
import type { PatientSize } from './identity.ts';
import type { MadeInstance } from './pieces.ts';
import { addNoise } from './noise.ts';
import { movingPart, stillParts } from './whole-patient.ts';

/** Standard deviation of the noise, HU. */
export const CARDIAC_NOISE_HU = 13;

const words = (size: PatientSize): SeriesWords => ({
  study: 'cardiac',
  series: 'gated',
  number: 3,
  modality: 'CT',
  sopClassUid: CT_IMAGE,
  studyDescription: 'CT heart, gated',
  description: 'Short axis, 10 phases',
  protocol: 'Cardiac function',
  bodyPart: 'HEART',
  date: '20260304',
  time: '103000',
  size,
});

/**
 * Slices k0..k1-1 in every phase. Only the heart is painted anew for each: what lies under it is kept, and what covers
 * it is kept as share·below + paint.
 */
export function* cardiacSlices(size: PatientSize, k0: number, k1: number): Generator<MadeInstance> {
  const grid = cardiacGrid(size);
  const [columns, rows, slices] = grid.dims;
  const edge = (spacing(grid.di) * 2 + spacing(grid.dk)) / 3;
  const { under, over } = stillParts();
  const [below, cover, clear, values] = Array.from(
    { length: 4 },
    () => new Float32Array(columns * rows * (k1 - k0)),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  fillSlices(under, grid, k0, k1, -1000, edge, below);
  paintOver(over, grid, k0, k1, edge, cover);
  clear.fill(1);
  paintOver(over, grid, k0, k1, edge, clear);
  for (let i = 0; i < clear.length; i++) clear[i]! -= cover[i]!;
  const common = { ...commonHeader(words(size), '0'), ...ctPixels(grid, 200, 700) };
  for (let phase = 0; phase < PHASES; phase++) {
    const share = phase / PHASES;
    values.set(below);
    paintOver(movingPart(contraction(share)), grid, k0, k1, edge, values);
    for (let i = 0; i < values.length; i++) values[i] = clear[i]! * values[i]! + cover[i]!;
    for (let k = k0; k < k1; k++) {
      const pixels = new Uint16Array(columns * rows);
      const slice = values.subarray((k - k0) * columns * rows, (k - k0 + 1) * columns * rows);
      for (let i = 0; i < slice.length; i++) slice[i]! += 1024;
      addNoise(slice, columns, rows, 5000 + phase * 500 + k, CARDIAC_NOISE_HU, 0, 4095, pixels);
      yield {
        file: `cardiac-${phase}-${String(k + 1).padStart(4, '0')}.dcm`,
        header: {
          ...common,
          ...planeHeader(grid, k),
          '00080008': el('CS', 'ORIGINAL', 'PRIMARY', 'AXIAL'),
          '00080018': commonHeader(words(size), `${phase}/${k}`)['00080018']!,
          '00180010': el('LO', 'Iodine, arterial'),
          '00180060': el('DS', 100),
          '00181060': el('DS', share * CYCLE_MS),
          '00181062': el('IS', CYCLE_MS),
          '00181088': el('IS', Math.round(60_000 / CYCLE_MS)),
          '00181210': el('SH', 'CARDIAC'),
          '00200012': el('IS', phase + 1),
          '00200013': el('IS', phase * slices + k + 1),
          '00209241': el('FL', share * 100),
        },
        pixels,
      };
    }
  }
}
