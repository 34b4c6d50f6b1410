/** Whose images these are, as far as the images say it. Numbers and names are compared, and never handed on. */
import type { DicomJson } from '../../fhir/dicom/types.ts';
import type { Problem, StudyEntry } from '../../shared/volume.ts';
import { text } from './attributes.ts';

/** The same name is written in capitals or not, with or without its last carets. */
const plainName = (header: DicomJson): string =>
  text(header, '00100010')
    .toUpperCase()
    .replace(/[\s^]+/g, ' ')
    .trim();

/**
 * How many patients the objects name: by their numbers, or by their names where none has a number. 0 where they name
 * nobody; an object that says nothing speaks against nobody.
 */
export function countPatients(objects: readonly { readonly header: DicomJson }[]): number {
  const distinct = (say: (header: DicomJson) => string): number =>
    new Set(objects.map(({ header }) => say(header)).filter((said) => said !== '')).size;
  return distinct((header) => text(header, '00100020').trim()) || distinct(plainName);
}

/** What the objects say of patients and nothing else, each once. */
export function whose(objects: readonly { readonly header: DicomJson }[]): { readonly header: DicomJson }[] {
  const people = new Map<string, { readonly header: DicomJson }>();
  for (const { header } of objects) {
    const said = Object.fromEntries(
      ['00100010', '00100020'].flatMap((tag) => (header[tag] ? [[tag, header[tag]]] : [])),
    );
    people.set(JSON.stringify(said), { header: said });
  }
  return [...people.values()];
}

/** The parts of a name without case, accents and order; one that was not read as it was written says nothing. */
const partsOf = (header: DicomJson): readonly string[] =>
  plainName(header)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[.,]/g, ' ')
    .split(' ')
    .filter((part) => part !== '' && !/[?\uFFFD]/.test(part));
/** One name may have more parts than the other: a second given name, a title. */
const sameName = (a: readonly string[], b: readonly string[]): boolean =>
  a.every((part) => b.includes(part)) || b.every((part) => a.includes(part));

/**
 * One sentence where an archive's row of a study names another patient than its images do: another number than any of
 * them, or a name that none of them has. Who says nothing of it, disagrees with nobody.
 */
export function otherPatient(row: DicomJson, images: readonly { readonly header: DicomJson }[]): Problem[] {
  const number = (header: DicomJson): string => text(header, '00100020').trim();
  const numbers = images.map(({ header }) => number(header)).filter((one) => one !== '');
  const names = images.map(({ header }) => partsOf(header)).filter((parts) => parts.length > 0);
  const [ownNumber, ownName] = [number(row), partsOf(row)];
  const otherNumber = ownNumber !== '' && numbers.some((one) => one !== ownNumber);
  const otherName = names.length > 0 && !names.some((one) => sameName(one, ownName));
  if (!otherNumber && !otherName) return [];
  return [
    {
      code: 'patient-mismatch',
      text: 'The archive’s list of studies and the images name different patients for this study. Make sure whose it is before using it.',
    },
  ];
}

/** Stands where images are of several patients, or of another than is said. */
export const NOBODY: StudyEntry['patient'] = { name: '', id: '', birthDate: '' };

/** One sentence where the objects of a series or a study name several patients. */
export function mixedPatients(
  objects: readonly { readonly header: DicomJson }[],
  whole: 'series' | 'study',
): Problem[] {
  const patients = countPatients(objects);
  if (patients < 2) return [];
  return [
    {
      code: 'source-mismatch',
      text: `The images of this ${whole} name ${patients} different patients. Make sure whose they are before using them.`,
    },
  ];
}
