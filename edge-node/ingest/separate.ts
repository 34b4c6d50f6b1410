/**
 * Several planes at one position: which of them belong together. First what makes another volume (echo, magnitude
 * or phase, b-value, velocity direction), then what makes another time. Nothing is dropped without a word.
 */
import type { Problem } from '../../shared/volume.ts';
import type { Plane, Traits } from './plane.ts';
import { heightOf, normalOf, SAME_POSITION_MM } from './stack.ts';

/** What tells two volumes apart that share their positions, the surest first. */
const VOLUME_TRAITS: readonly { readonly trait: keyof Traits; readonly words: string }[] = [
  { trait: 'component', words: 'kind of image (magnitude, phase)' },
  { trait: 'velocityDirection', words: 'velocity direction' },
  { trait: 'bValue', words: 'diffusion weighting' },
  { trait: 'gradient', words: 'diffusion direction' },
  { trait: 'echoTimeMs', words: 'echo time' },
  { trait: 'inversionTimeMs', words: 'inversion time' },
  { trait: 'flipAngleDeg', words: 'flip angle' },
  { trait: 'metabolite', words: 'metabolite map' },
  { trait: 'kernel', words: 'reconstruction kernel' },
  { trait: 'imageType', words: 'image type' },
  { trait: 'dimension', words: 'dimension index' },
];

/** What tells two times apart. */
const TIME_TRAITS = [
  'triggerMs',
  'temporalIndex',
  'cardiacPercent',
  'acquiredMs',
  'acquisitionNumber',
] as const satisfies readonly (keyof Traits)[];

export interface PlannedPhase {
  readonly timeMs: number | null;
  /** One plane for each position it has, ascending along the normal. */
  readonly planes: readonly Plane[];
}

export interface Separated {
  /** What sets this volume apart, in words; '' where it is the only one. */
  readonly label: string;
  readonly phases: readonly PlannedPhase[];
  /** Duplicates of a plane that is shown: used where that one turns out to be broken. */
  readonly spares: ReadonlyMap<Plane, readonly Plane[]>;
  readonly problems: readonly Problem[];
}

/** Planes by position along the normal, ascending; those within 0.01 mm share one. */
export function byPosition(planes: readonly Plane[]): Plane[][] {
  if (planes.length === 0) return [];
  const normal = normalOf(planes[0]!);
  const sorted = planes
    .map((plane) => ({ plane, height: heightOf(plane, normal) }))
    .sort((a, b) => a.height - b.height || inOrder(a.plane, b.plane));
  const positions: Plane[][] = [];
  let at = Number.NEGATIVE_INFINITY;
  for (const { plane, height } of sorted) {
    if (height - at > SAME_POSITION_MM) {
      positions.push([]);
      at = height;
    }
    positions.at(-1)!.push(plane);
  }
  return positions.map((same) => same.sort(inOrder));
}

/** An order that does not depend on how the objects arrived. */
export function inOrder(a: Plane, b: Plane): number {
  return (
    a.instanceNumber - b.instanceNumber ||
    a.frame - b.frame ||
    (a.sopInstanceUid < b.sopInstanceUid ? -1 : a.sopInstanceUid > b.sopInstanceUid ? 1 : 0) ||
    (a.object < b.object ? -1 : a.object > b.object ? 1 : 0)
  );
}

const crowd = (planes: readonly Plane[]): number => Math.max(0, ...byPosition(planes).map((p) => p.length));

type TraitValue = string | number;
function groupBy(planes: readonly Plane[], trait: keyof Traits): Map<TraitValue | null, Plane[]> {
  const groups = new Map<TraitValue | null, Plane[]>();
  for (const plane of planes) {
    const raw = plane.traits[trait];
    const key = typeof raw === 'number' ? Number(raw.toPrecision(9)) : raw;
    const group = groups.get(key);
    if (group) group.push(plane);
    else groups.set(key, [plane]);
  }
  return groups;
}

const ascending = (a: TraitValue | null, b: TraitValue | null): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return String(a) < String(b) ? -1 : 1;
};

/** Volumes of planes that share size and orientation, each with its phases. */
export function separate(planes: readonly Plane[], label = ''): Separated[] {
  const crowded = crowd(planes);
  if (crowded > 1)
    for (const { trait, words } of VOLUME_TRAITS) {
      const groups = groupBy(planes, trait);
      if (groups.size < 2) continue;
      const parts = [...groups].sort(([a], [b]) => ascending(a, b));
      if (parts.some(([, part]) => crowd(part) >= crowded)) continue;
      return parts.flatMap(([value, part]) =>
        separate(part, `${label ? `${label}, ` : ''}${words} ${value ?? 'not given'}`),
      );
    }
  return [{ label, ...intoPhases(planes) }];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** Time after the reference event where the headers have one; else after the first phase; else null. */
function timesOf(phases: readonly (readonly Plane[])[]): (number | null)[] {
  const of = (trait: 'triggerMs' | 'acquiredMs'): number[] | null => {
    const times: number[] = [];
    for (const phase of phases) {
      const values = phase.map((plane) => plane.traits[trait]).filter((v) => v !== null);
      if (values.length === 0) return null;
      times.push(median(values));
    }
    return new Set(times).size === times.length ? times : null;
  };
  const trigger = of('triggerMs');
  if (trigger) return trigger;
  const percent = phases.map((phase) => phase[0]!.traits);
  if (percent.every((t) => t.cardiacPercent !== null && t.cycleMs !== null))
    return percent.map((t) => (t.cardiacPercent! / 100) * t.cycleMs!);
  const acquired = of('acquiredMs');
  return acquired ? acquired.map((t) => t - acquired[0]!) : phases.map(() => null);
}

function phasesFrom(
  groups: readonly (readonly Plane[])[],
  problems: readonly Problem[] = [],
  spares: Separated['spares'] = new Map(),
): Omit<Separated, 'label'> {
  const sorted = groups.map((group) => byPosition(group).map((same) => same[0]!));
  const times = timesOf(sorted);
  return { phases: sorted.map((planes, i) => ({ timeMs: times[i]!, planes })), spares, problems };
}

/** Splits planes of one volume into times; coincident ones that nothing tells apart are duplicates. */
function intoPhases(planes: readonly Plane[]): Omit<Separated, 'label'> {
  const positions = byPosition(planes);
  const crowded = Math.max(...positions.map((p) => p.length));
  if (crowded <= 1) return phasesFrom([planes]);

  const partitions = TIME_TRAITS.map((trait) => ({ trait, groups: groupBy(planes, trait) }))
    .filter(({ groups }) => groups.size > 1 && !groups.has(null))
    .map(({ trait, groups }) => ({
      trait,
      parts: [...groups].sort(([a], [b]) => ascending(a, b)).map(([, part]) => part),
    }))
    .filter(({ parts }) => parts.every((part) => crowd(part) === 1));
  const whole = partitions.find(({ parts }) => parts.every((part) => part.length === positions.length));
  if (whole) return phasesFrom(whole.parts);

  const even = positions.every((same) => same.length === crowded);
  if (even)
    for (const trait of TIME_TRAITS) {
      const ranked = positions.map((same) =>
        [...same].sort((a, b) => ascending(a.traits[trait], b.traits[trait])),
      );
      const distinct = ranked.every((same) => {
        const values = same.map((plane) => plane.traits[trait]);
        return !values.includes(null) && new Set(values).size === values.length;
      });
      if (distinct)
        return phasesFrom(Array.from({ length: crowded }, (_, i) => ranked.map((same) => same[i]!)));
    }

  // A slice is missing from some phase: each part must still hold most of the positions.
  const most = partitions.find(({ parts }) => parts.every((part) => 2 * part.length > positions.length));
  if (most) return phasesFrom(most.parts);

  const numbered = positions.every((s) => new Set(s.map((p) => p.instanceNumber)).size === s.length);
  if (even && numbered && positions.length > 1)
    return phasesFrom(
      Array.from({ length: crowded }, (_, i) => positions.map((same) => same[i]!)),
      [
        {
          code: 'mixed-phases',
          text: `Every position holds ${crowded} images and nothing in their headers says why; they are shown as ${crowded} phases in the order of their numbers, without times.`,
        },
      ],
    );

  const extra = planes.length - positions.length;
  return phasesFrom(
    [positions.map((same) => same[0]!)],
    [
      {
        code: 'duplicate-slices',
        text: `${extra} ${extra === 1 ? 'image lies' : 'images lie'} at a position that another image already has, and nothing tells them apart; the first of each is shown.`,
      },
    ],
    new Map(positions.map((same) => [same[0]!, same.slice(1)])),
  );
}
