/** The histogram on the wrist: the trigger held on it drags the window, as a pointer does on the panel's. */
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import { barHeights, dragPart, partAt, windowWords, type WindowPart } from '../tools/histogram.ts';
import type { WindowValue } from '../tools/window.ts';
import { fontOf, INK } from './plate.ts';

export interface ChartDrag {
  readonly part: WindowPart;
  readonly across: number;
  readonly start: WindowValue;
  readonly moved: boolean;
}

/** Share of the chart's width within which an edge is taken: two degrees at arm's length. */
const REACH = 0.07;

/**
 * One turn of a hand that points. `across`: 0..1 over the chart, null beside it (a drag goes on from where it was);
 * `pressed`: the trigger went down now. Gives the window that the drag makes, `goesOn` after its first.
 */
export function stepChart(
  drag: ChartDrag | null,
  input: {
    readonly down: boolean;
    readonly pressed: boolean;
    readonly across: number | null;
    readonly window: WindowValue;
    readonly range: readonly [number, number];
  },
): { readonly drag: ChartDrag | null; readonly window: WindowValue | null; readonly goesOn: boolean } {
  const { down, pressed, across, window, range } = input;
  const none = { drag: null, window: null, goesOn: false };
  if (!down) return none;
  const span = range[1] - range[0];
  if (!drag) {
    if (!pressed || across === null) return none;
    const part = partAt(window, range[0] + across * span, REACH * span);
    return { ...none, drag: { part, across, start: window, moved: false } };
  }
  if (across === null || (!drag.moved && across === drag.across)) return { ...none, drag };
  const next = dragPart(drag.start, drag.part, (across - drag.across) * span, range);
  return { drag: { ...drag, moved: true }, window: next, goesOn: drag.moved };
}

/** Paints it into a box of the palette, in the plate's pixels. */
export function paintChart(
  context: CanvasRenderingContext2D,
  box: { readonly x: number; readonly y: number; readonly w: number; readonly h: number },
  volume: ShownVolume,
  window: WindowValue,
): void {
  const { x, y, w, h } = box;
  const [low, high] = volume.valueRange;
  const words = 52;
  const chart = h - words;
  const at = (value: number): number => x + Math.min(1, Math.max(0, (value - low) / (high - low))) * w;
  context.fillStyle = INK.raised;
  context.beginPath();
  context.roundRect(x, y, w, h, 20);
  context.fill();
  const [from, to] = [at(window.center - window.width / 2), at(window.center + window.width / 2)];
  const heights = barHeights(volume.histogram);
  const bar = w / heights.length;
  heights.forEach((share, index) => {
    const left = x + index * bar;
    context.fillStyle = left >= from && left <= to ? INK.quiet : INK.line;
    context.fillRect(left, y + chart * (1 - share), Math.ceil(bar), chart * share);
  });
  context.strokeStyle = INK.accent;
  context.lineWidth = 6;
  context.beginPath();
  context.moveTo(from, y + chart);
  context.lineTo(to, y + 4);
  context.stroke();
  context.fillStyle = INK.accent;
  for (const edge of [from, to]) context.fillRect(edge - 4, y, 8, chart);
  context.font = fontOf(36, 500);
  context.fillStyle = INK.text;
  context.fillText(
    windowWords(window, volume.unit, volume.valueRange),
    x + w / 2,
    y + chart + words / 2 + 2,
    w - 16,
  );
}
