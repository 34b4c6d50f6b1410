/**
 * The embedded patient at a desk, in VR and in AR, in real Chromium: something to see in each, the real world through
 * everything but the anatomy. With ANTEROOM_SCREENSHOTS=1 the README's pictures are made on the way, from the full
 * patient kept in ANTEROOM_HOME.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../edge-node/ingest/index.ts';
import { listEncoders } from '../../edge-node/stream/index.ts';
import { launchBrowser, noBrowser } from './harness/browser.ts';
import { multiplyQuat, quatAboutAxis } from '../../xr-client/pose/quaternion.ts';
import {
  emulateHeadset,
  emulateTablet,
  enterXr,
  readScreen,
  setController,
  setHead,
  setTrigger,
  settle,
  type Screen,
} from './harness/headset.ts';
import { startTestService, type TestService } from './harness/service.ts';

const absent =
  noBrowser() ?? (listEncoders().every((encoder) => !encoder.available) ? 'no H.264 encoder' : null);
if (absent) console.log(`Skipped: views of the embedded patient (${absent}).`);
const shooting = process.env['ANTEROOM_SCREENSHOTS'] === '1';
const images = path.resolve(import.meta.dirname, '../../docs/images');
const patience = { timeout: 600_000 };

/** Share of pixels of a half (0 left, 1 right) that `is` true of. */
function share(screen: Screen, half: 0 | 1, is: (rgba: Uint8Array) => boolean): number {
  const width = screen.width / 2;
  let count = 0;
  for (let y = 0; y < screen.height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * screen.width + x + half * width) * 4;
      if (is(screen.pixels.subarray(at, at + 4))) count++;
    }
  return count / (width * screen.height);
}
/** Bone in the ct-bone look, also greyed with age; never the amber of the rim. */
const isBone = (c: Uint8Array): boolean => c[1]! > 90 && c[2]! > 0.6 * c[0]!;

describe.skipIf(absent !== null)('the embedded patient seen', () => {
  let browser: Browser;
  let rig: TestService;
  let roomAddress = '';
  beforeAll(async () => {
    rig = await startTestService((folder) =>
      openSource('embedded', {
        home: shooting ? process.env['ANTEROOM_HOME'] : path.join(folder, 'archive'),
        embeddedSize: shooting ? 'full' : 'small',
      }),
    );
    browser = await launchBrowser();
    const studies = await rig.studies();
    const chest = studies
      .flatMap((study) => study.series.map((series) => ({ study, series })))
      .filter(({ series }) => series.modality === 'CT' && series.kind === 'volume')
      .toSorted((a, b) => b.series.instances - a.series.instances)[0]!;
    roomAddress = await rig.roomLink(chest.study.studyInstanceUid, chest.series.seriesInstanceUid, '?probe');
    if (shooting) mkdirSync(images, { recursive: true });
  }, 600_000);
  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });

  async function shoot(page: Page, name: string): Promise<void> {
    if (!shooting) return;
    await page
      .waitForFunction(
        () => {
          const { age, fidelity, received } = window.__anteroom!.viewer.state();
          // The way here is slow to forget how the viewer was opened.
          const settled = (received.poseToDecodedMsP95 ?? Infinity) < 100;
          return age.kind === 'fresh' && fidelity === 'full' && settled;
        },
        null,
        { timeout: 30_000 },
      )
      .catch(() => console.log(`${name}: the picture did not come to rest; taken as it is`));
    await page.screenshot({ path: path.join(images, `${name}.png`) });
  }

  test('at a desk', patience, async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(roomAddress);
    await page.waitForFunction(() => window.__anteroom?.viewer.state().volume, null, { timeout: 120_000 });
    await settle(page);
    const screen = await readScreen(page);
    expect(share(screen, 0, isBone) + share(screen, 1, isBone)).toBeGreaterThan(0.01);
    expect(await page.evaluate(() => location.hash)).toBe('');
    await shoot(page, 'viewer-desk');
    await page.close();
  });

  test('the start page, for its picture', { ...patience, skip: !shooting }, async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(rig.service.link);
    await page.waitForFunction(() => document.querySelectorAll('.card img').length >= 3, null, {
      timeout: 60_000,
    });
    await page.screenshot({ path: path.join(images, 'start-page.png') });
    await page.close();
  });

  test('on a table, through a tablet', patience, async () => {
    const page = await browser.newPage({ viewport: { width: 1180, height: 820 }, hasTouch: true });
    await emulateTablet(page, 0.72);
    await page.goto(roomAddress);
    const words = page.locator('.tablet-words');
    const state = () =>
      page.evaluate(() => {
        const { table, scale, report } = window.__anteroom!.viewer.state();
        return { table, scale, report, worldFromTwin: window.__anteroom!.worldFromTwin() };
      });
    await enterXr(page, 'ar');
    // Looking ahead there is no table; a tap puts nothing down.
    expect((await state()).table).toBe('looking');
    expect(await words.textContent()).toContain('Point the tablet at a table');
    await page.touchscreen.tap(500, 400);
    expect((await state()).table).toBe('looking');
    // Down at it: the twin follows the middle of the view, and stays where it is put down.
    await setHead(page, { position: [0, 1.5, 0.4], rotation: quatAboutAxis([1, 0, 0], -0.6) });
    await expect.poll(async () => (await state()).table).toBe('aiming');
    await page.touchscreen.tap(500, 400);
    await expect.poll(async () => (await state()).table).toBe('standing');
    const stood = await state();
    const height = await page.evaluate(() => {
      const { dims, spacingMm } = window.__anteroom!.viewer.state().volume!;
      return (dims[2] * spacingMm[2]) / 1000;
    });
    expect(stood.worldFromTwin[13]! - (height / 2) * stood.scale).toBeCloseTo(0.72, 2);
    expect(stood.worldFromTwin[14]!).toBeCloseTo(0.4 - (1.5 - 0.72) / Math.tan(0.6), 2);
    await setHead(page, { position: [0.3, 1.4, 0.3], rotation: quatAboutAxis([1, 0, 0], -0.6) });
    expect((await state()).worldFromTwin).toEqual(stood.worldFromTwin);
    // One picture over the whole width, in the tablet's own shape.
    await settle(page);
    const { report } = await state();
    expect((2 * report!.fullWidth) / report!.fullHeight).toBeCloseTo(1180 / 820, 1);
    const screen = await readScreen(page);
    const bone = share(screen, 0, isBone) + share(screen, 1, isBone);
    expect(bone).toBeGreaterThan(0.005);
    expect(share(screen, 0, (c) => c[3] === 0)).toBeGreaterThan(0.3);
    // True size and back, still on the table.
    await page.getByRole('button', { name: 'True size' }).click();
    const large = await state();
    expect(large.scale).toBe(1);
    expect(large.worldFromTwin[13]! - height / 2).toBeCloseTo(0.72, 2);
    await page.getByRole('button', { name: 'True size' }).click();
    expect((await state()).scale).toBeCloseTo(stood.scale, 9);
    await page.addStyleTag({
      content: `.viewer, body { background: linear-gradient(#c3bdb3, #aaa398 30%, #8f6f50 32%, #7a5c41) !important; }`,
    });
    await setHead(page, { position: [0, 1.3, 0], rotation: quatAboutAxis([1, 0, 0], -0.45) });
    await shoot(page, 'tablet-table');
    await page.getByRole('button', { name: 'Put it elsewhere' }).click();
    expect((await state()).table).toBe('aiming');
    await page.getByRole('button', { name: 'Leave AR' }).click();
    await page.waitForFunction(() => window.__anteroom!.viewer.state().mode === 'desk');
    expect((await state()).table).toBeNull();
    await expect.poll(() => words.isVisible()).toBe(false);
    await page.close();
  });

  test('in a headset, the window dragged on the wrist’s histogram', patience, async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 640 } });
    await emulateHeadset(page, 0.063);
    await page.goto(roomAddress);
    await enterXr(page, 'vr');
    const window_ = () => page.evaluate(() => window.__anteroom!.viewer.state().scene!.look.window);
    // The left wrist in view, the right hand pointing at the chart on it.
    await setHead(page, { position: [0, 1.5, 0], rotation: [0, 0, 0, 1] });
    await setController(page, 'left', { position: [-0.08, 1.3, -0.42], rotation: [0, 0, 0, 1] });
    const rotation = multiplyQuat(quatAboutAxis([0, 1, 0], 0.55), quatAboutAxis([1, 0, 0], 0.4));
    const point = (x: number) => setController(page, 'right', { position: [x, 1.35, -0.1], rotation });
    await point(0.12);
    expect(await window_()).toBeNull();
    await setTrigger(page, 'right', 1);
    await point(0.12);
    expect(await window_()).toBeNull();
    await point(0.16);
    await expect.poll(window_).not.toBeNull();
    const first = (await window_())!;
    await point(0.2);
    // To the right: whatever part was taken, its upper edge goes up.
    const upper = ({ center, width }: typeof first) => center + width / 2;
    await expect.poll(async () => upper((await window_())!)).toBeGreaterThan(upper(first));
    await setTrigger(page, 'right', 0);
    await point(0.2);
    const left = await window_();
    await point(0.12);
    expect(await window_()).toEqual(left);
    // One drag is one step back.
    await page.evaluate(() => window.__anteroom!.viewer.actions.undo());
    await expect.poll(window_).toBeNull();
    await page.close();
  });

  test('in a headset, what failed is said before the eyes, and goes again by itself', patience, async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 640 } });
    await emulateHeadset(page, 0.063);
    await page.goto(roomAddress);
    await enterXr(page, 'vr');
    const says = () =>
      page.evaluate(() => window.__anteroom!.stage.scene.getMeshByName('headset-words')!.isEnabled());
    /** The letters, of each eye, in the upper half of what it sees. */
    const letters = async (): Promise<number[]> => {
      const screen = await readScreen(page, true);
      const upper = { ...screen, height: screen.height / 2 };
      return ([0, 1] as const).map((half) =>
        share(
          upper,
          half,
          ([r, g, b]) => Math.min(r!, g!, b!) > 110 && Math.max(r!, g!, b!) - Math.min(r!, g!, b!) < 25,
        ),
      );
    };
    // Looking up a little: nothing of the twin's own is where the words will stand.
    await setHead(page, { position: [0, 1.6, 0], rotation: quatAboutAxis([1, 0, 0], -0.1) });
    expect(await says()).toBe(false);
    const before = await letters();
    await page.evaluate(() =>
      window.__anteroom!.viewer.actions.applyOp({
        kind: 'set-volume',
        seriesInstanceUid: '1.2.3',
        volumeId: '0',
        look: { preset: 'mr', window: null },
      }),
    );
    await expect.poll(says).toBe(true);
    expect(await page.evaluate(() => window.__anteroom!.viewer.state().failure?.text)).toBe(
      'This study has no such series that could be shown.',
    );
    const after = await letters();
    for (const half of [0, 1] as const) expect(after[half]! - before[half]!).toBeGreaterThan(0.0005);
    await expect.poll(says, { timeout: 30_000 }).toBe(false);
    await page.close();
  });

  test.each(['vr', 'ar'] as const)('in a headset, %s', patience, async (mode) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 640 } });
    await emulateHeadset(page, 0.063);
    await page.goto(roomAddress);
    await enterXr(page, mode);
    await settle(page);
    const screen = await readScreen(page);
    for (const half of [0, 1] as const) expect(share(screen, half, isBone)).toBeGreaterThan(0.005);
    const clear = [0, 1].map((half) => share(screen, half as 0 | 1, (c) => c[3] === 0));
    if (mode === 'ar') clear.forEach((part) => expect(part).toBeGreaterThan(0.5));
    else clear.forEach((part) => expect(part).toBe(0));
    // What shows the anatomy is not see-through.
    expect(share(screen, 0, (c) => isBone(c) && c[3]! < 128)).toBeLessThan(0.002);
    // A step nearer, looking at it, as a person would. Pass-through in the emulator is whatever lies behind the page:
    // a wall and a table for each eye.
    await setHead(page, { position: [0, 1.36, -0.36], rotation: quatAboutAxis([1, 0, 0], -0.2) });
    await page.addStyleTag({
      content: `.viewer, body {
        background:
          radial-gradient(90% 60% at 50% 0, rgb(255 255 255 / 35%), transparent) 0 0 / 50% 100%,
          linear-gradient(#c3bdb3, #aaa398 62%, #6d5138 62%, #8f6f50 64%, #7a5c41) 0 0 / 50% 100% !important;
      }`,
    });
    await shoot(page, mode === 'vr' ? 'stereo-pair' : 'ar-view');
    await page.close();
  });
});
