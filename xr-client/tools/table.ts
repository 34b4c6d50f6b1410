/**
 * A twin on a table, seen through a tablet, without a device: where it stands, how it is turned, how large it is.
 *
 * T1 Until a surface is found it hangs where it was; on a device that finds none it floats there for good.
 * T2 Then it follows the surface in the middle of the view, its front to the person, until a tap leaves it there.
 * T3 One finger turns it about the vertical, two scale it; it goes on standing on its point.
 * T4 `again` takes it up: it follows the surface once more.
 * T5 A surface lost for a moment while it follows leaves it where it was.
 */
import { add, subtract, type Vec3 } from '../../shared/geometry/mat4.ts';
import { clampScale, type Placement } from '../pose/placement.ts';
import { multiplyQuat, quatAboutAxis } from '../pose/quaternion.ts';

export type TablePhase = 'looking' | 'floating' | 'aiming' | 'standing';

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
  | { readonly kind: 'tap' | 'again' | 'no-surfaces' }
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
      return table.point ? { ...table, phase: 'aiming' } : table;
    case 'no-surfaces':
      return table.point ? table : { ...table, phase: 'floating' };
    case 'turn':
      return { ...table, turned: table.turned + input.dxPx * RADIANS_PER_PX };
    case 'scale':
      return { ...table, scale: clampScale(table.scale * input.factor) };
    case 'size':
      return { ...table, scale: clampScale(input.scale) };
  }
}

const about = (angle: number): Placement['rotation'] => quatAboutAxis([0, 1, 0], angle);

/**
 * The twin on its point, its lowest side on the surface; or where it hangs while there is none. `heightM`: its height
 * at true size.
 */
export function placeOn({ point, yaw, turned, scale }: Table, heightM: number, hung: Placement): Placement {
  if (!point) return { ...hung, rotation: multiplyQuat(about(turned), hung.rotation), scale };
  return { position: add(point, [0, (heightM * scale) / 2, 0]), rotation: about(yaw + turned), scale };
}
