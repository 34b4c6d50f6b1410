/**
 * The id strip: the frame's own name, drawn into the picture, so that no clock or queue on the way can lend it
 * another's. 56 bits (tick mod 2^24, rendered width/8, rendered height/8, flags, check), each cell followed by
 * its complement. A pair that is not clearly dark-light or light-dark makes the strip unreadable.
 */
import { STRIP_CELL_PX, type PictureLayout } from './picture.ts';

export interface FrameId {
  /** tick mod 2^24. */
  readonly tick: number;
  /** Pixels of the eye's slot that were rendered, multiples of 8. For a mono frame the width spans both slots. */
  readonly renderedWidth: number;
  readonly renderedHeight: number;
  readonly mono: boolean;
  /** Full resolution and sampling: nothing will sharpen further. */
  readonly converged: boolean;
}

export type StripReading = { readonly kind: 'read'; readonly id: FrameId } | { readonly kind: 'unreadable' };

const DARK = 16;
const LIGHT = 235;
const MIN_CONTRAST = 70;

/** Width and height code steps: mono frames span two slots, so their width is coded in steps of 16. */
const widthStep = (mono: boolean): number => (mono ? 16 : 8);

function checkOf(bytes: readonly number[]): number {
  let crc = 0x5a;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
}

function bytesOf(id: FrameId): number[] {
  const flags = (id.mono ? 1 : 0) | (id.converged ? 2 : 0);
  const body = [
    (id.tick >>> 16) & 0xff,
    (id.tick >>> 8) & 0xff,
    id.tick & 0xff,
    (id.renderedWidth / widthStep(id.mono)) & 0xff,
    (id.renderedHeight / 8) & 0xff,
    flags,
  ];
  return [...body, checkOf(body)];
}

function eachCell(layout: PictureLayout, visit: (cell: number, x: number, y: number) => void): void {
  const perRow = Math.floor(layout.strip.width / STRIP_CELL_PX);
  for (let cell = 0; cell < 112; cell++)
    visit(
      cell,
      layout.strip.x + (cell % perRow) * STRIP_CELL_PX,
      layout.strip.y + Math.floor(cell / perRow) * STRIP_CELL_PX,
    );
}

/** Draws the strip into a luma plane of `layout.width` bytes a row. */
export function writeStrip(luma: Uint8Array, layout: PictureLayout, id: FrameId): void {
  const bytes = bytesOf(id);
  eachCell(layout, (cell, x, y) => {
    const bit = (bytes[cell >> 4]! >> (7 - ((cell >> 1) & 7))) & 1;
    const value = (cell & 1) === 1 ? 1 - bit : bit;
    for (let row = y; row < y + STRIP_CELL_PX; row++)
      luma.fill(value ? LIGHT : DARK, row * layout.width + x, row * layout.width + x + STRIP_CELL_PX);
  });
}

/** Reads the strip of a decoded luma plane with `stride` bytes a row. Never throws. */
export function readStrip(
  luma: Uint8Array,
  layout: PictureLayout,
  stride: number = layout.width,
): StripReading {
  const bytes = [0, 0, 0, 0, 0, 0, 0];
  const means: number[] = [];
  eachCell(layout, (_cell, x, y) => {
    let sum = 0;
    for (let dy = 4; dy < 12; dy += 2)
      for (let dx = 4; dx < 12; dx += 2) sum += luma[(y + dy) * stride + x + dx] ?? 0;
    means.push(sum / 16);
  });
  for (let bit = 0; bit < 56; bit++) {
    const difference = means[2 * bit]! - means[2 * bit + 1]!;
    if (Math.abs(difference) < MIN_CONTRAST) return { kind: 'unreadable' };
    if (difference > 0) bytes[bit >> 3]! |= 1 << (7 - (bit & 7));
  }
  const body = bytes.slice(0, 6);
  if (checkOf(body) !== bytes[6]) return { kind: 'unreadable' };
  const mono = (bytes[5]! & 1) !== 0;
  return {
    kind: 'read',
    id: {
      tick: (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!,
      renderedWidth: bytes[3]! * widthStep(mono),
      renderedHeight: bytes[4]! * 8,
      mono,
      converged: (bytes[5]! & 2) !== 0,
    },
  };
}
