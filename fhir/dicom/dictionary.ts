/** VRs of the standard's attributes, for files that do not say them (implicit VR, and UN of known attributes). */
import { createRequire } from 'node:module';

interface Dictionary {
  readonly [tag: string]: { readonly vr: string } | undefined;
}

let dictionary: Dictionary | null = null;

/** dcmjs takes 0.15 s to load: only files that need it pay. */
function load(): Dictionary {
  if (!dictionary) {
    const dcmjs = createRequire(import.meta.url)('dcmjs') as {
      readonly data: { readonly DicomMetaDictionary: { readonly dictionary: Dictionary } };
    };
    dictionary = dcmjs.data.DicomMetaDictionary.dictionary;
  }
  return dictionary;
}

/** (60xx,3000) is OW in an overlay group; the dictionary also knows retired curves under that pattern. */
const REPEATING: Readonly<Record<string, string>> = {
  '0010': 'US',
  '0011': 'US',
  '0015': 'IS',
  '0022': 'LO',
  '0040': 'CS',
  '0045': 'SH',
  '0050': 'SS',
  '0051': 'US',
  '0100': 'US',
  '0102': 'US',
  '1300': 'IS',
  '1301': 'DS',
  '1302': 'DS',
  '1303': 'DS',
  '1500': 'LO',
  '3000': 'OW',
};

/** VR of a standard attribute, null where the standard does not know it. `signed` settles 'US or SS'. */
export function dictionaryVr(tag: string, signed: boolean): string | null {
  if (tag.endsWith('0000')) return 'UL';
  const group = Number.parseInt(tag.slice(0, 4), 16);
  if (group & 1) return /^00(1[0-9A-F]|[2-9A-F].)$/.test(tag.slice(4)) ? 'LO' : null;
  if (group >= 0x6000 && group <= 0x60ff) return REPEATING[tag.slice(4)] ?? null;
  const vr = load()[`(${tag.slice(0, 4)},${tag.slice(4)})`]?.vr;
  if (vr === undefined) return null;
  if (vr === 'xs') return signed ? 'SS' : 'US';
  if (vr === 'ox' || vr === 'lt') return 'OW';
  return /^[A-Z]{2}$/.test(vr) ? vr : null;
}
