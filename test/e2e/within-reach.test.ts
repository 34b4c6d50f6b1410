/** What a person must reach at a desk, on a phone, on a zoomed page and by keys alone, in real Chromium. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from './harness/browser.ts';
import { noPictures, openChestRoom, type ChestRoom } from './harness/chest-room.ts';
import { displayFrames, emulateTablet, newPicture, readScreen } from './harness/headset.ts';
import { openDesk, scaleOf, sceneOf, stateOf, waitForState } from './harness/room-page.ts';
import { isAnatomy, shareOf, type Part } from './harness/screen.ts';

const absent = noPictures();
if (absent) console.log(`Skipped: what is within reach (${absent}).`);

const DESK: BrowserContextOptions = { viewport: { width: 800, height: 600 }, locale: 'en-GB' };
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  locale: 'en-GB',
};

describe.skipIf(absent !== null)('within reach', () => {
  let browser: Browser;
  let room: ChestRoom;
  beforeAll(async () => {
    room = await openChestRoom();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await room?.rig.close();
  });

  /** Tools that are not wholly on the screen. */
  const outOfSight = (page: Page): Promise<string[]> =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('.toolbar .tool')]
        .filter((tool) => {
          const { left, right, top, bottom } = tool.getBoundingClientRect();
          return left < 0 || right > innerWidth || top < 0 || bottom > innerHeight;
        })
        .map((tool) => tool.textContent ?? ''),
    );

  test('on a phone the whole of the anatomy, every tool, and the way into AR are in sight', async () => {
    const page = await (await browser.newContext(PHONE)).newPage();
    await emulateTablet(page, 0.7);
    await page.goto(room.address);
    await waitForState(page, ({ volume, age }) => volume !== null && age.kind !== 'none');
    await page.getByRole('button', { name: 'Enter AR' }).waitFor();
    expect(await outOfSight(page)).toEqual([]);
    expect(await page.getByRole('button', { name: 'VR', exact: true }).count()).toBe(0);
    await newPicture(page);
    const screen = await readScreen(page);
    const strip = (x: Part['x']): number => shareOf(screen, isAnatomy, { x, y: [0, 1] });
    expect(strip([0.4, 0.6])).toBeGreaterThan(0.1);
    expect(Math.max(strip([0, 0.04]), strip([0.96, 1])), 'nothing is cut at the sides').toBeLessThan(0.01);
    // Turned on its side it shows all of it too; where somebody has looked from stays.
    await page.setViewportSize({ width: 844, height: 390 });
    const distance = (): Promise<number> => page.evaluate(() => window.__anteroom!.desk.view().distanceM);
    await expect.poll(distance).toBeCloseTo(1.15, 5);
    await page.evaluate(() => {
      const { desk } = window.__anteroom!;
      desk.setView({ ...desk.view(), yawRad: 1 });
    });
    await page.setViewportSize({ width: 390, height: 844 });
    await displayFrames(page, 2);
    expect(await distance()).toBeCloseTo(1.15, 5);
    await page.getByRole('button', { name: 'Centre' }).tap();
    await expect.poll(distance).toBeGreaterThan(2);
    await page.context().close();
  });

  test('on a page zoomed to 200 % the panel leaves what must always be seen', async () => {
    const page = await openDesk(browser, room.address, { viewport: { width: 640, height: 400 } });
    await page.keyboard.press('l');
    await page.getByRole('complementary', { name: 'Settings' }).waitFor();
    await displayFrames(page, 2);
    expect(await outOfSight(page)).toEqual([]);
    const lost = await page.evaluate(() => {
      const panels = [...document.querySelectorAll('.overlay:not(.curtain)')].filter(
        (one) => one.checkVisibility() && one.getBoundingClientRect().height > 0,
      );
      return [...document.querySelectorAll('.edge-letter, .scale-bar, .not-diagnosis')]
        .filter((element) => {
          const a = element.getBoundingClientRect();
          const away = a.left < 0 || a.top < 0 || a.right > innerWidth || a.bottom > innerHeight;
          return (
            away ||
            panels.some((panel) => {
              const b = panel.getBoundingClientRect();
              return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
            })
          );
        })
        .map((element) => element.className);
    });
    // The letters in their order, whatever they had to make room for.
    const [top, bottom] = await page.evaluate(() =>
      ['top', 'bottom'].map(
        (edge) => document.querySelector(`.edge-letter.${edge}`)!.getBoundingClientRect().top,
      ),
    );
    expect(bottom!).toBeGreaterThan(top! + 28);
    expect(lost).toEqual([]);
    await page.context().close();
  });

  test('by keys alone: every tool has a letter, size has its signs, Esc leaves one thing at a time', async () => {
    const page = await openDesk(browser, room.address, DESK);
    const tool = async (): Promise<string> => (await stateOf(page)).tool;
    for (const [key, name] of [
      ['m', 'pan'],
      ['w', 'window'],
      ['t', 'orbit'],
    ] as const) {
      await page.keyboard.press(key);
      expect(await tool()).toBe(name);
    }
    const scale = await scaleOf(page);
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    expect((await scaleOf(page)) / scale).toBeCloseTo(1.21, 5);
    await page.keyboard.press('-');
    expect((await scaleOf(page)) / scale).toBeCloseTo(1.1, 5);

    await page.keyboard.press('w');
    await page.keyboard.press('l');
    const look = page.getByRole('button', { name: 'Look', exact: true });
    expect(await look.getAttribute('aria-expanded')).toBe('true');
    const stream = page.getByRole('button', { name: /^Stream:/ });
    await stream.click();
    await page.keyboard.press('Escape');
    expect(await stream.getAttribute('aria-expanded')).toBe('false');
    expect(await look.getAttribute('aria-expanded'), 'one at a time').toBe('true');
    await page.keyboard.press('Escape');
    expect(await look.getAttribute('aria-expanded')).toBe('false');
    expect(await tool()).toBe('window');
    await page.keyboard.press('Escape');
    expect(await tool()).toBe('orbit');
    await page.context().close();
  });

  test('the keys for the way forward take nothing back', async () => {
    const page = await openDesk(browser, room.address, DESK);
    await page.keyboard.press('c');
    await waitForState(page, ({ scene, canUndo }) => scene!.clip !== null && canUndo);
    const { version } = await sceneOf(page);
    await page.keyboard.press('Control+Shift+z');
    await displayFrames(page, 3);
    expect((await sceneOf(page)).version).toBe(version);
    await page.keyboard.press('Control+z');
    await waitForState(page, ({ scene }) => scene!.clip === null);
    await page.context().close();
  });

  test('where there is no VR the page says so, and how to come to it', async () => {
    const page = await openDesk(browser, room.address, DESK);
    await page.getByRole('button', { name: 'VR', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'VR' });
    expect(await dialog.textContent()).toMatch(/no VR\. Look around with the mouse.*in a headset/);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('who is here to look sees nothing to set, and nothing that tells whose it is', async () => {
    const { service } = room.rig;
    const answer = await fetch(`${service.origin}/api/rooms`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.hostToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ studyInstanceUid: room.study.studyInstanceUid, role: 'patient' }),
    });
    const { token } = (await answer.json()) as { token: string };
    // Wide enough for the panel to stand open by itself.
    const page = await openDesk(browser, `${service.origin}/?probe#token=${token}`, {
      viewport: { width: 1280, height: 600 },
      locale: 'en-GB',
    });
    const banner = page.getByRole('banner');
    expect(await banner.getByRole('heading').textContent()).not.toBe('');
    expect(await banner.textContent()).not.toMatch(/no date|no name|embedded|\d{4}/i);
    const settings = page.getByRole('complementary', { name: 'Settings', includeHidden: true });
    expect(await settings.isHidden()).toBe(true);
    await page.keyboard.press('l');
    expect(await settings.isHidden()).toBe(true);
    await page.keyboard.press('w');
    expect((await stateOf(page)).tool).toBe('orbit');
    await page.context().close();
  });

  test('a slider says what it stands at in words, not in thousandths', async () => {
    const page = await openDesk(browser, room.address, { viewport: { width: 1280, height: 600 } });
    await page.keyboard.press('c');
    const depth = page.getByRole('slider', { name: 'Depth of the clip plane' });
    await depth.waitFor();
    await expect.poll(() => depth.getAttribute('aria-valuetext')).toMatch(/^-?\d+\smm from the middle$/);
    await page.keyboard.press('c');
    await waitForState(page, ({ scene }) => scene!.clip === null);
    await page.context().close();
  });

  test("the browser's own way back leads from a room to the studies, after a reload too", async () => {
    const page = await (await browser.newContext(DESK)).newPage();
    await page.goto(`${room.rig.service.link.replace('/#', '/?probe#')}`);
    const open = page
      .getByRole('article', { name: /^CT chest/ })
      .getByRole('button', { name: 'Open', exact: true });
    for (const how of ['back', 'button', 'reload'] as const) {
      await open.click();
      await page.getByRole('navigation', { name: 'Tools' }).waitFor();
      if (how === 'reload') await page.reload();
      await page.getByRole('navigation', { name: 'Tools' }).waitFor();
      if (how === 'button') await page.getByRole('button', { name: 'Back to studies' }).first().click();
      else await page.goBack();
      await open.waitFor();
      expect(await page.locator('.viewer').count()).toBe(0);
    }
    await page.context().close();
  });
});
