/** The start page while an archive of 300 studies is read: cards as they come, and nothing that moves under a finger. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { largeArchive, studyUid, type LargeArchive } from '../../edge-node/ingest/large-archive.fixture.ts';
import { launchBrowser, noBrowser } from './harness/browser.ts';
import { startTestService, type TestService } from './harness/service.ts';

const STUDIES = 300;
const output = path.resolve(import.meta.dirname, 'output');
const countLine = (page: Page): Promise<string | null> => page.locator('.count').textContent();

describe.skipIf(noBrowser() !== null)('a large archive', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(output, { recursive: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** A page on an archive that gives the studies newer than the held one, and no more. */
  async function held(
    run: (archive: LargeArchive, page: Page, service: TestService) => Promise<void>,
  ): Promise<void> {
    const archive = largeArchive(STUDIES);
    archive.hold((asked) => asked.startsWith(`/studies/${studyUid(STUDIES - 40)}/`));
    await using service = await startTestService(async () => archive.source);
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB' });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(service.service.link);
    await page.waitForFunction(() => document.querySelectorAll('.card').length === 40);
    await run(archive, page, service);
    expect(errors).toEqual([]);
    await context.close();
  }
  const titles = (page: Page): Promise<string[]> => page.locator('.card h2').allTextContents();

  test('cards come newest first; focus, place, and search stay while the others come', async () => {
    await held(async (archive, page) => {
      expect(await countLine(page)).toBe('Reading the archive: 40 of 300 studies · pacs.example');
      expect(await titles(page)).toEqual(Array.from({ length: 40 }, (_, at) => `CT study ${STUDIES - at}`));
      await page.screenshot({ path: path.join(output, 'large-archive-reading.png') });

      const third = page.locator('.card').nth(3);
      await third.locator('.series summary').click();
      await third.locator('.open').focus();
      const box = await third.boundingBox();
      const scrolled = await page.evaluate(() => scrollY);
      archive.release();
      await page.waitForFunction(
        () => document.querySelector('.count')?.textContent === '300 studies · pacs.example',
      );
      expect(await third.boundingBox()).toEqual(box);
      expect(await page.evaluate(() => scrollY)).toBe(scrolled);
      expect(await third.locator('.series').getAttribute('open')).not.toBeNull();
      expect(await third.locator('.open').evaluate((element) => element === document.activeElement)).toBe(
        true,
      );

      // Not all at once into the page; the rest as somebody comes to the end.
      expect(await page.locator('.card').count()).toBe(60);
      for (let before = 60; before < STUDIES; before = await page.locator('.card').count())
        await page.evaluate(async (count) => {
          document.querySelector('#studies')!.lastElementChild!.scrollIntoView();
          while (document.querySelectorAll('.card').length === count)
            await new Promise((resolve) => requestAnimationFrame(resolve));
        }, before);
      expect(await titles(page)).toEqual(
        Array.from({ length: STUDIES }, (_, at) => `CT study ${STUDIES - at}`),
      );
    });
  });

  test('a search goes on while studies come, and does not call a part the archive', async () => {
    await held(async (archive, page) => {
      await page.fill('#search', 'study 199');
      expect(await page.locator('.nothing').textContent()).toContain('still being read');
      expect(await countLine(page)).toContain('0 of 40 known so far match');
      archive.release();
      await page.waitForSelector('.card');
      await page.waitForFunction(() =>
        document.querySelector('.count')?.textContent?.startsWith('1 of 300 studies'),
      );
      expect(await titles(page)).toEqual(['CT study 199']);
      expect(await page.inputValue('#search')).toBe('study 199');
      expect(await page.locator('#search').evaluate((element) => element === document.activeElement)).toBe(
        true,
      );
    });
  });

  test('a failure half way keeps the cards, says so, and can be tried again', async () => {
    await held(async (archive, page) => {
      archive.fail((asked) => (asked.includes('/series') ? 401 : null));
      archive.release();
      const failed = page.locator('.reading-failed');
      await failed.waitFor();
      expect(await failed.textContent()).toContain('Not all of the archive was read');
      expect(await failed.textContent()).toContain('no credentials were given');
      const kept = await page.locator('.card').count();
      expect(kept).toBeGreaterThanOrEqual(40);
      expect(await countLine(page)).toBe(`${kept} studies known, not all · pacs.example`);
      await page.screenshot({ path: path.join(output, 'large-archive-failed.png') });
      archive.fail(null);
      await failed.getByRole('button', { name: 'Try again' }).click();
      await page.waitForFunction(
        () => document.querySelector('.count')?.textContent === '300 studies · pacs.example',
      );
      expect(await failed.count()).toBe(0);
    });
  });

  test('a study that came in stands above the others, and those in sight stay where they are', async () => {
    const archive = largeArchive(12);
    await using service = await startTestService(async () => archive.source);
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(service.service.link);
    await page.waitForFunction(() => document.querySelector('.count')?.textContent?.startsWith('12 studies'));
    const first = page.locator('.card', { hasText: 'CT study 12' });
    await first.evaluate((element) => element.setAttribute('data-mark', ''));
    const box = await first.boundingBox();
    archive.add();
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.waitForFunction(() => document.querySelector('.count')?.textContent?.startsWith('13 studies'));
    expect((await titles(page)).slice(0, 3)).toEqual(['CT study 13', 'CT study 12', 'CT study 11']);
    // Pages are scrolled by whole pixels.
    expect(Math.abs((await first.boundingBox())!.y - box!.y)).toBeLessThan(1);
    expect(await first.getAttribute('data-mark'), 'the card is the same element').toBe('');
    await context.close();
  });
});
