/** The way to a picture when something goes wrong on it: the link, the invitation, the archive in the middle of a load. */
import type { Browser, Page, WebSocket } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SourceError, type Source } from '../../edge-node/ingest/types.ts';
import { openSmallPatient } from '../acceptance/room-harness.ts';
import { launchBrowser, noBrowser } from './harness/browser.ts';
import { openCuttableLink } from './harness/cuttable-link.ts';
import { startTestService, type TestService } from './harness/service.ts';

const absent = noBrowser();
if (absent) console.log(`Skipped: trouble on the way to a picture (${absent}).`);

/** What befalls a load once some slices came. */
type Fate = 'none' | 'fails' | 'waits';

describe.skipIf(absent !== null)('trouble on the way to a picture', () => {
  let browser: Browser;
  let rig: TestService;
  let fate: Fate = 'none';

  beforeAll(async () => {
    rig = await startTestService(async () => {
      const patient = await openSmallPatient();
      const source: Source = {
        label: patient.label,
        list: (options) => patient.list(options),
        headers: (...asked) => patient.headers(...asked),
        async *retrieve(study, series, options) {
          let come = 0;
          for await (const object of patient.retrieve(study, series, options)) {
            // Thumbnails ask for a few: they come.
            if (++come > 20 && fate === 'fails')
              throw new SourceError(
                'unreachable',
                'The archive at pacs.example ended the transfer. Try again.',
              );
            if (come > 20 && fate === 'waits')
              await new Promise((_, reject) => {
                const stop = (): void => reject(options!.signal!.reason as Error);
                if (options?.signal?.aborted) stop();
                else options?.signal?.addEventListener('abort', stop, { once: true });
              });
            yield object;
          }
        },
        [Symbol.asyncDispose]: () => patient[Symbol.asyncDispose](),
      };
      return source;
    });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rig?.close();
  });

  async function openPage(address: string): Promise<Page> {
    const page = await (
      await browser.newContext({ viewport: { width: 1024, height: 768 }, locale: 'en-GB' })
    ).newPage();
    await page.goto(address);
    return page;
  }
  const chest = (page: Page) => page.getByRole('article', { name: /^CT chest/ });

  test('a wrong link is called wrong, not missing, and nobody is told to try it again', async () => {
    const page = await openPage(`${rig.service.origin}/#token=${'A'.repeat(43)}`);
    await page.getByRole('heading', { name: 'This link opens nothing here.' }).waitFor();
    await page.getByText(/Open the whole link again, or ask whoever invited you/).waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
    await page.context().close();
  });

  test('an archive that ends the transfer in the middle is said on the card, which can be opened again', async () => {
    const page = await openPage(rig.service.link);
    const open = chest(page).getByRole('button', { name: 'Open', exact: true });
    fate = 'fails';
    await open.click();
    await chest(page)
      .getByRole('alert')
      .filter({ hasText: 'The archive at pacs.example ended the transfer. Try again.' })
      .waitFor();
    expect(await chest(page).getByRole('progressbar').count()).toBe(0);

    fate = 'waits';
    await open.click();
    await chest(page)
      .getByText(/Coming in · \d+ of \d+ slices/)
      .waitFor();
    expect(await chest(page).getByRole('alert').count()).toBe(0);
    await chest(page).getByRole('button', { name: 'Cancel' }).click();
    await chest(page).getByRole('progressbar').waitFor({ state: 'detached' });
    expect(await chest(page).getByRole('alert').count(), 'who stops it is not told that it failed').toBe(0);
    expect(await open.isEnabled()).toBe(true);
    await page.context().close();
  });

  test('a press on Open shows at once and can be taken back before the node has answered', async () => {
    const page = await openPage(rig.service.link);
    const open = chest(page).getByRole('button', { name: 'Open', exact: true });
    await open.waitFor();
    let answer: (() => void) | null = null;
    await page.route('**/api/rooms', async (route) => {
      await new Promise<void>((resolve) => (answer = resolve));
      await route.continue();
    });
    await open.click();
    await chest(page).getByText('Asking what the series holds').waitFor();
    await expect.poll(() => answer).not.toBeNull();
    await chest(page).getByRole('button', { name: 'Cancel' }).click();
    expect(await chest(page).getByRole('progressbar').count()).toBe(0);
    const answered = page.waitForResponse('**/api/rooms');
    answer!();
    await answered;
    // What comes now was taken back: the studies stay, and can be opened.
    await page.unroute('**/api/rooms');
    expect(await page.locator('.viewer').count()).toBe(0);
    expect(await chest(page).getByRole('progressbar').count()).toBe(0);
    fate = 'waits';
    await open.click();
    await chest(page)
      .getByText(/Coming in/)
      .waitFor();
    await chest(page).getByRole('button', { name: 'Cancel' }).click();
    await chest(page).getByRole('progressbar').waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('of two studies that were asked for, the later one is shown, and stays', async () => {
    const page = await openPage(rig.service.link.replace('/#', '/?probe#'));
    const other = page.getByRole('article', { name: /^MR/ });
    const sockets: WebSocket[] = [];
    page.on('websocket', (socket) => sockets.push(socket));
    fate = 'waits';
    await chest(page).getByRole('button', { name: 'Open', exact: true }).click();
    await chest(page)
      .getByText(/Coming in/)
      .waitFor();
    fate = 'none';
    await other.getByRole('button', { name: 'Open', exact: true }).click();
    // The former is given up with the press: it cannot take the other's place when it comes.
    await expect.poll(() => sockets.map((socket) => socket.isClosed())).toEqual([true, false]);
    await page.getByRole('navigation', { name: 'Tools' }).waitFor();
    expect(await page.getByRole('banner').getByRole('heading').textContent()).toMatch(/^MR/);
    await page.context().close();
  });

  test('a guest whose loading was stopped may try again, and comes to the picture', async () => {
    fate = 'waits';
    const study = (await rig.studies()).find(({ series }) => series[0]?.modality === 'CT')!;
    const page = await openPage(
      await rig.roomLink(study.studyInstanceUid, study.series[0]!.seriesInstanceUid, '?probe'),
    );
    await page.getByRole('heading', { name: 'Loading the study' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText(/stopped the loading/).waitFor();
    expect(await page.getByText(/stopped the loading/).count(), 'said once').toBe(1);
    expect(await page.getByRole('button', { name: 'Back to studies' }).count(), 'a guest has none').toBe(0);
    fate = 'none';
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForFunction(() => window.__anteroom!.viewer.state().volume !== null);
    await page.getByText(/stopped the loading/).waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('a page whose parts are long on the way, or lost, is no empty page', async () => {
    const study = (await rig.studies()).find(({ series }) => series[0]?.modality === 'CT')!;
    const address = await rig.roomLink(study.studyInstanceUid, study.series[0]!.seriesInstanceUid, '?probe');
    const page = await openPage('about:blank');
    let let_: (() => void) | null = null;
    await page.route(/viewer\.rim/, async (route) => {
      await new Promise<void>((resolve) => (let_ = resolve));
      await route.abort();
    });
    await page.goto(address);
    await page.getByText('Opening…').waitFor();
    await expect.poll(() => let_).not.toBeNull();
    let_!();
    await page.getByRole('heading', { name: 'This page did not come to its end.' }).waitFor();
    await page.unroute(/viewer\.rim/);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('navigation', { name: 'Tools' }).waitFor();
    await page.context().close();
  });

  test('an invitation says what the link shows and for how long, and one that cannot be made says so', async () => {
    await using link = await openCuttableLink(rig.service.origin);
    const page = await openPage(rig.service.link.replace(rig.service.origin, link.origin));
    const invite = chest(page).getByRole('button', { name: 'Invite' });
    await invite.click();
    const dialog = page.getByRole('dialog', { name: 'Invite somebody into this room' });
    await dialog.waitFor();
    expect(await dialog.textContent()).toMatch(/with its patient’s name.*may change.*24 hours/);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await invite.evaluate((button) => button === document.activeElement), 'focus comes back').toBe(
      true,
    );

    link.cut();
    await invite.click();
    const said = chest(page)
      .getByRole('alert')
      .filter({ hasText: /^No link was made\. The service does not answer/ });
    await said.waitFor();
    expect(await said.textContent()).toMatch(/then press again\.$/);
    await page.context().close();
  });
});
