/** The start page on the real service and the embedded patient: cards, search, words, opening; three sizes. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../edge-node/ingest/index.ts';
import { startService } from '../../edge-node/room/index.ts';
import type { Service } from '../../edge-node/room/types.ts';
import { launchBrowser, noBrowser } from './harness/browser.ts';

const root = path.resolve(import.meta.dirname, '../..');
const output = path.join(root, 'test/e2e/output');

describe.skipIf(noBrowser() !== null)('start page', () => {
  let home: string;
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'anteroom-start-'));
    mkdirSync(output, { recursive: true });
    const source = await openSource('embedded', { home, embeddedSize: 'small' });
    service = await startService({
      source,
      host: '127.0.0.1',
      port: 0,
      clientDir: path.join(root, 'xr-client/dist'),
      home,
      tls: null,
    });
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await service?.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function openPage(
    link: string,
    width = 1440,
    height = 900,
  ): Promise<{ page: Page; errors: string[] }> {
    const page = await (await browser.newContext({ viewport: { width, height }, locale: 'en-GB' })).newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(link);
    return { page, errors };
  }

  test('a card for each study, with a picture made of its voxels', async () => {
    const { page, errors } = await openPage(service.link);
    await page.waitForSelector('.card');
    const titles = await page.locator('.card h2').allTextContents();
    expect(titles.some((title) => title.startsWith('CT'))).toBe(true);
    const image = page.locator('.card .thumbnail img').first();
    await image.waitFor({ timeout: 60_000 });
    const bright = await image.evaluate(async (element: HTMLImageElement) => {
      await element.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [64, 64];
      const context = canvas.getContext('2d')!;
      context.drawImage(element, 0, 0, 64, 64);
      const { data } = context.getImageData(0, 0, 64, 64);
      return data.filter((value, index) => index % 4 === 0 && value > 90).length;
    });
    expect(bright, 'bright pixels of 4096').toBeGreaterThan(100);
    expect(errors).toEqual([]);
    expect(page.url(), 'the token leaves the address bar').not.toContain('token');
    await page.context().close();
  });

  test('search narrows as one types, and says when nothing matches', async () => {
    const { page } = await openPage(service.link);
    await page.waitForSelector('.card');
    const all = await page.locator('.card').count();
    await page.fill('#search', 'ct');
    expect(await page.locator('.card').count()).toBeLessThanOrEqual(all);
    await page.fill('#search', 'no such study');
    expect(await page.locator('.card').count()).toBe(0);
    expect(await page.locator('.nothing').textContent()).toContain('no such study');
    await page.keyboard.press('Escape');
    expect(await page.locator('.card').count()).toBe(all);
    await page.context().close();
  });

  test('a wrong or missing token shows nothing of a patient, and says what to do', async () => {
    for (const fragment of ['', '#token=wrong']) {
      const { page } = await openPage(`${service.origin}/${fragment}`);
      await page.waitForSelector('.notice');
      expect(await page.locator('.card').count()).toBe(0);
      expect(await page.locator('.notice p').textContent()).toMatch(/link/i);
      expect((await page.content()).toLowerCase()).not.toContain('embedded^');
      await page.context().close();
    }
  });

  test('every control has a name, and Tab reaches them in the order of the page', async () => {
    const { page } = await openPage(service.link);
    await page.waitForSelector('.card');
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, a[href], input, summary')]
        .filter((each) => !(each.getAttribute('aria-label') ?? each.textContent ?? '').trim())
        .map((each) => each.outerHTML),
    );
    expect(nameless).toEqual([]);
    const visited: number[] = [];
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press('Tab');
      visited.push(
        await page.evaluate(() => [...document.querySelectorAll('*')].indexOf(document.activeElement!)),
      );
    }
    expect(visited).toEqual(visited.toSorted((a, b) => a - b));
    await page.context().close();
  });

  test.each([
    [1440, 900],
    [1024, 768],
    [390, 844],
  ])('nothing is cut off at %i x %i', async (width, height) => {
    const { page } = await openPage(service.link, width, height);
    await page.waitForSelector('.card');
    await page.locator('.card .thumbnail img').first().waitFor({ timeout: 60_000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button')]
        .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 40)
        .map((each) => each.textContent),
    );
    expect(small, 'buttons lower than 40 px').toEqual([]);
    await page.screenshot({ path: path.join(output, `start-${width}x${height}.png`) });
    await page.context().close();
  });

  test('Open makes a room, shows how far it is, and goes over to the picture', async () => {
    const { page, errors } = await openPage(service.link);
    await page.locator('.card', { hasText: 'CT chest' }).locator('.open').click();
    await page.waitForSelector('.viewer .toolbar', { timeout: 60_000 });
    await page.waitForFunction(() => document.querySelector('.curtain')?.hasAttribute('hidden'), null, {
      timeout: 60_000,
    });
    expect(await page.locator('.top-left h1').textContent()).toMatch(/^CT/);
    await page.screenshot({ path: path.join(output, 'viewer-1440x900.png') });
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
