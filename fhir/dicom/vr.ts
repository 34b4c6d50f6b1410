/** Value representations (PS3.5 6.2): which have 4-byte lengths, how wide their numbers are, what is text. */

/** VRs whose length field is 4 bytes after 2 reserved ones (PS3.5 7.1.2). */
export const LONG_VRS: ReadonlySet<string> = new Set([
  'OB',
  'OD',
  'OF',
  'OL',
  'OV',
  'OW',
  'SQ',
  'SV',
  'UC',
  'UN',
  'UR',
  'UT',
  'UV',
]);

/** Bytes of one value of the binary numbers. */
export const NUMBER_WIDTH: Readonly<Record<string, number>> = {
  US: 2,
  SS: 2,
  UL: 4,
  SL: 4,
  FL: 4,
  FD: 8,
  SV: 8,
  UV: 8,
};

/** Bytes of one word of the binary blobs: what a big endian file swaps. */
export const BLOB_WORD: Readonly<Record<string, number>> = {
  OB: 1,
  UN: 1,
  OW: 2,
  OL: 4,
  OF: 4,
  OD: 8,
  OV: 8,
};

/** Text whose backslash is a letter, not a separator. */
export const SINGLE_TEXT_VRS: ReadonlySet<string> = new Set(['LT', 'ST', 'UT', 'UR']);
/** Text in the default repertoire whatever (0008,0005) says. */
export const ASCII_VRS: ReadonlySet<string> = new Set([
  'AE',
  'AS',
  'CS',
  'DA',
  'DS',
  'DT',
  'IS',
  'TM',
  'UI',
  'UR',
]);
/** Text in the character set of (0008,0005). */
export const CHARSET_VRS: ReadonlySet<string> = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);

export const isVr = (vr: string): boolean =>
  LONG_VRS.has(vr) || vr in NUMBER_WIDTH || ASCII_VRS.has(vr) || CHARSET_VRS.has(vr) || vr === 'AT';
