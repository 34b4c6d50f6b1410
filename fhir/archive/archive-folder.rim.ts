/** Objects on disk: opens the patient's folder and what was stored beside it, reads pixels, keeps new objects. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readInstance, type ParsedInstance } from '../dicom/index.ts';
import { INDEX_FILE } from './patient/generate.rim.ts';
import { hold, studyAndSeriesOf, type Holdings, type StoredRecord } from './stored.ts';
import type { OpenedPixels } from './wado.ts';

export interface ArchiveFolder {
  readonly holdings: Holdings;
  pathOf(record: StoredRecord): string;
  openPixels(record: StoredRecord): Promise<OpenedPixels>;
  keep(instance: ParsedInstance, bytes: Uint8Array): Promise<void>;
}

/** `madeFolder` is never written to; what is stored lies in `storedFolder`, a header as JSON beside each object. */
export async function openArchiveFolder(madeFolder: string, storedFolder: string): Promise<ArchiveFolder> {
  const holdings: Holdings = new Map();
  const made = JSON.parse(await readFile(path.join(madeFolder, INDEX_FILE), 'utf8')) as StoredRecord[];
  for (const record of made) hold(holdings, { ...record, file: path.join(madeFolder, record.file) });
  await mkdir(storedFolder, { recursive: true });
  for (const name of (await readdir(storedFolder)).filter((one) => one.endsWith('.json')).sort()) {
    const record = JSON.parse(await readFile(path.join(storedFolder, name), 'utf8')) as StoredRecord;
    hold(holdings, { ...record, file: path.join(storedFolder, record.file) });
  }
  return {
    holdings,
    pathOf: (record) => record.file,
    async openPixels(record) {
      const instance = readInstance(await readFile(record.file));
      return { frames: instance.layout?.frames ?? 0, frame: (index) => instance.frame(index) };
    },
    async keep(instance, bytes) {
      // The same UID in another study is another object: to keep it would hand out one patient's images as another's.
      const elsewhere = studyAndSeriesOf(holdings, instance.sopInstanceUid);
      if (elsewhere && elsewhere !== `${instance.studyInstanceUid}/${instance.seriesInstanceUid}`)
        throw new Error('Its SOP Instance UID is held in another series.');
      // Named by digest: a UID is a stranger's text.
      const name = createHash('sha256').update(instance.sopInstanceUid).digest('hex').slice(0, 40);
      const record: StoredRecord = {
        file: `${name}.dcm`,
        header: instance.header,
        bytes: bytes.length,
        pixelBytes: instance.layout ? 1 : 0,
        transferSyntaxUid: instance.transferSyntaxUid,
      };
      const place = async (file: string, data: Uint8Array | string): Promise<void> => {
        const whole = path.join(storedFolder, file);
        await writeFile(`${whole}.part`, data);
        await rename(`${whole}.part`, whole);
      };
      await place(record.file, bytes);
      await place(`${name}.json`, JSON.stringify(record));
      hold(holdings, { ...record, file: path.join(storedFolder, record.file) });
    },
  };
}
