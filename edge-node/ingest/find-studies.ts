/** Which studies a listing is of: those that a walk would come by, all at once; the first few; or one. */
import type { DicomwebClient, FhirClient } from '../../fhir/clients/index.ts';
import type { Problem, QuarantineRecord } from '../../shared/volume.ts';
import type { WantedStudy } from './dicomweb-listing.ts';
import {
  ENOUGH_OF_FHIR,
  nameByDates,
  nameByFhir,
  noEndpoint,
  placedOf,
  type NamedBatch,
  type StudyNames,
} from './name-studies.ts';
import type { ListOptions } from './types.ts';

export interface FoundStudies extends NamedBatch {
  /** Where there may be more. */
  readonly problems: readonly Problem[];
}

interface Where {
  /** Asked first, where it is. */
  readonly fhir: FhirClient | null;
  /** The archive that was given, asked where there is no FHIR server. */
  readonly archive: () => DicomwebClient;
  readonly nowMs: number;
}

/** All that are named, each once; about the first `most` where that is given. */
async function nameAll(
  names: StudyNames,
  signal: AbortSignal,
  most = Number.POSITIVE_INFINITY,
): Promise<NamedBatch> {
  const wanted = new Map<string, WantedStudy>();
  const unplaced: QuarantineRecord[] = [];
  while (wanted.size < most) {
    const batch = await names.name(signal);
    if (!batch) break;
    for (const one of batch.wanted)
      if (!wanted.has(one.studyInstanceUid)) wanted.set(one.studyInstanceUid, one);
    unplaced.push(...batch.unplaced);
  }
  return { wanted: [...wanted.values()], unplaced };
}

async function findStudy(
  studyInstanceUid: string,
  { fhir, archive }: Where,
  signal: AbortSignal | undefined,
): Promise<NamedBatch> {
  if (!fhir) {
    const study = await archive().study(studyInstanceUid, { signal });
    return { wanted: study ? [{ ...study, fhir: null }] : [], unplaced: [] };
  }
  const finding = await fhir.find(studyInstanceUid, { signal });
  const found = placedOf(finding, fhir.peer.host);
  if (finding.studies.length > 0 && found.wanted.length === 0)
    throw noEndpoint(fhir.peer.host, finding.studies.length);
  return found;
}

/** Rejects with ArchiveError: 'no-endpoint' where a FHIR server says of no study where it lies. */
export async function findStudies(
  { studyInstanceUid, most, signal }: ListOptions,
  where: Where,
): Promise<FoundStudies> {
  if (studyInstanceUid !== undefined)
    return { ...(await findStudy(studyInstanceUid, where, signal)), problems: [] };
  const { fhir, archive, nowMs } = where;
  if (!fhir && most !== undefined) {
    const { studies } = await archive().studyPage({}, { limit: most, offset: 0 }, { signal });
    return { wanted: studies.map((study) => ({ ...study, fhir: null })), unplaced: [], problems: [] };
  }
  const names = fhir
    ? nameByFhir(fhir, most === undefined ? Number.POSITIVE_INFINITY : ENOUGH_OF_FHIR)
    : nameByDates(archive(), nowMs, null, true);
  const found = await nameAll(names, signal ?? new AbortController().signal, most);
  return { ...found, problems: most === undefined ? names.problems() : [] };
}
