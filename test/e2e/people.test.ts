/**
 * Several people in one room, in real Chromium on the real service: each with their own pictures, each seeing where
 * the others are, sharing look and clip plane; one volume in memory; a cut network; wrong links; a hostile peer.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openSource } from '../../edge-node/ingest/index.ts';
import { listEncoders } from '../../edge-node/stream/index.ts';
import type { Vec3 } from '../../shared/geometry/index.ts';
import { DESK_VIEW, eyeOf, type DeskView } from '../../xr-client/pose/desk-view.ts';
import { rotateByQuat } from '../../xr-client/pose/quaternion.ts';
import { launchBrowser, noBrowser } from './harness/browser.ts';
import { openCuttableLink, type CuttableLink } from './harness/cuttable-link.ts';
import { readScreen, settle } from './harness/headset.ts';
import {
  drawnPeople,
  lookFrom,
  openDesk,
  peopleWords,
  stateOf,
  waitForState,
  type DrawnPerson,
} from './harness/room-page.ts';
import { differenceOf, isAnatomy, shareOf } from './harness/screen.ts';
import { startTestService, type TestService } from './harness/service.ts';

const absent =
  noBrowser() ?? (listEncoders().every((encoder) => !encoder.available) ? 'no H.264 encoder' : null);
if (absent) console.log(`Skipped: people in a room (${absent}).`);

const view = (yawRad: number, pitchRad = 0): DeskView => ({ ...DESK_VIEW, yawRad, pitchRad });
const FRONT = view(0);
const SIDE = view(Math.PI / 2);

describe.skipIf(absent !== null)('people in one room', () => {
  let browser: Browser;
  let rig: TestService;
  let link: CuttableLink;
  let address: string;
  let ann: Page;
  let bob: Page;

  beforeAll(async () => {
    rig = await startTestService((folder) =>
      openSource('embedded', { home: `${folder}/archive`, embeddedSize: 'small' }),
    );
    browser = await launchBrowser();
    const chest = (await rig.studies())
      .flatMap((study) => study.series.map((series) => ({ study, series })))
      .filter(({ series }) => series.modality === 'CT' && series.kind === 'volume')
      .toSorted((a, b) => b.series.instances - a.series.instances)[0]!;
    address = await rig.roomLink(chest.study.studyInstanceUid, chest.series.seriesInstanceUid, '?probe');
    link = await openCuttableLink(rig.service.origin);
    ann = await openDesk(browser, address);
    bob = await openDesk(browser, address.replace(rig.service.origin, link.origin));
  });
  afterAll(async () => {
    await browser?.close();
    await link?.[Symbol.asyncDispose]();
    await rig?.close();
  });

  test('who opens the same link stands at the same place at first, and hides nothing from the other', async () => {
    await waitForState(ann, (state) => state.people.length === 2);
    for (const page of [ann, bob]) {
      await lookFrom(page, DESK_VIEW);
      const shown = await readScreen(page);
      expect(shareOf(shown, isAnatomy)).toBeGreaterThan(0.05);
    }
  });
});
