/**
 * What is always there in a headset: letters at the twin's own six sides, a plate under it with scale and what this
 * is not, and when the picture is old a rim around the view and words above the twin.
 */
import { Matrix } from '@babylonjs/core/Maths/math.vector.js';
import type { Mesh } from '@babylonjs/core/Meshes/mesh.js';
import type { Scene } from '@babylonjs/core/scene.js';
import {
  add,
  cross,
  dot,
  normalize,
  scale,
  subtract,
  transformPoint,
  type Mat4,
  type Vec3,
} from '../../shared/geometry/mat4.ts';
import { ageWords } from '../picture/age.ts';
import { worldFromTwin, type Placement } from '../pose/placement.ts';
import type { HeadSample } from '../pose/predict.ts';
import type { ViewerState } from '../session/viewer-state.ts';
import { sidesInTwinM } from '../tools/clip.ts';
import { createAgeRim } from './age-rim.ts';
import { awayWords } from './away-words.ts';
import { LETTERS } from './orientation.ts';
import { aboveTwin, placeAgeWords } from './place-age-words.ts';
import { createPlate, fontOf, INK, type Plate } from './plate.ts';
import { isTrueSize, scaleBar, scaleWords } from './scale-bar.ts';
import { createSideSigns, type Sign } from './side-signs.ts';
import { isMarked } from './show-age.ts';

export interface HeadsetFurniture {
  show(state: ViewerState, head: HeadSample, placement: Placement): void;
  hide(): void;
}

/** One degree at 0.9 m is 16 mm of capital letter. */
const LETTER_M = 0.05;

/** World matrix of something flat at `at` that faces the eye, upright. */
export function facing(at: Vec3, eye: Vec3): Mat4 {
  const z = normalize(subtract(at, eye));
  const side = cross(z, [0, 1, 0]);
  const x = Math.hypot(...side) < 1e-4 ? ([1, 0, 0] as Vec3) : normalize(side);
  const y = cross(x, z);
  // Babylon's plane shows its front towards -z of a left-handed eye; two-sided, so only up and right matter here.
  return [...x, 0, ...y, 0, ...scale(z, -1), 0, ...at, 1];
}

/** The same, so wide and so high, metres. */
const scaledTo = (world: Mat4, width: number, height: number): Mat4 =>
  world.map((value, at) => (at < 4 ? value * width : at < 8 ? value * height : value));

export function placeMesh(mesh: Mesh, world: Mat4): void {
  mesh.freezeWorldMatrix(Matrix.FromArray([...world]));
}

export function createHeadsetFurniture(scene: Scene): HeadsetFurniture {
  const signs = createSideSigns(scene);
  const foot = createPlate(scene, 0.36, 0.084, 2400, true);
  const age = createPlate(scene, 0.28, 0.052, 2000, true);
  const away = createPlate(scene, 0.34, 0.064, 2000, true);
  const rim = createAgeRim(scene);
  const all: readonly { readonly mesh: Mesh }[] = [signs, foot, age, away, { mesh: rim }];

  function drawFoot(state: ViewerState, mm: number | null): void {
    const size = isTrueSize(state.scale)
      ? '1:1'
      : `${state.scale >= 0.1 ? state.scale.toFixed(2) : state.scale.toPrecision(2)} : 1`;
    const working = state.fidelity === 'sharpening' ? 'sharpening…' : '';
    const bars = mm === null ? '' : scaleWords(mm);
    foot.draw(`${size}|${working}|${bars}`, (context) => {
      const { widthPx: w, heightPx: h } = foot;
      context.fillStyle = 'rgba(23, 28, 34, 0.97)';
      context.beginPath();
      context.roundRect(0, 0, w, h, 24);
      context.fill();
      context.textBaseline = 'middle';
      context.font = fontOf(56, 600);
      context.fillStyle = isTrueSize(state.scale) ? INK.accent : INK.text;
      context.fillText(size, 32, 60);
      context.fillStyle = INK.text;
      context.fillText(bars, 330, 60);
      context.fillStyle = INK.quiet;
      context.font = fontOf(44);
      context.textAlign = 'right';
      context.fillText(working, w - 32, 60);
      context.textAlign = 'left';
      context.fillText('Planning view, not for diagnosis', 32, 144);
    });
  }

  function showAge(state: ViewerState, head: HeadSample, above: Vec3): void {
    const words = ageWords(state.age);
    rim.setEnabled(isMarked(state.age));
    const lines = words === '' ? null : awayWords(state.connection, state.age);
    age.mesh.setEnabled(words !== '');
    away.mesh.setEnabled(lines !== null);
    if (words === '') return;
    // Room for the lines below, over the anatomy's own letter.
    const { at, size } = placeAgeWords(head, lines ? add(above, [0, 0.06, 0]) : above);
    const faced = facing(at, head.position);
    const sized = faced.slice(0, 12).map((value) => value * size);
    placeMesh(age.mesh, [...sized, ...faced.slice(12)]);
    amberPlate(age, [words], 52);
    if (!lines) return;
    // Right under it.
    const under = add(at, scale([sized[4]!, sized[5]!, sized[6]!], -0.066));
    placeMesh(away.mesh, [...sized, ...under, 1]);
    amberPlate(away, lines, 44);
  }

  function amberPlate(plate: Plate, lines: readonly string[], fontPx: number): void {
    plate.draw(lines.join('|'), (context) => {
      const { widthPx: w, heightPx: h } = plate;
      context.fillStyle = 'rgba(23, 28, 34, 0.94)';
      context.strokeStyle = INK.amber;
      context.lineWidth = 5;
      context.beginPath();
      context.roundRect(4, 4, w - 8, h - 8, 24);
      context.fill();
      context.stroke();
      context.fillStyle = INK.amber;
      context.font = fontOf(fontPx, 600);
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      lines.forEach((line, index) =>
        context.fillText(line, w / 2, (h * (index + 0.5)) / lines.length + 2, w - 40),
      );
    });
  }

  return {
    show: (state, head, placement) => {
      const { volume } = state;
      const shown = volume !== null && state.age.kind !== 'none';
      for (const { mesh } of all) mesh.setEnabled(shown);
      if (!volume || !shown) return;
      const world = worldFromTwin(placement);
      const sides = sidesInTwinM(volume);
      const signed = new Map<Sign, Mat4>();
      for (const [letter, direction] of LETTERS) {
        const reach =
          Math.abs(direction[0]) * sides[0] +
          Math.abs(direction[1]) * sides[1] +
          Math.abs(direction[2]) * sides[2];
        const out = reach / 2 + 0.03 / placement.scale;
        const at = transformPoint(world, scale(direction, out));
        // Before and behind the anatomy a letter says nothing that the others do not, and covers what matters.
        const inward = normalize(subtract(placement.position, head.position));
        const outward = normalize(subtract(at, placement.position));
        if (Math.abs(dot(inward, outward)) < 0.85)
          signed.set(letter, scaledTo(facing(at, head.position), LETTER_M, LETTER_M));
      }
      const reach = (Math.max(...sides) / 2) * placement.scale;
      const under: Vec3 = [
        placement.position[0],
        placement.position[1] - reach - 0.12,
        placement.position[2],
      ];
      const faced = facing(under, head.position);
      placeMesh(foot.mesh, faced);
      // One mm of the patient is this many metres here; the bar lies on the plate's upper edge.
      const length = scaleBar(0.001 * placement.scale, 0.15);
      drawFoot(state, length?.mm ?? null);
      if (length) {
        const [right, up] = [faced.slice(0, 3), faced.slice(4, 7)] as unknown as [Vec3, Vec3];
        const at = add(under, add(scale(up, 0.052), scale(right, -0.18 + length.px / 2)));
        signed.set('bar', scaledTo([...faced.slice(0, 12), ...at, 1], length.px, 0.004));
      }
      signs.commit(signed);
      showAge(state, head, aboveTwin(volume, placement));
    },
    hide: () => {
      for (const { mesh } of all) mesh.setEnabled(false);
    },
  };
}
