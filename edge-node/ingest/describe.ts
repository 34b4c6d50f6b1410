/** Headers to the rows of a listing. Every source uses it, so that all list alike. */
import {
  newestFirst,
  type Listing,
  type Problem,
  type QuarantineRecord,
  type SeriesEntry,
  type StudyEntry,
  type VolumeEntry,
} from '../../shared/volume.ts';
import { text } from './attributes.ts';
import { countPatients, mixedPatients, NOBODY } from './patients.ts';
import type { ObjectHeader } from './plane.ts';
import { planSeries } from './plan.ts';
import type { PlannedEntry } from './plan.ts';
import type { SeriesHeaders } from './types.ts';

const unique = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [problem.code + problem.text, problem])).values(),
];

function describeEntry(entry: PlannedEntry, series: readonly Problem[]): SeriesEntry {
  const first = entry.headers[0]!;
  const volumes: VolumeEntry[] = entry.volumes.map((volume) => ({
    id: volume.id,
    dims: volume.dims,
    spacingMm: volume.spacingMm,
    phases: volume.phases.length,
    unit: volume.unit,
  }));
  const largest = volumes[0];
  const syntaxes = [...new Set(entry.headers.map((h) => h.transferSyntaxUid).filter(Boolean))];
  return {
    seriesInstanceUid: first.seriesInstanceUid,
    sopClassUid: entry.sopClassUid,
    modality: text(first.header, '00080060'),
    description: text(first.header, '0008103E'),
    bodyPart: text(first.header, '00180015'),
    instances: entry.headers.length,
    kind: entry.kind,
    dims: largest?.dims ?? null,
    spacingMm: largest?.spacingMm ?? null,
    phases: largest?.phases ?? null,
    volumes,
    transferSyntax: syntaxes[0] ?? '',
    problems: unique([...series, ...entry.problems, ...entry.volumes.flatMap((v) => v.problems)]),
  };
}

/** One entry for each SOP class of the series, and the objects whose headers cannot be used. */
export function describeSeriesWithQuarantine(headers: SeriesHeaders): {
  readonly entries: SeriesEntry[];
  readonly quarantine: readonly QuarantineRecord[];
} {
  const plan = planSeries(headers);
  return {
    entries: plan.entries.map((entry) => describeEntry(entry, plan.problems)),
    quarantine: plan.quarantine,
  };
}

/** One entry for each SOP class of the series. */
export const describeSeries = (headers: SeriesHeaders): SeriesEntry[] =>
  describeSeriesWithQuarantine(headers).entries;

/** A listing of every study among the headers; studies newest first, series by number. */
export function describeStudies(
  instances: readonly ObjectHeader[],
  quarantine: readonly QuarantineRecord[],
  ignored: number,
): Listing {
  const records: QuarantineRecord[] = [...quarantine];
  const studies: StudyEntry[] = [];
  const byStudy = Map.groupBy(instances, (i) => i.studyInstanceUid);
  for (const [studyInstanceUid, own] of byStudy) {
    const numberOf = (list: readonly ObjectHeader[]): number =>
      Number(text(list[0]!.header, '00200011')) || 0;
    const series = [...Map.groupBy(own, (i) => i.seriesInstanceUid)].sort(
      ([a, x], [b, y]) => numberOf(x) - numberOf(y) || (a < b ? -1 : 1),
    );
    const mixed = mixedPatients(own, 'study');
    const entries = series.flatMap(([, list]) => {
      const known = mixed.length > 0 && countPatients(list) < 2 ? mixed : [];
      const described = describeSeriesWithQuarantine({ instances: list, quarantine: [], problems: known });
      records.push(...described.quarantine);
      return described.entries;
    });
    if (entries.length === 0) continue;
    const header = own[0]!.header;
    studies.push({
      studyInstanceUid,
      date: text(header, '00080020'),
      description: text(header, '00081030'),
      // Nobody's name stands over another's images.
      patient:
        mixed.length > 0
          ? NOBODY
          : {
              name: text(header, '00100010'),
              id: text(header, '00100020'),
              birthDate: text(header, '00100030'),
            },
      series: entries,
    });
  }
  studies.sort(newestFirst);
  return { studies, quarantine: records, ignored };
}
