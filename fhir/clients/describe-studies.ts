/** What the resources of a search say of studies: rules F2 to F4 and F6 of `fhir.ts`. */
import type { QuarantineRecord } from '../../shared/volume.ts';
import { ArchiveError } from './errors.ts';
import {
  dicomwebAddress,
  endpointSchema,
  imagingStudySchema,
  isOlderShape,
  patientSchema,
  studyUidOf,
  type FhirStudy,
  type ImagingStudyResource,
} from './fhir-resources.ts';

export type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string };

export interface FhirFinding {
  readonly studies: readonly FhirStudy[];
  readonly quarantine: readonly QuarantineRecord[];
}

const WITHDRAWN = new Set(['entered-in-error', 'cancelled']);

/** An answer that refuses one resource; 401 refuses us, and silence is everybody's. */
const concernsOne = (error: unknown): error is ArchiveError =>
  error instanceof ArchiveError && error.status !== null && error.status !== 401;

/**
 * The studies among `found` (resources by 'Type/ID'), their references looked up there first and read from the server
 * at `root` otherwise; what was read is added to `found`. Rejects with ArchiveError.
 * @param others whether there are other studies than these: then none of these may be left
 */
export async function describeStudies(
  found: Map<string, Resource>,
  root: string,
  read: (name: string) => Promise<Resource | null>,
  others = false,
): Promise<FhirFinding> {
  const refused = new Map<string, ArchiveError>();
  /** The resource, null where there is none; the refusal of this one resource is an answer too. */
  const lookUp = async (
    study: ImagingStudyResource,
    reference: string | undefined,
  ): Promise<Resource | ArchiveError | null> => {
    if (!reference) return null;
    if (reference.startsWith('#'))
      return study.contained.find((resource) => `#${resource.id ?? ''}` === reference) ?? null;
    const name = reference.startsWith(`${root}/`) ? reference.slice(root.length + 1) : reference;
    // A reference to another server is that server's business: we have no leave to ask it.
    if (!/^[A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(name)) return null;
    const known = found.get(name) ?? refused.get(name);
    if (known) return known;
    try {
      const one = await read(name);
      if (one) found.set(name, one);
      return one;
    } catch (error) {
      if (!concernsOne(error)) throw error;
      refused.set(name, error);
      return error;
    }
  };
  /** Refusals on the way are put into `missed`. */
  const addressesOf = async (
    study: ImagingStudyResource,
    references: readonly { reference?: string | undefined }[],
    missed: ArchiveError[],
  ) => {
    const addresses: string[] = [];
    for (const { reference } of references) {
      const resource = await lookUp(study, reference);
      if (resource instanceof ArchiveError) missed.push(resource);
      const endpoint = endpointSchema.safeParse(resource);
      const address = endpoint.success ? dicomwebAddress(endpoint.data) : null;
      if (address !== null && !addresses.includes(address)) addresses.push(address);
    }
    return addresses;
  };

  const studies: FhirStudy[] = [];
  const quarantine: QuarantineRecord[] = [];
  let unplaced: ArchiveError | null = null;
  for (const [name, resource] of found) {
    if (resource.resourceType !== 'ImagingStudy') continue;
    const refuse = (reason: string): number => quarantine.push({ object: name, reason });
    if (isOlderShape(resource)) {
      refuse(
        'The FHIR server describes this study in an older shape (STU3); this node reads R4. Ask for its R4 address.',
      );
      continue;
    }
    const parsed = imagingStudySchema.safeParse(resource);
    const studyInstanceUid = parsed.success ? studyUidOf(parsed.data) : null;
    if (!parsed.success || studyInstanceUid === null) {
      const issue = parsed.error?.issues[0];
      refuse(
        issue
          ? `The FHIR server's ImagingStudy is not R4: ${issue.path.join('.')}: ${issue.message}.`
          : "The FHIR server's ImagingStudy names no DICOM study (identifier with system urn:dicom:uid).",
      );
      continue;
    }
    const study = parsed.data;
    if (WITHDRAWN.has(study.status)) {
      refuse(`The FHIR server marks this study '${study.status}', so it is left out.`);
      continue;
    }
    const patient = patientSchema.safeParse(await lookUp(study, study.subject.reference));
    const missed: ArchiveError[] = [];
    const addresses = await addressesOf(study, study.endpoint, missed);
    const series = [];
    for (const one of study.series) {
      const own = await addressesOf(study, one.endpoint, missed);
      series.push({
        seriesInstanceUid: one.uid,
        modality: one.modality.code ?? '',
        description: one.description ?? '',
        numberOfInstances: one.numberOfInstances ?? null,
        instances: one.instance.map((instance) => ({
          sopInstanceUid: instance.uid,
          sopClassUid: (instance.sopClass?.code ?? '').replace(/^urn:oid:/, ''),
        })),
        addresses: own.length > 0 ? own : addresses,
      });
    }
    if (missed[0] && addresses.length === 0 && series.every((one) => one.addresses.length === 0)) {
      unplaced ??= missed[0];
      refuse(missed[0].message);
      continue;
    }
    studies.push({
      name,
      studyInstanceUid,
      started: study.started ?? '',
      description: study.description ?? '',
      numberOfSeries: study.numberOfSeries ?? null,
      numberOfInstances: study.numberOfInstances ?? null,
      patientIdentifiers: patient.success
        ? patient.data.identifier.flatMap((entry) => (entry.value ? [entry.value] : []))
        : null,
      addresses,
      series,
    });
  }
  if (unplaced && studies.length === 0 && !others) throw unplaced;
  return { studies, quarantine };
}
