/** Contrast CT of the chest and upper abdomen, slice by slice. */
import { addNoise } from './noise.ts';
import { fiducialPaints } from './fiducials.ts';
import { fillSlices, type Paint } from './fill.ts';
import { contraction } from './heart.ts';
import { commonHeader, CT_IMAGE, ctPixels, el, planeHeader, spacing, type SeriesWords } from './header.ts';
import { chestGrid } from './grids.ts';
import type { PatientSize } from './identity.ts';
import type { MadeInstance } from './pieces.ts';
import { wholePatient } from './whole-patient.ts';

/** Standard deviation of the noise, HU. */
export const CHEST_NOISE_HU = 11;

const words = (size: PatientSize): SeriesWords => ({
  study: 'chest',
  series: 'ct',
  number: 2,
  modality: 'CT',
  sopClassUid: CT_IMAGE,
  studyDescription: 'CT chest and upper abdomen with contrast',
  description: 'Arterial phase 1.25 mm',
  protocol: 'Thoracic aorta',
  bodyPart: 'CHEST',
  date: '20260309',
  time: '091500',
  size,
});

/** The heart as it stands at 75 % of the cycle, and the beads on the skin. */
let paints: readonly Paint[] | null = null;
const chestPaints = (): readonly Paint[] =>
  (paints ??= [...wholePatient(contraction(0.75)), ...fiducialPaints()]);

export function* chestSlices(size: PatientSize, k0: number, k1: number): Generator<MadeInstance> {
  const grid = chestGrid(size);
  const [columns, rows] = grid.dims;
  const values = new Float32Array(columns * rows * (k1 - k0));
  const edge = (spacing(grid.di) * 2 + spacing(grid.dk)) / 3;
  fillSlices(chestPaints(), grid, k0, k1, -1000, edge, values);
  const common = { ...commonHeader(words(size), '0'), ...ctPixels(grid, 60, 400) };
  for (let k = k0; k < k1; k++) {
    const pixels = new Uint16Array(columns * rows);
    const slice = values.subarray((k - k0) * columns * rows, (k - k0 + 1) * columns * rows);
    for (let i = 0; i < slice.length; i++) slice[i]! += 1024;
    addNoise(slice, columns, rows, k, CHEST_NOISE_HU, 0, 4095, pixels);
    yield {
      file: `chest-${String(k + 1).padStart(4, '0')}.dcm`,
      header: {
        ...common,
        ...planeHeader(grid, k),
        '00080008': el('CS', 'ORIGINAL', 'PRIMARY', 'AXIAL'),
        '00080018': commonHeader(words(size), String(k))['00080018']!,
        '00180010': el('LO', 'Iodine, arterial'),
        '00180022': el('CS', 'HELICAL MODE'),
        '00180060': el('DS', 100),
        '00181151': el('IS', 320),
        '00181210': el('SH', 'SOFT'),
        '00200012': el('IS', 1),
        '00200013': el('IS', k + 1),
      },
      pixels,
    };
  }
}
