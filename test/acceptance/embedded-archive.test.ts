/** The embedded archive as strangers meet it: DICOMweb and FHIR over HTTP, its files by pydicom and dcmtk. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEmbeddedArchive, type EmbeddedArchive } from '../../fhir/archive/index.ts';
import { FIDUCIALS, PATIENT, seriesOf } from '../../fhir/archive/truth.ts';
import { bearer, openDicomweb, openServer } from '../../fhir/clients/index.ts';
import { writeInstance, type DicomJson } from '../../fhir/dicom/index.ts';

const PYTHON = '/usr/bin/python3';
const hasPydicom = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import pydicom, numpy']).status === 0;
const DCMDUMP = '/usr/bin/dcmdump';

const { chest, cardiac, flow } = seriesOf('small');
let home: string;
let archive: EmbeddedArchive;
const progress: number[] = [];

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'anteroom-archive-'));
  archive = await openEmbeddedArchive({
    home,
    size: 'small',
    progress: (p) => progress.push(p.instancesDone),
  });
}, 180_000);
afterAll(async () => {
  await archive?.close();
  rmSync(home, { recursive: true, force: true });
});

const get = (address: string, accept = '*/*'): Promise<Response> =>
  fetch(address, { headers: { authorization: `Bearer ${archive.token}`, accept } });
const web = (rest: string): string => archive.dicomwebUrl + rest;
const seriesPath = (one: { studyUid: string; seriesUid: string }): string =>
  `/studies/${one.studyUid}/series/${one.seriesUid}`;

/** A reader of multipart bodies that shares nothing with the product's: split at the boundary, trust no length. */
async function partsOf(response: Response): Promise<{ head: string; body: Buffer }[]> {
  const boundary = /boundary="?([^";]+)/.exec(response.headers.get('content-type')!)![1]!;
  const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
  const pieces = `\r\n${text}`.split(`\r\n--${boundary}`);
  expect(pieces.at(-1)).toBe('--\r\n');
  return pieces.slice(1, -1).map((piece) => {
    const at = piece.indexOf('\r\n\r\n');
    return { head: piece.slice(0, at), body: Buffer.from(piece.slice(at + 4), 'latin1') };
  });
}

test('progress counts every object once, and nothing half-made is left', () => {
  expect(progress[0]).toBe(0);
  expect(progress.toSorted((a, b) => a - b)).toEqual(progress);
  expect(progress.at(-1)).toBe(64 + 10 * cardiac.grid.dims[2] + 4);
  expect(readdirSync(path.join(home, 'embedded')).filter((name) => name.includes('making'))).toEqual([]);
});

test('a second start takes the patient from the cache', async () => {
  const seen: unknown[] = [];
  const again = await openEmbeddedArchive({ home, size: 'small', progress: (p) => seen.push(p) });
  await again.close();
  expect(seen).toEqual([]);
  expect(again.token).not.toBe(archive.token);
});

test('a cancelled start leaves nothing behind', async () => {
  const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'anteroom-cancel-'));
  const stop = new AbortController();
  const opening = openEmbeddedArchive({
    home: elsewhere,
    size: 'small',
    signal: stop.signal,
    progress: () => stop.abort(new Error('enough')),
  });
  await expect(opening).rejects.toThrow('enough');
  expect(readdirSync(path.join(elsewhere, 'embedded'))).toEqual([]);
  rmSync(elsewhere, { recursive: true });
});

test('without its token nothing is told', async () => {
  for (const address of [web('/studies'), `${archive.fhirUrl}/metadata`, web('/nothing')]) {
    for (const authorization of [undefined, 'Bearer wrong', `Basic ${archive.token}`]) {
      const response = await fetch(address, authorization ? { headers: { authorization } } : {});
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(await response.text()).not.toContain('EMBEDDED');
    }
  }
});

test('dicomweb-client finds three studies and reads their headers', async () => {
  const client = openDicomweb(
    openServer({ kind: 'archive', root: archive.dicomwebUrl, authorization: bearer(archive.token) }),
  );
  const { studies } = await client.studyPage({}, { limit: 100, offset: 0 });
  expect(studies.map((s) => s.studyInstanceUid).sort()).toEqual(
    [chest, cardiac, flow].map((s) => s.studyUid).sort(),
  );
  expect(await client.series(cardiac.studyUid)).toMatchObject([
    { seriesInstanceUid: cardiac.seriesUid, modality: 'CT', instances: 10 * cardiac.grid.dims[2] },
  ]);
  const headers = await client.metadata(chest.studyUid, chest.seriesUid);
  expect(headers).toHaveLength(64);
  expect(headers[0]!['7FE00010']!.BulkDataURI).toMatch(/\/bulkdata\/7FE00010$/);
  expect(await client.instances(chest.studyUid, chest.seriesUid)).toHaveLength(64);
});

test('a series comes whole: every part as long as it says, closed at its end', async () => {
  const response = await get(
    web(seriesPath(chest)),
    'multipart/related; type="application/dicom"; transfer-syntax=*',
  );
  expect(response.status).toBe(200);
  const parts = await partsOf(response);
  expect(parts).toHaveLength(64);
  for (const { head, body } of parts) {
    expect(Number(/content-length: (\d+)/i.exec(head)![1])).toBe(body.length);
    expect(body.toString('latin1', 128, 132)).toBe('DICM');
  }
});

test('one instance alone, its frames and its bulk data are the same pixels', async () => {
  const list = (await (await get(web(`${seriesPath(chest)}/instances?limit=1`))).json()) as DicomJson[];
  const one = web(`${seriesPath(chest)}/instances/${String(list[0]!['00080018']!.Value![0])}`);
  const whole = Buffer.from(await (await get(one, 'application/dicom')).arrayBuffer());
  const pixels = whole.subarray(whole.length - 128 * 128 * 2);
  const [frame] = await partsOf(
    await get(`${one}/frames/1`, 'multipart/related; type="application/octet-stream"; transfer-syntax=*'),
  );
  const [bulk] = await partsOf(await get(`${one}/bulkdata/7FE00010`));
  expect(frame!.body.equals(pixels)).toBe(true);
  expect(bulk!.body.equals(pixels)).toBe(true);
  expect((await get(`${one}/frames/2`)).status).toBe(400);
  expect((await get(one, 'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90')).status).toBe(406);
  expect((await get(web('/studies/1.2.3/series/4.5'))).status).toBe(404);
  expect((await get(web('/../../etc/passwd'))).status).toBe(404);
});

test('search by patient, date and modality, in pages', async () => {
  const found = async (query: string): Promise<DicomJson[]> =>
    (await (await get(web(`/studies?${query}`))).json()) as DicomJson[];
  expect(await found('PatientName=anteroom*')).toHaveLength(3);
  expect(await found('PatientName=nobody*')).toHaveLength(0);
  expect(await found(`PatientID=${PATIENT.id}&StudyDate=20260303-20260305`)).toHaveLength(2);
  expect(await found('ModalitiesInStudy=MR')).toHaveLength(1);
  const page = await get(web('/studies?limit=2'));
  expect(page.headers.get('warning')).toMatch(/^299 /);
  expect((await get(web('/studies?limit=two'))).status).toBe(400);
});

test('what is asked for and not done is said: fuzzy matching, XML, another method', async () => {
  const fuzzy = await get(web('/studies?PatientName=anterom&fuzzymatching=true'));
  expect([await fuzzy.json(), fuzzy.headers.get('warning')]).toEqual([
    [],
    expect.stringMatching(/^299 .*fuzzymatching parameter is not supported/),
  ]);
  const metadata = `${seriesPath(chest)}/metadata`;
  for (const rest of ['/studies', metadata]) {
    expect((await get(web(rest), 'application/dicom+xml')).status).toBe(406);
    expect((await get(web(rest), 'application/dicom+json')).status).toBe(200);
  }
  const removal = await fetch(web('/studies'), {
    method: 'DELETE',
    headers: { authorization: `Bearer ${archive.token}` },
  });
  expect([removal.status, removal.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
});

test('DICOM JSON writes what is empty without a Value', async () => {
  const text = await (await get(web('/studies'))).text();
  expect(text).toContain('"00080090":{"vr":"PN"}');
  expect(text).not.toContain('"Value":[]');
});

test('one frame, or one bulk datum, as bare octets', async () => {
  const [row] = (await (await get(web(`${seriesPath(chest)}/instances?limit=1`))).json()) as DicomJson[];
  const object = `${seriesPath(chest)}/instances/${String(row!['00080018']!.Value![0])}`;
  const [part] = await partsOf(await get(web(`${object}/frames/1`)));
  for (const rest of ['/frames/1', '/bulkdata/7FE00010']) {
    const bare = await get(web(object + rest), 'application/octet-stream');
    expect(bare.headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(await bare.arrayBuffer()).equals(part!.body)).toBe(true);
  }
  // Two do not fit into one.
  expect((await get(web(`${object}/frames/1,1`), 'application/octet-stream')).status).toBe(406);
  expect((await get(web(`${object}/frames/1`), 'image/jpeg')).status).toBe(406);
});

describe('storing', () => {
  const store = (
    parts: readonly (Uint8Array | string)[],
    type = 'application/dicom',
    study = '',
  ): Promise<Response> => {
    const pieces = parts.flatMap((part) => [
      Buffer.from(`--b1\r\nContent-Type: ${type}\r\n\r\n`),
      Buffer.from(part),
      Buffer.from('\r\n'),
    ]);
    return fetch(web(`/studies${study}`), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${archive.token}`,
        'content-type': 'multipart/related; type="application/dicom"; boundary=b1',
      },
      body: Buffer.concat([...pieces, Buffer.from('--b1--\r\n')]),
    });
  };
  const object = (uid: string, study = '2.25.77'): Uint8Array =>
    writeInstance({
      '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.33'] },
      '00080018': { vr: 'UI', Value: [uid] },
      '00080060': { vr: 'CS', Value: ['SR'] },
      '00100020': { vr: 'LO', Value: [PATIENT.id] },
      '0020000D': { vr: 'UI', Value: [study] },
      '0020000E': { vr: 'UI', Value: ['2.25.78'] },
    });

  test('what is sound is kept, byte for byte, and still there after a restart', async () => {
    const bytes = object('2.25.79');
    const response = await store([bytes]);
    expect(response.status).toBe(200);
    const answer = (await response.json()) as DicomJson;
    expect((answer['00081199']!.Value![0] as DicomJson)['00081155']!.Value).toEqual(['2.25.79']);
    const again = await openEmbeddedArchive({ home, size: 'small' });
    const back = await fetch(`${again.dicomwebUrl}/studies/2.25.77/series/2.25.78/instances/2.25.79`, {
      headers: { authorization: `Bearer ${again.token}`, accept: 'application/dicom' },
    });
    expect(Buffer.from(await back.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
    await again.close();
  });

  test('what is broken is refused with its reason, and the sound one beside it is kept', async () => {
    const response = await store([object('2.25.80'), 'no DICOM at all', object('2.25.81').subarray(0, 200)]);
    expect(response.status).toBe(202);
    const answer = (await response.json()) as DicomJson;
    expect(answer['00081199']!.Value).toHaveLength(1);
    expect(answer['00081198']!.Value).toHaveLength(2);
    for (const item of answer['00081198']!.Value as DicomJson[])
      expect(item['00081197']!.Value![0]).toBeGreaterThanOrEqual(0x0110);
  });

  test('an object whose UID is held in another study is refused, and the first stays', async () => {
    expect((await store([object('2.25.85')])).status).toBe(200);
    const other = await store([object('2.25.85', '2.25.86')]);
    expect(other.status).toBe(409);
    expect(JSON.stringify(await other.json())).toContain('held in another series');
    expect((await get(web('/studies/2.25.86'))).status).toBe(404);
    // The same object once more is no other.
    expect((await store([object('2.25.85')])).status).toBe(200);
  });

  test('another study, another type, or no multipart: refused', async () => {
    expect((await store([object('2.25.82')], 'application/dicom', '/2.25.99')).status).toBe(409);
    expect((await store([object('2.25.83')], 'text/plain')).status).toBe(409);
    const plain = await fetch(web('/studies'), {
      method: 'POST',
      headers: { authorization: `Bearer ${archive.token}`, 'content-type': 'application/dicom' },
      body: Buffer.from(object('2.25.84')),
    });
    expect(plain.status).toBe(415);
  });
});

describe('FHIR', () => {
  interface Bundle {
    total: number;
    link: { relation: string; url: string }[];
    entry: { resource: { resourceType: string; id: string; address?: string }; search: { mode: string } }[];
  }
  const bundle = async (address: string): Promise<Bundle> => (await (await get(address)).json()) as Bundle;

  test('studies in pages, by following next', async () => {
    let address: string | undefined =
      `${archive.fhirUrl}/ImagingStudy?_count=1&status=available&started=ge2026-03-01`;
    const ids: string[] = [];
    while (address) {
      const page: Bundle = await bundle(address);
      ids.push(...page.entry.map(({ resource }) => resource.id));
      address = page.link.find(({ relation }) => relation === 'next')?.url;
    }
    expect(new Set(ids).size).toBe(3);
    expect(ids).toHaveLength(3);
  });

  test('from the patient to the endpoint to the objects', async () => {
    const patients = await bundle(`${archive.fhirUrl}/Patient?identifier=${PATIENT.id}`);
    expect(patients.total).toBe(1);
    const { id } = patients.entry[0]!.resource;
    const found = await bundle(
      `${archive.fhirUrl}/ImagingStudy?patient=Patient/${id}&modality=MR&_include=ImagingStudy:endpoint`,
    );
    expect(found.total).toBe(1);
    const study = found.entry.find(({ search }) => search.mode === 'match')!.resource as unknown as {
      identifier: { value: string }[];
      series: { uid: string; numberOfInstances: number }[];
    };
    expect(study.identifier[0]!.value).toBe(`urn:oid:${flow.studyUid}`);
    const endpoint = found.entry.find(({ search }) => search.mode === 'include')!.resource;
    const objects = await get(
      `${endpoint.address!}/studies/${flow.studyUid}/series/${study.series[0]!.uid}/instances`,
    );
    expect(await objects.json()).toHaveLength(study.series[0]!.numberOfInstances);
    const byUid = await bundle(`${archive.fhirUrl}/ImagingStudy?identifier=urn:oid:${chest.studyUid}`);
    expect(byUid.total).toBe(1);
  });

  test('a search that is posted is the one that it would be in the address', async () => {
    const posted = (type: string, body: string): Promise<Response> =>
      fetch(`${archive.fhirUrl}/ImagingStudy/_search?status=available`, {
        method: 'POST',
        headers: { authorization: `Bearer ${archive.token}`, 'content-type': type },
        body,
      });
    const found = await posted('application/x-www-form-urlencoded', 'modality=MR');
    expect(((await found.json()) as Bundle).total).toBe(1);
    expect((await posted('application/fhir+json', '{}')).status).toBe(415);
    expect((await posted('application/x-www-form-urlencoded', `a=${'x'.repeat(70_000)}`)).status).toBe(413);
  });

  test('what is not there is said', async () => {
    expect((await get(`${archive.fhirUrl}/ImagingStudy/none`)).status).toBe(404);
    expect((await get(`${archive.fhirUrl}/Medication`)).status).toBe(404);
    const strict = await fetch(`${archive.fhirUrl}/ImagingStudy?colour=blue`, {
      headers: { authorization: `Bearer ${archive.token}`, prefer: 'handling=strict' },
    });
    expect(strict.status).toBe(400);
    const metadata = (await (await get(`${archive.fhirUrl}/metadata`)).json()) as { fhirVersion: string };
    expect(metadata.fhirVersion).toBe('4.0.1');
  });
});

const folder = (): string =>
  path.join(
    home,
    'embedded',
    readdirSync(path.join(home, 'embedded')).find((name) => name.endsWith('-small') && /^\d/.test(name))!,
  );

describe.skipIf(!hasPydicom)('read by pydicom', () => {
  interface Read {
    n: number;
    dims: number[];
    origin: number[];
    step: number[];
    spacing: number[];
    least: number;
    most: number;
    times: number[];
    names: string[];
    beads: number[];
  }
  const SCRIPT = `
import glob, json, sys, numpy as np, pydicom
folder, name = sys.argv[1], sys.argv[2]
fs = [pydicom.dcmread(f) for f in glob.glob(folder + '/' + name + '-*.dcm')]
n = lambda f: np.cross(np.array(f.ImageOrientationPatient[:3], float), np.array(f.ImageOrientationPatient[3:], float))
fs.sort(key=lambda f: (float(f.get('TriggerTime', 0)), float(np.dot(n(f), np.array(f.ImagePositionPatient, float)))))
p = [np.array(f.ImagePositionPatient, float) for f in fs]
v = np.stack([f.pixel_array * float(f.RescaleSlope) + float(f.RescaleIntercept) for f in fs])
beads = []
if name == 'chest':
    for b in json.loads(sys.argv[3]):
        i = (np.array(b) - p[0]) / np.array([fs[0].PixelSpacing[1], fs[0].PixelSpacing[0], (p[1] - p[0])[2]], float)
        x, y, z = np.rint(i).astype(int)
        beads.append(float(v[z-1:z+2, y-1:y+2, x-1:x+2].max()))
print(json.dumps(dict(n=len(fs), dims=[int(fs[0].Columns), int(fs[0].Rows)], origin=p[0].tolist(), step=(p[1]-p[0]).tolist(),
  spacing=[float(s) for s in fs[0].PixelSpacing], least=float(v.min()), most=float(v.max()),
  times=sorted(set(float(f.get('TriggerTime', 0)) for f in fs)), names=sorted(set(str(f.PatientName) for f in fs)), beads=beads)))
`;
  const read = (name: string): Read =>
    JSON.parse(
      execFileSync(
        PYTHON,
        ['-c', SCRIPT, folder(), name, JSON.stringify(FIDUCIALS.beads.map(({ centreMm }) => centreMm))],
        { maxBuffer: 1e8 },
      ).toString(),
    ) as Read;

  test('the chest: grid, values, and something dense where each bead is', () => {
    const got = read('chest');
    expect(got.n).toBe(64);
    expect(got.dims).toEqual([128, 128]);
    expect(got.spacing).toEqual([3.125, 3.125]);
    got.origin.forEach((v, i) => expect(v).toBeCloseTo(chest.grid.origin[i]!, 4));
    got.step.forEach((v, i) => expect(v).toBeCloseTo(chest.grid.dk[i]!, 4));
    expect(got.least).toBeLessThan(-990);
    expect(got.names).toEqual([PATIENT.name]);
    for (const hu of got.beads) expect(hu).toBeGreaterThan(700);
  });

  test('the heart: ten times, a turned grid', () => {
    const got = read('cardiac');
    expect(got.n).toBe(10 * cardiac.grid.dims[2]);
    expect(got.times).toEqual(Array.from({ length: 10 }, (_, i) => i * 90));
    got.origin.forEach((v, i) => expect(v).toBeCloseTo(cardiac.grid.origin[i]!, 4));
    got.step.forEach((v, i) => expect(v).toBeCloseTo(cardiac.grid.dk[i]!, 4));
    expect(Math.min(...cardiac.grid.dk.map(Math.abs))).toBeGreaterThan(1);
  });
});

test.skipIf(!existsSync(DCMDUMP))('dcmtk reads one object of each kind without a complaint', () => {
  for (const name of ['chest-0001.dcm', 'cardiac-3-0002.dcm', 'flow-0.dcm', 'flow-2.dcm']) {
    const { status, stderr, stdout } = spawnSync(DCMDUMP, ['-v', path.join(folder(), name)], {
      encoding: 'utf8',
      maxBuffer: 1e8,
      env: { ...process.env, DCMDICTPATH: process.env['DCMDICTPATH'] ?? '/usr/share/libdcmtk17/dicom.dic' },
    });
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/^[EW]:/m);
    expect(stdout).toContain('SOPInstanceUID');
  }
  expect(readFileSync(path.join(folder(), 'chest-0001.dcm')).toString('latin1', 128, 132)).toBe('DICM');
});
