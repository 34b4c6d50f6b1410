/**
 * Planned volumes filled as their objects arrive, in any order: decoded by the pool straight into their slots. What
 * cannot be read is one record; its place becomes a hole. Nothing is placed by anything but its own geometry.
 */
import type { DecodePool, ModalityLut } from '../../fhir/dicom/index.ts';
import { readHeader, readModalityLut } from '../../fhir/dicom/index.ts';
import type { Problem, QuarantineRecord } from '../../shared/volume.ts';
import { offsetOf, openCanvas, padRange } from './canvas.ts';
import type { Canvas } from './canvas.ts';
import { forEachInFlight } from './in-flight.ts';
import type { PlannedVolume, Slot } from './plan.ts';
import { readPlanes } from './plane.ts';
import type { Plane } from './plane.ts';
import type { RetrievedObject } from './types.ts';
import { readValueRule } from './values.ts';
import type { ValueRule } from './values.ts';

/** Coded bytes in memory at once, beside the volume itself. */
const IN_FLIGHT_BYTES = 192 << 20;

export interface FillEffects {
  /** The stored bytes of these SOP instances. */
  retrieve(only: readonly string[]): AsyncIterable<RetrievedObject>;
  readonly pool: DecodePool;
  /** Each object when it is done with, for progress. */
  readonly onObject?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Filled {
  readonly canvases: readonly Canvas[];
  readonly quarantine: readonly QuarantineRecord[];
  readonly problems: readonly Problem[];
}

/** One frame's way into a canvas; a spare is only looked at until it is needed. */
interface Use {
  readonly volume: number;
  readonly phase: number;
  readonly slot: Slot;
  readonly plane: Plane;
  readonly rule: ValueRule;
  readonly spare: boolean;
}

/** An object that arrived, with the places of its frames and what its values mean. */
interface Known {
  readonly list: readonly Use[];
  readonly rules: ReadonlyMap<Use, ValueRule>;
  readonly lut: ModalityLut | null;
}

const keyOf = (use: Use): string => `${use.volume}/${use.phase}/${use.slot.row}`;

/** A value was met that int16 cannot hold: the volume is filled anew as float. */
class NeedsFloat extends Error {
  readonly plan: PlannedVolume;
  constructor(plan: PlannedVolume) {
    super('a rescaled value is no whole number within int16');
    this.plan = plan;
  }
}

function usesOf(planned: readonly PlannedVolume[]): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  const put = (use: Use): void => {
    const list = uses.get(use.plane.object);
    if (list) list.push(use);
    else uses.set(use.plane.object, [use]);
  };
  planned.forEach((plan, volume) =>
    plan.phases.forEach(({ slots }, phase) =>
      slots.forEach((slot) => {
        put({ volume, phase, slot, plane: slot.plane, rule: slot.rule, spare: false });
        for (const { plane, rule } of slot.spares) put({ volume, phase, slot, plane, rule, spare: true });
      }),
    ),
  );
  return uses;
}

const far = (a: readonly number[], b: readonly number[], tolerance: number): boolean =>
  a.some((v, i) => Math.abs(v - b[i]!) > tolerance);

/** What of a plane that arrived is not what was planned; null where it may go to its slot. */
export function disagreement(planned: Plane, arrived: Plane | undefined): string | null {
  if (!arrived) return 'it has no such frame';
  if (arrived.columns !== planned.columns || arrived.rows !== planned.rows)
    return `it is ${arrived.columns}x${arrived.rows} pixels where ${planned.columns}x${planned.rows} were announced`;
  if (far(arrived.positionMm, planned.positionMm, 0.01))
    return `it lies at ${arrived.positionMm.join('\\')} where ${planned.positionMm.join('\\')} was announced`;
  if (far(arrived.alongRow, planned.alongRow, 1e-4) || far(arrived.alongColumn, planned.alongColumn, 1e-4))
    return 'it is turned otherwise than was announced';
  if (
    Math.abs(arrived.columnSpacingMm - planned.columnSpacingMm) > 1e-4 * planned.columnSpacingMm ||
    Math.abs(arrived.rowSpacingMm - planned.rowSpacingMm) > 1e-4 * planned.rowSpacingMm
  )
    return 'its pixels have another size than was announced';
  return null;
}

const sentence = (error: unknown): string => {
  const words = error instanceof Error ? error.message : String(error);
  return words.endsWith('.') ? words : `${words}.`;
};

/**
 * Fills the volumes. Rejects where the source fails or the signal is aborted; a broken object only makes a record.
 * A volume that int16 cannot hold after all is retrieved again as float.
 */
export async function fillVolumes(planned: readonly PlannedVolume[], effects: FillEffects): Promise<Filled> {
  const float = new Map(planned.map((plan) => [plan, plan.voxelType === 'float32']));
  for (;;) {
    const { canvases, refused } = allocate(planned, float);
    try {
      const filled = await fillOnce(canvases, effects);
      return { ...filled, quarantine: [...refused, ...filled.quarantine] };
    } catch (error) {
      if (!(error instanceof NeedsFloat)) throw error;
      float.set(error.plan, true);
    }
  }
}

/** Memory for the volumes; objects of one that does not fit are a record each, and the others go on. */
function allocate(
  planned: readonly PlannedVolume[],
  float: ReadonlyMap<PlannedVolume, boolean>,
): { readonly canvases: Canvas[]; readonly refused: QuarantineRecord[] } {
  const canvases: Canvas[] = [];
  const refused = new Map<string, QuarantineRecord>();
  for (const plan of planned)
    try {
      canvases.push(openCanvas(plan, float.get(plan)!));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const reason = `Its volume of ${plan.dims.join(' x ')} voxels does not fit into this machine's memory.`;
      for (const { slots } of plan.phases)
        for (const { plane } of slots) refused.set(plane.object, { object: plane.object, reason });
    }
  return { canvases, refused: [...refused.values()] };
}

async function fillOnce(
  canvases: readonly Canvas[],
  { retrieve, pool, onObject, signal }: FillEffects,
): Promise<Filled> {
  const uses = usesOf(canvases.map((canvas) => canvas.plan));
  const bySop = new Map<string, string[]>();
  for (const [object, list] of uses) {
    const sop = list[0]!.plane.sopInstanceUid;
    bySop.set(sop, [...(bySop.get(sop) ?? []), object]);
  }
  const quarantine = new Map<string, string>();
  const problems = new Map<string, Problem>();
  const arrived = new Set<string>();
  const taken = new Set<string>();

  /** Which uses the bytes have, by their own header; null where nobody asked for them. */
  const recognise = ({ object, bytes, asListed }: RetrievedObject): Known | null => {
    const listed = asListed ? uses.get(object) : undefined;
    if (listed && !listed[0]!.rule.lut) {
      arrived.add(object);
      return { list: listed, rules: new Map(listed.map((use) => [use, use.rule])), lut: null };
    }
    const instance = readHeader(bytes);
    const known = uses.has(object) ? object : bySop.get(instance.sopInstanceUid)?.[0];
    const list = known === undefined ? undefined : uses.get(known);
    if (known === undefined || !list || list[0]!.plane.sopInstanceUid !== instance.sopInstanceUid)
      return null;
    arrived.add(known);
    const read = readPlanes({ ...instance, object: known });
    if (read.kind === 'refused') throw new Error(`It cannot be placed: ${read.reason}`);
    for (const use of list) {
      const wrong = disagreement(
        use.plane,
        read.kind === 'planes' ? read.planes[use.plane.frame] : undefined,
      );
      if (!wrong) continue;
      const said = `An image that arrived disagrees with the source's own listing (${wrong}); it was left out.`;
      problems.set(said, { code: 'source-mismatch', text: said });
      throw new Error(said);
    }
    const rules = new Map(list.map((use) => [use, readValueRule(instance.header, use.plane.frame)]));
    return { list, rules, lut: readModalityLut(instance.header) };
  };

  const place = async (arrival: RetrievedObject, wanted: 'first' | 'spare'): Promise<void> => {
    const { object, bytes, failure } = arrival;
    const size = bytes.byteLength;
    try {
      if (failure !== undefined) throw new Error(failure);
      const known = recognise(arrival);
      if (known) await decodeInto(bytes, known, wanted);
    } catch (error) {
      if (error instanceof NeedsFloat || signal?.aborted) throw error;
      if (!quarantine.has(object)) quarantine.set(object, sentence(error));
    } finally {
      onObject?.(size);
    }
  };

  const decodeInto = async (
    bytes: Uint8Array,
    { list, rules, lut }: Known,
    wanted: 'first' | 'spare',
  ): Promise<void> => {
    // A slot that is filled or being filled takes nothing more, whatever a source sends twice.
    const open = list.filter((use) => use.spare === (wanted === 'spare') && !taken.has(keyOf(use)));
    if (open.length === 0) {
      // A duplicate is read all the same, so that a broken one is known.
      if (wanted === 'first') await pool.decode({ bytes, frames: list.map((u) => u.plane.frame) }, signal);
      return;
    }
    for (const use of open) taken.add(keyOf(use));
    try {
      const volumes = [...new Set(open.map((use) => use.volume))];
      for (const [nth, volume] of volumes.entries()) {
        const canvas = canvases[volume]!;
        const own = open.filter((use) => use.volume === volume);
        const maps = own.map((use) => rules.get(use)!);
        if (!canvas.float && maps.some((rule) => !rule.whole)) throw new NeedsFloat(canvas.plan);
        const into = {
          voxels: canvas.voxels,
          offsets: own.map((use) => offsetOf(canvas.plan, use.phase, use.slot)),
          perFrame: maps.map(({ slope, intercept }) => ({
            slope,
            intercept,
            ...(lut ? { modalityLut: lut } : {}),
          })),
        };
        // The pool takes the bytes away: whoever still needs them keeps a copy.
        const last = nth === volumes.length - 1;
        const frames = own.map((use) => use.plane.frame);
        const job = { bytes: last ? bytes : bytes.slice(), frames, into };
        const { min, max } = await pool.decode(job, signal);
        if (!canvas.float && (min < -32_768 || max > 32_767)) throw new NeedsFloat(canvas.plan);
        own.forEach((use, i) => {
          const { paddingRange, paddingValue } = rules.get(use)!;
          if (paddingRange) padRange(canvas, into.offsets[i]!, paddingRange, paddingValue!);
        });
        canvas.min = Math.min(canvas.min, min);
        canvas.max = Math.max(canvas.max, max);
        for (const use of own) canvas.filled[use.phase]![use.slot.row] = use.plane.sopInstanceUid;
      }
    } catch (error) {
      for (const use of open) taken.delete(keyOf(use));
      throw error;
    }
  };

  // Spares go one at a time: two of them never write into one slot together.
  const limits = (wanted: 'first' | 'spare') => ({
    tasks: wanted === 'spare' ? 1 : 2 * pool.workers + 2,
    bytes: IN_FLIGHT_BYTES,
  });
  const run = (only: readonly string[], wanted: 'first' | 'spare'): Promise<void> =>
    forEachInFlight(
      retrieve(only),
      ({ bytes }) => bytes.byteLength,
      limits(wanted),
      (object) => place(object, wanted),
      signal,
    );
  await run([...bySop.keys()], 'first');

  for (const object of uses.keys())
    if (!arrived.has(object) && !quarantine.has(object))
      quarantine.set(object, 'The source announced it and did not deliver it.');
  const needed = new Set<string>();
  for (const [object, list] of uses)
    for (const use of list)
      if (
        use.spare &&
        !quarantine.has(object) &&
        canvases[use.volume]!.filled[use.phase]![use.slot.row] === ''
      )
        needed.add(use.plane.sopInstanceUid);
  if (needed.size > 0) await run([...needed], 'spare');
  return {
    canvases,
    quarantine: [...quarantine].map(([object, reason]) => ({ object, reason })),
    problems: [...problems.values()],
  };
}
