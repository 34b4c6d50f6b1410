/** FHIR R4 resources of what the archive holds: Patient, ImagingStudy, Endpoint. Pure. */
import { createHash } from 'node:crypto';
import { recordsOf, textOf, type Holdings, type HeldStudy } from './stored.ts';

export interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [key: string]: unknown;
}

export const ENDPOINT_ID = 'dicomweb';
const hashed = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);
const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const PATIENT_IDS = 'urn:anteroom:embedded-patient-id';

const day = (da: string): string => `${da.slice(0, 4)}-${da.slice(4, 6)}-${da.slice(6, 8)}`;
/** DICOM date and time as FHIR dateTime; null where there is no date. */
function dateTime(da: string, tm: string): string | null {
  if (!/^\d{8}$/.test(da)) return null;
  return /^\d{6}/.test(tm) ? `${day(da)}T${tm.slice(0, 2)}:${tm.slice(2, 4)}:${tm.slice(4, 6)}Z` : day(da);
}
const SEXES: Readonly<Record<string, string>> = { M: 'male', F: 'female', O: 'other' };

/** Two studies whose patients have no number are not of one patient. */
const patientId = (study: HeldStudy): string =>
  hashed(textOf(recordsOf(study)[0]!.header, '00100020') || study.uid);

function patientOf(study: HeldStudy): Resource {
  const { header } = recordsOf(study)[0]!;
  const [family = '', given = ''] = textOf(header, '00100010').split('^');
  const birth = textOf(header, '00100030');
  const number = textOf(header, '00100020');
  // Nothing in FHIR is there and empty.
  const name = { ...(family ? { family } : {}), ...(given ? { given: [given] } : {}) };
  return {
    resourceType: 'Patient',
    id: patientId(study),
    ...(number ? { identifier: [{ system: PATIENT_IDS, value: number }] } : {}),
    ...(family || given ? { name: [name] } : {}),
    gender: SEXES[textOf(header, '00100040')] ?? 'unknown',
    ...(/^\d{8}$/.test(birth) ? { birthDate: day(birth) } : {}),
  };
}

function imagingStudyOf(study: HeldStudy): Resource {
  const all = recordsOf(study);
  const { header } = all[0]!;
  const about = textOf(header, '00081030');
  const started = dateTime(textOf(header, '00080020'), textOf(header, '00080030'));
  // OT is DICOM's word for other than those that have one.
  const coding = (modality: string): object => ({ system: DCM, code: modality || 'OT' });
  const series = [...study.series.values()].map((one) => {
    const own = [...one.instances.values()];
    const first = own[0]!.header;
    const bodyPart = textOf(first, '00180015');
    const description = textOf(first, '0008103E');
    const number = Number(textOf(first, '00200011'));
    return {
      uid: one.uid,
      ...(Number.isInteger(number) && number >= 0 ? { number } : {}),
      modality: coding(textOf(first, '00080060')),
      ...(description ? { description } : {}),
      numberOfInstances: own.length,
      endpoint: [{ reference: `Endpoint/${ENDPOINT_ID}` }],
      ...(bodyPart ? { bodySite: { display: bodyPart } } : {}),
      instance: own.map((record) => ({
        uid: textOf(record.header, '00080018'),
        sopClass: { system: 'urn:ietf:rfc:3986', code: `urn:oid:${textOf(record.header, '00080016')}` },
        number: Number(textOf(record.header, '00200013')) || 0,
      })),
    };
  });
  return {
    resourceType: 'ImagingStudy',
    id: hashed(study.uid),
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${study.uid}` }],
    status: 'available',
    modality: [...new Set(all.map((record) => textOf(record.header, '00080060')))].map(coding),
    subject: { reference: `Patient/${patientId(study)}` },
    ...(started ? { started } : {}),
    endpoint: [{ reference: `Endpoint/${ENDPOINT_ID}` }],
    numberOfSeries: study.series.size,
    numberOfInstances: all.length,
    ...(about ? { description: about } : {}),
    series,
  };
}

const endpoint = (dicomwebUrl: string): Resource => ({
  resourceType: 'Endpoint',
  id: ENDPOINT_ID,
  status: 'active',
  connectionType: {
    system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
    code: 'dicom-wado-rs',
  },
  name: 'Embedded archive',
  payloadType: [{ text: 'DICOM' }],
  payloadMimeType: ['application/dicom'],
  address: dicomwebUrl,
});

/** All resources, made anew: an archive of this size asks for nothing cleverer. */
export function resourcesOf(holdings: Holdings, dicomwebUrl: string): Resource[] {
  const studies = [...holdings.values()];
  const patients = new Map(studies.map((study) => [patientId(study), patientOf(study)]));
  return [...patients.values(), ...studies.map(imagingStudyOf), endpoint(dicomwebUrl)];
}
