/** Transfer syntaxes: how a data set is written and which codec its frames want. PS3.6 A.4. */
export type CodecName =
  'native' | 'rle' | 'deflated-frame' | 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

export interface Syntax {
  readonly name: string;
  readonly explicit: boolean;
  readonly littleEndian: boolean;
  readonly deflated: boolean;
  readonly codec: CodecName;
}

const native = (name: string, explicit: boolean, littleEndian: boolean, deflated = false): Syntax => ({
  name,
  explicit,
  littleEndian,
  deflated,
  codec: 'native',
});
const coded = (name: string, codec: CodecName): Syntax => ({
  name,
  explicit: true,
  littleEndian: true,
  deflated: false,
  codec,
});

const ROOT = '1.2.840.10008.1.2';
const SYNTAXES: Readonly<Record<string, Syntax>> = {
  [ROOT]: native('Implicit VR Little Endian', false, true),
  [`${ROOT}.1`]: native('Explicit VR Little Endian', true, true),
  [`${ROOT}.2`]: native('Explicit VR Big Endian', true, false),
  [`${ROOT}.1.99`]: native('Deflated Explicit VR Little Endian', true, true, true),
  [`${ROOT}.5`]: coded('RLE', 'rle'),
  [`${ROOT}.8.1`]: coded('Deflated Image Frame', 'deflated-frame'),
  [`${ROOT}.4.50`]: coded('JPEG Baseline', 'jpeg'),
  [`${ROOT}.4.51`]: coded('JPEG Extended', 'jpeg'),
  [`${ROOT}.4.57`]: coded('JPEG Lossless', 'jpeg-lossless'),
  [`${ROOT}.4.70`]: coded('JPEG Lossless SV1', 'jpeg-lossless'),
  [`${ROOT}.4.80`]: coded('JPEG-LS Lossless', 'jpeg-ls'),
  [`${ROOT}.4.81`]: coded('JPEG-LS Near-Lossless', 'jpeg-ls'),
  [`${ROOT}.4.90`]: coded('JPEG 2000 Lossless', 'jpeg-2000'),
  [`${ROOT}.4.91`]: coded('JPEG 2000', 'jpeg-2000'),
  [`${ROOT}.4.201`]: coded('HTJ2K Lossless', 'htj2k'),
  [`${ROOT}.4.202`]: coded('HTJ2K Lossless RPCL', 'htj2k'),
  [`${ROOT}.4.203`]: coded('HTJ2K', 'htj2k'),
};

/** Null for a syntax this reader has no decoder for. */
export const syntaxOf = (uid: string): Syntax | null => SYNTAXES[uid] ?? null;
