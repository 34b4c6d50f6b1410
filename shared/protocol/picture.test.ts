import { describe, expect, test } from 'vitest';
import {
  DEPTH_FAR_M,
  DEPTH_NEAR_M,
  inverseDepthFromCode,
  pictureBytes,
  pictureLayout,
  type Rect,
} from './picture.ts';
import { readStrip, writeStrip, type FrameId } from './strip.ts';

const SIZES = [
  [160, 160],
  [320, 320],
  [640, 640],
  [1280, 960],
  [1440, 1584],
] as const;

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe('picture', () => {
  test.each(SIZES)(
    '%i x %i an eye: parts lie inside, do not overlap, and are whole macroblocks high',
    (w, h) => {
      const layout = pictureLayout(w, h);
      const parts = [...layout.eyes, ...layout.depth, ...layout.coverage, ...layout.confidence, layout.strip];
      for (const part of parts) {
        expect(part.x >= 0 && part.y >= 0).toBe(true);
        expect(part.x + part.width).toBeLessThanOrEqual(layout.width);
        expect(part.y + part.height).toBeLessThanOrEqual(layout.height);
      }
      parts.forEach((a, i) => parts.slice(i + 1).forEach((b) => expect(overlap(a, b)).toBe(false)));
      expect(layout.width % 16).toBe(0);
      expect(layout.height % 16).toBe(0);
      expect(pictureBytes(layout)).toBe(layout.width * layout.height * 1.5);
    },
  );
  test('sides that are no multiples of 16, or too small, are refused', () => {
    expect(() => pictureLayout(170, 160)).toThrow(RangeError);
    expect(() => pictureLayout(144, 160)).toThrow(RangeError);
  });
  test('depth codes span near to far', () => {
    expect(inverseDepthFromCode(1)).toBeCloseTo(1 / DEPTH_FAR_M, 12);
    expect(inverseDepthFromCode(255)).toBeCloseTo(1 / DEPTH_NEAR_M, 12);
  });
});

describe('strip', () => {
  const layout = pictureLayout(160, 160);
  const luma = (): Uint8Array => new Uint8Array(layout.width * layout.height).fill(90);
  const id = (change: Partial<FrameId> = {}): FrameId => ({
    tick: 0xabcdef,
    renderedWidth: 160,
    renderedHeight: 80,
    mono: false,
    converged: true,
    ...change,
  });

  test.each([
    id(),
    id({ tick: 0, converged: false }),
    id({ tick: 0xffffff, mono: true, renderedWidth: 320, renderedHeight: 160 }),
  ])('what is written is read: %o', (written) => {
    const plane = luma();
    writeStrip(plane, layout, written);
    expect(readStrip(plane, layout)).toEqual({ kind: 'read', id: written });
  });

  test('large eyes too: 1,440 x 1,584 and a mono frame of 2,880', () => {
    const large = pictureLayout(1440, 1584);
    const plane = new Uint8Array(large.width * large.height).fill(90);
    const written = id({ mono: true, renderedWidth: 2880, renderedHeight: 1584 });
    writeStrip(plane, large, written);
    expect(readStrip(plane, large)).toEqual({ kind: 'read', id: written });
  });

  test('a stride wider than the picture', () => {
    const plane = luma();
    writeStrip(plane, layout, id());
    const stride = layout.width + 64;
    const padded = new Uint8Array(stride * layout.height);
    for (let y = 0; y < layout.height; y++)
      padded.set(plane.subarray(y * layout.width, (y + 1) * layout.width), y * stride);
    expect(readStrip(padded, layout, stride)).toEqual({ kind: 'read', id: id() });
  });

  test('coding noise of 30 levels does no harm', () => {
    const plane = luma();
    writeStrip(plane, layout, id());
    let state = 7;
    for (let i = 0; i < plane.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      plane[i] = Math.max(0, Math.min(255, plane[i]! + ((state >>> 16) % 61) - 30));
    }
    expect(readStrip(plane, layout)).toEqual({ kind: 'read', id: id() });
  });

  test('a pair of cells lost makes it unreadable; one alone never makes it another frame', () => {
    for (let cell = 0; cell < 112; cell++) {
      const grey = (plane: Uint8Array, which: number): void => {
        const x = (which % 20) * 16;
        const y = layout.strip.y + Math.floor(which / 20) * 16;
        for (let row = y; row < y + 16; row++)
          plane.fill(125, row * layout.width + x, row * layout.width + x + 16);
      };
      const plane = luma();
      writeStrip(plane, layout, id());
      grey(plane, cell);
      const reading = readStrip(plane, layout);
      if (reading.kind === 'read') expect(reading.id).toEqual(id());
      grey(plane, cell ^ 1);
      expect(readStrip(plane, layout)).toEqual({ kind: 'unreadable' });
    }
  });

  test('any bit turned, both its cells, is caught by the check', () => {
    for (let bit = 0; bit < 56; bit++) {
      const plane = luma();
      writeStrip(plane, layout, id());
      for (const cell of [2 * bit, 2 * bit + 1]) {
        const x = (cell % 20) * 16;
        const y = layout.strip.y + Math.floor(cell / 20) * 16;
        for (let row = y; row < y + 16; row++)
          for (let at = row * layout.width + x; at < row * layout.width + x + 16; at++)
            plane[at] = 251 - plane[at]!;
      }
      expect(readStrip(plane, layout)).toEqual({ kind: 'unreadable' });
    }
  });

  test('an empty or a short plane is unreadable', () => {
    expect(readStrip(luma(), layout).kind).toBe('unreadable');
    expect(readStrip(new Uint8Array(10), layout).kind).toBe('unreadable');
  });
});
