/** Storing (STOW-RS, PS3.18 10.5): checks each object, keeps the sound ones, says of the others why. */
import { DicomError, readInstance, type DicomJson, type ParsedInstance } from '../dicom/index.ts';
import { DICOM_JSON, type Answer } from './answer.ts';

/** Failure reasons (PS3.18 table I.2-2). */
const NOT_UNDERSTOOD = 0xc000;
const MISMATCH = 0xa900;
const FAILED = 0x0110;

export interface Incoming {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}
export interface Judged {
  readonly stored: readonly { readonly instance: ParsedInstance; readonly url: string }[];
  readonly failed: readonly { readonly sopClassUid: string; readonly sopInstanceUid: string; readonly reason: number; readonly words: string }[];
} // prettier-ignore

/** Keeps one object; throws when it cannot. */
export type Keep = (instance: ParsedInstance, bytes: Uint8Array) => Promise<void>;

const UID = /^\d+(\.\d+)+$/;

export async function storeParts(
  parts: AsyncIterable<Incoming>,
  studyUid: string | undefined,
  root: string,
  keep: Keep,
): Promise<Judged> {
  const stored: Judged['stored'][number][] = [];
  const failed: Judged['failed'][number][] = [];
  for await (const { contentType, bytes } of parts) {
    const fail = (instance: ParsedInstance | null, reason: number, words: string): void => {
      failed.push({
        sopClassUid: instance?.sopClassUid ?? '',
        sopInstanceUid: instance?.sopInstanceUid ?? '',
        reason,
        words,
      });
    };
    let instance: ParsedInstance;
    try {
      if (!/^application\/dicom\s*(;|$)/i.test(contentType))
        throw new DicomError('not-dicom', `A part is '${contentType.slice(0, 80)}', not application/dicom.`);
      instance = readInstance(bytes);
    } catch (error) {
      fail(null, NOT_UNDERSTOOD, error instanceof Error ? error.message : String(error));
      continue;
    }
    const uids = [instance.studyInstanceUid, instance.seriesInstanceUid, instance.sopInstanceUid];
    if (!uids.every((uid) => uid.length <= 64 && UID.test(uid))) {
      fail(instance, NOT_UNDERSTOOD, 'The object has no usable study, series and instance UIDs.');
      continue;
    }
    if (studyUid !== undefined && instance.studyInstanceUid !== studyUid) {
      fail(instance, MISMATCH, 'The object belongs to another study than the one it was sent to.');
      continue;
    }
    try {
      await keep(instance, bytes);
      const url = `${root}/studies/${uids[0]}/series/${uids[1]}/instances/${uids[2]}`;
      stored.push({ instance, url });
    } catch (error) {
      fail(instance, FAILED, error instanceof Error ? error.message : String(error));
    }
  }
  return { stored, failed };
}

/** 200 all stored, 202 some, 409 none (PS3.18 10.5.3.1). */
export function storeAnswer({ stored, failed }: Judged, root: string, studyUid: string | undefined): Answer {
  const reference = (sopClassUid: string, sopInstanceUid: string): DicomJson => ({
    '00081150': { vr: 'UI', Value: sopClassUid ? [sopClassUid] : [] },
    '00081155': { vr: 'UI', Value: sopInstanceUid ? [sopInstanceUid] : [] },
  });
  const study = studyUid ?? stored[0]?.instance.studyInstanceUid;
  const body: DicomJson = {
    ...(study ? { '00081190': { vr: 'UR', Value: [`${root}/studies/${study}`] } } : {}),
    ...(failed.length > 0
      ? {
          '00081198': {
            vr: 'SQ',
            Value: failed.map((one) => ({
              ...reference(one.sopClassUid, one.sopInstanceUid),
              '00081197': { vr: 'US', Value: [one.reason] },
              '00080119': { vr: 'LO', Value: [one.words.slice(0, 64)] },
            })),
          },
        }
      : {}),
    ...(stored.length > 0
      ? {
          '00081199': {
            vr: 'SQ',
            Value: stored.map(({ instance, url }) => ({
              ...reference(instance.sopClassUid, instance.sopInstanceUid),
              '00081190': { vr: 'UR', Value: [url] },
            })),
          },
        }
      : {}),
  };
  const status = failed.length === 0 ? 200 : stored.length > 0 ? 202 : 409;
  return { kind: 'json', status, type: DICOM_JSON, body };
}
