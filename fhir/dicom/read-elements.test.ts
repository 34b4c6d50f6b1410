import { describe, expect, test } from 'vitest';
import { charsetDecoder } from './charset.ts';
import { readElements } from './read-elements.ts';

/** Bytes of explicit little endian elements: tag, VR and value text. */
const element = (tag: string, vr: string, value: string | number[], length?: number): number[] => {
  const bytes = typeof value === 'string' ? [...Buffer.from(value, 'latin1')] : value;
  const n = length ?? bytes.length;
  const t = [...Buffer.from(tag, 'hex')];
  const long = ['SQ', 'UN', 'OB', 'OW', 'UT'].includes(vr);
  const size = long ? [0, 0, n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24] : [n & 255, n >> 8];
  return [t[1]!, t[0]!, t[3]!, t[2]!, ...Buffer.from(vr, 'latin1'), ...size, ...bytes];
};
const item = (bytes: number[]): number[] => [0xfe, 0xff, 0x00, 0xe0, bytes.length, 0, 0, 0, ...bytes];
const OPEN_ITEM = [0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff];
const ITEM_END = [0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0];
const SEQUENCE_END = [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0];
const explicitLe = { explicit: true, littleEndian: true };
const read = (bytes: number[]) => readElements(Uint8Array.from(bytes), 0, explicitLe);

/** `depth` sequences of undefined length in each other. */
function nested(depth: number): number[] {
  const head = [...element('00081140', 'SQ', [], -1), ...OPEN_ITEM];
  const tail = [...ITEM_END, ...SEQUENCE_END];
  const times = (bytes: number[]): number[] => Array.from({ length: depth }, () => bytes).flat();
  return [...times(head), ...times(tail)];
}

describe('readElements', () => {
  test('values become the JSON model', () => {
    const { dataset } = read([
      ...element('00080060', 'CS', 'CT'),
      ...element('00100010', 'PN', 'A^B=C '),
      ...element('00181149', 'IS', '12\\x '),
      ...element('00280010', 'US', [0, 2]),
      ...element('00280030', 'DS', '0.5\\1e400 '),
    ]);
    expect(dataset).toEqual({
      '00080060': { vr: 'CS', Value: ['CT'] },
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'A^B', Ideographic: 'C' }] },
      '00181149': { vr: 'IS', Value: [12, 'x'] },
      '00280010': { vr: 'US', Value: [512] },
      '00280030': { vr: 'DS', Value: [0.5, '1e400'] },
    });
  });

  test('sequences of both kinds of length, and what follows them', () => {
    const inner = element('00081150', 'UI', '1.2\0');
    const after = element('00100020', 'LO', 'ID');
    const defined = [...element('00081140', 'SQ', item(inner)), ...after];
    const undefinedLength = [
      ...element('00081140', 'SQ', [], -1),
      ...OPEN_ITEM,
      ...inner,
      ...ITEM_END,
      ...SEQUENCE_END,
      ...after,
    ];
    expect(read(defined).dataset).toEqual(read(undefinedLength).dataset);
    expect(read(defined).dataset['00081140']!.Value).toEqual([{ '00081150': { vr: 'UI', Value: ['1.2'] } }]);
  });

  test('64 levels are read, 65 are not, 20,000 do not overflow the stack', () => {
    expect(read(nested(64)).end).toBe(64 * 36);
    expect(() => read(nested(65))).toThrow('more than 64 deep');
    expect(() => read(nested(20_000))).toThrow('more than 64 deep');
  });

  test.each([
    ['a length beyond the file', element('00100010', 'PN', 'A', 500), 'truncated', 'ends inside (0010,0010)'],
    ['a head cut', element('00100010', 'PN', 'AB').slice(0, 6), 'truncated', 'ends inside'],
    ['a VR that is none', element('00100010', 'zz', 'AB'), 'malformed', 'where its VR should be'],
    [
      'the same tag twice',
      [...element('00100020', 'LO', 'A '), ...element('00100020', 'LO', 'A ')],
      'malformed',
      'twice',
    ],
    ['a US of three bytes', element('00280010', 'US', [1, 2, 3]), 'malformed', 'of 2 bytes each'],
    [
      'an item longer than its sequence',
      element('00081140', 'SQ', item(element('00080060', 'CS', 'CT')).slice(0, 12)),
      'truncated',
      'item',
    ],
    ['a sequence never closed', element('00081140', 'SQ', [], -1), 'truncated', 'never closed'],
    ['a delimiter at the top', SEQUENCE_END, 'malformed', 'where an element should be'],
    ['text of no length', element('00081030', 'UT', 'ab', -1), 'malformed', 'no length'],
    [
      'something else among items',
      element('00081140', 'SQ', element('00080060', 'CS', 'CT')),
      'malformed',
      'where an item should be',
    ],
  ])('%s is refused', (_, bytes, code, words) => {
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) as string }),
    );
  });
});

describe('charsetDecoder', () => {
  // The examples of PS3.5 annexes H, I and J.
  test.each([
    [[''], 'Buc^J\xe9r\xf4me', 'Buc^Jérôme'],
    [['ISO_IR 100'], 'Buc^J\xe9r\xf4me', 'Buc^Jérôme'],
    [['ISO_IR 144'], '\xbb\xee\xda\x63\x65\xdc\xd1\x79\x70\xd3', 'Люкceмбypг'],
    [
      ['', 'ISO 2022 IR 87'],
      'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
    ],
    [
      ['ISO 2022 IR 13', 'ISO 2022 IR 87'],
      '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J',
      'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎',
    ],
    [['', 'ISO 2022 IR 149'], 'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7', 'Hong^Gildong=洪^吉洞'],
    [['ISO_IR 192'], 'Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1', 'Wang^XiaoDong=王^小東'],
    [['GB18030'], 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab', 'Wang^XiaoDong=王^小东'],
  ])('%j', (terms, raw, text) => {
    expect(charsetDecoder(terms)(Buffer.from(raw, 'latin1'))).toBe(text);
  });
});
