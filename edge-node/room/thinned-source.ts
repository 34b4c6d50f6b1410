/** A source whose series look as if they had fewer slices: evenly chosen along the stack, the first of each position. */
import type { InstanceHeader } from '../../fhir/dicom/types.ts';
import type { SeriesHeaders, Source } from '../ingest/types.ts';

type Located = SeriesHeaders['instances'][number];

const numbers = (header: InstanceHeader['header'], tag: string, count: number): number[] | null => {
  const value = header[tag]?.Value?.map(Number);
  return value?.length === count && value.every(Number.isFinite) ? value : null;
};

/** Where along its own normal an instance lies, in mm; null where it does not say. */
function alongNormal({ header }: Located): number | null {
  const position = numbers(header, '00200032', 3);
  const axes = numbers(header, '00200037', 6);
  if (!position || !axes) return null;
  const [a, b, c, d, e, f] = axes as [number, number, number, number, number, number];
  return position[0]! * (b * f - c * e) + position[1]! * (c * d - a * f) + position[2]! * (a * e - b * d);
}

/**
 * At most `slices` of the instances, in even steps along the stack and always symmetric to its middle, one for each
 * position. Instances that do not say where they lie are chosen by their order.
 */
export function thinInstances(instances: readonly Located[], slices: number): readonly Located[] {
  const byPosition = new Map<string, Located>();
  const along = new Map<Located, number>();
  for (const [index, instance] of instances.entries()) {
    const position = alongNormal(instance);
    along.set(instance, position ?? index);
    const name = position === null ? `#${index}` : position.toFixed(2);
    if (!byPosition.has(name)) byPosition.set(name, instance);
  }
  const sorted = [...byPosition.values()].sort((a, b) => along.get(a)! - along.get(b)!);
  if (slices === 1) return sorted.slice(sorted.length >> 1, (sorted.length >> 1) + 1);
  const step = Math.ceil(sorted.length / slices);
  const rest = (sorted.length - 1) % step;
  return sorted.filter((_, index) => index >= rest >> 1 && (index - (rest >> 1)) % step === 0);
}

export function thinnedSource(source: Source, slices: number): Source {
  return {
    label: source.label,
    list: (options) => source.list(options),
    async headers(study, series, options) {
      const headers = await source.headers(study, series, options);
      return { ...headers, instances: thinInstances(headers.instances, slices) };
    },
    retrieve(study, series, options) {
      return retrieveThinned(source, slices, study, series, options);
    },
    // The real source stays open: it is lent.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function* retrieveThinned(
  source: Source,
  slices: number,
  ...[study, series, options]: Parameters<Source['retrieve']>
): ReturnType<Source['retrieve']> {
  const only =
    options?.only ??
    thinInstances((await source.headers(study, series, options)).instances, slices).map(
      (instance) => instance.sopInstanceUid,
    );
  yield* source.retrieve(study, series, { ...options, only });
}
