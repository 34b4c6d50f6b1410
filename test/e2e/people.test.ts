/**
 * Several people in one room, in real Chromium on the real service: each with their own pictures, each seeing where
 * the others are, sharing look and clip plane, out of one volume in memory.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  add,
  dot,
  invert,
  length,
  multiply,
  project,
  scale,
  subtract,
  transformPoint,
  type Vec3,
} from '../../shared/geometry/index.ts';
import {
  DESK_VIEW,
  deskTangents,
  eyeFromWorld,
  eyeOf,
  type DeskView,
} from '../../xr-client/pose/desk-view.ts';
import { worldFromTwin, type Placement } from '../../xr-client/pose/placement.ts';
import { NO_TURN, quatAboutAxis, rotateByQuat } from '../../xr-client/pose/quaternion.ts';
import { join } from '../acceptance/room-harness.ts';
import { launchBrowser } from './harness/browser.ts';
import { noPictures, openChestRoom, type ChestRoom } from './harness/chest-room.ts';
import {
  displayFrames,
  emulateHeadset,
  enterXr,
  newPicture,
  readScreen,
  setController,
  setHead,
  type Screen,
} from './harness/headset.ts';
import {
  drawnPeople,
  lookFrom,
  morePictures,
  openDesk,
  peopleWords,
  scaleOf,
  sceneOf,
  stateOf,
  waitForState,
  type DrawnPerson,
} from './harness/room-page.ts';
import { differenceOf, isAnatomy, shareOf, type Rgb } from './harness/screen.ts';

const absent = noPictures();
if (absent) console.log(`Skipped: people in a room (${absent}).`);

const view = (yawRad: number, pitchRad = 0): DeskView => ({ ...DESK_VIEW, yawRad, pitchRad });
const FRONT = view(0);
const SIDE = view(Math.PI / 2);
const apart = (a: Vec3, b: Vec3): number => length(subtract(a, b));
const angleDeg = (a: Vec3, b: Vec3): number =>
  (Math.acos(Math.min(1, dot(a, b) / (length(a) * length(b)))) * 180) / Math.PI;

describe.skipIf(absent !== null)('people in one room', () => {
  let browser: Browser;
  let room: ChestRoom;
  let ann: Page;
  let bob: Page;

  beforeAll(async () => {
    room = await openChestRoom();
    browser = await launchBrowser();
    ann = await openDesk(browser, room.address);
    bob = await openDesk(browser, room.address);
  });
  afterAll(async () => {
    await browser?.close();
    await room?.rig.close();
  });

  /** That person as `page` draws them, once they are within a millimetre of `headWorld`. */
  async function waitForHead(page: Page, viewerId: string, headWorld: Vec3): Promise<DrawnPerson> {
    return vi.waitFor(
      async () => {
        const person = (await drawnPeople(page)).find((one) => one.viewerId === viewerId);
        const off = person?.head ? apart(person.head.position, headWorld) * 1000 : null;
        if (!person || off === null || off > 1) throw new Error(`${off} mm from ${headWorld.join()}`);
        return person;
      },
      { timeout: 30_000, interval: 50 },
    );
  }

  test('who opens the same link stands at the same place, and hides nothing from the other', async () => {
    await waitForState(ann, (state) => state.people.length === 2);
    for (const page of [ann, bob]) {
      await lookFrom(page, DESK_VIEW);
      expect(shareOf(await readScreen(page), isAnatomy)).toBeGreaterThan(0.05);
    }
  });

  test('each has pictures of their own pose: the same from the same place, others from another', async () => {
    const shots: Screen[] = [];
    for (const [annFrom, bobFrom] of [
      [FRONT, SIDE],
      [SIDE, FRONT],
    ] as const) {
      await Promise.all([lookFrom(ann, annFrom), lookFrom(bob, bobFrom)]);
      // At rest: pictures of a moment ago are as coarse as the node had time for.
      for (const page of [ann, bob]) await waitForState(page, ({ fidelity }) => fidelity === 'full');
      shots.push(await readScreen(ann), await readScreen(bob));
    }
    const [annFront, bobSide, annSide, bobFront] = shots as [Screen, Screen, Screen, Screen];
    const same = [differenceOf(annFront, bobFront), differenceOf(annSide, bobSide)];
    const other = [differenceOf(annFront, bobSide), differenceOf(annSide, bobFront)];
    const words = (values: number[]): string => values.map((value) => value.toFixed(1)).join(', ');
    console.log(`Codes between the same places ${words(same)}; between others ${words(other)}`);
    expect(Math.max(...same)).toBeLessThan(10);
    expect(Math.min(...other)).toBeGreaterThan(40);
    await Promise.all([ann, bob].map((page) => morePictures(page, 30)));
  });

  test("another's head is where they look from, turned as they look, and follows", async () => {
    const { viewerId } = await stateOf(bob);
    // Twice as large for Bob: what is shared is the place in the patient, not in his room.
    await bob.evaluate((size) => window.__anteroom!.desk.setScale(size), 2 * (await scaleOf(ann)));
    await lookFrom(ann, FRONT);
    for (const from of [view(Math.PI, 0.5), view(2.4, 0.9), view(Math.PI - 0.2, 0.55)]) {
      await lookFrom(bob, from);
      const expected = scale(eyeOf(from), 0.5);
      const seen = await waitForHead(ann, viewerId!, expected);
      // -z of a head looks, and Bob looks at the middle of the twin.
      expect(angleDeg(rotateByQuat(seen.head!.rotation, [0, 0, -1]), scale(expected, -1))).toBeLessThan(0.1);
      expect(angleDeg(rotateByQuat(seen.head!.rotation, [1, 0, 0]), [0, 1, 0])).toBeCloseTo(90, 1);
      expect(seen.hands).toEqual([null, null]);
    }
  });

  test("another's head is drawn there in their colour, its visor towards what they look at", async () => {
    // From behind and above: over the anatomy for Ann, facing her.
    const from = view(Math.PI, 0.5);
    await bob.evaluate((size) => window.__anteroom!.desk.setScale(size), await scaleOf(ann));
    await Promise.all([lookFrom(ann, FRONT), lookFrom(bob, from)]);
    const { viewerId, people } = await stateOf(bob);
    const { head } = await waitForHead(ann, viewerId!, eyeOf(from));
    const screen = await readScreen(ann);
    const colourAt = (onHead: Vec3): Rgb => {
      const world = add(head!.position, rotateByQuat(head!.rotation, onHead));
      const { width, height, pixels } = screen;
      const eye = transformPoint(eyeFromWorld(FRONT), world);
      const [x, y] = project(eye, deskTangents(width / height), width, height);
      const at = (Math.floor(y) * width + Math.floor(x)) * 4;
      return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
    };
    const { colour } = people.find((person) => person.viewerId === viewerId)!;
    const own = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as unknown as Vec3;
    const [brow, visor] = [colourAt([0, 0.07, -0.05]), colourAt([0, 0, -0.11])];
    console.log(`Bob's colour ${String(own)}, his brow ${String(brow)}, his visor ${String(visor)}`);
    expect(angleDeg(brow, own)).toBeLessThan(15);
    expect(Math.max(...brow)).toBeGreaterThan(80);
    expect(Math.max(...visor)).toBeLessThan(80);
  });

  test('somebody in a headset comes with head and hands, is in the badge, and goes when they leave', async () => {
    const context = await browser.newContext({ viewport: { width: 640, height: 320 }, locale: 'en-GB' });
    const eve = await context.newPage();
    await emulateHeadset(eve, 0.063);
    await eve.goto(room.address);
    await enterXr(eve, 'vr');
    const hers: Placement = {
      position: [0.1, 1.3, -0.9],
      rotation: quatAboutAxis([0, 1, 0], 0.4),
      scale: 1.5,
    };
    await eve.evaluate((to) => window.__anteroom!.setPlacement(to), hers);
    const turn = quatAboutAxis([0, 1, 0], 0.2);
    await setHead(eve, { position: [-0.05, 1.62, 0.12], rotation: turn });
    await setController(eve, 'left', { position: [-0.3, 1.2, -0.3], rotation: NO_TURN });
    await setController(eve, 'right', { position: [0.35, 1.25, -0.4], rotation: turn });
    const { viewerId } = await stateOf(eve);
    const annFromEve = multiply(
      await ann.evaluate(() => window.__anteroom!.worldFromTwin()),
      invert(worldFromTwin(hers)),
    );
    const seen = await waitForHead(ann, viewerId!, transformPoint(annFromEve, [-0.05, 1.62, 0.12]));
    const grips = await eve.evaluate(() =>
      window
        .__anteroom!.stage.scene.transformNodes.filter(
          ({ name, parent }) => name === 'own-hand' && parent === null,
        )
        .map((node) => node.getAbsolutePosition().asArray()),
    );
    expect(grips).toHaveLength(2);
    grips.forEach((grip, index) => {
      const off = apart(seen.hands[index]!.position, transformPoint(annFromEve, grip as unknown as Vec3));
      expect(off).toBeLessThan(0.001);
    });
    // The emulator's grips lie within a hand of where its controllers were put: they are not some other place.
    expect(apart(grips[0] as unknown as Vec3, [-0.3, 1.2, -0.3])).toBeLessThan(0.12);

    const badge = await peopleWords(ann);
    expect(badge).toHaveLength(3);
    expect(badge.filter((line) => line.includes('(you)'))).toHaveLength(1);
    expect((await stateOf(ann)).people.find((one) => one.viewerId === viewerId)!.name).toMatch(/^Guest \d$/);
    await morePictures(eve, 3);

    await context.close();
    await vi.waitFor(async () => expect(await peopleWords(ann)).toHaveLength(2), { timeout: 30_000 });
    await displayFrames(ann, 2);
    expect((await drawnPeople(ann)).map((person) => person.viewerId)).toEqual([
      (await stateOf(bob)).viewerId,
    ]);
  });

  test("one's press changes the other's panel, scene and picture", async () => {
    await Promise.all([lookFrom(ann, FRONT), lookFrom(bob, FRONT)]);
    for (const page of [ann, bob]) await page.keyboard.press('l');
    await newPicture(bob);
    const bone = shareOf(await readScreen(bob), isAnatomy);

    await ann.getByRole('button', { name: 'Skin' }).click();
    await waitForState(bob, (state) => state.scene?.look.preset === 'ct-skin');
    await newPicture(bob);
    const skin = shareOf(await readScreen(bob), isAnatomy);
    expect(await bob.getByRole('button', { name: 'Skin' }).getAttribute('aria-pressed')).toBe('true');
    console.log(`Anatomy on the other's screen: ${bone.toFixed(3)} as bone, ${skin.toFixed(3)} as skin`);
    expect(skin).toBeGreaterThan(1.2 * bone);

    const head = { x: [0, 1], y: [0, 0.46] } as const;
    const feet = { x: [0, 1], y: [0.54, 1] } as const;
    const halves = async (): Promise<readonly [head: number, feet: number]> => {
      await newPicture(bob);
      const screen = await readScreen(bob);
      return [shareOf(screen, isAnatomy, head), shareOf(screen, isAnatomy, feet)];
    };
    const whole = await halves();
    await ann.getByRole('button', { name: 'Clip plane' }).click();
    await ann.getByRole('button', { name: 'Axial' }).click();
    await waitForState(bob, (state) => state.scene?.clip?.normalLps[2] === -1);
    const below = await halves();
    expect(await bob.getByRole('slider', { name: 'Depth of the clip plane' }).inputValue()).toBe('0');
    await ann.getByRole('button', { name: 'Flip side' }).click();
    await waitForState(bob, (state) => state.scene?.clip?.normalLps[2] === 1);
    const above = await halves();
    const words = [whole, below, above].map((pair) => pair.map((share) => share.toFixed(3)).join(' / '));
    console.log(`Head side / foot side: whole ${words[0]}, clipped ${words[1]}, flipped ${words[2]}`);
    expect(Math.min(...whole)).toBeGreaterThan(0.05);
    expect(below[0]).toBeLessThan(0.002);
    expect(below[1]).toBeGreaterThan(0.8 * whole[1]);
    expect(above[0]).toBeGreaterThan(0.8 * whole[0]);
    expect(above[1]).toBeLessThan(0.002);
  });

  test('both edit at once: nothing is lost, and both end with the same', async () => {
    const before = (await sceneOf(ann)).version;
    const EACH = 12;
    await Promise.all([
      ann.evaluate((times) => {
        for (let i = 1; i <= times; i++)
          window.__anteroom!.viewer.actions.applyOp({
            kind: 'set-look',
            look: { preset: 'ct-soft', window: { center: i, width: 300 } },
          });
      }, EACH),
      bob.evaluate((times) => {
        for (let i = 1; i <= times; i++)
          window.__anteroom!.viewer.actions.applyOp({
            kind: 'set-clip',
            clip: { normalLps: [0, 1, 0], pointLpsMm: [0, i, 0] },
          });
      }, EACH),
    ]);
    for (const page of [ann, bob])
      await waitForState(page, (state) => state.scene!.version === before + 2 * EACH);
    const scenes = [await sceneOf(ann), await sceneOf(bob)];
    expect(scenes[0]).toEqual(scenes[1]);
    expect(scenes[0]!.look).toEqual({ preset: 'ct-soft', window: { center: EACH, width: 300 } });
    expect(scenes[0]!.clip?.pointLpsMm).toEqual([0, EACH, 0]);

    // The same thing at once: one of the two stands in the end, the same for both.
    await Promise.all(
      ([ann, bob] as const).map((page, index) =>
        page.evaluate(
          (preset) =>
            window.__anteroom!.viewer.actions.applyOp({ kind: 'set-look', look: { preset, window: null } }),
          (['ct-lung', 'ct-vessel'] as const)[index]!,
        ),
      ),
    );
    for (const page of [ann, bob])
      await waitForState(page, (state) => state.scene!.version === before + 2 * EACH + 2);
    const last = [await sceneOf(ann), await sceneOf(bob)];
    expect(last[0]).toEqual(last[1]);
    expect(['ct-lung', 'ct-vessel']).toContain(last[0]!.look.preset);
    for (const page of [ann, bob]) expect((await stateOf(page)).failure).toBeNull();
  });

  test('one volume in memory for all of them, and for a second room on the same series', async () => {
    const { rig, study, seriesInstanceUid } = room;
    expect(rig.counts).toEqual({ opened: 1, prepared: 1, held: 1 });
    const link = await rig.roomLink(study.studyInstanceUid, seriesInstanceUid);
    const other = await join(rig.service.origin, link.split('#token=')[1]!, 'Dan');
    await other.next('shown');
    expect(rig.counts).toEqual({ opened: 1, prepared: 1, held: 1 });
    await other.close();
  });
});
