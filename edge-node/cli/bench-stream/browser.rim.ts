/** Headless Chromium for the bench and the e2e tests. playwright-core is a development dependency: loaded when asked. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

export const CHROMIUM = process.env['ANTEROOM_CHROMIUM'] ?? '/usr/bin/chromium';

/** Why no browser test can run here, or null. Use with `describe.skipIf(noBrowser() !== null)`. */
export function noBrowser(): string | null {
  if (!existsSync(CHROMIUM)) return `no Chromium at ${CHROMIUM} (apt-get install chromium)`;
  return null;
}

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-dev-shm-usage',
  '--autoplay-policy=no-user-gesture-required',
  // Pages of a test are looked at by nobody: they must run at full speed all the same.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/**
 * Starts Chromium with a new profile in a temporary folder (playwright makes and removes it). `close()` ends that
 * process alone.
 */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...FLAGS, ...flags] });
}
