/** The palette on the wrist: looks, window, clip, time, size and the way out; the other hand points and presses or drags. */
import type { Scene } from '@babylonjs/core/scene.js';
import {
  add,
  invert,
  normalize,
  subtract,
  transformPoint,
  type Mat4,
  type Vec3,
} from '../../shared/geometry/mat4.ts';
import { PRESETS } from '../../shared/scene/presets.ts';
import type { Op } from '../../shared/scene/scene.ts';
import type { Grip } from '../pose/placement.ts';
import type { HeadSample } from '../pose/predict.ts';
import { rotateByQuat } from '../pose/quaternion.ts';
import type { ViewerActions, ViewerState } from '../session/viewer-state.ts';
import type { Hand, Side } from '../tools/hands.ts';
import { windowOf, type WindowValue } from '../tools/window.ts';
import { facing, placeMesh } from './headset-furniture.ts';
import { paintChart, stepChart, type ChartDrag } from './palette-chart.ts';
import { createPlate, fontOf, INK } from './plate.ts';
import { isTrueSize } from './scale-bar.ts';

/** Metres. At 0.5 m a target of 2.5 degrees is 22 mm: these are 32 and more. */
const WIDTH_M = 0.26;
const ROW_M = 0.036;
/** Rows of the palette from the top; the histogram takes two. */
export const ROWS = 8;
const CHART_ROW = 2;
const CHART_ROWS = 2;
const PX_PER_M = 3000;

export interface PaletteButton {
  readonly id: string;
  readonly words: string;
  readonly active: boolean;
  readonly row: number;
  /** 0..1 across. */
  readonly from: number;
  readonly to: number;
}

/** The buttons for this state, row by row from the top. */
export function paletteButtons(state: ViewerState): PaletteButton[] {
  const modality = state.volume?.modality ?? '';
  const looks = PRESETS.filter((preset) => preset.modalities.includes(modality)).slice(0, 6);
  const across = (row: number, all: readonly (readonly [string, string, boolean])[]): PaletteButton[] =>
    all.map(([id, words, active], index) => ({
      id,
      words,
      active,
      row,
      from: index / all.length,
      to: (index + 1) / all.length,
    }));
  const phases = state.volume?.phases.length ?? 0;
  const place = [
    ['one', '1:1', isTrueSize(state.scale)],
    ['recentre', 'Bring to me', false],
  ] as const;
  const look = (start: number) =>
    looks
      .slice(start, start + 3)
      .map(
        (preset) => [`look:${preset.name}`, preset.label, state.scene?.look.preset === preset.name] as const,
      );
  return [
    ...across(0, look(0)),
    ...across(1, look(3)),
    ...across(4, [
      ['window:darker', 'Darker', false],
      ['window:brighter', 'Brighter', false],
      ['window:softer', 'Softer', false],
      ['window:harder', 'Harder', false],
    ]),
    ...across(5, [
      ['clip', 'Clip', (state.scene?.clip ?? null) !== null],
      ['flip', 'Flip side', false],
      ['undo', 'Undo', false],
    ]),
    ...(phases > 1
      ? [
          ...across(6, [
            ['phase:earlier', 'Earlier', false],
            ['phase:', `Phase ${(state.scene?.phase ?? 0) + 1} of ${phases}`, false],
            ['phase:later', 'Later', false],
          ]),
          ...across(7, [...place, ['exit', 'Leave', false]]),
        ]
      : [...across(6, place), ...across(7, [['exit', 'Leave the headset view', false]])]),
  ];
}

export function buttonAt(
  buttons: readonly PaletteButton[],
  across: number,
  down: number,
): PaletteButton | null {
  const row = Math.floor(down * ROWS);
  return buttons.find((one) => one.row === row && across >= one.from && across < one.to) ?? null;
}

/** The phase before or after the shown one: time goes round, as a heart does. */
export function phaseBeside({ scene, volume }: ViewerState, side: 'earlier' | 'later'): number {
  const count = Math.max(volume?.phases.length ?? 1, 1);
  return ((scene?.phase ?? 0) + (side === 'later' ? 1 : count - 1)) % count;
}

/** Where a ray meets the plate, 0..1 across and down; null beside it. */
export function hitPlate(ray: Grip, plateFromWorld: Mat4): readonly [across: number, down: number] | null {
  const origin = transformPoint(plateFromWorld, ray.position);
  const ahead = transformPoint(plateFromWorld, add(ray.position, rotateByQuat(ray.rotation, [0, 0, -1])));
  const way = subtract(ahead, origin);
  const t = -origin[2] / way[2];
  if (!(t > 0) || t > 3) return null;
  const across = (origin[0] + t * way[0]) / WIDTH_M + 0.5;
  const down = 0.5 - (origin[1] + t * way[1]) / (ROW_M * ROWS);
  return across >= 0 && across < 1 && down >= 0 && down < 1 ? [across, down] : null;
}

/** Where on the chart a hit lies, 0..1; null beside it. */
const onChart = ([across, down]: readonly [number, number]): number | null =>
  down >= CHART_ROW / ROWS && down < (CHART_ROW + CHART_ROWS) / ROWS ? across : null;

export interface Palette {
  /**
   * The button that is pressed now, on the edge of the press alone; and the window that a drag on the histogram makes,
   * `goesOn` after the drag's first.
   */
  point(
    hands: readonly Hand[],
    state: ViewerState,
  ): {
    readonly pressed: PaletteButton | null;
    readonly window: WindowValue | null;
    readonly goesOn: boolean;
  };
  pointedBy(): readonly Side[];
  press(button: PaletteButton, state: ViewerState, actions: ViewerActions, applyOp: (op: Op) => void): void;
  show(state: ViewerState, hands: readonly Hand[], head: HeadSample): void;
  hide(): void;
}

export function createPalette(scene: Scene): Palette {
  const plate = createPlate(scene, WIDTH_M, ROW_M * ROWS, PX_PER_M, true);
  let buttons: readonly PaletteButton[] = [];
  let world: Mat4 | null = null;
  let hover: PaletteButton | null = null;
  let pointing: readonly Side[] = [];
  let wasDown = false;
  let drag: ChartDrag | null = null;

  return {
    pointedBy: () => pointing,
    point: (hands, state) => {
      hover = null;
      pointing = [];
      const none = { pressed: null, window: null, goesOn: false };
      if (!world) drag = null;
      if (!world) return none;
      const plateFromWorld = invert(world);
      let down = false;
      let chart: number | null = null;
      for (const hand of hands) {
        if (hand.side === wristOf(hands)) continue;
        const hit = hitPlate(hand.ray, plateFromWorld);
        if (!hit) continue;
        pointing = [hand.side];
        hover = buttonAt(buttons, hit[0], hit[1]);
        chart = onChart(hit);
        down = hand.use;
      }
      const edge = down && !wasDown;
      const pressed = edge && !drag ? hover : null;
      const { volume, scene: room } = state;
      // A drag goes on beside the plate until the trigger is let go.
      const held = drag !== null && hands.some((hand) => hand.use);
      const step =
        volume && room
          ? stepChart(drag, {
              down: down || held,
              pressed: edge,
              across: chart,
              window: windowOf(room.look),
              range: volume.valueRange,
            })
          : { drag: null, window: null, goesOn: false };
      drag = step.drag;
      wasDown = down || (wasDown && hands.some((hand) => hand.use));
      return { pressed, window: step.window, goesOn: step.goesOn };
    },
    press: (button, state, actions, applyOp) => {
      const look = state.scene?.look;
      const [kind, what] = button.id.split(':');
      const preset = PRESETS.find(({ name }) => name === what);
      if (kind === 'look' && preset)
        applyOp({ kind: 'set-look', look: { preset: preset.name, window: null } });
      else if (kind === 'window' && look) {
        const { center, width } = windowOf(look);
        const step = width * 0.1;
        const next = {
          center: center + (what === 'darker' ? step : what === 'brighter' ? -step : 0),
          width: width * (what === 'softer' ? 1.15 : what === 'harder' ? 1 / 1.15 : 1),
        };
        applyOp({ kind: 'set-look', look: { preset: look.preset, window: next } });
      } else if (kind === 'clip') actions.setClip(!state.scene?.clip);
      else if (kind === 'flip') actions.flipClip();
      else if (kind === 'undo') actions.undo();
      else if (kind === 'phase' && (what === 'earlier' || what === 'later'))
        applyOp({ kind: 'set-phase', phase: phaseBeside(state, what) });
      else if (kind === 'one') actions.trueSize();
      else if (kind === 'recentre') actions.recentre();
      else if (kind === 'exit') void actions.exitXr();
    },
    show: (state, hands, head) => {
      const wrist = hands.find((hand) => hand.side === wristOf(hands));
      const visible = wrist !== undefined && looksAtWrist(wrist, head);
      plate.mesh.setEnabled(visible);
      world = null;
      if (!visible || !wrist) return;
      const at = add(wrist.grip.position, [0, 0.16, 0]);
      world = facing(at, head.position);
      placeMesh(plate.mesh, world);
      buttons = paletteButtons(state);
      const { volume, scene: room } = state;
      const window = room ? windowOf(room.look) : null;
      const shown = volume && window ? [volume.unit, volume.valueRange, window.center, window.width] : [];
      const key = [...buttons.map((one) => `${one.id}${one.words}${one.active}`), hover?.id, ...shown].join();
      const { widthPx, heightPx } = plate;
      plate.draw(key, (context) => {
        paint(context, widthPx, heightPx, buttons, hover);
        const box = {
          x: 8,
          w: widthPx - 16,
          y: (heightPx * CHART_ROW) / ROWS + 8,
          h: (heightPx * CHART_ROWS) / ROWS - 16,
        };
        if (volume && window) paintChart(context, box, volume, window);
      });
    },
    hide: () => {
      world = null;
      plate.mesh.setEnabled(false);
    },
  };
}

/** The left wrist carries it where both hands are there; a single hand works without it, by the other means. */
const wristOf = (hands: readonly Hand[]): Side =>
  hands.some((hand) => hand.side === 'left') ? 'left' : 'right';

/** Raised into the view: within 40 degrees of where the head looks. */
function looksAtWrist(wrist: Hand, head: HeadSample): boolean {
  const to = normalize(subtract(add(wrist.grip.position, [0, 0.1, 0]), head.position));
  const ahead = rotateByQuat(head.rotation, [0, 0, -1]) as Vec3;
  return to[0] * ahead[0] + to[1] * ahead[1] + to[2] * ahead[2] > Math.cos((40 * Math.PI) / 180);
}

function paint(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  buttons: readonly PaletteButton[],
  hover: PaletteButton | null,
): void {
  context.fillStyle = INK.panel;
  context.beginPath();
  context.roundRect(0, 0, width, height, 30);
  context.fill();
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const rowPx = height / ROWS;
  for (const one of buttons) {
    const x = one.from * width + 8;
    const w = (one.to - one.from) * width - 16;
    const y = one.row * rowPx + 8;
    context.fillStyle = one.active ? INK.accent : hover?.id === one.id ? INK.line : INK.raised;
    context.beginPath();
    context.roundRect(x, y, w, rowPx - 16, 20);
    context.fill();
    context.font = fontOf(40, one.active ? 600 : 500);
    context.fillStyle = one.active ? INK.onAccent : INK.text;
    context.fillText(one.words, x + w / 2, y + (rowPx - 16) / 2 + 2, w - 16);
  }
}
