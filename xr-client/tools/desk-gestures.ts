/**
 * Mouse and touch into intents, without a page: `step(event)` returns what the gesture asks for.
 *
 * G1 Left drag does the tool's thing (orbit, pan or window); right or middle drag pans; Shift-drag windows.
 * G2 One finger does the tool's thing; two pan by their middle and scale by their distance.
 * G3 The wheel scales, about 10 % a notch.
 * G4 A press on the clip handle drags it, whatever the tool.
 * G5 A two-finger tap (under 250 ms, under 12 px) takes one step back.
 */
import type { Tool } from '../session/viewer-state.ts';

export type PointerInput =
  | {
      readonly kind: 'down';
      readonly id: number;
      readonly touch: boolean;
      readonly button: number;
      readonly shift: boolean;
      readonly x: number;
      readonly y: number;
      readonly onHandle: boolean;
      readonly timeMs: number;
    }
  | { readonly kind: 'move'; readonly id: number; readonly x: number; readonly y: number }
  | { readonly kind: 'up'; readonly id: number; readonly timeMs: number }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'wheel'; readonly deltaPx: number };

export type Intent =
  | { readonly kind: 'orbit' | 'pan'; readonly dx: number; readonly dy: number }
  | { readonly kind: 'scale'; readonly factor: number }
  /** Whole way since the drag began. */
  | { readonly kind: 'window' | 'handle'; readonly dx: number; readonly dy: number; readonly first: boolean }
  | { readonly kind: 'undo' };

interface Finger {
  readonly x: number;
  readonly y: number;
}

export interface DeskGestures {
  step(input: PointerInput, tool: Tool): readonly Intent[];
}

type Drag = {
  readonly does: 'orbit' | 'pan' | 'window' | 'handle';
  readonly startX: number;
  readonly startY: number;
  moved: boolean;
};

const TAP_MS = 250;
const TAP_PX = 12;

export function createDeskGestures(): DeskGestures {
  const fingers = new Map<number, Finger>();
  let drag: Drag | null = null;
  let tap: { startedMs: number; travelPx: number } | null = null;

  function pair(): readonly [Finger, Finger] | null {
    const [a, b] = [...fingers.values()];
    return fingers.size === 2 && a && b ? [a, b] : null;
  }

  function move(id: number, x: number, y: number): Intent[] {
    const before = fingers.get(id);
    if (!before) return [];
    const pairBefore = pair();
    fingers.set(id, { x, y });
    const [dx, dy] = [x - before.x, y - before.y];
    const pairNow = pair();
    if (pairBefore && pairNow) {
      if (tap) tap.travelPx += Math.hypot(dx, dy);
      const apart = ([a, b]: readonly [Finger, Finger]): number => Math.hypot(a.x - b.x, a.y - b.y);
      return [
        { kind: 'pan', dx: dx / 2, dy: dy / 2 },
        { kind: 'scale', factor: apart(pairNow) / Math.max(apart(pairBefore), 1) },
      ];
    }
    if (!drag || (dx === 0 && dy === 0)) return [];
    const first = !drag.moved;
    drag.moved = true;
    if (drag.does === 'window' || drag.does === 'handle')
      return [{ kind: drag.does, dx: x - drag.startX, dy: y - drag.startY, first }];
    return [{ kind: drag.does, dx, dy }];
  }

  return {
    step: (input, tool) => {
      switch (input.kind) {
        case 'down': {
          fingers.set(input.id, { x: input.x, y: input.y });
          if (fingers.size === 2) {
            drag = null;
            tap = { startedMs: input.timeMs, travelPx: 0 };
            return [];
          }
          if (fingers.size > 2) {
            tap = null;
            return [];
          }
          const plain = tool === 'clip' ? 'orbit' : tool;
          const does = input.onHandle
            ? 'handle'
            : input.shift
              ? 'window'
              : !input.touch && input.button !== 0
                ? 'pan'
                : plain;
          drag = { does, startX: input.x, startY: input.y, moved: false };
          return [];
        }
        case 'move':
          return move(input.id, input.x, input.y);
        case 'up': {
          const wasPair = fingers.size === 2;
          fingers.delete(input.id);
          drag = null;
          if (!wasPair || !tap) return [];
          const quick = input.timeMs - tap.startedMs < TAP_MS && tap.travelPx < TAP_PX;
          tap = null;
          return quick ? [{ kind: 'undo' }] : [];
        }
        case 'cancel':
          fingers.clear();
          drag = null;
          tap = null;
          return [];
        case 'wheel':
          return [{ kind: 'scale', factor: Math.exp(-Math.max(-200, Math.min(200, input.deltaPx)) / 1000) }];
      }
    },
  };
}
