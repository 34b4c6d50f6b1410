/** An emulated Quest 3 in a page, and the page's probe: heads set, pictures awaited, pixels read. */
import type { Page } from 'playwright-core';
import { EMULATOR, type EmulatorWindow } from '../../../edge-node/cli/bench-stream/emulated-headset.rim.ts';
import type { Probe } from '../../../xr-client/probe.ts';
import type { Quat, Vec3 } from '../../../shared/geometry/index.ts';

export { emulateHeadset } from '../../../edge-node/cli/bench-stream/emulated-headset.rim.ts';

declare global {
  interface Window {
    __anteroom?: Probe;
  }
}

/** Before the page is opened: a tablet, with one view that is no eye's, and a table `heightM` above the floor. */
export async function emulateTablet(page: Page, heightM: number): Promise<void> {
  await page.addInitScript({ path: EMULATOR });
  await page.addInitScript((tableY) => {
    const emulator = window as unknown as EmulatorWindow;
    const { metaQuest3 } = emulator.IWER as { metaQuest3: object };
    const profile = { ...metaQuest3, supportedSessionModes: ['inline', 'immersive-ar'] };
    const device = new emulator.IWER.XRDevice(profile, { stereoEnabled: false, ipd: 0, fovy: 1.1 });
    device.installRuntime({ forceInstall: true });
    device.position.set(0, 1.5, 0.4);
    for (const side of ['left', 'right'] as const) device.controllers[side].position.set(0, 1, 5);
    // The emulator's room: nothing but a level plane.
    device.installSEM(
      class {
        // Nothing of it is seen.
        readonly environmentCanvas = Object.assign(document.createElement('canvas'), { hidden: true });
        readonly trackedPlanes = new Set();
        readonly trackedMeshes = new Set();
        render(): void {}
        computeHitTestResults(ray: ArrayLike<number>): Float32Array[] {
          const t = (tableY - ray[13]!) / -ray[9]!;
          if (!(t > 0) || t > 10) return [];
          const [x, z] = [ray[12]! - t * ray[8]!, ray[14]! - t * ray[10]!];
          return [Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, tableY, z, 1)];
        }
      },
    );
    const two = XRFrame.prototype.getViewerPose;
    XRFrame.prototype.getViewerPose = function (space) {
      const pose = two.call(this, space);
      if (!pose) return pose;
      const view = Object.create(pose.views[0]!, { eye: { value: 'none' } }) as XRView;
      return { transform: pose.transform, emulatedPosition: false, views: [view] } as unknown as XRViewerPose;
    };
    // The emulator has no DOM overlay: like the device, the page's top layer shows what the session was given.
    const xr = navigator.xr!;
    const request = xr.requestSession.bind(xr);
    xr.requestSession = async (mode, init) => {
      const session = await request(mode, init);
      const root = init?.domOverlay?.root;
      if (!(root instanceof HTMLElement)) return session;
      root.popover = 'manual';
      Object.assign(root.style, { width: '100%', height: '100%', margin: 0, border: 0, background: 'none' });
      root.showPopover();
      session.addEventListener('end', () => {
        root.popover = null;
        root.removeAttribute('style');
      });
      return session;
    };
    emulator.xrDevice = device;
  }, heightM);
}

/** Waits for the volume, presses the button that a person presses, and waits for the first picture. */
export async function enterXr(page: Page, mode: 'vr' | 'ar'): Promise<void> {
  await page.waitForFunction(
    () => {
      const state = window.__anteroom?.viewer.state();
      return (state?.immersive?.vr || state?.immersive?.ar) && state.volume !== null;
    },
    null,
    { timeout: 120_000 },
  );
  await page.getByRole('button', { name: mode === 'vr' ? 'Enter VR' : 'Enter AR' }).click();
  await page.waitForFunction((wanted) => window.__anteroom?.viewer.state().mode === wanted, mode);
  await settle(page);
}

export async function setHead(
  page: Page,
  head: { readonly position: Vec3; readonly rotation: Quat },
): Promise<void> {
  await page.evaluate(({ position, rotation }) => {
    const { xrDevice } = window as unknown as EmulatorWindow;
    xrDevice.position.set(...(position as [number, number, number]));
    xrDevice.quaternion.set(...(rotation as [number, number, number, number]));
  }, head);
  await displayFrames(page, 2);
}

/** Where that controller points from; its grip lies a hand's breadth away, as the device has it. */
export async function setController(
  page: Page,
  side: 'left' | 'right',
  at: { readonly position: Vec3; readonly rotation: Quat },
): Promise<void> {
  await page.evaluate(
    ({ which, position, rotation }) => {
      const controller = (window as unknown as EmulatorWindow).xrDevice.controllers[which];
      controller.position.set(...(position as [number, number, number]));
      controller.quaternion.set(...(rotation as [number, number, number, number]));
    },
    { which: side, ...at },
  );
  await displayFrames(page, 2);
}

/** From 0, let go, to 1, pulled all the way. */
export async function setTrigger(page: Page, side: 'left' | 'right', value: number): Promise<void> {
  await page.evaluate(
    ([which, pulled]) =>
      (window as unknown as EmulatorWindow).xrDevice.controllers[which].updateButtonValue('trigger', pulled),
    [side, value] as const,
  );
  await displayFrames(page, 2);
}

export async function displayFrames(page: Page, count: number): Promise<void> {
  await page.evaluate(async (frames) => {
    const { scene } = window.__anteroom!.stage;
    for (let i = 0; i < frames; i++)
      await new Promise((resolve) => scene.onAfterRenderObservable.addOnce(resolve));
  }, count);
}

/** A picture of a pose sampled from now on is shown, however coarse. */
export async function newPicture(page: Page): Promise<void> {
  const from = await page.evaluate(() => window.__anteroom!.ticks().sampled);
  const shownAfter = (tick: number): boolean => window.__anteroom!.ticks().shown > tick;
  await page.waitForFunction(shownAfter, from, { timeout: 60_000 }).catch(async (error: unknown) => {
    throw new Error(`no picture of a new pose: ${await describe(page)}`, { cause: error });
  });
}

/**
 * A new picture, and a while of waiting that the node says it will get no better; but on a busy machine a coarser
 * picture is a true one too.
 */
export async function settle(page: Page): Promise<void> {
  await newPicture(page);
  await page
    .waitForFunction(() => window.__anteroom!.ticks().converged, null, { timeout: 1500 })
    .catch(() => {});
}

/** What the viewer says of itself, for a failed wait. */
async function describe(page: Page): Promise<string> {
  return JSON.stringify(
    await page.evaluate(() => {
      const { connection, report, received, age, failure, mode } = window.__anteroom!.viewer.state();
      const { counts, ticks } = window.__anteroom!;
      return { connection, report, received, age, failure, mode, counts: counts(), ticks: ticks() };
    }),
  );
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  /** RGBA from the top row. */
  readonly pixels: Buffer;
}

/** The next display frame that has every pixel; `asDrawn`: the next one, which may have fewer while things move. */
export async function readScreen(page: Page, asDrawn = false): Promise<Screen> {
  const { width, height, base64 } = await page.evaluate((any) => window.__anteroom!.readPixels(any), asDrawn);
  const read = Buffer.from(base64, 'base64');
  const pixels = Buffer.alloc(read.length);
  const row = width * 4;
  for (let y = 0; y < height; y++) read.copy(pixels, (height - 1 - y) * row, y * row, (y + 1) * row);
  return { width, height, pixels };
}
