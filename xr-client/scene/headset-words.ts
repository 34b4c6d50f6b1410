/**
 * What a person in a headset must be told and no panel can say there: what failed, what is loading, and why there is
 * no picture. A plate above the twin, always in view.
 */
import type { Scene } from '@babylonjs/core/scene.js';
import { add, scale, type Vec3 } from '../../shared/geometry/mat4.ts';
import type { Placement } from '../pose/placement.ts';
import type { HeadSample } from '../pose/predict.ts';
import { createRecentFailure } from '../session/failure-words.ts';
import type { ViewerState } from '../session/viewer-state.ts';
import { emptyWords, linesOf } from './empty-words.ts';
import { facing, placeMesh } from './headset-furniture.ts';
import { aboveTwin, placeAgeWords } from './place-age-words.ts';
import { createPlate, fontOf, INK } from './plate.ts';

export interface HeadsetWords {
  show(state: ViewerState, head: HeadSample, placement: Placement, nowMs: number): void;
  hide(): void;
}

const [LONGEST, MOST] = [44, 5];
const LINE_PX = 62;

export function createHeadsetWords(scene: Scene): HeadsetWords {
  const plate = createPlate(scene, 0.56, 0.17, 2000, true);
  plate.mesh.name = 'headset-words';
  const recent = createRecentFailure();
  return {
    show: (state, head, placement, nowMs) => {
      const failed = recent(state.failure, nowMs);
      const said = failed ?? emptyWords(state);
      plate.mesh.setEnabled(said !== null);
      if (said === null) return;
      const { at, size } = placeAgeWords(head, aboveTwin(state.volume, placement));
      const faced = facing(at, head.position);
      const sized = faced.slice(0, 12).map((value) => value * size);
      // Over the words of the picture's age, which stand at the same place.
      const up: Vec3 = [sized[4]!, sized[5]!, sized[6]!];
      placeMesh(plate.mesh, [...sized, ...add(at, scale(up, 0.125)), 1]);
      plate.draw(`${failed !== null} ${said}`, (context) => {
        const lines = linesOf(said, LONGEST, MOST);
        const { widthPx: w, heightPx: h } = plate;
        const high = lines.length * LINE_PX + 28;
        const top = h - high - 4;
        context.fillStyle = 'rgba(23, 28, 34, 0.97)';
        context.strokeStyle = failed === null ? INK.line : INK.amber;
        context.lineWidth = 5;
        context.beginPath();
        context.roundRect(4, top, w - 8, high, 24);
        context.fill();
        context.stroke();
        context.fillStyle = INK.text;
        context.font = fontOf(46);
        context.textAlign = 'center';
        context.textBaseline = 'middle';
        lines.forEach((line, index) =>
          context.fillText(line, w / 2, top + 14 + LINE_PX * (index + 0.5), w - 48),
        );
      });
    },
    hide: () => plate.mesh.setEnabled(false),
  };
}
