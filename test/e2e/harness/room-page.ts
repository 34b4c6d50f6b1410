/** A viewer at a desk in a room: opened, looked through, and what it knows of the others. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { vi } from 'vitest';
import type { Quat, Vec3 } from '../../../shared/geometry/index.ts';
import type { Scene } from '../../../shared/scene/index.ts';
import type { DeskView } from '../../../xr-client/pose/desk-view.ts';
import type { ViewerState } from '../../../xr-client/session/viewer-state.ts';
import { newPicture } from './headset.ts';

/** Small pictures: several viewers share two cores. */
export const SMALL: BrowserContextOptions = { viewport: { width: 320, height: 240 }, locale: 'en-GB' };

/** A person of their own (storage, cookies) who opens the link and waits for the first picture. */
export async function openDesk(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = SMALL,
): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(address);
  await waitForState(page, (state) => state.volume !== null && state.age.kind !== 'none');
  return page;
}

export const stateOf = (page: Page): Promise<ViewerState> =>
  page.evaluate(() => window.__anteroom!.viewer.state());

/** Waits until that is true of what the viewer knows; fails with what it knows instead. */
export async function waitForState(page: Page, holds: (state: ViewerState) => boolean): Promise<void> {
  await vi.waitFor(
    async () => {
      const state = await page.evaluate(() => window.__anteroom?.viewer.state() ?? null);
      if (state && holds(state)) return;
      const { connection, scene, age, fidelity, failure, people } = state ?? ({} as Partial<ViewerState>);
      throw new Error(`not so yet: ${JSON.stringify({ connection, scene, age, fidelity, failure, people })}`);
    },
    { timeout: 60_000, interval: 50 },
  );
}

/** Looks from there, and waits for a picture made for it. */
export async function lookFrom(page: Page, view: DeskView): Promise<void> {
  await page.evaluate((to) => window.__anteroom!.desk.setView(to), view);
  await newPicture(page);
}

/** How many times its true size the twin is at this desk. */
export const scaleOf = (page: Page): Promise<number> =>
  page.evaluate(() => window.__anteroom!.desk.placement().scale);

/** Own pictures since the stream began: those shown, and those that disagreed with their pose. */
export const picturesOf = (page: Page): Promise<{ readonly shown: number; readonly wrong: number }> =>
  page.evaluate(() => {
    const counts = window.__anteroom!.counts();
    return { shown: counts?.framesShown ?? 0, wrong: counts?.framesRefused ?? 0 };
  });

/** So many more pictures than now, none of them wrong. */
export async function morePictures(page: Page, more: number): Promise<void> {
  const before = await picturesOf(page);
  await vi.waitFor(
    async () => {
      const { shown } = await picturesOf(page);
      if (shown < before.shown + more) throw new Error(`${shown - before.shown} of ${more} pictures`);
    },
    { timeout: 60_000, interval: 50 },
  );
  const { wrong } = await picturesOf(page);
  if (wrong > 0) throw new Error(`${wrong} pictures at a wrong pose`);
}

/** The scene has this version, or a later one, here. */
export const waitForVersion = (page: Page, version: number): Promise<void> =>
  waitForState(page, (state) => (state.scene?.version ?? 0) >= version);

export async function sceneOf(page: Page): Promise<Scene> {
  const { scene } = await stateOf(page);
  if (!scene) throw new Error('no scene yet');
  return scene;
}

export interface DrawnPart {
  readonly position: Vec3;
  readonly rotation: Quat;
}

export interface DrawnPerson {
  readonly viewerId: string;
  /** Null where it is not drawn. */
  readonly head: DrawnPart | null;
  readonly hands: readonly (DrawnPart | null)[];
}

/** The avatars as this page draws them: world space, metres. */
export function drawnPeople(page: Page): Promise<DrawnPerson[]> {
  return page.evaluate(() => {
    const nodes = window.__anteroom!.stage.scene.transformNodes;
    const part = (name: string): DrawnPart | null => {
      const node = nodes.find((one) => one.name === name);
      if (!node?.isEnabled()) return null;
      const at = node.getAbsolutePosition();
      const turn = node.absoluteRotationQuaternion;
      return { position: [at.x, at.y, at.z], rotation: [turn.x, turn.y, turn.z, turn.w] };
    };
    return nodes
      .filter(({ name }) => name.startsWith('head of '))
      .map(({ name }) => {
        const viewerId = name.slice('head of '.length);
        return {
          viewerId,
          head: part(name),
          hands: [0, 1].map((index) => part(`hand ${index} of ${viewerId}`)),
        };
      });
  });
}

/** What the badge of people says, one line for each. */
export const peopleWords = (page: Page): Promise<string[]> =>
  page
    .getByRole('list', { name: 'In this room' })
    .getByRole('listitem')
    .evaluateAll((items) => items.map((item) => item.getAttribute('aria-label') ?? ''));
