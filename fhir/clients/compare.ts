/** Where FHIR and DICOM disagree about one study: sentences for a clinician, without identifiers of the patient. */
import type { Problem } from '../../shared/volume.ts';
import type { FhirSeries, FhirStudy } from './fhir-resources.ts';

const mismatch = (text: string): Problem => ({ code: 'source-mismatch', text });
const images = (n: number): string => (n === 1 ? '1 image' : `${n} images`);

/** One series: what FHIR lists against the instances that the archive has. `stored` is null where it has no such series. */
export function compareSeries(fhir: FhirSeries | null, stored: readonly string[] | null): Problem[] {
  if (!fhir && !stored) return [];
  if (!fhir) return [mismatch('The archive has this series and the FHIR server does not name it.')];
  const said = fhir.numberOfInstances ?? (fhir.instances.length > 0 ? fhir.instances.length : null);
  if (!stored)
    return [
      mismatch(
        `The FHIR server names this series${said === null ? '' : ` (${images(said)})`} and the archive does not have it.`,
      ),
    ];
  const problems: Problem[] = [];
  const have = new Set(stored);
  const listed = new Set(fhir.instances.map((instance) => instance.sopInstanceUid));
  const absent = [...listed].filter((uid) => !have.has(uid)).length;
  const unnamed = listed.size > 0 ? [...have].filter((uid) => !listed.has(uid)).length : 0;
  if (absent > 0)
    problems.push(
      mismatch(`The FHIR server names ${images(absent)} of this series that the archive does not have.`),
    );
  if (unnamed > 0)
    problems.push(
      mismatch(`The archive has ${images(unnamed)} of this series that the FHIR server does not name.`),
    );
  if (fhir.numberOfInstances !== null && fhir.numberOfInstances !== have.size)
    problems.push(
      mismatch(
        `The FHIR server counts ${images(fhir.numberOfInstances)} in this series, the archive has ${have.size}.`,
      ),
    );
  return problems;
}

/** What concerns every series of a study: whose it is, where it lies, and how many series and images there are. */
export function compareStudy(
  fhir: FhirStudy,
  dicom: {
    readonly patientId: string;
    readonly root: string;
    readonly series: number | null;
    readonly instances: number | null;
  },
): Problem[] {
  const problems: Problem[] = [];
  const identifiers = fhir.patientIdentifiers ?? [];
  if (dicom.patientId !== '' && identifiers.length > 0 && !identifiers.includes(dicom.patientId))
    problems.push(
      mismatch(
        'The FHIR server and the images name different patient numbers for this study. Make sure whose study it is before using it.',
      ),
    );
  if (fhir.addresses.length > 0 && !fhir.addresses.some((address) => sameAddress(address, dicom.root))) {
    const [said, read] = toldApart(fhir.addresses[0]!, dicom.root);
    problems.push(
      mismatch(
        `The FHIR server says that this study lies at ${said}; it was read from ${read} as this node was told.`,
      ),
    );
  }
  if (fhir.numberOfSeries !== null && fhir.series.length > 0 && fhir.numberOfSeries !== fhir.series.length)
    problems.push(
      mismatch(
        `The FHIR server counts ${fhir.numberOfSeries} series in this study and lists ${fhir.series.length}.`,
      ),
    );
  if (fhir.numberOfSeries !== null && dicom.series !== null && fhir.numberOfSeries !== dicom.series)
    problems.push(
      mismatch(
        `The FHIR server counts ${fhir.numberOfSeries} series in this study, the archive has ${dicom.series}.`,
      ),
    );
  if (
    fhir.numberOfInstances !== null &&
    dicom.instances !== null &&
    fhir.numberOfInstances !== dicom.instances
  )
    problems.push(
      mismatch(
        `The FHIR server counts ${images(fhir.numberOfInstances)} in this study, the archive has ${dicom.instances}.`,
      ),
    );
  return problems;
}

/** Two addresses in as few words as tell them apart: their hosts, and their paths where one host serves both. */
function toldApart(a: string, b: string): readonly [string, string] {
  if (hostOf(a) !== hostOf(b)) return [hostOf(a), hostOf(b)];
  const whole = (address: string): string => hostOf(address) + new URL(address).pathname;
  return URL.canParse(a) && URL.canParse(b) ? [whole(a), whole(b)] : [hostOf(a), hostOf(b)];
}
const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : 'another place');

/** The same DICOMweb root, whatever its slashes and whichever name loopback goes by. */
export function sameAddress(a: string, b: string): boolean {
  const plain = (address: string): string => {
    if (!URL.canParse(address)) return address;
    const url = new URL(address);
    const name = ['localhost', '[::1]'].includes(url.hostname) ? '127.0.0.1' : url.hostname;
    return `${url.protocol}//${name}:${url.port}${url.pathname.replace(/\/+$/, '')}`;
  };
  return plain(a) === plain(b);
}
