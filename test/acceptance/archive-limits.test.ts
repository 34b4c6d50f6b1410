/** A real Orthanc that is set to give so many studies of a search, read whole: what it keeps to itself is said. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../edge-node/ingest/open-source.rim.ts';
import { addDays } from '../../fhir/clients/days.ts';
import type { StudyEntry } from '../../shared/volume.ts';
import { missing, ORTHANC, ORTHANC_DICOMWEB, STORESCU } from '../fixtures/debian.ts';
import { pixelsOf, sliceHeader, writeFolder } from '../fixtures/dicom-folder.ts';
import { startOrthanc, type Orthanc } from '../fixtures/orthanc.ts';

const absent = missing(ORTHANC, ORTHANC_DICOMWEB, STORESCU);
if (absent) console.log(`skipped: a real Orthanc with a limit (${absent})`);

const BIN = path.resolve(import.meta.dirname, '../../bin/anteroom');
const LIMIT = 50;
const BUSY = '20250314';
/** Sixty days with a study each, and one day with as many as are asked for. */
const studiesOf = (onOneDay: number): { readonly uid: string; readonly date: string }[] => [
  ...Array.from({ length: 60 }, (_, at) => ({ uid: `2.25.4800${at}`, date: addDays('20240601', 3 * at) })),
  ...Array.from({ length: onOneDay }, (_, at) => ({ uid: `2.25.4801${at}`, date: BUSY })),
];

const [SOME, ALL] = [studiesOf(20), studiesOf(70)];

function write(folder: string, studies: ReturnType<typeof studiesOf>): void {
  writeFolder(
    folder,
    studies.map(({ uid, date }) => {
      const { header } = sliceHeader({
        position: [0, 0, 0],
        series: `${uid}.1`,
        uid: `${uid}.1.1`,
        more: { '00080020': { vr: 'DA', Value: [date] }, '0020000D': { vr: 'UI', Value: [uid] } },
      });
      return { header, pixels: pixelsOf(header, () => 0) };
    }),
  );
}

describe.skipIf(absent !== null)('a real Orthanc that gives fifty studies of a search', () => {
  let folder: string;
  let orthanc: Orthanc;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'anteroom-limit-'));
    write(path.join(folder, 'some'), SOME);
    write(path.join(folder, 'more'), ALL.slice(SOME.length));
    orthanc = await startOrthanc({ settings: { LimitFindResults: LIMIT } });
    expect(await orthanc.storescu([path.join(folder, 'some')])).toBe(SOME.length);
  });
  afterAll(async () => {
    await orthanc?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Said {
    readonly studies: readonly { readonly studyInstanceUid: string }[];
    readonly problems: readonly { readonly code: string; readonly text: string }[];
  }
  const list = (...args: readonly string[]) =>
    promisify(execFile)(BIN, ['studies', '--source', orthanc.dicomwebUrl, ...args], { maxBuffer: 1 << 26 });
  const uidsOf = (studies: Said['studies']): string[] =>
    studies.map((one) => one.studyInstanceUid).toSorted();
  async function walked(): Promise<Said> {
    await using source = await openSource(orthanc.dicomwebUrl, { environment: {} });
    const walk = source.walk!();
    const studies: StudyEntry[] = [];
    while (await walk.next({ most: 40, onStudy: ({ study }) => study && studies.push(study) }));
    return { studies, problems: walk.problems() };
  }

  test('what lies behind the limit is found, and only of studies without a date it is said that there may be more', async () => {
    const { stdout, stderr } = await list('--json');
    const { studies, problems } = JSON.parse(stdout) as Said;
    expect(uidsOf(studies)).toEqual(SOME.map(({ uid }) => uid).toSorted());
    expect(problems.map(({ code }) => code)).toEqual(['perhaps-more']);
    expect(problems[0]!.text).toContain('may hold more studies without a date');
    expect(stderr).toContain(problems[0]!.text);
    const page = await walked();
    expect(uidsOf(page.studies)).toEqual(uidsOf(studies));
    expect(page.problems).toEqual(problems);
  });

  test('a day that holds more than the limit is named, by the tool and by the page', async () => {
    expect(await orthanc.storescu([path.join(folder, 'more')])).toBe(ALL.length);
    const { studies, problems } = JSON.parse((await list('--json')).stdout) as Said;
    expect(studies.length).toBeLessThan(ALL.length);
    expect(problems.map(({ code }) => code)).toEqual(['perhaps-more', 'perhaps-more']);
    expect(problems[0]!.text).toMatch(/gave 5\d studies of 2025-03-14.* may hold more of that day/);
    expect((await walked()).problems).toEqual(problems);
    expect((await list()).stdout).toContain(problems[0]!.text);
  });
});
