/** Blackens what an earlier, larger picture left in the eyes' slots: no old anatomy lies beside the new one. */
import type { PictureLayout } from '../../shared/protocol/picture.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * `before` is what the slots held, `now` what was rendered into their top left part (luma pixels of one eye; of the
 * whole width where mono). Chroma is flat there.
 */
export function blankRest(
  planes: Uint8Array,
  layout: PictureLayout,
  mono: boolean,
  before: Size,
  now: Size,
): void {
  if (before.width <= now.width && before.height <= now.height) return;
  const luma = layout.width * layout.height;
  const slots = mono ? [{ x: 0, width: layout.width }] : layout.eyes;
  const plane = (start: number, shift: number, value: number): void => {
    const stride = layout.width >> shift;
    for (const slot of slots) {
      const [left, right] = [slot.x >> shift, (slot.x + slot.width) >> shift];
      for (let y = 0; y < layout.eyeHeight >> shift; y++) {
        const from = y < now.height >> shift ? left + (now.width >> shift) : left;
        planes.fill(value, start + y * stride + from, start + y * stride + right);
      }
    }
  };
  plane(0, 0, 16);
  plane(luma, 1, 128);
  plane(luma + (luma >> 2), 1, 128);
}
