/** 4D flow of the aorta: Enhanced MR, one object for the magnitude and one for each direction of velocity. */
import type { DicomJson } from '../../dicom/index.ts';
import { fillSlices } from './fill.ts';
import { locate, PER, speedField } from './flow-field.ts';
import { aorta } from './great-vessels.ts';
import { flowGrid } from './grids.ts';
import { code, commonHeader, el, ENHANCED_MR, planeHeader, spacing, sq, type SeriesWords } from './header.ts';
import { contraction, CYCLE_MS } from './heart.ts';
import type { PatientSize } from './identity.ts';
import type { MadeInstance } from './pieces.ts';
import { addNoise, hash, rowNoise } from './noise.ts';
import { wholePatient } from './whole-patient.ts';

export const FLOW_PHASES = 15;
/** Highest velocity that can be told, cm/s. */
export const VENC_CM_S = 160;
/** Magnitude of blood over its noise. */
export const FLOW_SNR = 22;
export const COMPONENTS = ['magnitude', 'to the left', 'to the back', 'to the head'] as const;
const WAYS = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]] as const; // prettier-ignore
const BLOOD_SIGNAL = 620;
const SLOPE = (2 * VENC_CM_S) / 4096;

const words = (size: PatientSize): SeriesWords => ({
  study: 'flow',
  series: 'flow',
  number: 4,
  modality: 'MR',
  sopClassUid: ENHANCED_MR,
  studyDescription: 'MR 4D flow, thoracic aorta',
  description: '4D flow VENC 160',
  protocol: '4D flow',
  bodyPart: 'CHEST',
  date: '20260305',
  time: '140000',
  size,
});

/** Signal of a gradient echo, blood bright from inflow, out of what the same place is in CT. */
function signal(hu: number): number {
  const points = [[-1000, 14], [-700, 34], [-300, 120], [-110, 300], [-20, 215], [60, 190], [110, 230], [170, 480], [290, BLOOD_SIGNAL], [330, BLOOD_SIGNAL], [480, 130], [900, 50]] as const; // prettier-ignore
  const i = Math.max(
    1,
    points.findIndex(([v]) => v >= hu),
  );
  const [[v0, s0], [v1, s1]] = [points[i - 1]!, points[hu >= 900 ? points.length - 1 : i]!];
  return hu >= 900 ? s1 : s0 + ((Math.max(hu, v0) - v0) / (v1 - v0 || 1)) * (s1 - s0);
}

/** The objects of these components (they count through COMPONENTS): what they share is worked out once. */
export function* flowObjects(size: PatientSize, components: readonly number[]): Generator<MadeInstance> {
  const grid = flowGrid(size);
  const [columns, rows, slices] = grid.dims;
  const frame = columns * rows;
  const edge = (spacing(grid.di) + spacing(grid.dj) + spacing(grid.dk)) / 3;
  const magnitude = new Float32Array(frame * slices);
  fillSlices(wholePatient(contraction(0.75)), grid, 0, slices, -1000, edge, magnitude);
  for (let i = 0; i < magnitude.length; i++) magnitude[i] = signal(magnitude[i]!);

  const lumen = components.some((component) => component > 0) ? lumenSamples(size) : null;
  const objects = components.map(() => new Uint16Array(frame * slices * FLOW_PHASES));
  const values = new Float32Array(frame);
  const velocity = [0, 1, 2].map(() => new Float32Array(frame * slices));
  for (let t = 0; t < FLOW_PHASES; t++) {
    if (lumen) meanVelocity(lumen, t / FLOW_PHASES, velocity);
    for (let k = 0; k < slices; k++)
      components.forEach((component, n) => {
        const out = objects[n]!.subarray((t * slices + k) * frame, (t * slices + k + 1) * frame);
        const own = magnitude.subarray(k * frame, (k + 1) * frame);
        const seed = 20_000 + component * 4000 + t * 100 + k;
        if (component === 0) {
          values.set(own);
          addNoise(values, columns, rows, seed, BLOOD_SIGNAL / FLOW_SNR, 0, 4095, out);
          return;
        }
        const v = velocity[component - 1]!.subarray(k * frame, (k + 1) * frame);
        for (let j = 0, i = 0; j < rows; j++) {
          const noise = rowNoise(seed, j);
          for (let c = 0; c < columns; c++, i++) {
            // Phase noise grows as the signal falls; in air the phase is anything.
            const snr = (own[i]! / BLOOD_SIGNAL) * FLOW_SNR;
            const cm =
              snr < 2.5
                ? VENC_CM_S * (2 * hash(seed, i, 5) - 1)
                : 100 * v[i]! + ((Math.SQRT2 * VENC_CM_S) / (Math.PI * snr)) * noise[c]!;
            const stored = Math.round((cm + VENC_CM_S) / SLOPE);
            out[i] = stored < 0 ? 0 : stored > 4095 ? 4095 : stored;
          }
        }
      });
  }
  for (const [n, component] of components.entries())
    yield {
      file: `flow-${component}.dcm`,
      header: { ...objectHeader(size, component), ...frameGroups(size, component) },
      pixels: objects[n]!,
    };
}

export const flowObject = (size: PatientSize, component: number): Generator<MadeInstance> =>
  flowObjects(size, [component]);

const THIRDS = [-1 / 3, 0, 1 / 3] as const;
const SAMPLES = THIRDS.length ** 3;

interface Lumen {
  /** Voxels that the lumen touches. */
  readonly voxels: Int32Array;
  /** For each of their sample points: x = r/R, radius, node, and the way of the flow. */
  readonly points: Float32Array;
}
const POINT = 6;

/** Mean velocity of each voxel of the lumen, m/s, one array for each axis. */
function meanVelocity({ voxels, points }: Lumen, share: number, into: readonly Float32Array[]): void {
  const speedAt = speedField(share);
  const [vx, vy, vz] = into as [Float32Array, Float32Array, Float32Array];
  let p = 0;
  for (const voxel of voxels) {
    let [x, y, z] = [0, 0, 0];
    for (let n = 0; n < SAMPLES; n++, p += POINT) {
      const speed = speedAt(points[p]!, points[p + 1]!, points[p + 2]!);
      x += points[p + 3]! * speed;
      y += points[p + 4]! * speed;
      z += points[p + 5]! * speed;
    }
    vx[voxel] = x / SAMPLES;
    vy[voxel] = y / SAMPLES;
    vz[voxel] = z / SAMPLES;
  }
}

/** For each voxel that the lumen touches, its 27 sample points: a voxel shows their mean. */
function lumenSamples(size: PatientSize): Lumen {
  const grid = flowGrid(size);
  const [columns, rows, slices] = grid.dims;
  const { origin, di, dj, dk } = grid;
  const reach = (spacing(di) + spacing(dj) + spacing(dk)) / 2;
  const voxels: number[] = [];
  for (let k = 0; k < slices; k++)
    for (let j = 0; j < rows; j++)
      for (let i = 0; i < columns; i++) {
        const at = (c: 0 | 1 | 2): number => origin[c] + i * di[c] + j * dj[c] + k * dk[c];
        if (aorta.distance(at(0), at(1), at(2)) <= reach) voxels.push((k * rows + j) * columns + i);
      }
  const points = new Float32Array(voxels.length * SAMPLES * POINT);
  let p = 0;
  for (const voxel of voxels) {
    const [i, j, k] = [
      voxel % columns,
      Math.floor(voxel / columns) % rows,
      Math.floor(voxel / columns / rows),
    ];
    const at = (c: 0 | 1 | 2, a: number, b: number, d: number): number =>
      origin[c] + (i + a) * di[c] + (j + b) * dj[c] + (k + d) * dk[c];
    const mid = Math.round(locate(at(0, 0, 0, 0), at(1, 0, 0, 0), at(2, 0, 0, 0)).node * PER);
    for (const a of THIRDS)
      for (const b of THIRDS)
        for (const d of THIRDS) {
          const one = locate(at(0, a, b, d), at(1, a, b, d), at(2, a, b, d), mid - 6, mid + 6);
          points[p++] = one.x;
          points[p++] = one.radiusMm;
          points[p++] = one.node;
          points[p++] = one.way[0];
          points[p++] = one.way[1];
          points[p++] = one.way[2];
        }
  }
  return { voxels: Int32Array.from(voxels), points };
}

function objectHeader(size: PatientSize, component: number): DicomJson {
  const grid = flowGrid(size);
  const phase = component > 0;
  return {
    ...commonHeader(words(size), String(component)),
    '00080008': el('CS', 'ORIGINAL', 'PRIMARY', phase ? 'VELOCITY' : 'FLOW_ENCODED', 'NONE'),
    '00080016': el('UI', ENHANCED_MR),
    '0008002A': el('DT', '20260305140000'),
    '00089205': el('CS', 'MONOCHROME'),
    '00089206': el('CS', 'VOLUME'),
    '00089207': el('CS', 'NONE'),
    '00089208': el('CS', phase ? 'PHASE' : 'MAGNITUDE'),
    '00089209': el('CS', 'FLOW_ENCODED'),
    '00180023': el('CS', '3D'),
    '00180087': el('DS', 3),
    '00189014': el('CS', phase ? 'YES' : 'NO'),
    '00200012': el('IS', 1),
    '00200013': el('IS', component + 1),
    '00204000': el('LT', phase ? `Velocity ${COMPONENTS[component]!}` : 'Magnitude'),
    '00280002': el('US', 1),
    '00280004': el('CS', 'MONOCHROME2'),
    '00280008': el('IS', grid.dims[2] * FLOW_PHASES),
    '00280010': el('US', grid.dims[1]),
    '00280011': el('US', grid.dims[0]),
    '00280100': el('US', 16),
    '00280101': el('US', 12),
    '00280102': el('US', 11),
    '00280103': el('US', 0),
    '00280301': el('CS', 'NO'),
    '00282110': el('CS', '00'),
    '20500020': el('CS', 'IDENTITY'),
  };
}

/** Shared and per-frame functional groups: frames run through the slices of a phase, then through the phases. */
function frameGroups(size: PatientSize, component: number): DicomJson {
  const grid = flowGrid(size);
  const slices = grid.dims[2];
  const phase = component > 0;
  const plane = (k: number): DicomJson => planeHeader(grid, k);
  const [slope, intercept] = phase ? [SLOPE, -VENC_CM_S] : [1, 0];
  const organization = commonHeader(words(size), 'dimensions')['00080018']!;
  const dimension = (pointer: string, group: string): DicomJson => ({
    '00209164': organization,
    '00209165': el('AT', pointer),
    '00209167': el('AT', group),
  });
  const frames = Array.from({ length: slices * FLOW_PHASES }, (_, i): DicomJson => {
    const [k, t] = [i % slices, Math.floor(i / slices)];
    const delay = (t / FLOW_PHASES) * CYCLE_MS;
    return {
      '00209111': sq({
        '00189074': el('DT', '20260305140000'),
        '00189151': el('DT', '20260305140000'),
        '00209056': el('SH', '1'),
        '00209057': el('UL', k + 1),
        '00209128': el('UL', t + 1),
        '00209157': el('UL', k + 1, t + 1),
      }),
      '00209113': sq({ '00200032': plane(k)['00200032']! }),
      '00189118': sq({
        '00209153': el('FD', delay),
        '00209241': el('FL', (100 * t) / FLOW_PHASES),
        '00209251': el('FD', CYCLE_MS),
      }),
    };
  });
  const first = plane(0);
  const unit = phase ? code('cm/s', 'UCUM', 'centimeter per second') : code('1', 'UCUM', 'no units');
  return {
    '00209221': sq({ '00209164': organization }),
    '00209222': sq(dimension('00209057', '00209111'), dimension('00209153', '00189118')),
    '52009229': sq({
      '00209116': sq({ '00200037': first['00200037']! }),
      '00289110': sq({
        '00180050': first['00180050']!,
        '00180088': first['00180088']!,
        '00280030': first['00280030']!,
      }),
      '00189226': sq({
        '00089007': el('CS', 'ORIGINAL', 'PRIMARY', phase ? 'VELOCITY' : 'FLOW_ENCODED', 'NONE'),
        '00089205': el('CS', 'MONOCHROME'),
        '00089206': el('CS', 'VOLUME'),
        '00089207': el('CS', 'NONE'),
        '00089208': el('CS', phase ? 'PHASE' : 'MAGNITUDE'),
        '00089209': el('CS', 'FLOW_ENCODED'),
      }),
      '00289145': sq({
        '00281052': el('DS', intercept),
        '00281053': el('DS', slope),
        '00281054': el('LO', 'US'),
      }),
      '00289132': sq({
        '00281050': el('DS', phase ? 0 : 320),
        '00281051': el('DS', phase ? 2 * VENC_CM_S : 640),
      }),
      '00409096': sq({
        '00283003': el('LO', phase ? `Velocity ${COMPONENTS[component]!}` : 'Magnitude'),
        '00409210': el('SH', phase ? 'VELOCITY' : 'MAGNITUDE'),
        '00409211': el('US', 4095),
        '00409216': el('US', 0),
        '00409224': el('FD', intercept),
        '00409225': el('FD', slope),
        '004008EA': sq(unit),
      }),
      ...(phase
        ? {
            '00189197': sq({
              '00189090': el('FD', ...WAYS[component]!),
              '00189091': el('FD', -VENC_CM_S),
              '00189217': el('FD', VENC_CM_S),
            }),
          }
        : {}),
    }),
    '52009230': sq(...frames),
  };
}
