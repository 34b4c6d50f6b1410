/** The start page on an archive of 20,000 studies: the newest, at once, and nothing that moves under a finger. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { largeArchive, studyUid, type LargeArchive } from '../../edge-node/ingest/large-archive.fixture.ts';
import { launchBrowser, noBrowser } from './harness/browser.ts';
import { startTestService, type TestService } from './harness/service.ts';

const STUDIES = 20_000;
const output = path.resolve(import.meta.dirname, 'output');
const countLine = (page: Page): Promise<string | null> => page.locator('.count').textContent();
const countIs = (page: Page, words: string): Promise<unknown> =>
  page.waitForFunction((text) => document.querySelector('.count')?.textContent === text, words);
const titles = (page: Page): Promise<string[]> => page.locator('.card h2').allTextContents();
/** Titles of the newest `count` studies. */
const newest = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `CT study ${STUDIES - at}`);
const unread = (page: Page): Promise<number> => page.locator('.card[aria-busy]').count();
const RESTS = 'The newest 50 studies · there are more · pacs.example';

describe.skipIf(noBrowser() !== null)('a large archive', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(output, { recursive: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function openPage(service: TestService): Promise<{ page: Page; errors: string[] }> {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB' });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(service.service.link);
    return { page, errors };
  }

  /** A page on an archive that gives the series of 40 studies, and no more. */
  async function held(
    run: (archive: LargeArchive, page: Page, service: TestService) => Promise<void>,
  ): Promise<void> {
    const archive = largeArchive(STUDIES);
    archive.hold((asked) => asked.startsWith(`/studies/${studyUid(STUDIES - 40)}/`));
    await using service = await startTestService(async () => archive.source);
    const { page, errors } = await openPage(service);
    await page.waitForFunction(() => document.querySelectorAll('.card[aria-busy]').length === 10);
    await run(archive, page, service);
    expect(errors).toEqual([]);
    await page.context().close();
  }

  test('the newest are there before one of them is read, and can be opened', async () => {
    const archive = largeArchive(STUDIES);
    archive.hold(() => archive.asked.length > 3);
    await using service = await startTestService(async () => archive.source);
    const { page, errors } = await openPage(service);
    await page.waitForSelector('.card');
    const first = await titles(page);
    expect(first).toEqual(newest(first.length));
    expect(archive.bytes()).toBeLessThan(20_000);
    archive.hold((asked) => asked.startsWith('/studies/'));
    await page.waitForFunction(() => document.querySelectorAll('.card').length === 50);
    expect(await titles(page)).toEqual(newest(50));
    expect(archive.bytes()).toBeLessThan(50_000);
    expect(await unread(page)).toBe(50);
    expect(await page.locator('.card .open').count()).toBe(50);
    await page.screenshot({ path: path.join(output, 'large-archive-named.png') });
    archive.release();
    await countIs(page, RESTS);
    expect(await unread(page)).toBe(0);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('focus, place and what is open stay while series are read; more studies come when asked for', async () => {
    await held(async (archive, page) => {
      expect(await countLine(page)).toBe('Reading the archive: 40 of 50 studies · pacs.example');
      expect(await titles(page)).toEqual(newest(50));
      await page.screenshot({ path: path.join(output, 'large-archive-reading.png') });

      const third = page.locator('.card').nth(3);
      await third.locator('.series summary').click();
      const waiting = page.locator('.card').nth(45);
      await waiting.locator('.open').focus();
      const box = await waiting.boundingBox();
      const scrolled = await page.evaluate(() => scrollY);
      archive.release();
      await countIs(page, RESTS);
      // The card that was focused is read by now, and is the same one, where it was.
      expect(await unread(page)).toBe(0);
      expect(Math.abs((await waiting.boundingBox())!.y - box!.y)).toBeLessThan(1);
      expect(Math.abs((await page.evaluate(() => scrollY)) - scrolled)).toBeLessThan(1);
      expect(await waiting.locator('.open').evaluate((element) => element === document.activeElement)).toBe(
        true,
      );
      expect(await third.locator('.series').getAttribute('open')).not.toBeNull();

      // Nothing more is asked of the archive till somebody wants it.
      const asked = archive.asked.length;
      await page.locator('.card').nth(49).scrollIntoViewIfNeeded();
      await archive.quiet();
      const studiesAsked = archive.asked.slice(asked).filter((one) => !one.includes('/instances'));
      expect(studiesAsked.filter((one) => !one.includes('accept'))).toEqual([]);
      await page.screenshot({ path: path.join(output, 'large-archive-more.png') });
      await page.getByRole('button', { name: 'More studies' }).click();
      await countIs(page, 'The newest 100 studies · there are more · pacs.example');
      expect(await titles(page)).toEqual(newest(100));
    });
  });

  test('a search goes on while studies come, and does not call a part the archive', async () => {
    await held(async (archive, page) => {
      await page.fill('#search', 'study 123');
      expect(await page.locator('.nothing').textContent()).toContain('still being read');
      expect(await countLine(page)).toContain('0 of 50 known so far match');
      await page.fill('#search', 'study 19995');
      expect(await titles(page)).toEqual(['CT study 19995']);
      archive.release();
      await countIs(page, '1 of 50 known so far match · there are more · pacs.example');
      expect(await page.inputValue('#search')).toBe('study 19995');
      expect(await page.locator('#search').evaluate((element) => element === document.activeElement)).toBe(
        true,
      );
      await page.fill('#search', 'study 123');
      expect(await page.locator('.nothing').textContent()).toContain('The archive holds more');
    });
  });

  test('the whole archive is searched by name, ID or date, and the way back leads to what was there', async () => {
    const archive = largeArchive(STUDIES);
    await using service = await startTestService(async () => archive.source);
    const { page, errors } = await openPage(service);
    await countIs(page, RESTS);
    const wide = page.locator('.search-archive');
    expect(await wide.isVisible()).toBe(false);
    await page.fill('#search', 'p12345');
    expect(await titles(page)).toEqual([]);
    await page.screenshot({ path: path.join(output, 'large-archive-search.png') });
    // On a telephone too, however long the words.
    await page.setViewportSize({ width: 390, height: 844 });
    await page.fill('#search', 'somebody whose names are very long indeed, and who has several of them');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect((await wide.locator('button').boundingBox())!.height).toBeGreaterThanOrEqual(40);
    await page.screenshot({ path: path.join(output, 'large-archive-search-390x844.png') });
    await page.setViewportSize({ width: 1200, height: 800 });
    await page.fill('#search', 'p12345');
    await wide.getByRole('button', { name: 'Search the whole archive for “p12345”' }).click();
    await countIs(page, '1 study in the archive for “p12345” · pacs.example');
    expect(await titles(page)).toEqual(['CT study 12345']);
    expect(await page.locator('.who').textContent()).toContain('P12345');
    await page.screenshot({ path: path.join(output, 'large-archive-found.png') });

    // By date, with the keyboard.
    await page.fill('#search', '2050-05');
    await countIs(page, '0 of 50 known so far match · there are more · pacs.example');
    await page.focus('#search');
    await page.keyboard.press('Enter');
    await countIs(page, '31 studies in the archive for “2050-05” · pacs.example');

    await page.fill('#search', 'nobody of that name');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() =>
      document.querySelector('.nothing')?.textContent?.startsWith('The archive holds no study for'),
    );
    await page.getByRole('button', { name: 'Back to all studies' }).click();
    await countIs(page, RESTS);
    expect(await titles(page)).toEqual(newest(50));
    expect(await page.inputValue('#search')).toBe('');
    // Words that are a patient's stand in no address.
    expect(page.url()).not.toContain('12345');
    expect(errors).toEqual([]);
    await page.context().close();
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
      expect(await unread(page)).toBe(0);
      expect(await countLine(page)).toBe(`${kept} studies known, not all · pacs.example`);
      await page.screenshot({ path: path.join(output, 'large-archive-failed.png') });
      archive.fail(null);
      await failed.getByRole('button', { name: 'Try again' }).click();
      await countIs(page, RESTS);
      expect(await failed.count()).toBe(0);
    });
  });

  test('nothing is asked of the archive once the last page is closed', async () => {
    await held(async (archive, page, service) => {
      const other = await openPage(service);
      await other.page.waitForFunction(() => document.querySelectorAll('.card').length === 50);
      await page.close();
      // The other still listens.
      archive.hold(
        (asked) =>
          asked.startsWith(`/studies/${studyUid(STUDIES - 40)}/`) ||
          asked.startsWith(`/studies/${studyUid(STUDIES - 45)}/`),
      );
      expect(archive.open()).toBeGreaterThan(0);
      await other.page.close();
      await vi.waitFor(() => expect(archive.open()).toBe(0), { timeout: 10_000, interval: 50 });
      const asked = archive.asked.length;
      archive.release();
      await archive.quiet();
      expect([archive.open(), archive.asked.length]).toEqual([0, asked]);

      const back = await openPage(service);
      await countIs(back.page, RESTS);
      expect(await titles(back.page)).toEqual(newest(50));
      await back.page.context().close();
      await other.page.context().close();
    });
  });

  test('a study that came in stands above the others, and those in sight stay where they are', async () => {
    const archive = largeArchive(12);
    await using service = await startTestService(async () => archive.source);
    const { page } = await openPage(service);
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
    await page.context().close();
  });
});
