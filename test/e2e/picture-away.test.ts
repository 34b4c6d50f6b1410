/**
 * A room that answers while its picture does not come through, as behind a firewall that stops UDP: the page says so,
 * has a way out, and shows the picture as soon as the way is open.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FromClient, FromNode } from '../../shared/protocol/messages.ts';
import { launchBrowser } from './harness/browser.ts';
import { noPictures, openChestRoom, type ChestRoom } from './harness/chest-room.ts';
import { SMALL, waitForState } from './harness/room-page.ts';

const absent = noPictures();
if (absent) console.log(`Skipped: a picture that stays away (${absent}).`);

describe.skipIf(absent !== null)('a picture that stays away', () => {
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

  test('is said in words, with a way out, and comes by itself when the way is open', async () => {
    const page = await (await browser.newContext(SMALL)).newPage();
    let blocked = true;
    /** Without a candidate there is no way from one to the other. */
    const through = (text: string | Buffer): string | null => {
      const message = JSON.parse(String(text)) as FromClient | FromNode;
      if (!blocked || message.kind !== 'signal') return String(text);
      if (message.signal.type === 'candidate') return null;
      const sdp = message.signal.sdp.replace(/a=candidate.*\r\n/g, '');
      return JSON.stringify({ ...message, signal: { ...message.signal, sdp } });
    };
    await page.routeWebSocket(/ws\/room$/, (socket) => {
      const node = socket.connectToServer();
      socket.onMessage((text) => {
        const said = through(text);
        if (said !== null) node.send(said);
      });
      node.onMessage((text) => {
        const said = through(text);
        if (said !== null) socket.send(said);
      });
    });
    await page.goto(room.address);
    await waitForState(page, ({ volume }) => volume !== null);
    const curtain = page.locator('.curtain');
    await curtain.getByText('The picture does not arrive.').waitFor();
    expect(await curtain.textContent()).toMatch(/firewall.*UDP.*goes on trying/);
    expect(await curtain.getByRole('button', { name: 'Leave the room' }).isEnabled()).toBe(true);

    blocked = false;
    await waitForState(page, ({ age }) => age.kind === 'fresh');
    expect(await curtain.isHidden()).toBe(true);
    await waitForState(page, ({ failure }) => failure === null);
    await page.context().close();
  });

  test('the way out is there while the room is being entered', async () => {
    const page = await (await browser.newContext(SMALL)).newPage();
    await page.routeWebSocket(/ws\/room$/, () => {});
    await page.goto(room.address);
    await page.getByText('Entering the room…').waitFor();
    await page.locator('.curtain').getByRole('button', { name: 'Leave the room' }).click();
    await page.getByText('You have left the room.').waitFor();
    await page.context().close();
  });
});
