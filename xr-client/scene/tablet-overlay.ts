/** What a tablet shows over the camera's picture: one sentence, three buttons, and fingers on everything else. */
import type { ViewerState } from '../session/viewer-state.ts';
import { el, hide, write } from '../style/dom.ts';
import { TEXT } from '../strings.ts';
import { createDeskGestures, type PointerInput } from '../tools/desk-gestures.ts';
import { createRecentFailure } from '../session/failure-words.ts';
import { awayWords } from './away-words.ts';
import { emptyWords } from './empty-words.ts';
import { isTrueSize } from './scale-bar.ts';

export interface TabletOverlay {
  /** What the session is asked to show over the camera's picture. */
  readonly root: HTMLElement;
  show(state: ViewerState, nowMs: number): void;
}

export interface TabletActions {
  tap(): void;
  turn(dxPx: number): void;
  scale(factor: number): void;
  again(): void;
  /** True size, or fitted again. */
  trueSize(on: boolean): void;
  leave(): void;
}

const TAP_MS = 300;
const TAP_PX = 12;

export function createTabletOverlay(parent: HTMLElement, actions: TabletActions): TabletOverlay {
  const words = el('p', { class: 'tablet-words', role: 'status', 'aria-live': 'polite' });
  const button = (text: string, press: () => void): HTMLButtonElement =>
    el('button', { class: 'button', type: 'button', on: { click: press } }, text);
  const again = button(TEXT.tablet.again, actions.again);
  const size = button(TEXT.tablet.trueSize, () =>
    actions.trueSize(size.getAttribute('aria-pressed') !== 'true'),
  );
  const bar = el('div', { class: 'tablet-bar' }, again, size, button(TEXT.tablet.leave, actions.leave));
  const root = el('div', { class: 'tablet-overlay', hidden: true }, words, bar);
  parent.append(root);
  // Fingers are read here: the session need not take them for presses of its own.
  root.addEventListener('beforexrselect', (event) => event.preventDefault());

  const recent = createRecentFailure();
  const gestures = createDeskGestures();
  const give = (input: PointerInput): void => {
    for (const intent of gestures.step(input, 'orbit')) {
      if (intent.kind === 'orbit') actions.turn(intent.dx);
      if (intent.kind === 'scale') actions.scale(intent.factor);
    }
  };
  let tap: { readonly id: number; readonly x: number; readonly y: number; readonly ms: number } | null = null;
  root.addEventListener('pointerdown', (event) => {
    if (bar.contains(event.target as Node)) return;
    root.setPointerCapture(event.pointerId);
    const { pointerId: id, clientX: x, clientY: y, timeStamp: timeMs, button: which } = event;
    // A second finger makes it a pinch.
    tap = event.isPrimary ? { id, x, y, ms: timeMs } : null;
    give({ kind: 'down', id, touch: true, button: which, shift: false, x, y, onHandle: false, timeMs });
  });
  root.addEventListener('pointermove', ({ pointerId: id, clientX: x, clientY: y }) => {
    if (tap && Math.hypot(x - tap.x, y - tap.y) >= TAP_PX) tap = null;
    // What may still become a tap turns nothing.
    if (!tap) give({ kind: 'move', id, x, y });
  });
  root.addEventListener('pointerup', (event) => {
    const { pointerId: id, timeStamp: timeMs } = event;
    give({ kind: 'up', id, timeMs });
    if (tap?.id === id && timeMs - tap.ms < TAP_MS) actions.tap();
    tap = null;
  });
  root.addEventListener('pointercancel', () => {
    give({ kind: 'cancel' });
    tap = null;
  });

  return {
    root,
    show: (state, nowMs) => {
      const { table, scale, failure, connection, age } = state;
      hide(root, table === null);
      if (table === null) return;
      const said =
        recent(failure, nowMs) ??
        awayWords(connection, age)?.join(' ') ??
        emptyWords(state) ??
        TEXT.tablet[table];
      write(words, said);
      hide(again, table !== 'standing');
      size.setAttribute('aria-pressed', String(isTrueSize(scale)));
    },
  };
}
