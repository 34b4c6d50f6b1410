/** A real Orthanc, alone and behind a FHIR server, read a part at a time: newest first, no more than asked, and stopped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openSource } from '../../edge-node/ingest/open-source.rim.ts';
import type { Source, WalkOptions } from '../../edge-node/ingest/types.ts';
import { addDays, dayOf } from '../../fhir/clients/days.ts';
import type { NamedStudy } from '../../shared/protocol/studies.ts';
import { readMatching } from '../../shared/protocol/matching.ts';
import { newestFirst, type StudyEntry } from '../../shared/volume.ts';
import { startFront, type CountingFront } from '../fixtures/counting-front.ts';
import { missing, ORTHANC, ORTHANC_DICOMWEB, STORESCU } from '../fixtures/debian.ts';
import { pixelsOf, sliceHeader, writeFolder } from '../fixtures/dicom-folder.ts';
import { startFhirServer, type FhirResource, type FhirServer } from '../fixtures/fhir-server.ts';
import { startOrthanc, type Orthanc } from '../fixtures/orthanc.ts';

const absent = missing(ORTHANC, ORTHANC_DICOMWEB, STORESCU);
if (absent) console.log(`skipped: a walk through a real Orthanc (${absent})`);

const TODAY = dayOf(Date.now());
const COUNT = 130;
const uid = (index: number): string => `2.25.4700${index}`;
/** Thirty of the last days, ninety of the years before, ten without a date; in no order of their numbers. */
const dateOf = (index: number): string => {
  const at = (index * 77) % COUNT;
  if (at >= 120) return '';
  return addDays(TODAY, at < 30 ? -Math.floor(at / 5) : -60 * (at - 20));
};
const STUDIES = Array.from({ length: COUNT }, (_, index) => ({
  index,
  uid: uid(index),
  date: dateOf(index),
}));
const DATES = STUDIES.map(({ date }) => date).toSorted((a, b) => (a < b ? 1 : -1));

/** All parts of a walk, with what was named first of each. */
async function parts(source: Source, most = 50): Promise<{ named: NamedStudy[]; studies: StudyEntry[] }[]> {
  const walk = source.walk!();
  const out: { named: NamedStudy[]; studies: StudyEntry[] }[] = [];
  for (let more = true; more;) {
    const part = { named: [] as NamedStudy[], studies: [] as StudyEntry[] };
    more = await walk.next({
      most,
      onNamed: (named) => part.named.length < named.length && (part.named = [...named]),
      onStudy: ({ study }) => study && part.studies.push(study),
    });
    out.push(part);
  }
  return out;
}

describe.skipIf(absent !== null)('a walk through a real Orthanc', () => {
  let folder: string;
  let orthanc: Orthanc;
  let front: CountingFront;
  let source: Source;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'anteroom-walk-'));
    writeFolder(
      folder,
      STUDIES.map(({ index, uid: study, date }) => {
        const { header } = sliceHeader({
          position: [0, 0, 0],
          series: `${study}.1`,
          uid: `${study}.1.1`,
          more: {
            '00080020': date === '' ? null : { vr: 'DA', Value: [date] },
            '00081030': { vr: 'LO', Value: [`STUDY ${index}`] },
            '00100010': { vr: 'PN', Value: [{ Alphabetic: `WALKER^NUMBER ${index}` }] },
            '00100020': { vr: 'LO', Value: [`WALK-${index}`] },
            '0020000D': { vr: 'UI', Value: [study] },
          },
        });
        return { header, pixels: pixelsOf(header, () => index) };
      }),
    );
    orthanc = await startOrthanc();
    expect(await orthanc.storescu([folder])).toBe(COUNT);
    front = await startFront(new URL(orthanc.dicomwebUrl).origin);
    source = await openSource(`${front.origin}/dicom-web`, { environment: {} });
  });
  afterAll(async () => {
    await source?.[Symbol.asyncDispose]();
    await front?.[Symbol.asyncDispose]();
    await orthanc?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('every study once, newest first, those without a date last', async () => {
    const before = front.lines.length;
    const found = await parts(source);
    expect(found.map(({ studies }) => studies.length)).toEqual([50, 50, 30]);
    const studies = found.flatMap((part) => part.studies);
    expect(studies.map((study) => study.date)).toEqual(DATES);
    expect(new Set(studies.map((study) => study.studyInstanceUid)).size).toBe(COUNT);
    const searches = front.lines.slice(before).filter((line) => line.includes('/studies?'));
    expect(searches[0]).toContain(`StudyDate=${addDays(TODAY, -6)}-`);
    expect(searches.length).toBeLessThan(20);
    // What is said of a study before it is read is what is said after.
    const [first] = found;
    for (const [at, named] of first!.named.entries()) {
      const { patient, description, studyInstanceUid } = first!.studies[at]!;
      expect(named).toMatchObject({ studyInstanceUid, patient, description, modalities: ['CT'], series: 1 });
    }
  });

  test('the first are named after three questions at most', async () => {
    const before = front.lines.length;
    let asked: number | null = null;
    await source.walk!().next({
      most: 10,
      onNamed: (named) => named.length > 0 && (asked ??= front.lines.length - before),
    });
    expect(asked).not.toBeNull();
    expect(asked!).toBeLessThanOrEqual(3);
    // Ten studies, and not what lies in the others.
    const read = front.lines.slice(before).filter((line) => line.includes('/metadata'));
    expect(read).toHaveLength(10);
  });

  /** Names of all that a search finds. */
  async function searched(at: Source, text: string): Promise<{ ids: string[]; records: string[] }> {
    const walk = at.walk!(readMatching(text)!);
    const [ids, records]: [string[], string[]] = [[], []];
    const how: WalkOptions = {
      most: 50,
      onStudy: ({ study, quarantine }) =>
        study ? ids.push(study.patient.id) : records.push(...quarantine.map((one) => one.object)),
      onUnplaced: (unplaced) => records.push(...unplaced.map((one) => one.object)),
    };
    while (await walk.next(how));
    expect(walk.sorted()).toBe(true);
    return { ids, records };
  }
  const ofPatients = (which: (index: number) => boolean): string[] =>
    STUDIES.filter(({ index }) => which(index))
      .toSorted((a, b) => newestFirst({ ...a, studyInstanceUid: a.uid }, { ...b, studyInstanceUid: b.uid }))
      .map(({ index }) => `WALK-${index}`);

  test('a search by name, ID or date finds all that match and nothing else, in any case', async () => {
    const twelve = ofPatients((index) => String(index).includes('12'));
    expect(twelve).toHaveLength(12);
    for (const text of ['number 12', 'NUMBER 12', 'Number 12', '12 number'])
      expect((await searched(source, text)).ids, text).toEqual(twelve);
    for (const text of ['walk-17', 'WALK-17'])
      expect((await searched(source, text)).ids).toEqual(['WALK-17']);
    expect((await searched(source, 'walker')).ids).toEqual(ofPatients(() => true));
    expect(await searched(source, 'nobody')).toEqual({ ids: [], records: [] });

    const [year, month] = [DATES[40]!.slice(0, 4), DATES[40]!.slice(4, 6)];
    const then = ofPatients((index) => dateOf(index).startsWith(year + month));
    expect(then.length).toBeGreaterThan(0);
    expect((await searched(source, `${year}-${month}`)).ids).toEqual(then);
    expect((await searched(source, `walker ${month}.${year}`)).ids).toEqual(then);
    expect((await searched(source, `walker 1900-01-01`)).ids).toEqual([]);
  });

  /** Stops a walk while the archive has a question unanswered. */
  async function stopped(walk: (options: WalkOptions) => Promise<boolean>, at: CountingFront): Promise<void> {
    const stop = new AbortController();
    let [lost, read] = [0, 0];
    at.hold((line) => line.includes('/metadata') && read >= 5);
    const seen: string[] = [];
    const running = walk({
      most: 50,
      signal: stop.signal,
      onStudy: ({ study }) => {
        read++;
        seen.push(study!.studyInstanceUid);
      },
    }).catch((error: unknown) => error);
    await vi.waitFor(() => expect(read >= 5 && at.open() > 0).toBe(true), { timeout: 20_000, interval: 5 });
    lost = at.open();
    expect(lost).toBeGreaterThan(0);
    stop.abort();
    expect(await running).toMatchObject({ name: 'SourceError', code: 'aborted' });
    await vi.waitFor(() => expect(at.open()).toBe(0), { timeout: 2000, interval: 5 });
    const asked = at.lines.length;
    at.hold(() => false);
    // It goes on behind what it has handed over.
    await walk({ most: 50 - read, onStudy: ({ study }) => void seen.push(study!.studyInstanceUid) });
    expect(at.lines.length).toBeGreaterThan(asked);
    expect(seen).toHaveLength(50);
    expect(new Set(seen).size).toBe(50);
  }
  test('stopped: no connection of it stays, and it goes on where it was', () => {
    const walk = source.walk!();
    return stopped((how) => walk.next(how), front);
  });

  describe('behind a FHIR server', () => {
    let fhir: FhirServer;
    let behind: Source;
    const imagingStudy = (index: number): FhirResource => ({
      resourceType: 'ImagingStudy',
      id: `study-${index}`,
      status: 'available',
      identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${uid(index)}` }],
      subject: { reference: 'Patient/walker' },
      endpoint: [{ reference: 'Endpoint/archive' }],
      description: `STUDY ${index}`,
      numberOfSeries: 1,
      numberOfInstances: 1,
      ...(dateOf(index) === ''
        ? {}
        : { started: `${dateOf(index).replace(/(....)(..)(..)/, '$1-$2-$3')}T12:00:00Z` }),
      series: [
        {
          uid: `${uid(index)}.1`,
          modality: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'CT' },
          numberOfInstances: 1,
        },
      ],
    });
    beforeAll(async () => {
      const resources: FhirResource[] = [
        { resourceType: 'Patient', id: 'walker', name: [{ family: 'Walker' }] },
        {
          resourceType: 'Endpoint',
          id: 'archive',
          status: 'active',
          connectionType: {
            system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
            code: 'dicom-wado-rs',
          },
          payloadType: [{ text: 'DICOM' }],
          address: `${front.origin}/dicom-web`,
        },
        ...STUDIES.filter(({ date }) => date !== '').map(({ index }) => imagingStudy(index)),
      ];
      fhir = await startFhirServer({ bundles: [{ entry: resources.map((resource) => ({ resource })) }] });
      behind = await openSource(`${front.origin}/dicom-web`, { fhir: fhir.fhirUrl, environment: {} });
    });
    afterAll(async () => {
      await behind?.[Symbol.asyncDispose]();
      await fhir?.close();
    });

    test('newest first, a page of FHIR at a time as it is needed', async () => {
      const before = fhir.requests.length;
      const walk = behind.walk!();
      const studies: StudyEntry[] = [];
      const onStudy: WalkOptions['onStudy'] = ({ study }) => study && studies.push(study);
      let named: readonly NamedStudy[] = [];
      expect(
        await walk.next({ most: 30, onStudy, onNamed: (now) => now.length > named.length && (named = now) }),
      ).toBe(true);
      expect(walk.sorted()).toBe(true);
      // The server gives twenty studies on a page.
      expect(fhir.requests.length - before).toBe(2);
      expect(fhir.requests[before]!.line).toContain('_sort=-started');
      // Whom FHIR means is compared, and not shown before the images say it.
      expect(named[0]).toMatchObject({ patient: null, modalities: ['CT'], series: 1 });
      expect(studies.map((study) => study.date)).toEqual(DATES.slice(0, 30));
      expect(studies[0]!.patient.name).toContain('WALKER^NUMBER');
      while (await walk.next({ most: 50, onStudy }));
      expect(studies.map((study) => study.date)).toEqual(DATES.slice(0, 120));
    });

    test('a search asks the archive, and shows what FHIR names of that', async () => {
      // Those without a date are not in FHIR.
      const here = ofPatients((index) => String(index).includes('12') && dateOf(index) !== '');
      const found = await searched(behind, 'number 12');
      expect(found.ids).toEqual(here);
      expect(found.ids.length + found.records.length).toBe(12);
      // Where only FHIR is known, nobody knows yet which archive to ask.
      await using alone = await openSource(fhir.fhirUrl, { environment: {} });
      expect([behind.searchable, alone.searchable]).toEqual([true, false]);
    });

    test('stopped: no connection of it stays, and it goes on where it was', () => {
      const walk = behind.walk!();
      return stopped((how) => walk.next(how), front);
    });

    test('a page of FHIR that does not come is let go of too', async () => {
      await using slow = await startFront(new URL(fhir.fhirUrl).origin);
      await using other = await openSource(`${front.origin}/dicom-web`, {
        fhir: `${slow.origin}/fhir`,
        environment: {},
      });
      slow.hold(() => true);
      const stop = new AbortController();
      const running = other.walk!().next({ most: 10, signal: stop.signal }).catch((error: unknown) => error); // prettier-ignore
      await vi.waitFor(() => expect(slow.open()).toBe(1), { timeout: 5000, interval: 5 });
      stop.abort();
      expect(await running).toMatchObject({ name: 'SourceError', code: 'aborted' });
      await vi.waitFor(() => expect(slow.open()).toBe(0), { timeout: 2000, interval: 5 });
    });
  });
});
