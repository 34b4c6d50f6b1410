/** Listens to the page's pointers and keys and hands on what they ask for. */
import type { Tool } from '../session/viewer-state.ts';
import { keysTaken } from '../style/dom.ts';
import { createDeskGestures, type Intent } from './desk-gestures.ts';

export type KeyIntent =
  'clip' | 'recentre' | 'undo' | 'left' | 'right' | 'up' | 'down' | 'larger' | 'smaller';

const KEYS: Readonly<Record<string, KeyIntent>> = {
  c: 'clip',
  r: 'recentre',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  '+': 'larger',
  '=': 'larger',
  '-': 'smaller',
};

/** What a key press asks for; null where it is nobody's here. */
export function keyIntent(event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey?: boolean;
}): KeyIntent | null {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // With Shift it is known as the way forward again, which there is none of: it must not go further back.
  if (event.ctrlKey || event.metaKey) return key === 'z' && !event.altKey && !event.shiftKey ? 'undo' : null;
  return event.altKey ? null : (KEYS[key] ?? null);
}

export function listenAtDesk(
  canvas: HTMLElement,
  handle: HTMLElement,
  options: {
    tool(): Tool;
    onIntent(intent: Intent): void;
    onKey(intent: KeyIntent): void;
  },
): () => void {
  const end = new AbortController();
  const { signal } = end;
  const gestures = createDeskGestures();
  const give = (intents: readonly Intent[]): void => intents.forEach((intent) => options.onIntent(intent));

  for (const element of [canvas, handle]) {
    element.addEventListener(
      'pointerdown',
      (event) => {
        element.setPointerCapture(event.pointerId);
        give(
          gestures.step(
            {
              kind: 'down',
              id: event.pointerId,
              touch: event.pointerType === 'touch',
              button: event.button,
              shift: event.shiftKey,
              x: event.clientX,
              y: event.clientY,
              onHandle: element === handle,
              timeMs: event.timeStamp,
            },
            options.tool(),
          ),
        );
      },
      { signal },
    );
    element.addEventListener(
      'pointermove',
      (event) => {
        const { pointerId: id, clientX: x, clientY: y } = event;
        give(gestures.step({ kind: 'move', id, x, y }, options.tool()));
      },
      { signal },
    );
    const up = (event: PointerEvent): void =>
      give(gestures.step({ kind: 'up', id: event.pointerId, timeMs: event.timeStamp }, options.tool()));
    element.addEventListener('pointerup', up, { signal });
    element.addEventListener('pointercancel', () => give(gestures.step({ kind: 'cancel' }, options.tool())), {
      signal,
    });
    element.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
    element.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const lines = event.deltaMode === 1 ? 33 : 1;
        give(gestures.step({ kind: 'wheel', deltaPx: event.deltaY * lines }, options.tool()));
      },
      { signal, passive: false },
    );
  }
  addEventListener(
    'keydown',
    (event) => {
      const from = event.target;
      if (keysTaken(event)) return;
      // Arrows belong to whatever has the focus: a slider, a list.
      const focused = from instanceof HTMLElement && from !== document.body && from !== canvas;
      const intent = keyIntent(event);
      if (!intent || (focused && event.key.startsWith('Arrow'))) return;
      event.preventDefault();
      options.onKey(intent);
    },
    { signal },
  );
  return () => end.abort();
}
