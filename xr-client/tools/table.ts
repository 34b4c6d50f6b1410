/**
 * A twin on a table, seen through a tablet, without a device: where it stands, how it is turned, how large it is.
 *
 * T1 Until a surface is found it stands nowhere: whoever shows it keeps it where it hangs.
 * T2 Then it follows the surface in the middle of the view, its front to the person, until a tap leaves it there.
 * T3 One finger turns it about the vertical, two scale it; it goes on standing on its point.
 * T4 `again` takes it up: it follows the surface once more.
 * T5 A surface lost for a moment while it follows leaves it where it was.
 */
import { add, subtract, type Vec3 } from '../../shared/geometry/mat4.ts';
import { clampScale, type Placement } from '../pose/placement.ts';
import { quatAboutAxis } from '../pose/quaternion.ts';

export type TablePhase = 'looking' | 'aiming' | 'standing';

/** Metres and radians; `turned` is what fingers added to the way to the person. */
export interface Table {
  readonly phase: TablePhase;
  readonly point: Vec3 | null;
  readonly yaw: number;
  readonly turned: number;
  readonly scale: number;
}

export type TableInput =
  /** What lies in the middle of the view, or null; and where the person's eyes are. */
  | { readonly kind: 'surface'; readonly point: Vec3 | null; readonly eyes: Vec3 }
  | { readonly kind: 'tap' | 'again' }
  | { readonly kind: 'turn'; readonly dxPx: number }
  | { readonly kind: 'scale'; readonly factor: number }
  | { readonly kind: 'size'; readonly scale: number };

/** A finger's way across a tablet's width is about half a turn. */
const RADIANS_PER_PX = 0.006;

export const lookForTable = (scale: number): Table => ({
  phase: 'looking',
  point: null,
  yaw: 0,
  turned: 0,
  scale: clampScale(scale),
});

export function stepTable(table: Table, input: TableInput): Table {
  switch (input.kind) {
    case 'surface': {
      const { point, eyes } = input;
      if (table.phase === 'standing' || !point) return table;
      const [x, , z] = subtract(eyes, point);
      // From right above there is no way to the person: the last one stands.
      const yaw = Math.hypot(x, z) < 0.02 ? table.yaw : Math.atan2(x, z);
      return { ...table, phase: 'aiming', point, yaw };
    }
    case 'tap':
      return table.phase === 'aiming' ? { ...table, phase: 'standing' } : table;
    case 'again':
      return { ...table, phase: table.point ? 'aiming' : 'looking' };
    case 'turn':
      return { ...table, turned: table.turned + input.dxPx * RADIANS_PER_PX };
    case 'scale':
      return { ...table, scale: clampScale(table.scale * input.factor) };
    case 'size':
      return { ...table, scale: clampScale(input.scale) };
  }
}

/** The twin on its point, its lowest side on the surface; null while there is none. `heightM`: its height at true size. */
export function standing({ point, yaw, turned, scale }: Table, heightM: number): Placement | null {
  if (!point) return null;
  return {
    position: add(point, [0, (heightM * scale) / 2, 0]),
    rotation: quatAboutAxis([0, 1, 0], yaw + turned),
    scale,
  };
}
