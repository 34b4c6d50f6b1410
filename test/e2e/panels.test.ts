/** The panels at a desk, by mouse, keyboard, touch and reader, in real Chromium on the real service. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FromNode } from '../../shared/protocol/messages.ts';
import { presetByName } from '../../shared/scene/index.ts';
import { join, type Viewer } from '../acceptance/room-harness.ts';
import { launchBrowser } from './harness/browser.ts';
import { noPictures, openChestRoom, type ChestRoom } from './harness/chest-room.ts';
import { displayFrames, newPicture, readScreen } from './harness/headset.ts';
import { openDesk, sceneOf, stateOf, waitForState } from './harness/room-page.ts';
import { isAnatomy, shareOf } from './harness/screen.ts';

const absent = noPictures();
if (absent) console.log(`Skipped: panels at a desk (${absent}).`);

/** Wide enough that the panel is open from the start. */
const DESK = { viewport: { width: 1200, height: 640 }, locale: 'en-GB' } as const;
const BONE = presetByName('ct-bone')!.window;

describe.skipIf(absent !== null)('panels at a desk', () => {
  let browser: Browser;
  let room: ChestRoom;
  let page: Page;
  /** Somebody else in the room, without a picture. */
  let dan: Viewer;
  let edits = 0;

  beforeAll(async () => {
    room = await openChestRoom();
    browser = await launchBrowser();
    page = await openDesk(browser, room.address, DESK);
    dan = await join(room.rig.service.origin, room.token, 'Dan');
    await dan.next('shown');
  });
  afterAll(async () => {
    await dan?.close();
    await browser?.close();
    await room?.rig.close();
  });

  const danEdits = (op: object, base: number): void => dan.send({ kind: 'op', id: ++edits, base, op });

  /** As bone, whole: each test begins with the same. */
  beforeEach(async () => {
    const { version } = await sceneOf(page);
    danEdits({ kind: 'set-look', look: { preset: 'ct-bone', window: null } }, version);
    danEdits({ kind: 'set-clip', clip: null }, version);
    await waitForState(page, ({ scene }) => scene!.version === version + 2);
  });

  const anatomy = async (): Promise<number> => {
    await newPicture(page);
    return shareOf(await readScreen(page), isAnatomy);
  };
  const windowSlider = () => page.getByRole('slider', { name: /^Window/ });
  const centreShown = async (): Promise<number> =>
    Number(/^Centre (-?\d+)/.exec((await windowSlider().getAttribute('aria-valuetext'))!)![1]);

  test('the window by keys: read-out, scene and picture follow', async () => {
    const before = await anatomy();
    const [low, high] = (await stateOf(page)).volume!.valueRange;
    expect(await centreShown()).toBe(BONE.center);
    await windowSlider().focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press('Shift+ArrowRight');
    const centre = BONE.center + 6 * 5 * ((high - low) / 100);
    await waitForState(page, ({ scene }) => Math.abs((scene!.look.window?.center ?? 0) - centre) < 1e-6);
    expect(await centreShown()).toBe(Math.round(centre));
    expect(await page.getByText(/^Centre /).textContent()).toContain(`${Math.round(centre)}\u202fHU`);
    expect(await anatomy(), 'denser than bone: little is left').toBeLessThan(0.6 * before);
  });

  test('the window by a drag is one step, and one press of Undo takes the whole of it back', async () => {
    const box = (await page.locator('canvas.histogram').boundingBox())!;
    const [low, high] = (await stateOf(page)).volume!.valueRange;
    const [x, y] = [box.x + ((BONE.center - low) / (high - low)) * box.width, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let step = 1; step <= 8; step++) await page.mouse.move(x + 10 * step, y);
    await page.mouse.up();
    const centre = BONE.center + (80 / box.width) * (high - low);
    await waitForState(page, ({ scene }) => Math.abs((scene!.look.window?.center ?? 0) - centre) < 1);
    expect(Math.abs((await centreShown()) - centre)).toBeLessThanOrEqual(1);
    const { version } = await sceneOf(page);
    await page.getByRole('button', { name: 'Undo' }).click();
    await waitForState(page, ({ scene }) => scene!.version === version + 1);
    expect((await sceneOf(page)).look).toEqual({ preset: 'ct-bone', window: null });
    expect(await centreShown()).toBe(BONE.center);
  });

  test('the clip plane by its slider: millimetres in words, one step back', async () => {
    await page.getByRole('button', { name: 'Clip plane' }).click();
    await page.getByRole('button', { name: 'Axial' }).click();
    const slider = page.getByRole('slider', { name: 'Depth of the clip plane' });
    await slider.scrollIntoViewIfNeeded();
    const box = (await slider.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    for (let step = 1; step <= 6; step++)
      await page.mouse.move(box.x + box.width * (0.5 + 0.05 * step), box.y + box.height / 2);
    await page.mouse.up();
    const words = await page.getByText(/mm from the middle$/).textContent();
    const { clip } = await sceneOf(page);
    const { volume } = await stateOf(page);
    const middle = volume!.lpsFromIndex[14]! + (volume!.lpsFromIndex[10]! * (volume!.dims[2] - 1)) / 2;
    // The normal points to the feet: forward along it is down.
    expect(Number.parseInt(words!)).toBe(Math.round(middle - clip!.pointLpsMm[2]));
    expect(Number.parseInt(words!)).toBeGreaterThan(10);
    const { version } = await sceneOf(page);
    await page.keyboard.press('Control+z');
    await waitForState(page, ({ scene }) => scene!.version === version + 1);
    expect(await page.getByText(/mm from the middle$/).textContent()).toMatch(/^-?0\s/);
  });

  test('looks by keyboard, and back with Ctrl+Z', async () => {
    const bone = await anatomy();
    await page.getByRole('button', { name: 'Skin' }).focus();
    await page.keyboard.press('Enter');
    await waitForState(page, ({ scene }) => scene!.look.preset === 'ct-skin');
    expect(await page.getByRole('button', { name: 'Skin', pressed: true }).count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Bone', pressed: true }).count()).toBe(0);
    expect(await anatomy()).toBeGreaterThan(1.2 * bone);
    await page.keyboard.press('Control+z');
    await waitForState(page, ({ scene }) => scene!.look.preset === 'ct-bone');
    expect(await page.getByRole('button', { name: 'Bone', pressed: true }).count()).toBe(1);
  });

  test("another's edit takes nobody's place in the list of series", async () => {
    const other = await (await browser.newContext(DESK)).newPage();
    // The embedded chest has one series; this page is told of two.
    await other.routeWebSocket(/ws\/room$/, (socket) => {
      const node = socket.connectToServer();
      node.onMessage((text) => {
        const message = JSON.parse(String(text)) as FromNode;
        if (message.kind !== 'welcome') return socket.send(text);
        const [series] = message.study.series;
        const twice = [series, { ...series, seriesInstanceUid: '1.2.3', description: 'Another' }];
        socket.send(JSON.stringify({ ...message, study: { ...message.study, series: twice } }));
      });
    });
    await other.goto(room.address);
    const list = other.getByRole('region', { name: 'Series' }).getByRole('button');
    await list.nth(1).focus();
    const { version } = await sceneOf(page);
    danEdits({ kind: 'set-look', look: { preset: 'ct-lung', window: null } }, version);
    await waitForState(other, ({ scene }) => scene!.look.preset === 'ct-lung');
    expect(await list.nth(1).evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await list.evaluateAll((all) => all.map((one) => one.getAttribute('aria-pressed')))).toEqual([
      'true',
      'false',
    ]);
    await other.context().close();
  });

  test('the help has the keyboard to itself, and Esc leaves it', async () => {
    await page.locator('canvas.picture').focus();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys and gestures' });
    await help.waitFor();
    expect(await help.getByRole('term').count()).toBeGreaterThan(5);
    const { version } = await sceneOf(page);
    const panel = page.getByRole('complementary', { name: 'Settings', includeHidden: true });
    for (const key of ['?', 'c', 'l']) await page.keyboard.press(key);
    expect(await page.locator('dialog').count()).toBe(1);
    expect(await panel.evaluate((element) => (element as HTMLElement).hidden)).toBe(false);
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    expect((await sceneOf(page)).version).toBe(version);
    await page.keyboard.press('c');
    await waitForState(page, ({ scene }) => scene!.clip !== null);
    expect(await page.getByRole('button', { name: 'Clip', exact: true, pressed: true }).count()).toBe(1);
  });

  test('the stream says its latency in numbers when asked', async () => {
    const dot = page.getByRole('button', { name: /^Stream:/ });
    expect(await dot.getAttribute('aria-expanded')).toBe('false');
    await dot.click();
    const read = async (): Promise<Record<string, string>> =>
      page
        .getByRole('complementary', { name: 'Stream' })
        .locator('dl')
        .evaluate((list) => {
          const texts = (tag: string): string[] =>
            [...list.querySelectorAll(tag)].map((node) => node.textContent ?? '');
          const values = texts('dd');
          return Object.fromEntries(texts('dt').map((name, index) => [name, values[index]!]));
        });
    await expect.poll(async () => Object.keys(await read()), { timeout: 30_000 }).toContain('Encoder');
    const rows = await read();
    expect(rows['Pose to picture']).toMatch(/^\d+\sms, 95 %: \d+\sms$/);
    for (const name of ['Pose to sent', 'Rendering', 'Encoding']) expect(rows[name]).toMatch(/^\d+\sms$/);
    expect(rows['Proved']).toMatch(/^[1-9]\d*, refused 0, /);
    expect(rows['Rendered']).toMatch(/^\d+ × \d+, (full|of \d+ × \d+)$/);
    expect(rows['Encoder']).not.toBe('');
    await dot.click();
    expect(await page.locator('.stream-report').isHidden()).toBe(true);
  });

  test('every control has a name in the accessibility tree', async () => {
    await page.getByRole('button', { name: 'Clip plane' }).click();
    const client = await page.context().newCDPSession(page);
    const controls = async (): Promise<readonly (readonly [role: string, name: string])[]> => {
      const { nodes } = await client.send('Accessibility.getFullAXTree');
      const ROLES = ['button', 'slider', 'textbox', 'link', 'dialog', 'DisclosureTriangle', 'Canvas', 'img'];
      return nodes
        .filter((node) => !node.ignored && ROLES.includes(String(node.role?.value)))
        .map((node) => [String(node.role?.value), String(node.name?.value ?? '').trim()] as const);
    };
    const seen = await controls();
    expect(seen.filter(([, name]) => name === '')).toEqual([]);
    const names = seen.map(([, name]) => name);
    for (const name of ['Turn', 'Clip', 'Undo', 'Keys', 'Bone', 'Reset', 'Axial', 'Leave the room'])
      expect(names).toContain(name);
    expect(seen.filter(([role]) => role === 'slider')).toHaveLength(2);
    await page.keyboard.press('?');
    const inHelp = await controls();
    expect(inHelp).toContainEqual(['dialog', 'Keys and gestures']);
    expect(inHelp.filter(([, name]) => name === '')).toEqual([]);
    await page.keyboard.press('Escape');
    await client.detach();
  });

  test('Tab reaches every control, in the order of the page, and shows where it is', async () => {
    await page.getByRole('button', { name: 'Clip plane' }).click();
    await waitForState(page, ({ scene }) => scene!.clip !== null);
    const wanted = await page.evaluate(() => {
      const controls = [
        ...document.querySelectorAll<HTMLElement>(
          '.viewer :is(canvas.picture, button:not(:disabled), input, summary, [role=slider])',
        ),
      ].filter((control) => control.checkVisibility());
      controls.forEach((control, index) => control.setAttribute('data-order', String(index)));
      (document.activeElement as HTMLElement | null)?.blur();
      return controls.length;
    });
    const visited: number[] = [];
    const unmarked: string[] = [];
    // Once round, through the browser's own controls between the last and the first.
    for (let press = 0; press <= wanted; press++) {
      await page.keyboard.press('Tab');
      const [order, ring, html] = await page.evaluate(() => {
        const at = document.activeElement!;
        const { outlineStyle, outlineWidth } = getComputedStyle(at);
        const visible = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1;
        return [Number(at.getAttribute('data-order') ?? -1), visible, at.outerHTML.slice(0, 80)] as const;
      });
      if (order === -1) continue;
      visited.push(order);
      if (!ring) unmarked.push(html);
    }
    const first = visited.indexOf(0);
    expect([...visited.slice(first), ...visited.slice(0, first)]).toEqual(
      Array.from({ length: wanted }, (_, index) => index),
    );
    expect(unmarked).toEqual([]);
  });

  test('no panel covers what must always be seen: letters, scale, age, and what this is not', async () => {
    const covered = (): Promise<string[]> =>
      page.evaluate(() => {
        const seen = (selector: string): HTMLElement[] =>
          [...document.querySelectorAll<HTMLElement>(selector)].filter(
            (element) => element.getBoundingClientRect().width * element.getBoundingClientRect().height > 0,
          );
        const panels = seen('.overlay:not(.curtain)').filter((panel) => panel.checkVisibility());
        const always = seen('.edge-letter, .scale-bar, .not-diagnosis, .age-words');
        // Whose picture it is counts among them.
        const banner = seen('.overlay.top-left');
        return [...always, ...banner].flatMap((element) => {
          const a = element.getBoundingClientRect();
          return [...panels, ...always]
            .filter((other) => {
              const b = other.getBoundingClientRect();
              const meet = a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
              return other !== element && meet;
            })
            .map((other) => `${element.className} and ${other.className}`);
        });
      });
    const settings = page.getByRole('complementary', { name: 'Settings', includeHidden: true });
    const found: Record<string, string[]> = {};
    for (const [width, height] of [
      [1440, 900],
      [1200, 640],
      [1024, 768],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      for (const wanted of [true, false]) {
        if ((await settings.isVisible()) !== wanted) await page.keyboard.press('l');
        expect(await settings.isVisible()).toBe(wanted);
        await displayFrames(page, 1);
        const now = await covered();
        if (now.length > 0) found[`${width} x ${height}, panel ${wanted ? 'open' : 'folded'}`] = now;
      }
    }
    expect(found).toEqual({});
    await page.setViewportSize(DESK.viewport);
    await page.keyboard.press('l');
  });

  test('by touch: one finger turns, two scale, two tapped go back, a tap presses', async () => {
    const tablet = await openDesk(browser, room.address, {
      viewport: { width: 390, height: 640 },
      hasTouch: true,
      isMobile: true,
      locale: 'en-GB',
    });
    const client = await tablet.context().newCDPSession(tablet);
    type Finger = { readonly x: number; readonly y: number };
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: Finger[]) =>
      client.send('Input.dispatchTouchEvent', { type, touchPoints });
    const view = () => tablet.evaluate(() => window.__anteroom!.desk.view());

    const before = await view();
    await touch('touchStart', { x: 190, y: 300 });
    for (let step = 1; step <= 5; step++) await touch('touchMove', { x: 190 + 16 * step, y: 300 });
    await touch('touchEnd');
    const turned = await view();
    // 80 px of 640 are an eighth of half a turn; what is under the finger follows it.
    expect(turned.yawRad - before.yawRad).toBeCloseTo((-80 / 640) * Math.PI, 2);
    expect(turned.pitchRad).toBeCloseTo(before.pitchRad, 6);
    await newPicture(tablet);
    expect(shareOf(await readScreen(tablet), isAnatomy)).toBeGreaterThan(0.03);

    const { scale } = await stateOf(tablet);
    await touch('touchStart', { x: 150, y: 300 }, { x: 250, y: 300 });
    for (let step = 1; step <= 5; step++)
      await touch('touchMove', { x: 150 - 5 * step, y: 300 }, { x: 250 + 5 * step, y: 300 });
    await touch('touchEnd');
    await displayFrames(tablet, 1);
    expect((await stateOf(tablet)).scale / scale).toBeCloseTo(1.5, 1);

    await tablet.getByRole('button', { name: 'Clip', exact: true }).tap();
    await waitForState(tablet, ({ scene }) => scene!.clip !== null);
    // 100 ms between down and up, however long this machine takes to say so.
    const points = [
      { x: 150, y: 300 },
      { x: 250, y: 300 },
    ];
    const timestamp = Date.now() / 1000;
    await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: points, timestamp });
    await client.send('Input.dispatchTouchEvent', {
      type: 'touchEnd',
      touchPoints: [],
      timestamp: timestamp + 0.1,
    });
    await waitForState(tablet, ({ scene }) => scene!.clip === null);
    await tablet.context().close();
  });
});
