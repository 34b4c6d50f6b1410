/** The volume's histogram with the window on it: drag the middle to move it, an edge to widen it, arrows do both. */
import { el, write } from '../style/dom.ts';
import { TEXT } from '../strings.ts';
import { barHeights, dragPart, partAt, valueWords, windowWords } from '../tools/histogram.ts';
import type { WindowValue } from '../tools/window.ts';

export interface HistogramOptions {
  readonly bins: readonly number[];
  readonly range: readonly [number, number];
  readonly unit: string;
  /** `goesOn`: the same drag, or the same key still held down. */
  onChange(window: WindowValue, goesOn: boolean): void;
}

const HEIGHT = 96;

export function histogram(options: HistogramOptions): {
  readonly element: HTMLElement;
  show(window: WindowValue): void;
} {
  const [low, high] = options.range;
  const canvas = el('canvas', { class: 'histogram', width: 512, height: HEIGHT * 2, 'aria-hidden': 'true' });
  const numbers = el('output', { class: 'window-numbers' });
  const element = el(
    'div',
    {
      class: 'histogram-box',
      role: 'slider',
      tabindex: '0',
      'aria-label': 'Window: arrows move it, up and down widen it',
      'aria-valuemin': low,
      'aria-valuemax': high,
    },
    canvas,
    numbers,
    el('p', { class: 'hint' }, TEXT.windowHint),
  );
  const heights = barHeights(options.bins);
  let shown: WindowValue = { center: (low + high) / 2, width: high - low };

  const xOf = (value: number): number => ((value - low) / (high - low)) * canvas.width;

  function draw(): void {
    const context = canvas.getContext('2d');
    if (!context) return;
    const style = getComputedStyle(element);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const { width, height } = canvas;
    const [from, to] = [xOf(shown.center - shown.width / 2), xOf(shown.center + shown.width / 2)];
    context.clearRect(0, 0, width, height);
    const bar = width / heights.length;
    heights.forEach((share, index) => {
      const x = index * bar;
      context.fillStyle = x >= from && x <= to ? color('--quiet') : color('--line');
      context.fillRect(x, height * (1 - share), Math.ceil(bar), height * share);
    });
    context.strokeStyle = color('--accent');
    context.lineWidth = 4;
    context.beginPath();
    context.moveTo(from, height);
    context.lineTo(to, 2);
    context.stroke();
    context.fillStyle = color('--accent');
    for (const x of [from, to]) context.fillRect(x - 3, 0, 6, height);
  }

  function show(window: WindowValue): void {
    shown = window;
    const words = windowWords(window, options.unit, options.range);
    write(numbers, words);
    element.setAttribute('aria-valuenow', valueWords(window.center, options.range));
    element.setAttribute('aria-valuetext', words);
    draw();
  }

  const change = (window: WindowValue, goesOn: boolean): void => {
    show(window);
    options.onChange(window, goesOn);
  };

  canvas.addEventListener('pointerdown', (down) => {
    const box = canvas.getBoundingClientRect();
    const start = shown;
    const at = low + ((down.clientX - box.left) / box.width) * (high - low);
    const part = partAt(start, at, ((high - low) / box.width) * 18);
    canvas.setPointerCapture(down.pointerId);
    let moved = false;
    const move = (event: PointerEvent): void => {
      const by = ((event.clientX - down.clientX) / box.width) * (high - low);
      change(dragPart(start, part, by, options.range), moved);
      moved = true;
    };
    canvas.addEventListener('pointermove', move);
    const end = (): void => canvas.removeEventListener('pointermove', move);
    canvas.addEventListener('pointerup', end, { once: true });
    canvas.addEventListener('pointercancel', end, { once: true });
  });

  element.addEventListener('keydown', (event) => {
    const step = ((high - low) / 100) * (event.shiftKey ? 5 : 1);
    const by: Readonly<Record<string, WindowValue>> = {
      ArrowLeft: { center: shown.center - step, width: shown.width },
      ArrowRight: { center: shown.center + step, width: shown.width },
      ArrowUp: { center: shown.center, width: shown.width + step },
      ArrowDown: { center: shown.center, width: Math.max(step, shown.width - step) },
    };
    const next = by[event.key];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    change(next, event.repeat);
  });
  return { element, show };
}
