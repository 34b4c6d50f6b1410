/**
 * What is true of the embedded patient, in numbers: tests and demonstrations measure against these. LPS mm, mL, HU,
 * mL/s, ms. Everything comes from the formulas that paint it; nothing here was measured in the voxels.
 */
import { flowRate, shareAt } from './patient/flow-field.ts';
import { FLOW_PHASES, FLOW_SNR, VENC_CM_S } from './patient/flow-mr.ts';
import { BEAD_HU, BEAD_RADIUS_MM, fiducials, type Fiducial } from './patient/fiducials.ts';
import { ANEURYSM, AORTA_NODES, BLOOD } from './patient/great-vessels.ts';
import { cardiacGrid, chestGrid, flowGrid } from './patient/grids.ts';
import { contraction, CYCLE_MS, leftVentricle, PHASES, ventricleMl, wallMl } from './patient/heart.ts';
import { PATIENT, uidOf, type PatientSize } from './patient/identity.ts';
import { NODULE } from './patient/lungs.ts';

export { PATIENT };
export type { Fiducial };

/** Metal beads in the chest CT, no four in a plane: `ct-bone` shows them beside the ribs. */
export const FIDUCIALS = { radiusMm: BEAD_RADIUS_MM, hu: BEAD_HU, beads: fiducials } as const;

/** Solid nodule in the right upper lobe: a sphere. */
export const LUNG_NODULE = {
  ...NODULE,
  volumeMl: ((Math.PI / 6) * NODULE.diameterMm ** 3) / 1000,
} as const;

/** Inner diameters of the aorta at places along its centre line; the aneurysm is the widest. */
export const AORTA = {
  bloodHu: BLOOD.aorta,
  aneurysm: ANEURYSM,
  stations: AORTA_NODES.map(([x, y, z, r]) => ({ centreMm: [x, y, z] as const, diameterMm: 2 * r })),
} as const;

export interface CardiacPhase {
  readonly phase: number;
  readonly timeMs: number;
  readonly leftVentricleMl: number;
}
/** Left ventricle by V = π b² [(h + a) − (h³ + a³) / (3 a²)]; its muscle keeps its volume. */
export const CARDIAC = {
  cycleMs: CYCLE_MS,
  wallMl,
  phases: Array.from({ length: PHASES }, (_, phase): CardiacPhase => ({
    phase,
    timeMs: (phase / PHASES) * CYCLE_MS,
    leftVentricleMl: ventricleMl(leftVentricle(contraction(phase / PHASES))),
  })),
} as const;

export interface FlowPhase {
  readonly phase: number;
  readonly timeMs: number;
  /** Through any cross-section of the ascending aorta, away from the heart. */
  readonly ascendingMlS: number;
  /** Through any cross-section of the descending aorta. */
  readonly descendingMlS: number;
}
/** Velocities are those of `patient/flow-field.ts` (Womersley); branches of the arch carry no velocity. */
export const FLOW = {
  vencCmS: VENC_CM_S,
  snr: FLOW_SNR,
  phases: Array.from({ length: FLOW_PHASES }, (_, phase): FlowPhase => ({
    phase,
    timeMs: (phase / FLOW_PHASES) * CYCLE_MS,
    ascendingMlS: flowRate(phase / FLOW_PHASES),
    descendingMlS: flowRate(phase / FLOW_PHASES) * shareAt(9),
  })),
} as const;

/** Where to find what: UIDs and grids of the three series. */
export function seriesOf(size: PatientSize) {
  const of = (part: string): string => uidOf(`${size} ${part}`);
  return {
    chest: { studyUid: of('chest'), seriesUid: of('chest/ct'), grid: chestGrid(size) },
    cardiac: { studyUid: of('cardiac'), seriesUid: of('cardiac/gated'), grid: cardiacGrid(size) },
    flow: { studyUid: of('flow'), seriesUid: of('flow/flow'), grid: flowGrid(size) },
  } as const;
}
