/** Retrieval (WADO-RS, PS3.18 10.4): stored objects, metadata, frames, bulk data. What is stored is sent as it is. */
import { EXPLICIT_LE, type DicomJson, type DicomJsonElement } from '../dicom/index.ts';
import { datasets, refusal, type Answer, type AnswerPart } from './answer.ts';
import { textOf, type StoredRecord } from './stored.ts';

/** The pixels of an object as its reader gives them. */
export interface OpenedPixels {
  readonly frames: number;
  frame(index: number): Uint8Array;
}
export type OpenPixels = (record: StoredRecord) => Promise<OpenedPixels>;

/** Part types of coded frames (PS3.18 8.7.3.3.2); native ones are octets. */
const FRAME_TYPES: readonly (readonly [prefix: string, type: string])[] = [
  ['1.2.840.10008.1.2.5', 'image/dicom-rle'],
  ['1.2.840.10008.1.2.4.80', 'image/jls'],
  ['1.2.840.10008.1.2.4.81', 'image/jls'],
  ['1.2.840.10008.1.2.4.90', 'image/jp2'],
  ['1.2.840.10008.1.2.4.91', 'image/jp2'],
  ['1.2.840.10008.1.2.4.92', 'image/jpx'],
  ['1.2.840.10008.1.2.4.93', 'image/jpx'],
  ['1.2.840.10008.1.2.4.20', 'image/jphc'],
  ['1.2.840.10008.1.2.4.5', 'image/jpeg'],
  ['1.2.840.10008.1.2.4.70', 'image/jpeg'],
];
const frameType = (syntax: string): string => {
  const known = FRAME_TYPES.find(([prefix]) => syntax.startsWith(prefix));
  return known
    ? `${known[1]}; transfer-syntax=${syntax}`
    : `application/octet-stream; transfer-syntax=${syntax}`;
};

interface Wish {
  readonly multipart: boolean;
  readonly type: string;
  /** '' where none was said. */
  readonly syntax: string;
}
/** The Accept header, best first as it is written (q values of clients that want one thing do not matter here). */
export function readAccept(accept: string): Wish[] {
  const wishes = accept.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((entry): Wish => {
    const [media = '', ...rest] = entry.split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((text) => text.trim());
    const params = new Map(
      rest.map((text) => {
        const [name = '', value = ''] = text.split(/=(.*)/s);
        return [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, '')] as const;
      }),
    );
    const multipart = media.toLowerCase() === 'multipart/related';
    const [inner = '', ...more] = (params.get('type') ?? (multipart ? '*/*' : media)).split(';');
    // Some servers and clients put the syntax inside the quotes of the type.
    const nested = more.map((text) => /transfer-syntax=(.+)/.exec(text.trim())?.[1]).find(Boolean);
    return {
      multipart,
      type: inner.trim().toLowerCase() || '*/*',
      syntax: params.get('transfer-syntax') ?? nested ?? '',
    };
  });
  return accept.trim() === '' ? [{ multipart: true, type: '*/*', syntax: '*' }] : wishes;
}

const syntaxGiven = (wish: Wish, records: readonly StoredRecord[]): boolean =>
  wish.syntax === '*' ||
  records.every(
    ({ transferSyntaxUid: own }) =>
      own === (wish.syntax || EXPLICIT_LE) || (!wish.syntax && wish.type === '*/*'),
  );

/** Whole objects, streamed from their files. */
export function retrieveObjects(records: readonly StoredRecord[], accept: string): Answer {
  const wishes = readAccept(accept).filter(({ type }) =>
    ['application/dicom', 'application/*', '*/*'].includes(type),
  );
  if (wishes.length === 0)
    return refusal(406, 'Objects come as multipart/related; type="application/dicom".');
  const wish = wishes.find(
    (one) => syntaxGiven(one, records) && (one.multipart || one.type === '*/*' || records.length === 1),
  );
  if (!wish)
    return refusal(406, 'This archive sends objects as they are stored: ask with transfer-syntax=*.');
  if (!wish.multipart && wish.type === 'application/dicom') return { kind: 'file', record: records[0]! };
  const parts = records.map((record): AnswerPart => ({
    contentType: `application/dicom; transfer-syntax=${record.transferSyntaxUid}`,
    body: record,
  }));
  return { kind: 'parts', type: 'application/dicom', parts };
}

const PIXELS = ['7FE00010', '7FE00008', '7FE00009'];

/** Headers as DICOM JSON, pixels by a link. */
export function retrieveMetadata(records: readonly StoredRecord[], root: string, accept: string): Answer {
  return datasets(
    records.map(({ header, pixelBytes, transferSyntaxUid }): DicomJson => {
      const [study, series, uid] = ['0020000D', '0020000E', '00080018'].map((tag) => textOf(header, tag));
      const tag = PIXELS.find((one) => one in header) ?? '7FE00010';
      const link: Record<string, DicomJsonElement> =
        pixelBytes > 0 || '00280010' in header
          ? {
              [tag]: {
                vr: header[tag]?.vr ?? 'OW',
                BulkDataURI: `${root}/studies/${study}/series/${series}/instances/${uid}/bulkdata/${tag}`,
              },
            }
          : {};
      return { ...header, '00083002': { vr: 'UI', Value: [transferSyntaxUid] }, ...link };
    }),
    accept,
  );
}

/** Frames by number from 1, each a part. */
export async function retrieveFrames(
  record: StoredRecord,
  list: string,
  accept: string,
  open: OpenPixels,
): Promise<Answer> {
  const numbers = list.split(',').map((text) => (/^\d{1,7}$/.test(text) ? Number(text) : 0));
  const pixels = await open(record);
  if (numbers.some((n) => n < 1 || n > pixels.frames))
    return refusal(400, `Frames ${list.slice(0, 80)} were asked for; the object has 1 to ${pixels.frames}.`);
  return sendPixels(
    record,
    accept,
    numbers.map((n) => pixels.frame(n - 1)),
  );
}

/** Pieces of pixel data as the archive has them: parts, or bare octets for one native piece where that is asked for. */
function sendPixels(record: StoredRecord, accept: string, pieces: readonly Uint8Array[]): Answer {
  const contentType = frameType(record.transferSyntaxUid);
  const type = contentType.split(';')[0]!;
  const native = type === 'application/octet-stream';
  const wish = readAccept(accept).find(
    ({ multipart, type: asked, syntax }) =>
      (multipart || asked === '*/*' || (native && pieces.length === 1)) &&
      (syntax === '*' ||
        asked === '*/*' ||
        (native && asked === type) ||
        syntax === record.transferSyntaxUid),
  );
  if (!wish)
    return refusal(
      406,
      `This archive sends pixels as they are stored: ask for multipart/related; type="${type}" with transfer-syntax=*.`,
    );
  if (!wish.multipart && wish.type === type) return { kind: 'octets', type, body: pieces[0]! };
  return { kind: 'parts', type, parts: pieces.map((body): AnswerPart => ({ contentType, body })) };
}

/** All frames of an object as one piece. */
export async function retrieveBulk(
  record: StoredRecord,
  tag: string,
  accept: string,
  open: OpenPixels,
): Promise<Answer> {
  if (!PIXELS.includes(tag.toUpperCase())) return refusal(404, `There is no bulk data ${tag.slice(0, 20)}.`);
  const pixels = await open(record);
  const pieces = Array.from({ length: pixels.frames }, (_, i) => pixels.frame(i));
  const native = frameType(record.transferSyntaxUid).startsWith('application/octet-stream');
  return sendPixels(record, accept, native ? [Buffer.concat(pieces)] : pieces);
}
