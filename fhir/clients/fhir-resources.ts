/** The FHIR R4 resources that lead to images, checked where they come in; and what we take from them. */
import { z } from 'zod';
import { isUid } from './dicom-json.ts';

const reference = z.looseObject({ reference: z.string().optional() });
const identifier = z.looseObject({ system: z.string().optional(), value: z.string().optional() });
const coding = z.looseObject({ system: z.string().optional(), code: z.string().optional() });
const count = z.number().int().nonnegative().optional();

/** A UID in FHIR comes bare or as urn:oid:. */
const uid = z
  .string()
  .transform((text) => text.replace(/^urn:oid:/, ''))
  .refine(isUid, 'not a DICOM UID');

export const imagingStudySchema = z.looseObject({
  resourceType: z.literal('ImagingStudy'),
  id: z.string().optional(),
  status: z.string(),
  identifier: z.array(identifier).optional(),
  subject: reference,
  started: z.string().optional(),
  description: z.string().optional(),
  endpoint: z.array(reference).default([]),
  numberOfSeries: count,
  numberOfInstances: count,
  contained: z.array(z.looseObject({ resourceType: z.string(), id: z.string().optional() })).default([]),
  series: z
    .array(
      z.looseObject({
        uid,
        modality: coding,
        number: z.number().optional(),
        description: z.string().optional(),
        numberOfInstances: count,
        endpoint: z.array(reference).default([]),
        instance: z.array(z.looseObject({ uid, sopClass: coding.optional() })).default([]),
      }),
    )
    .default([]),
});

export const endpointSchema = z.looseObject({
  resourceType: z.literal('Endpoint'),
  id: z.string().optional(),
  status: z.string(),
  connectionType: coding,
  address: z.string(),
});

export const patientSchema = z.looseObject({
  resourceType: z.literal('Patient'),
  id: z.string().optional(),
  identifier: z.array(identifier).default([]),
});

export const bundleSchema = z.looseObject({
  resourceType: z.literal('Bundle'),
  total: z.number().optional().catch(undefined),
  link: z.array(z.looseObject({ relation: z.string(), url: z.string() })).default([]),
  entry: z
    .array(
      z.looseObject({
        fullUrl: z.string().optional(),
        resource: z.looseObject({ resourceType: z.string() }).optional(),
      }),
    )
    .default([]),
});

export interface FhirSeries {
  readonly seriesInstanceUid: string;
  readonly modality: string;
  readonly description: string;
  /** What FHIR says there should be; null where it says nothing. */
  readonly numberOfInstances: number | null;
  /** Empty where FHIR lists none. */
  readonly instances: readonly { readonly sopInstanceUid: string; readonly sopClassUid: string }[];
  /** DICOMweb roots for this series: its own, else the study's. */
  readonly addresses: readonly string[];
}

export interface FhirStudy {
  /** 'ImagingStudy/ID' */
  readonly name: string;
  readonly studyInstanceUid: string;
  readonly started: string;
  readonly description: string;
  readonly numberOfSeries: number | null;
  readonly numberOfInstances: number | null;
  /** Values of the patient's identifiers; null where FHIR did not give the patient. */
  readonly patientIdentifiers: readonly string[] | null;
  readonly addresses: readonly string[];
  readonly series: readonly FhirSeries[];
}

export type ImagingStudyResource = z.infer<typeof imagingStudySchema>;
export type EndpointResource = z.infer<typeof endpointSchema>;

/** The older shape of ImagingStudy (STU3 and before): its UIDs stand elsewhere, so it would be misread. */
export const isOlderShape = (resource: Readonly<Record<string, unknown>>): boolean =>
  resource['resourceType'] === 'ImagingStudy' &&
  ('uid' in resource || 'patient' in resource) &&
  !('subject' in resource);

/** Study Instance UID among the identifiers; null where there is none. */
export function studyUidOf(study: ImagingStudyResource): string | null {
  const own = (study.identifier ?? []).find((entry) => entry.system === 'urn:dicom:uid')?.value;
  const bare = own?.replace(/^urn:oid:/, '') ?? '';
  return isUid(bare) ? bare : null;
}

/** Address of an endpoint that speaks DICOMweb and is in use; null for any other. */
export function dicomwebAddress(endpoint: EndpointResource): string | null {
  if (endpoint.connectionType.code !== 'dicom-wado-rs') return null;
  if (endpoint.status !== 'active' && endpoint.status !== 'test') return null;
  return /^https?:\/\//i.test(endpoint.address) ? endpoint.address.replace(/\/+$/, '') : null;
}
