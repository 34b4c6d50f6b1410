/** The start page on an archive that keeps studies to itself: that there may be more stands above the cards, and stays. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { largeArchive } from '../../edge-node/ingest/large-archive.fixture.ts';
import { launchBrowser, noBrowser } from './harness/browser.ts';
import { startTestService } from './harness/service.ts';

const output = path.resolve(import.meta.dirname, 'output');
/** Forty of the newest day, of which it gives thirty, and ten of a day before. */
const dateOf = (study: number): string => (study > 10 ? '20260101' : '20251224');
const OF_THE_DAY = 'gave 30 studies of 2026-01-01, and says itself that these are not all.';

describe.skipIf(noBrowser() !== null)('an archive that gives less than it has', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(output, { recursive: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test('says so above the cards and beside their count, and again after a search', async () => {
    const archive = largeArchive(50, { limit: 30, warns: true, dateOf });
    await using service = await startTestService(async () => archive.source);
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB' });
    const page: Page = await context.newPage();
    await page.goto(service.service.link);
    const lines = page.locator('.perhaps-more');
    const said = async (count: string): Promise<string> => {
      await page.waitForFunction((text) => document.querySelector('.count')?.textContent === text, count);
      return (await lines.allTextContents()).join('\n');
    };
    const ALL = '40 studies known, perhaps not all · pacs.example';
    expect(await said(ALL)).toContain(OF_THE_DAY);
    await page.screenshot({ path: path.join(output, 'perhaps-more.png') });
    // A search that its limit does not touch says nothing of the kind, and what is said of the listing comes back.
    await page.fill('#search', 'number 50');
    await page.press('#search', 'Enter');
    expect(await said('1 study in the archive for “number 50” · pacs.example')).toBe('');
    await page.press('#search', 'Escape');
    expect(await said(ALL)).toContain(OF_THE_DAY);
    await context.close();
  });
});
