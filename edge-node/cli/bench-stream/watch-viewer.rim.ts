/**
 * The viewer as a person has it, drawn by a browser on this machine while its view moves without a pause: for what
 * share of the time its picture is not marked as old, at a desk and in an emulated headset.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { NewRoom } from '../../../shared/protocol/messages.ts';
import type { Source } from '../../ingest/index.ts';
import { startService } from '../../room/index.ts';
import { builtClient } from '../built-client.rim.ts';
import { EMULATOR, emulateHeadset, type EmulatorWindow } from './emulated-headset.rim.ts';

export interface Watched {
  /** Of the time, 0..100. */
  readonly darkPercent: number;
  readonly ageMsP50: number;
  readonly ageMsP95: number;
  readonly picturesPerSecond: number;
}

export interface WatchOptions {
  readonly source: Source;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly movingMs: number;
  readonly signal: AbortSignal;
}

const WARM_UP_MS = 3000;
const LOADING_MS = 120_000;
const SIZES = { desk: { width: 1280, height: 800 }, headset: { width: 1280, height: 640 } } as const;

interface View {
  readonly yawRad: number;
  readonly pitchRad: number;
}
/** What of the page is used here. */
interface ViewerPage {
  readonly __anteroom?: {
    readonly viewer: {
      state(): {
        readonly volume: unknown;
        readonly mode: string;
        readonly immersive: { readonly vr: boolean } | null;
        readonly age: { readonly kind: string; readonly ageMs?: number };
      };
    };
    readonly desk: { view(): View; setView(view: View): void };
    counts(): { readonly framesShown: number } | null;
  };
  /** There where the page has an emulated headset on. */
  readonly xrDevice?: EmulatorWindow['xrDevice'];
}

/** Runs in the page: moves the view and looks at the picture's age, each some 100 times a second. */
async function moveAndWatch(given: {
  readonly movingMs: number;
  readonly warmUpMs: number;
}): Promise<Watched> {
  const { __anteroom: anteroom, xrDevice } = globalThis as unknown as ViewerPage;
  const start = anteroom!.desk.view();
  const beganMs = performance.now();
  const ages: number[] = [];
  let seen = 0;
  let dark = 0;
  let picturesBefore = 0;
  for (;;) {
    const atMs = performance.now() - beganMs;
    if (atMs > given.warmUpMs + given.movingMs) break;
    const s = atMs / 1000;
    if (xrDevice) xrDevice.position.set(0.2 * Math.sin(1.2 * s), 1.5, 0.1 * Math.cos(1.2 * s));
    else
      anteroom!.desk.setView({
        ...start,
        yawRad: start.yawRad + 1.2 * Math.sin(1.6 * s),
        pitchRad: start.pitchRad + 0.1 * Math.sin(2.3 * s),
      });
    const pictures = anteroom!.counts()?.framesShown ?? 0;
    if (atMs < given.warmUpMs) picturesBefore = pictures;
    else {
      const { age } = anteroom!.viewer.state();
      seen++;
      if (age.kind === 'fresh') dark++;
      ages.push(age.ageMs ?? Infinity);
    }
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
  ages.sort((a, b) => a - b);
  const shown = (anteroom!.counts()?.framesShown ?? 0) - picturesBefore;
  return {
    darkPercent: (100 * dark) / seen,
    ageMsP50: ages[Math.floor(ages.length * 0.5)]!,
    ageMsP95: ages[Math.floor(ages.length * 0.95)]!,
    picturesPerSecond: (1000 * shown) / given.movingMs,
  };
}

/** Before the page opens: a Quest 3, its hands by the side of the body, as whoever looks around has them. */
async function putOnHeadset(page: Page): Promise<void> {
  await emulateHeadset(page, 0.063);
  await page.addInitScript(() => {
    const { left, right } = (globalThis as unknown as EmulatorWindow).xrDevice.controllers;
    left.position.set(-0.25, 1, -0.1);
    right.position.set(0.25, 1, -0.1);
  });
}

const viewerState = (wanted: 'volume' | 'vr') => {
  const anteroom = (globalThis as unknown as ViewerPage).__anteroom;
  const state = anteroom?.viewer.state();
  if (!anteroom || !state) return false;
  if (wanted === 'volume') return state.volume !== null;
  return state.immersive?.vr === true;
};

async function watchOne(
  browser: Browser,
  where: keyof typeof SIZES,
  link: string,
  movingMs: number,
): Promise<Watched> {
  const page = await browser.newPage({ viewport: SIZES[where] });
  try {
    if (where === 'headset') await putOnHeadset(page);
    await page.goto(link);
    const wait = (wanted: 'volume' | 'vr') =>
      page.waitForFunction(viewerState, wanted, { timeout: LOADING_MS });
    await wait('volume');
    if (where === 'headset') {
      await wait('vr');
      await page.getByRole('button', { name: 'Enter VR' }).click();
    }
    return await page.evaluate(moveAndWatch, { movingMs, warmUpMs: WARM_UP_MS });
  } finally {
    await page.close();
  }
}

/** `headset` is null where the emulator is not installed. */
export async function watchViewers(
  browser: Browser,
  { source, studyInstanceUid, seriesInstanceUid, movingMs, signal }: WatchOptions,
): Promise<{ readonly desk: Watched; readonly headset: Watched | null }> {
  const home = mkdtempSync(path.join(tmpdir(), 'anteroom-bench-'));
  const clientDir = await builtClient((text) => console.error(text));
  const service = await startService({ source, host: '127.0.0.1', port: 0, clientDir, home, tls: null });
  try {
    const answer = await fetch(`${service.origin}/api/rooms`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.hostToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ studyInstanceUid, seriesInstanceUid }),
      signal,
    });
    const { token } = (await answer.json()) as NewRoom;
    const link = `${service.origin}/?probe#token=${token}`;
    const desk = await watchOne(browser, 'desk', link, movingMs);
    signal.throwIfAborted();
    const headset = existsSync(EMULATOR) ? await watchOne(browser, 'headset', link, movingMs) : null;
    return { desk, headset };
  } finally {
    await service.close();
    rmSync(home, { recursive: true, force: true });
  }
}
