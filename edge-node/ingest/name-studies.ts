/** Which studies there are, a part at a time and the newest first: as FHIR sorts them, or by an archive's dates. */
import {
  ArchiveError,
  askForPatient,
  dayOf,
  inParallel,
  openNewestFirst,
  textOf,
  type AskStudies,
  type DatedStudy,
  type DicomwebClient,
  type FhirClient,
  type FhirPage,
  type FhirStudy,
  type FoundStudy,
} from '../../fhir/clients/index.ts';
import type { StudyMatching } from '../../shared/protocol/matching.ts';
import { newestFirst, type Problem, type QuarantineRecord } from '../../shared/volume.ts';
import { dateOf, type WantedStudy } from './dicomweb-listing.ts';
import { notNamed, perhapsMoreOf } from './perhaps-more.ts';

export interface NamedBatch {
  readonly wanted: readonly WantedStudy[];
  /** Studies that are named and cannot be had. */
  readonly unplaced: readonly QuarantineRecord[];
}

export interface StudyNames {
  /** False once newer studies may come after older ones. */
  sorted(): boolean;
  /** Where there may be more than was named so far. */
  problems(): readonly Problem[];
  /** The next studies; null at the end. A rejection loses none. */
  name(signal: AbortSignal): Promise<NamedBatch | null>;
}

/** Newest first. */
export const inOrder = (studies: readonly WantedStudy[]): WantedStudy[] =>
  studies
    .map((one) => ({ one, studyInstanceUid: one.studyInstanceUid, date: dateOf(one) }))
    .sort(newestFirst)
    .map(({ one }) => one);

/** Studies of a FHIR server of which one at least should have an endpoint, where not all are looked at. */
export const ENOUGH_OF_FHIR = 50;

export const hasAddress = (study: FhirStudy): boolean =>
  study.addresses.length > 0 || study.series.some((series) => series.addresses.length > 0);

export const noEndpoint = (host: string, studies: number): ArchiveError =>
  new ArchiveError(
    'no-endpoint',
    `The FHIR server at ${host} names ${studies === 1 ? 'a study' : `${studies} studies`} and no Endpoint of type dicom-wado-rs for ${studies === 1 ? 'it' : 'them'}, so it does not say where the images lie. Ask its administrator to add one, or leave FHIR out and give the archive's DICOMweb address alone with --source.`,
  );

/** Studies of FHIR, and records of those that no endpoint places. */
export function placedOf(
  { studies, quarantine }: Pick<FhirPage, 'studies' | 'quarantine'>,
  host: string,
): NamedBatch {
  const [placed, others] = [studies.filter(hasAddress), studies.filter((study) => !hasAddress(study))];
  const reason = noEndpoint(host, 1).message;
  return {
    wanted: placed.map((study) => ({ studyInstanceUid: study.studyInstanceUid, fhir: study, header: null })),
    unplaced: [...quarantine, ...others.map((study) => ({ object: study.studyInstanceUid, reason }))],
  };
}

/** Pages one after the other that name nothing new: a server may leave out what this account may not see. */
const BARREN_PAGES = 100;

/**
 * A page of FHIR's studies at a time. Rejects with 'no-endpoint' where none of the first `enough` says where its images
 * lie, and where pages lead back or go on for ever: behind all that they named.
 */
export function nameByFhir(server: FhirClient, enough = ENOUGH_OF_FHIR): StudyNames {
  let page: FhirPage | null = null;
  let [placed, studies] = [0, 0];
  /** Studies and records so far, and what the server says that there are. */
  let [count, total] = [0, 0];
  const addresses = new Set<string>();
  const named = new Set<string>();
  let barren = 0;
  return {
    sorted: () => page?.sorted ?? true,
    problems: () => (page && !page.place ? notNamed(server.peer.host, total, count) : []),
    async name(signal) {
      if (page && !page.place) return null;
      const address = page?.place?.next ?? '';
      if (addresses.has(address) || barren >= BARREN_PAGES)
        throw new ArchiveError(
          'bad-answer',
          `The FHIR server at ${server.peer.host} was asked for its imaging studies and gave pages that never end. Ask its administrator to look at the next links of its searches.`,
        );
      page = await server.page(page?.place ?? null, { signal });
      addresses.add(address);
      count += page.studies.length + page.quarantine.length;
      total = Math.max(total, page.total ?? 0);
      const before = named.size;
      for (const { studyInstanceUid } of page.studies) named.add(studyInstanceUid);
      for (const { object } of page.quarantine) named.add(object);
      barren = named.size > before ? 0 : barren + 1;
      const batch = placedOf(page, server.peer.host);
      placed += batch.wanted.length;
      studies += page.studies.length;
      const isEnough = !page.place || studies >= enough;
      if (studies > 0 && placed === 0 && isEnough) throw noEndpoint(server.peer.host, studies);
      return batch;
    },
  };
}

/**
 * An archive's studies by their dates; those of `matching` alone where it is given.
 * @param few where few are looked for, or all: a small archive is then there at once
 */
export function nameByDates(
  archive: DicomwebClient,
  nowMs: number,
  matching: StudyMatching | null = null,
  few = matching !== null && matching.words !== '',
): StudyNames {
  const everything: AskStudies<DatedStudy> = async (StudyDate, page, signal) => {
    const answer = await archive.studyPage(StudyDate === null ? {} : { StudyDate }, page, { signal });
    const dated = (row: FoundStudy): DatedStudy => ({ ...row, date: textOf(row.header, '00080020') });
    return { ...answer, studies: answer.studies.map(dated) };
  };
  const words = matching?.words ?? '';
  const ask = words === '' ? everything : askForPatient(archive, words);
  const search = openNewestFirst(ask, dayOf(nowMs), matching?.span ?? null, few);
  return {
    sorted: () => search.sorted(),
    problems: () => perhapsMoreOf(search.doubts(), archive.server.peer.host),
    async name(signal) {
      const found = await search.next(signal);
      if (!found) return null;
      return {
        wanted: found.map(({ studyInstanceUid, header }) => ({ studyInstanceUid, header, fhir: null })),
        unplaced: [],
      };
    },
  };
}

/** Studies that are looked up at FHIR before they are named. */
const LOOKED_UP = 25;
const LOOKED_UP_AT_A_TIME = 4;

/** What the archive names, as far as FHIR knows it: what it does not name, or has withdrawn, is a record. */
export function knownToFhir(names: StudyNames, server: FhirClient): StudyNames {
  let waiting: readonly WantedStudy[] = [];
  const lookUp = async (one: WantedStudy, signal: AbortSignal): Promise<WantedStudy | QuarantineRecord> => {
    const { studies, quarantine } = await server.find(one.studyInstanceUid, { signal });
    const [fhir] = studies;
    if (fhir) return { ...one, fhir };
    const reason =
      quarantine[0]?.reason ?? 'The archive has this study and the FHIR server does not name it.';
    return { object: one.studyInstanceUid, reason };
  };
  return {
    sorted: () => names.sorted(),
    problems: () => names.problems(),
    async name(signal) {
      if (waiting.length === 0) {
        const batch = await names.name(signal);
        if (!batch) return null;
        waiting = inOrder(batch.wanted);
      }
      const part = waiting.slice(0, LOOKED_UP);
      const wanted: WantedStudy[] = [];
      const unplaced: QuarantineRecord[] = [];
      for await (const found of inParallel(part, LOOKED_UP_AT_A_TIME, (one) => lookUp(one, signal)))
        if ('reason' in found) unplaced.push(found);
        else wanted.push(found);
      waiting = waiting.slice(part.length);
      return { wanted, unplaced };
    },
  };
}
