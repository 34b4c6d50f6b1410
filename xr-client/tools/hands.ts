/**
 * What two hands do to the twin and the clip plane, as a machine: hands in, new placement and plane out.
 *
 * H1 Grab with one hand: the twin moves and turns with it. With both: it scales too.
 * H2 Letting one of two go leaves the other holding, from where the twin is now: nothing jumps.
 * H3 Use (or grab) within 15 cm of the clip handle, or use with the clip tool: the plane is held, the twin is not.
 * H4 Held and let go, the plane stays where it was left, in the patient.
 * H5 Back, pressed: one step back. Menu, held for 0.6 s: bring it back to me, once.
 */
import {
  add,
  length,
  subtract,
  transformDirection,
  transformPoint,
  invert,
  normalize,
} from '../../shared/geometry/mat4.ts';
import {
  moveWithBothGrips,
  moveWithGrip,
  worldFromTwin,
  type Grip,
  type Placement,
} from '../pose/placement.ts';
import { conjugate, multiplyQuat, rotateByQuat } from '../pose/quaternion.ts';
import type { TwinPlane } from './clip.ts';

export type Side = 'left' | 'right';

/** One hand or controller in the world. */
export interface Hand {
  readonly side: Side;
  readonly grip: Grip;
  /** Where it points: origin and -z of the rotation. */
  readonly ray: Grip;
  /** Squeeze, or a fist. */
  readonly grab: boolean;
  /** Trigger, or a pinch. */
  readonly use: boolean;
  readonly back: boolean;
  readonly menu: boolean;
}

type Holding =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly side: Side; readonly from: Grip; readonly start: Placement }
  | { readonly kind: 'both'; readonly from: readonly [Grip, Grip]; readonly start: Placement };

interface HeldPlane {
  readonly side: Side;
  readonly from: Grip;
  /** Of the world, when it was taken. */
  readonly start: TwinPlane;
}

export interface HandsState {
  readonly holding: Holding;
  readonly plane: HeldPlane | null;
  readonly backDown: boolean;
  readonly menuSinceMs: number | null;
  readonly menuDone: boolean;
}

export const IDLE_HANDS: HandsState = {
  holding: { kind: 'none' },
  plane: null,
  backDown: false,
  menuSinceMs: null,
  menuDone: false,
};

export const CLIP_REACH_M = 0.15;
const MENU_MS = 600;

export interface HandsInput {
  readonly hands: readonly Hand[];
  readonly placement: Placement;
  /** The clip plane in twin space, and its handle there; null without a clip or without the right to edit. */
  readonly plane: TwinPlane | null;
  readonly handleInTwin: readonly [number, number, number] | null;
  readonly clipTool: boolean;
  /** A hand that points at the palette uses that, not the twin. */
  readonly busy: readonly Side[];
}

export interface HandsOutput {
  readonly state: HandsState;
  readonly placement: Placement;
  /** The plane's new place; null when it did not move. */
  readonly plane: TwinPlane | null;
  readonly planeTaken: boolean;
  readonly undo: boolean;
  readonly recentre: boolean;
}

function planeInWorld(plane: TwinPlane, placement: Placement): TwinPlane {
  const m = worldFromTwin(placement);
  return { normal: normalize(transformDirection(m, plane.normal)), point: transformPoint(m, plane.point) };
}

function planeFromWorld(plane: TwinPlane, placement: Placement): TwinPlane {
  const m = invert(worldFromTwin(placement));
  return { normal: normalize(transformDirection(m, plane.normal)), point: transformPoint(m, plane.point) };
}

function carried(held: HeldPlane, to: Grip): TwinPlane {
  const turn = multiplyQuat(to.rotation, conjugate(held.from.rotation));
  return {
    normal: rotateByQuat(turn, held.start.normal),
    point: add(to.position, rotateByQuat(turn, subtract(held.start.point, held.from.position))),
  };
}

export function stepHands(before: HandsState, input: HandsInput, nowMs: number): HandsOutput {
  const { hands } = input;
  const of = (side: Side): Hand | undefined => hands.find((hand) => hand.side === side);

  let plane = before.plane;
  let planeTaken = false;
  const holder = plane && of(plane.side);
  if (plane && !(holder && (holder.use || holder.grab))) plane = null;
  if (!plane && input.plane && input.handleInTwin) {
    const handle = transformPoint(worldFromTwin(input.placement), input.handleInTwin);
    const taker = hands.find(
      (hand) =>
        !input.busy.includes(hand.side) &&
        ((input.clipTool && hand.use) ||
          ((hand.use || hand.grab) && length(subtract(hand.grip.position, handle)) < CLIP_REACH_M)),
    );
    // A hand that already holds the twin goes on holding it.
    if (taker && !isHolding(before.holding, taker.side)) {
      plane = {
        side: taker.side,
        from: taker.grip,
        start: planeInWorld(input.plane, input.placement),
      };
      planeTaken = true;
    }
  }

  const grabbing = hands.filter((hand) => hand.grab && hand.side !== plane?.side);
  const { holding, placement } = hold(before.holding, grabbing, input.placement);

  const carrier = plane && of(plane.side);
  const moved = plane && carrier ? planeFromWorld(carried(plane, carrier.grip), placement) : null;

  const back = hands.some((hand) => hand.back);
  const menu = hands.some((hand) => hand.menu);
  const menuSinceMs = menu ? (before.menuSinceMs ?? nowMs) : null;
  const recentre = menuSinceMs !== null && !before.menuDone && nowMs - menuSinceMs >= MENU_MS;
  return {
    state: {
      holding,
      plane,
      backDown: back,
      menuSinceMs,
      menuDone: menu && (before.menuDone || recentre),
    },
    placement,
    plane: moved,
    planeTaken,
    undo: back && !before.backDown,
    recentre,
  };
}

const isHolding = (holding: Holding, side: Side): boolean =>
  holding.kind === 'both' || (holding.kind === 'one' && holding.side === side);

function hold(
  before: Holding,
  grabbing: readonly Hand[],
  placement: Placement,
): { readonly holding: Holding; readonly placement: Placement } {
  const [a, b] = grabbing;
  if (a && b) {
    if (before.kind !== 'both')
      return { holding: { kind: 'both', from: [a.grip, b.grip], start: placement }, placement };
    const from = [before.from[0].position, before.from[1].position] as const;
    return {
      holding: before,
      placement: moveWithBothGrips(before.start, from, [a.grip.position, b.grip.position]),
    };
  }
  if (a) {
    if (before.kind !== 'one' || before.side !== a.side)
      return { holding: { kind: 'one', side: a.side, from: a.grip, start: placement }, placement };
    return { holding: before, placement: moveWithGrip(before.start, before.from, a.grip) };
  }
  return { holding: { kind: 'none' }, placement };
}
