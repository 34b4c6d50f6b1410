/** A card's picture gets sharp once the node has the whole volume: the new one fades in over the old, or replaces it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFolder } from '../../edge-node/ingest/index.ts';
import { writeColumn } from '../fixtures/column.ts';
import { join } from '../acceptance/room-harness.ts';
import { launchBrowser, noBrowser } from './harness/browser.ts';
import { startTestService, type TestService } from './harness/service.ts';

describe.skipIf(noBrowser() !== null)('thumbnail', () => {
  let browser: Browser;
  let node: TestService;

  beforeAll(async () => {
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
  });

  async function openPage(reducedMotion: 'reduce' | 'no-preference'): Promise<Page> {
    node = await startTestService(async (folder) => {
      writeColumn(folder);
      return openFolder(folder);
    });
    const page = await (await browser.newContext({ reducedMotion })).newPage();
    await page.goto(node.service.link);
    await page.locator('.card .thumbnail img').waitFor({ timeout: 60_000 });
    // How many pictures there are after each change, and how many of them are being faded.
    await page.evaluate(() => {
      const frame = document.querySelector('.thumbnail')!;
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      new MutationObserver(() =>
        seen.push(`${frame.children.length}/${frame.getAnimations({ subtree: true }).length}`),
      ).observe(frame, { childList: true });
    });
    return page;
  }

  /** Somebody opens the study elsewhere; then the page is looked at again until its picture is another one. */
  async function sharpen(page: Page): Promise<void> {
    const picture = () =>
      page
        .locator('.thumbnail img')
        .last()
        .evaluate((image: HTMLImageElement) => {
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
          canvas.getContext('2d')!.drawImage(image, 0, 0);
          return canvas.toDataURL();
        });
    const first = await picture();
    const study = (await node.studies())[0]!;
    const link = await node.roomLink(study.studyInstanceUid, study.series[0]!.seriesInstanceUid);
    const viewer = await join(node.service.origin, link.split('token=')[1]!);
    await viewer.next('shown');
    await expect
      .poll(
        async () => {
          await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
          return (await picture()) === first;
        },
        { timeout: 20_000 },
      )
      .toBe(false);
    await viewer.close();
    await page.waitForFunction(() => document.querySelectorAll('.thumbnail img').length === 1);
  }
  const seen = (page: Page): Promise<string[]> =>
    page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);

  test('the sharper one fades in over the first; there is never none', async () => {
    const page = await openPage('no-preference');
    await using _node = node;
    await sharpen(page);
    const steps = await seen(page);
    expect(new Set(steps)).toEqual(new Set(['2/1', '1/0']));
    await page.context().close();
  });

  test('where motion is not wanted it takes its place at once', async () => {
    const page = await openPage('reduce');
    await using _node = node;
    await sharpen(page);
    for (const step of await seen(page)) expect(step).toMatch(/^[12]\/0$/);
    await page.context().close();
  });
});
