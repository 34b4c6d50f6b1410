/** An emulated Quest 3 in a page (IWER, a development dependency), for the bench and the e2e tests. */
import path from 'node:path';
import type { Page } from 'playwright-core';

export interface EmulatedDevice {
  readonly position: { set(x: number, y: number, z: number): void };
  readonly quaternion: { set(x: number, y: number, z: number, w: number): void };
  readonly controllers: Record<
    'left' | 'right',
    {
      readonly position: { set(x: number, y: number, z: number): void };
      readonly quaternion: { set(x: number, y: number, z: number, w: number): void };
      updateButtonValue(id: string, value: number): void;
    }
  >;
  installRuntime(options: { forceInstall: boolean }): void;
  /** What surfaces its room has. */
  installSEM(room: new () => object): void;
}
export interface EmulatorWindow {
  IWER: {
    XRDevice: new (profile: unknown, options: object) => EmulatedDevice;
    metaQuest3: unknown;
  };
  xrDevice: EmulatedDevice;
}

/** The emulator's own script, put into a page before everything else. */
export const EMULATOR = path.resolve(import.meta.dirname, '../../../node_modules/iwer/build/iwer.min.js');

/** Before the page is opened. Hands wait behind the head, out of the picture. */
export async function emulateHeadset(page: Page, ipd: number): Promise<void> {
  await page.addInitScript({ path: EMULATOR });
  await page.addInitScript((distance) => {
    const emulator = window as unknown as EmulatorWindow;
    const device = new emulator.IWER.XRDevice(emulator.IWER.metaQuest3, {
      stereoEnabled: true,
      ipd: distance,
      fovy: Math.PI / 2,
    });
    device.installRuntime({ forceInstall: true });
    device.position.set(0, 1.6, 0);
    for (const side of ['left', 'right'] as const) device.controllers[side].position.set(0, 1, 2);
    emulator.xrDevice = device;
  }, ipd);
}
