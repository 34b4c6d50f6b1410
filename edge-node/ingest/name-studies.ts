/** Which studies there are, a part at a time and the newest first: as FHIR sorts them, or by an archive's dates. */
import {
  ArchiveError,
  dayOf,
  openNewestFirst,
  textOf,
  type Dated,
  type DicomwebClient,
  type FhirClient,
  type FhirFinding,
  type FhirPage,
  type FhirStudy,
} from '../../fhir/clients/index.ts';
import type { QuarantineRecord } from '../../shared/volume.ts';
import type { WantedStudy } from './dicomweb-listing.ts';

export interface NamedBatch {
  readonly wanted: readonly WantedStudy[];
  /** Studies that are named and cannot be had. */
  readonly unplaced: readonly QuarantineRecord[];
}

export interface StudyNames {
  /** False once newer studies may come after older ones. */
  sorted(): boolean;
  /** The next studies; null at the end. A rejection loses none. */
  name(signal: AbortSignal): Promise<NamedBatch | null>;
}

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
export function placedOf({ studies, quarantine }: FhirFinding, host: string): NamedBatch {
  const [placed, others] = [studies.filter(hasAddress), studies.filter((study) => !hasAddress(study))];
  const reason = noEndpoint(host, 1).message;
  return {
    wanted: placed.map((study) => ({ studyInstanceUid: study.studyInstanceUid, fhir: study, header: null })),
    unplaced: [...quarantine, ...others.map((study) => ({ object: study.studyInstanceUid, reason }))],
  };
}

/** A page of FHIR's studies at a time. Rejects with 'no-endpoint' where none of the first says where its images lie. */
export function nameByFhir(server: FhirClient): StudyNames {
  let page: FhirPage | null = null;
  let [placed, studies] = [0, 0];
  const addresses = new Set<string>();
  return {
    sorted: () => page?.sorted ?? true,
    async name(signal) {
      if (page && !page.place) return null;
      const address = page?.place?.next ?? '';
      page = await server.page(page?.place ?? null, { signal });
      // Pages that lead back to one before would be read for ever.
      addresses.add(address);
      if (page.place?.next != null && addresses.has(page.place.next)) page = { ...page, place: null };
      const batch = placedOf(page, server.peer.host);
      placed += batch.wanted.length;
      studies += page.studies.length;
      const enough = !page.place || studies >= ENOUGH_OF_FHIR;
      if (studies > 0 && placed === 0 && enough) throw noEndpoint(server.peer.host, studies);
      return batch;
    },
  };
}

/** An archive's studies by their dates. */
export function nameByDates(archive: DicomwebClient, nowMs: number): StudyNames {
  type Found = Dated & Pick<WantedStudy, 'header'>;
  const search = openNewestFirst<Found>(async (StudyDate, page, signal) => {
    const rows = await archive.studyPage(StudyDate === null ? {} : { StudyDate }, page, { signal });
    return rows.map((row) => ({ ...row, date: textOf(row.header, '00080020') }));
  }, dayOf(nowMs));
  return {
    sorted: () => search.sorted(),
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
