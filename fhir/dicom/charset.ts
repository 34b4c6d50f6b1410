/** Text in the character sets of (0008,0005), PS3.3 C.12.1.1.2 and PS3.5 6.1.2, to strings. */

/** Defined terms, without and with code extensions, to the labels of the Encoding standard. */
const LABELS: Readonly<Record<string, string>> = {
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'iso-8859-9',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
  'ISO 2022 IR 13': 'shift_jis',
  'ISO 2022 IR 87': 'iso-2022-jp',
  'ISO 2022 IR 159': 'iso-2022-jp',
  'ISO 2022 IR 149': 'euc-kr',
  'ISO 2022 IR 58': 'gb18030',
};

/** What an escape sequence (after ESC) switches to; null is the first character set again. */
const ESCAPES: readonly (readonly [sequence: string, label: string])[] = [
  ['$)C', 'euc-kr'],
  ['$)A', 'gb18030'],
  ['$B', 'jis'],
  ['$@', 'jis'],
  ['$(D', 'jis-extra'],
  ['(B', 'ascii'],
  ['(J', 'shift_jis'],
  [')I', 'shift_jis'],
  ['-A', 'iso-8859-1'],
  ['-B', 'iso-8859-2'],
  ['-C', 'iso-8859-3'],
  ['-D', 'iso-8859-4'],
  ['-L', 'iso-8859-5'],
  ['-G', 'iso-8859-6'],
  ['-F', 'iso-8859-7'],
  ['-H', 'iso-8859-8'],
  ['-M', 'iso-8859-9'],
  ['-T', 'windows-874'],
];

export type Decode = (bytes: Uint8Array) => string;

const latin1: Decode = (bytes) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const decoders = new Map<string, TextDecoder>();
function decoderOf(label: string): TextDecoder {
  let decoder = decoders.get(label);
  if (!decoder) decoders.set(label, (decoder = new TextDecoder(label)));
  return decoder;
}

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80 && byte !== 0x1b);

/** A decoder for these defined terms. Unknown terms, and none, are read as UTF-8 where that holds, else Latin 1. */
export function charsetDecoder(terms: readonly string[]): Decode {
  const names = terms.map((term) => term.trim());
  const first = labelOf(names[0] ?? '');
  return (bytes) => {
    if (isAscii(bytes)) return latin1(bytes);
    if (bytes.includes(0x1b)) return decodeSegments(bytes, first);
    return first ? decoderOf(first).decode(bytes) : guess(bytes);
  };
}

function labelOf(term: string): string | null {
  return LABELS[term] ?? LABELS[term.replace('ISO 2022 IR', 'ISO_IR')] ?? null;
}

function guess(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

/** ISO 2022: text cut at its escapes, each piece in the set it was switched to; a delimiter resets to the first. */
function decodeSegments(bytes: Uint8Array, first: string | null): string {
  let text = '';
  let label: string | null = first;
  let from = 0;
  const flush = (to: number): void => {
    if (to > from) text += decodePiece(bytes.subarray(from, to), label);
    from = to;
  };
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x1b) {
      const rest = latin1(bytes.subarray(i + 1, i + 4));
      const found = ESCAPES.find(([sequence]) => rest.startsWith(sequence));
      flush(i);
      label = found ? found[1] : first;
      from = i + 1 + (found ? found[0].length : 0);
      i = from - 1;
    } else if (label !== 'jis' && label !== 'jis-extra' && [0x5c, 0x3d, 0x5e, 0x0a, 0x0d].includes(byte)) {
      flush(i);
      label = first;
    }
  }
  flush(bytes.length);
  return text;
}

function decodePiece(bytes: Uint8Array, label: string | null): string {
  if (label === 'jis') return decoderOf('iso-2022-jp').decode(wrap([0x1b, 0x24, 0x42], bytes));
  // JIS X 0212 is what EUC-JP carries behind 0x8f, with the high bits set.
  if (label === 'jis-extra') {
    const euc: number[] = [];
    for (let i = 0; i + 1 < bytes.length; i += 2) euc.push(0x8f, bytes[i]! | 0x80, bytes[i + 1]! | 0x80);
    return decoderOf('euc-jp').decode(Uint8Array.from(euc));
  }
  if (label === 'ascii') return latin1(bytes);
  return label ? decoderOf(label).decode(bytes) : guess(bytes);
}

const wrap = (head: readonly number[], bytes: Uint8Array): Uint8Array => Uint8Array.from([...head, ...bytes]);
