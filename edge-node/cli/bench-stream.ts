/**
 * `anteroom bench --suite stream`: a real stream into a real, headless browser on this machine. First frames at 60 a
 * second whose picture shows its own pose, with packets lost: none may be seen at another's. Then a real scan, marched
 * for a head that goes around it and then rests. At last the viewer itself over the same scan, drawn by the browser.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pictureLayout } from '../../shared/protocol/picture.ts';
import type { StreamReport } from '../../shared/protocol/messages.ts';
import type { Volume } from '../../shared/volume.ts';
import { openSeries, openSource, type Source } from '../ingest/index.ts';
import { prepareTwin, type TwinRenderer } from '../render/index.ts';
import {
  chooseEncoder,
  openViewerStream,
  type FrameRecord,
  type ViewerStreamOptions,
} from '../stream/index.ts';
import type { BenchRow } from './bench-row.ts';
import { launchBrowser, noBrowser } from './bench-stream/browser.rim.ts';
import type { PageOptions, PageResult } from './bench-stream/page.ts';
import { servePage } from './bench-stream/page-server.rim.ts';
import { codeOfPose, drawPose } from './bench-stream/pose-pattern.ts';
import { watchViewers } from './bench-stream/watch-viewer.rim.ts';
import { FailureError } from './errors.ts';

const PATTERN_FRAMES = Number(process.env['ANTEROOM_BENCH_FRAMES'] ?? 10_000);
const MOVING_MS = Number(process.env['ANTEROOM_BENCH_MOVING_MS'] ?? 40_000);
/** The first seconds are the governor's and the browser's own. */
const WARM_UP_MS = 3000;
const RESTING_MS = 3000;
const WATCHED_MS = 20_000;
const EYE = 640;
const LOST_EACH = 100;
const CHEST = path.resolve(import.meta.dirname, '../../../shared/data/ct-chest-thin');

type StreamPart = Pick<ViewerStreamOptions, 'layout' | 'render' | 'dropPacket' | 'onFrame'>;
type PagePart = Omit<PageOptions, 'eyeSize' | 'poseHz' | 'firstTick'>;

interface StreamRun {
  readonly page: PageResult;
  readonly reports: readonly StreamReport[];
}

/** One stream into one page of a fresh browser, until the page has what it wants. */
async function runStream(stream: StreamPart, page: PagePart, signal: AbortSignal): Promise<StreamRun> {
  const reports: StreamReport[] = [];
  const ended = Promise.withResolvers<never>();
  const closing: Promise<void>[] = [];
  let done = false;
  await using server = await servePage({
    entry: path.join(import.meta.dirname, 'bench-stream', 'page.ts'),
    onSocket(socket) {
      const viewer = openViewerStream({
        ...stream,
        encoder: chooseEncoder(process.env['ANTEROOM_ENCODER']),
        bindAddress: '127.0.0.1',
        sendSignal: (message) => socket.send(JSON.stringify(message)),
        onReport: (report) => reports.push(report),
        onEnd: (reason) => {
          if (!done) ended.reject(new FailureError('STREAM_ENDED', `The stream ended early: ${reason}.`));
        },
      });
      socket.on('message', (data) => viewer.onSignal(JSON.parse(String(data))));
      socket.on('close', () => closing.push(viewer.close()));
    },
  });
  const browser = await launchBrowser();
  const stop = (): void => ended.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const tab = await browser.newPage();
    await tab.goto(server.origin);
    const eyeSize = stream.layout.eyeWidth;
    const options: PageOptions = { eyeSize, poseHz: 60, firstTick: 2 ** 24 - 2000, ...page };
    const run = tab.evaluate(
      (given) => (globalThis as unknown as { run(o: PageOptions): Promise<PageResult> }).run(given),
      options,
    );
    const result = await Promise.race([run, ended.promise]);
    done = true;
    return { page: result, reports };
  } finally {
    done = true;
    signal.removeEventListener('abort', stop);
    await browser.close();
    await Promise.all(closing);
  }
}

interface Scan {
  readonly source: Source;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
}

/** The shared chest CT where it is, else the embedded patient's largest volume. */
const openScanSource = (signal: AbortSignal): Promise<Source> =>
  openSource(existsSync(CHEST) ? CHEST : 'embedded', { signal });

async function findScan(source: Source, signal: AbortSignal): Promise<Scan> {
  const { studies } = await source.list({ signal });
  const series = studies
    .flatMap((study) => study.series.map((entry) => ({ ...entry, studyInstanceUid: study.studyInstanceUid })))
    .filter((entry) => entry.modality === 'CT' && entry.dims !== null)
    .sort((a, b) => b.dims![2] - a.dims![2])[0];
  if (!series) throw new FailureError('NO_VOLUME', `${source.label} holds no CT volume to stream.`);
  return { source, studyInstanceUid: series.studyInstanceUid, seriesInstanceUid: series.seriesInstanceUid };
}

async function openVolume(scan: Scan, signal: AbortSignal): Promise<Volume> {
  const { volumes } = await openSeries(scan.source, scan, { signal });
  return volumes[0]!;
}

/** What of a movement the viewer's picture is fresh, as rows. */
async function watchRows(scan: Scan, signal: AbortSignal): Promise<BenchRow[]> {
  const browser = await launchBrowser();
  const stop = (): void => void browser.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { desk, headset } = await watchViewers(browser, { ...scan, movingMs: WATCHED_MS, signal });
    return Object.entries({ Desk: desk, Headset: headset }).flatMap(([where, watched]) =>
      watched === null
        ? []
        : [
            row(`ageMarkDark${where}`, watched.darkPercent, '%'),
            row(`ageMsP50${where}`, watched.ageMsP50, 'ms'),
            row(`ageMsP95${where}`, watched.ageMsP95, 'ms'),
            row(`fps${where}`, watched.picturesPerSecond, '1/s'),
          ],
    );
  } finally {
    signal.removeEventListener('abort', stop);
    await browser.close();
  }
}

function percentileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const row = (name: string, value: number, unit: string): BenchRow => ({
  name,
  value,
  unit,
  peer: null,
  peerValue: null,
  ratio: null,
});

/** Frames whose picture names its own pose, one packet in a hundred lost. */
async function countWrongPoses(signal: AbortSignal): Promise<PageResult> {
  const layout = pictureLayout(160, 160);
  let packets = 0;
  const { page } = await runStream(
    {
      layout,
      async render(pose, target, planes) {
        drawPose(planes, target, codeOfPose(pose), 2);
        return { ms: 1, renderedWidth: 160, renderedHeight: 160, level: 0, backend: null };
      },
      dropPacket: (again) => !again && ++packets % LOST_EACH === 0,
    },
    { head: 'jump', frames: PATTERN_FRAMES, forMs: 900_000, restFromMs: Infinity, naiveLoadMs: 14 },
    signal,
  );
  return page;
}

async function streamScan(
  renderer: TwinRenderer,
  signal: AbortSignal,
): Promise<StreamRun & { records: FrameRecord[] }> {
  const records: FrameRecord[] = [];
  const scene = { look: { preset: 'ct-bone', window: null }, clip: null, phase: 0 } as const;
  const run = await runStream(
    {
      layout: pictureLayout(EYE, EYE),
      render: (pose, layout, planes, quality, abort) =>
        renderer.renderFrame(scene, pose, layout, planes, quality, abort),
      onFrame: (record) => records.push(record),
    },
    {
      head: 'orbit',
      frames: Number.MAX_SAFE_INTEGER,
      forMs: MOVING_MS + RESTING_MS,
      restFromMs: MOVING_MS,
      naiveLoadMs: null,
    },
    signal,
  );
  return { ...run, records };
}

/** Rejects with FailureError where no browser or no encoder is there. */
export async function benchStream({
  signal,
}: {
  readonly signal: AbortSignal;
}): Promise<readonly BenchRow[]> {
  const missing = noBrowser();
  if (missing) throw new FailureError('NO_BROWSER', `The stream bench needs a browser: ${missing}.`);
  await using source = await openScanSource(signal);
  const scan = await findScan(source, signal);
  const volume = await openVolume(scan, signal);
  using renderer = await prepareTwin(volume, { signal });
  console.error(`stream: ${source.label}, ${volume.dims.join(' x ')}, ct-bone, ${EYE} x ${EYE} an eye`);
  const { page, reports, records } = await streamScan(renderer, signal);
  const pattern = await countWrongPoses(signal);
  const watched = await watchRows(scan, signal);

  const moving = page.samples.filter((sample) => sample.atMs > WARM_UP_MS && sample.atMs < MOVING_MS);
  const fps = moving.length / ((MOVING_MS - WARM_UP_MS) / 1000);
  const latency = moving.map((sample) => sample.poseToDecodedMs);
  const p95 = percentileOf(latency, 0.95);
  const sharp = page.samples.find(
    (sample) => sample.atMs > MOVING_MS && sample.converged && sample.renderedWidth === EYE,
  );
  const made = records.filter((record) => !record.held && record.renderedWidth < EYE);
  const median = (pick: (record: FrameRecord) => number): number => percentileOf(made.map(pick), 0.5);
  return [
    row('wrongPoseFrames', page.wrong + pattern.wrong, 'frames'),
    row('framesChecked', page.checked + pattern.checked, 'frames'),
    row('unreadableFrames', page.unreadable + pattern.unreadable, 'frames'),
    row('naiveWrongPoseFrames', pattern.naiveWrong, 'frames'),
    row('naiveFramesChecked', pattern.naiveChecked, 'frames'),
    row('fps', fps, '1/s'),
    row('poseToDecodedMsP50', percentileOf(latency, 0.5), 'ms'),
    row('poseToDecodedMsP95', p95, 'ms'),
    row('poseToDecodedMsP95PlusInterval', p95 + 1000 / fps, 'ms'),
    row(
      'renderedWidthMovingP50',
      percentileOf(
        moving.map((sample) => sample.renderedWidth),
        0.5,
      ),
      'px',
    ),
    row(
      'renderMsP50',
      median((record) => record.renderMs),
      'ms',
    ),
    row(
      'encodeMsP50',
      median((record) => record.encodeMs),
      'ms',
    ),
    row(
      'poseToSentMsP50',
      median((record) => record.sentMs - record.poseMs),
      'ms',
    ),
    row(
      'kilobitsPerSecond',
      percentileOf(
        reports.map((report) => report.bitrateKbps),
        0.5,
      ),
      'kbit/s',
    ),
    row('restToSharpMs', sharp ? sharp.atMs - MOVING_MS : Number.NaN, 'ms'),
    ...watched,
  ];
}
