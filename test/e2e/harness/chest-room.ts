/** The real service over the small embedded patient, with a room on its chest. */
import { listEncoders } from '../../../edge-node/stream/index.ts';
import type { StudyEntry } from '../../../shared/volume.ts';
import { openSmallPatient } from '../../acceptance/room-harness.ts';
import { noBrowser } from './browser.ts';
import { startTestService, type TestService } from './service.ts';

/** Why no picture can be streamed to a page here, or null. */
export function noPictures(): string | null {
  return noBrowser() ?? (listEncoders().every((encoder) => !encoder.available) ? 'no H.264 encoder' : null);
}

export interface ChestRoom {
  readonly rig: TestService;
  readonly study: StudyEntry;
  readonly seriesInstanceUid: string;
  /** The room's link, with the page's probe. */
  readonly address: string;
  readonly token: string;
}

/** 576 x 432 at a desk of 4:3: several viewers share two cores. */
const EYE = [288, 432] as const;

export async function openChestRoom(): Promise<ChestRoom> {
  const rig = await startTestService(openSmallPatient, { eyeSize: EYE });
  const { study, series } = (await rig.studies())
    .flatMap((each) => each.series.map((one) => ({ study: each, series: one })))
    .filter((each) => each.series.modality === 'CT' && each.series.kind === 'volume')
    .toSorted((a, b) => b.series.instances - a.series.instances)[0]!;
  const { seriesInstanceUid } = series;
  const address = await rig.roomLink(study.studyInstanceUid, seriesInstanceUid, '?probe');
  return { rig, study, seriesInstanceUid, address, token: address.split('#token=')[1]! };
}
