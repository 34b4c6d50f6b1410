/** Headers in, volumes planned: what a series holds, where every frame goes, and all that is amiss. Pure. */
import { columnLengths, determinant3, dot } from '../../shared/geometry/index.ts';
import type { Mat4 } from '../../shared/geometry/index.ts';
import type { Dims, Problem, QuarantineRecord, SeriesKind, Triple } from '../../shared/volume.ts';
import { text } from './attributes.ts';
import { kindOfSopClass } from './kinds.ts';
import { mixedPatients } from './patients.ts';
import { isColour, isLocalizer, isMosaic, readPlanes } from './plane.ts';
import type { ObjectHeader, Plane } from './plane.ts';
import { byPosition, inOrder, separate } from './separate.ts';
import type { Separated } from './separate.ts';
import { heightOf, normalOf, stackPlanes } from './stack.ts';
import type { StackGeometry } from './stack.ts';
import type { SeriesHeaders } from './types.ts';
import { readValueRule } from './values.ts';
import type { ValueRule } from './values.ts';

/** One frame and the row along k of the stored grid that it fills. */
export interface Slot {
  readonly plane: Plane;
  readonly row: number;
  readonly rule: ValueRule;
  /** Duplicates, the first that can be read takes the place where the plane itself cannot. */
  readonly spares: readonly { readonly plane: Plane; readonly rule: ValueRule }[];
}

export interface PlannedVolume {
  readonly id: string;
  readonly label: string;
  readonly sopClassUid: string;
  readonly modality: string;
  readonly frameOfReferenceUid: string | null;
  readonly unit: string;
  readonly stack: StackGeometry;
  readonly dims: Dims;
  readonly spacingMm: Triple;
  readonly lpsFromIndex: Mat4;
  readonly phases: readonly { readonly timeMs: number | null; readonly slots: readonly Slot[] }[];
  /** int16 where every value is whole; a value beyond it makes the volume float when it is met. */
  readonly voxelType: 'int16' | 'float32';
  readonly paddingValue: number | null;
  readonly window: { readonly center: number; readonly width: number } | null;
  readonly problems: readonly Problem[];
}

/** What one SOP class of a series holds. */
export interface PlannedEntry {
  readonly sopClassUid: string;
  readonly kind: SeriesKind;
  readonly headers: readonly ObjectHeader[];
  /** Largest first. */
  readonly volumes: readonly PlannedVolume[];
  readonly problems: readonly Problem[];
}

export interface SeriesPlan {
  readonly entries: readonly PlannedEntry[];
  readonly quarantine: readonly QuarantineRecord[];
  readonly problems: readonly Problem[];
}

/** Directions of planes of one stack agree within this; spacing within this share of itself. */
const SAME = 1e-4;
/** More images than this in crossing directions are reformats, not scouts. */
const MOST_LOCALIZERS = 60;

const near = (a: readonly number[], b: readonly number[], tolerance: number): boolean =>
  a.every((v, i) => Math.abs(v - b[i]!) <= tolerance);

const sameGrid = (a: Plane, b: Plane): boolean =>
  a.columns === b.columns &&
  a.rows === b.rows &&
  a.frameOfReferenceUid === b.frameOfReferenceUid &&
  a.stackId === b.stackId &&
  near(a.alongRow, b.alongRow, SAME) &&
  near(a.alongColumn, b.alongColumn, SAME) &&
  Math.abs(a.columnSpacingMm - b.columnSpacingMm) <= SAME * a.columnSpacingMm &&
  Math.abs(a.rowSpacingMm - b.rowSpacingMm) <= SAME * a.rowSpacingMm;

/** Groups that a relation holds together, compared with the first of each group. */
function groupWith<T>(list: readonly T[], same: (a: T, b: T) => boolean): T[][] {
  const groups: T[][] = [];
  for (const one of list) {
    const group = groups.find((g) => same(g[0]!, one));
    if (group) group.push(one);
    else groups.push([one]);
  }
  return groups;
}

const orientationGroups = (planes: readonly Plane[]): Plane[][] =>
  groupWith(planes, (a, b) => near(a.alongRow, b.alongRow, SAME) && near(a.alongColumn, b.alongColumn, SAME));

/** Scouts in crossing directions, which makers do not always call localizers. */
function crossing(planes: readonly Plane[]): boolean {
  const normals = orientationGroups(planes).map((group) => normalOf(group[0]!));
  if (normals.length < 2 || planes.length > MOST_LOCALIZERS) return false;
  return (
    normals.every((a, i) =>
      normals.every((b, j) => i === j || Math.abs(dot(a, b)) < 0.2 || Math.abs(dot(a, b)) > 0.98),
    ) && normals.some((a) => normals.some((b) => Math.abs(dot(a, b)) < 0.2))
  );
}

/** Planes whose first positions do not lie on one line belong to several stacks. */
function onOneLine(planes: readonly Plane[]): Plane[][] {
  const positions = byPosition(planes).map((same) => same[0]!);
  if (positions.length < 3) return [[...planes]];
  const first = positions[0]!;
  const gaps = positions.slice(1).map((p, i) => {
    const before = positions[i]!;
    const h = heightOf(p, normalOf(first)) - heightOf(before, normalOf(first));
    const d = p.positionMm.map((v, axis) => v - before.positionMm[axis]!);
    const along = (way: readonly number[]): number => d.reduce((s, v, axis) => s + v * way[axis]!, 0) / h;
    return [along(first.alongRow), along(first.alongColumn)] as const;
  });
  const lean = [...gaps].sort((a, b) => Math.hypot(...a) - Math.hypot(...b))[gaps.length >> 1]!;
  const coordinate = (p: Plane): readonly [number, number] => {
    const d = p.positionMm.map((v, axis) => v - first.positionMm[axis]!);
    const h = heightOf(p, normalOf(first)) - heightOf(first, normalOf(first));
    const along = (way: readonly number[]): number => d.reduce((s, v, axis) => s + v * way[axis]!, 0);
    return [along(first.alongRow) - lean[0] * h, along(first.alongColumn) - lean[1] * h];
  };
  const tolerance = Math.max(0.05, 0.25 * Math.min(first.columnSpacingMm, first.rowSpacingMm));
  return groupWith(
    planes.map((plane) => ({ plane, at: coordinate(plane) })),
    (a, b) => near(a.at, b.at, tolerance),
  ).map((group) => group.map(({ plane }) => plane));
}

/** Every plane once, in an order that does not depend on arrival; how many were there twice is said. */
function withoutCopies(planes: readonly Plane[]): {
  readonly kept: Plane[];
  readonly copies: ReadonlyMap<Plane, readonly Plane[]>;
} {
  const copies = new Map<Plane, Plane[]>();
  const first = new Map<string, Plane>();
  for (const plane of [...planes].sort(inOrder)) {
    const key = `${plane.sopInstanceUid}#${plane.frame}`;
    const original = first.get(key);
    if (original) copies.set(original, [...(copies.get(original) ?? []), plane]);
    else first.set(key, plane);
  }
  return { kept: [...first.values()], copies };
}

function planVolume(
  separated: Separated,
  copies: ReadonlyMap<Plane, readonly Plane[]>,
  headers: ReadonlyMap<string, ObjectHeader>,
): Omit<PlannedVolume, 'id'> {
  const all = separated.phases.flatMap((phase) => phase.planes);
  const positions = byPosition(all).map((same) => same[0]!);
  const stack = stackPlanes(positions);
  const normal = normalOf(positions[0]!);
  const heights = positions.map((plane) => heightOf(plane, normal));
  const rowOf = (plane: Plane): number => {
    const height = heightOf(plane, normal);
    const at = heights.findLastIndex((h) => h <= height + 1e-9);
    return stack.rowOfPosition[Math.max(0, at)]!;
  };
  const first = headers.get(positions[0]!.object)!;
  const ruleOf = (plane: Plane): ValueRule => readValueRule(headers.get(plane.object)!.header, plane.frame);
  const sparesOf = (plane: Plane): Slot['spares'] =>
    [plane, ...(separated.spares.get(plane) ?? [])]
      .flatMap((one) => [...(one === plane ? [] : [one]), ...(copies.get(one) ?? [])])
      .map((one) => ({ plane: one, rule: ruleOf(one) }));
  const phases = separated.phases.map(({ timeMs, planes }) => ({
    timeMs,
    slots: planes.map((plane) => ({
      plane,
      row: rowOf(plane),
      rule: ruleOf(plane),
      spares: sparesOf(plane),
    })),
  }));
  const list = phases.flatMap(({ slots }) => slots.map((slot) => slot.rule));
  const paddings = new Set(list.map((rule) => rule.paddingValue));
  const problems: Problem[] = [...stack.problems, ...separated.problems];
  const holed = separated.phases.filter((phase) => phase.planes.length < positions.length).length;
  if (holed > 0)
    problems.push({
      code: 'missing-slices',
      text: `${holed} of ${separated.phases.length} phases lack slices that the others have; they are drawn as holes there.`,
    });
  return {
    label: separated.label,
    sopClassUid: first.sopClassUid,
    modality: text(first.header, '00080060'),
    frameOfReferenceUid: positions[0]!.frameOfReferenceUid,
    unit: list.every((rule) => rule.unit === list[0]!.unit) ? list[0]!.unit : '1',
    stack,
    dims: stack.dims,
    spacingMm: columnLengths(stack.lpsFromIndex),
    lpsFromIndex: stack.lpsFromIndex,
    phases,
    voxelType: list.every((rule) => rule.whole) ? 'int16' : 'float32',
    paddingValue: paddings.size === 1 ? list[0]!.paddingValue : null,
    window: list[list.length >> 1]!.window,
    problems,
  };
}

const voxelsOf = (volume: { readonly dims: Dims; readonly phases: readonly unknown[] }): number =>
  volume.dims[0] * volume.dims[1] * volume.dims[2] * volume.phases.length;

function groupWords(a: Plane, groups: readonly (readonly Plane[])[]): string {
  const differs = (of: (p: Plane) => readonly number[] | string | number | null): boolean =>
    groups.some((g) => {
      const [x, y] = [of(a), of(g[0]!)];
      return Array.isArray(x) ? !near(x as number[], y as number[], SAME) : x !== y;
    });
  const words = [
    differs((p) => [...p.alongRow, ...p.alongColumn]) ? 'orientations' : '',
    differs((p) => [p.rows, p.columns]) ? 'sizes' : '',
    differs((p) => [p.rowSpacingMm, p.columnSpacingMm]) ? 'pixel spacings' : '',
    differs((p) => p.frameOfReferenceUid) ? 'frames of reference' : '',
    differs((p) => p.stackId) ? 'stacks' : '',
  ].filter(Boolean);
  return words.length > 0 ? words.join(' and ') : 'lines';
}

function planVolumes(
  planes: readonly Plane[],
  headers: ReadonlyMap<string, ObjectHeader>,
): { volumes: Omit<PlannedVolume, 'id'>[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const { kept, copies } = withoutCopies(planes);
  if (copies.size > 0)
    problems.push({
      code: 'duplicate-slices',
      text: `${copies.size} ${copies.size === 1 ? 'image is' : 'images are'} there more than once; each is used once.`,
    });
  const groups = groupWith(kept, sameGrid).flatMap(onOneLine);
  if (groups.length > 1)
    problems.push({
      code: 'mixed-orientation',
      text: `This series mixes images of different ${groupWords(kept[0]!, groups)}; they are kept apart as ${groups.length} volumes.`,
    });
  const volumes = groups.flatMap((group) => {
    const parts = separate(group);
    // Magnitude and three velocities at one place are what 4D flow is, nothing amiss.
    if (parts.length > 1 && !parts.some(({ phases }) => phases[0]?.planes[0]?.traits.velocityDirection))
      problems.push({
        code: 'mixed-phases',
        text: `This series holds ${parts.length} volumes at the same place (${parts.map((p) => p.label).join('; ')}); each can be opened by itself.`,
      });
    return parts.map((part) => planVolume(part, copies, headers));
  });
  return { volumes, problems };
}

function planEntry(
  sopClassUid: string,
  all: readonly ObjectHeader[],
  quarantine: QuarantineRecord[],
): Omit<PlannedEntry, 'volumes'> & { readonly volumes: readonly Omit<PlannedVolume, 'id'>[] } {
  const declared = kindOfSopClass(sopClassUid);
  const entry = { sopClassUid, headers: all, volumes: [], problems: [] };
  if (declared !== 'image' && declared !== 'rtdose' && declared !== 'pmap')
    return { ...entry, kind: declared };
  const headers = new Map(all.map((header) => [header.object, header]));
  const planes: Plane[] = [];
  const sound: ObjectHeader[] = [];
  let [scouts, mosaics, flat] = [0, 0, 0];
  for (const object of all) {
    const read = readPlanes(object);
    if (read.kind === 'refused') {
      quarantine.push({ object: object.object, reason: `It cannot be placed: ${read.reason}.` });
      continue;
    }
    sound.push(object);
    if (isLocalizer(object.header)) scouts++;
    else if (isMosaic(object.header)) mosaics++;
    else if (read.kind === 'flat' || isColour(object.header)) flat++;
    else for (const plane of read.planes) planes.push(plane);
  }
  const own = { ...entry, headers: sound };
  const image = (kind: SeriesKind): SeriesKind => (declared === 'image' ? kind : declared);
  if (planes.length === 0) {
    const kind = mosaics > 0 ? 'mosaic' : scouts > 0 ? 'localizer' : 'image2d';
    return { ...own, kind: image(kind) };
  }
  if (declared === 'image' && crossing(planes)) {
    const ways = orientationGroups(planes).length;
    const said = `This series holds ${planes.length} images in ${ways} crossing directions: scouts, which make no volume.`;
    return { ...own, kind: 'localizer', problems: [{ code: 'mixed-orientation', text: said }] };
  }
  const { volumes, problems } = planVolumes(planes, headers);
  if (scouts + mosaics + flat > 0) {
    const n = scouts + mosaics + flat;
    const what = [scouts && 'scouts', mosaics && 'mosaics', flat && 'pictures without a place'].filter(
      Boolean,
    );
    problems.push({
      code: 'mixed-orientation',
      text: `${n} ${n === 1 ? 'image is' : 'images are'} no part of the volume and set aside (${what.join(', ')}).`,
    });
  }
  volumes.sort((a, b) => voxelsOf(b) - voxelsOf(a));
  const largest = volumes[0]!;
  return { ...own, kind: image(largest.phases.length > 1 ? 'volume4d' : 'volume'), volumes, problems };
}

/**
 * Plans one series: an entry for each SOP class with its kind, its volumes (ids count through the series) and its
 * problems; one quarantine record for each object whose header cannot be used. Never throws on data.
 */
export function planSeries(series: SeriesHeaders): SeriesPlan {
  const quarantine: QuarantineRecord[] = [...series.quarantine];
  const classes = [...new Set(series.instances.map((i) => i.sopClassUid))].sort();
  let id = 0;
  const entries = classes.map((sopClassUid) => {
    const own = series.instances.filter((i) => i.sopClassUid === sopClassUid);
    const entry = planEntry(sopClassUid, own, quarantine);
    return { ...entry, volumes: entry.volumes.map((volume) => ({ ...volume, id: String(id++) })) };
  });
  for (const { volumes } of entries)
    for (const volume of volumes)
      if (!(determinant3(volume.lpsFromIndex) > 0)) throw new Error('a planned volume is mirrored');
  const problems = [...series.problems, ...mixedPatients(series.instances, 'series')];
  return { entries: entries.filter((e) => e.headers.length > 0), quarantine, problems };
}
