/** What a SOP class is to a person who opens a study. Source: PS3.4 B.5. */
import type { SeriesKind } from '../../shared/volume.ts';

const ROOT = '1.2.840.10008.5.1.4.1.1.';

const KINDS: readonly (readonly [prefix: string, kind: SeriesKind])[] = [
  ['66.4', 'seg'],
  ['66.7', 'seg'],
  ['66.5', 'mesh'],
  ['481.2', 'rtdose'],
  ['481.3', 'rtstruct'],
  ['481.5', 'rtplan'],
  ['481.8', 'rtplan'],
  ['481.1', 'image2d'],
  ['30', 'pmap'],
  ['104.3', 'mesh'],
  ['104.4', 'mesh'],
  ['104.5', 'mesh'],
];

/** Classes whose objects hold pixels of a picture that may have a place in the patient. */
const IMAGES = [
  /^1(\.1|\.2|\.3)?(\.1)?$/,
  /^2(\.1|\.2)?$/,
  /^3(\.1)?$/,
  /^4(\.1|\.3|\.4)?$/,
  /^6(\.1|\.2|\.3)?$/,
  /^7(\.\d)?$/,
  /^12\./,
  /^13\.1\./,
  /^14\./,
  /^20$/,
  /^77\.1\./,
  /^128(\.1)?$/,
  /^130$/,
];

/** 'image' asks for a look at the geometry; anything else is settled by the class alone. */
export function kindOfSopClass(sopClassUid: string): SeriesKind | 'image' {
  if (!sopClassUid.startsWith(ROOT)) return 'other';
  const tail = sopClassUid.slice(ROOT.length);
  const known = KINDS.find(([prefix]) => tail === prefix);
  if (known) return known[1];
  if (tail.startsWith('88.')) return 'sr';
  return IMAGES.some((pattern) => pattern.test(tail)) ? 'image' : 'other';
}
