import { describe, expect, test } from 'vitest';
import { transformPoint, type Vec3 } from '../../shared/geometry/mat4.ts';
import { worldFromTwin, type Placement } from '../pose/placement.ts';
import { NO_TURN } from '../pose/quaternion.ts';
import { lookForTable, placeOn, stepTable, type Table, type TableInput } from './table.ts';

const EYES: Vec3 = [0.4, 1.5, 0.3];
const HUNG: Placement = { position: [0, 1.15, -0.5], rotation: NO_TURN, scale: 0.5 };
const standing = (table: Table, heightM: number): Placement => placeOn(table, heightM, HUNG);
const POINT: Vec3 = [0, 0.72, -0.6];
const drive = (inputs: readonly TableInput[], from: Table = lookForTable(0.5)): Table =>
  inputs.reduce(stepTable, from);
const seen: TableInput = { kind: 'surface', point: POINT, eyes: EYES };

describe('a twin on a table', () => {
  test('T1 it hangs where it was until a surface is found, and a tap changes nothing; fingers turn and size it', () => {
    const table = drive([{ kind: 'surface', point: null, eyes: EYES }, { kind: 'tap' }, { kind: 'again' }]);
    expect(table.phase).toBe('looking');
    expect(standing(table, 0.4)).toEqual(HUNG);
    const turned = drive(
      [
        { kind: 'turn', dxPx: 50 },
        { kind: 'scale', factor: 2 },
      ],
      table,
    );
    expect(standing(turned, 0.4)).toMatchObject({ position: HUNG.position, scale: 1 });
    expect(standing(turned, 0.4).rotation).not.toEqual(HUNG.rotation);
    expect(drive([{ kind: 'no-surfaces' }], table).phase).toBe('floating');
    expect(drive([seen, { kind: 'no-surfaces' }]).phase).toBe('aiming');
  });

  test('T2 its lowest side is on the surface, its front to the person, and a tap leaves it there', () => {
    const aiming = drive([seen]);
    expect(aiming.phase).toBe('aiming');
    const placement = standing(aiming, 0.4);
    const world = worldFromTwin(placement);
    const foot = transformPoint(world, [0, -0.2, 0]);
    foot.forEach((value, axis) => expect(value).toBeCloseTo(POINT[axis]!, 9));
    const front = transformPoint(world, [0, 0, 1]);
    const [fx, fz] = [front[0] - placement.position[0], front[2] - placement.position[2]];
    const [ex, ez] = [EYES[0] - POINT[0], EYES[2] - POINT[2]];
    expect(fx * ez - fz * ex).toBeCloseTo(0, 9);
    expect(fx * ex + fz * ez).toBeGreaterThan(0);
    // Upright, never mirrored: right of the person's view is the patient's left.
    expect(transformPoint(world, [0, 1, 0])[1]).toBeGreaterThan(placement.position[1]);
    const left = drive([seen, { kind: 'tap' }, { ...seen, point: [5, 0, 5] }]);
    expect(left.phase).toBe('standing');
    expect(standing(left, 0.4)).toEqual(placement);
  });

  test('T3 turning and scaling keep it on its point', () => {
    const table = drive([seen, { kind: 'tap' }, { kind: 'turn', dxPx: 100 }, { kind: 'scale', factor: 3 }]);
    const before = standing(drive([seen]), 0.4);
    const after = standing(table, 0.4);
    expect(after.scale).toBeCloseTo(1.5, 9);
    expect(after.position[1] - 0.2 * after.scale).toBeCloseTo(POINT[1], 9);
    expect(after.rotation).not.toEqual(before.rotation);
    expect(standing(drive([{ kind: 'size', scale: 1 }], table), 0.4).scale).toBe(1);
    expect(drive([{ kind: 'scale', factor: 1e9 }], table).scale).toBeLessThanOrEqual(20);
  });

  test('T4, T5 taken up it follows again; a lost surface leaves it where it was; from above it keeps its turn', () => {
    const again = drive([seen, { kind: 'tap' }, { kind: 'again' }]);
    expect(again.phase).toBe('aiming');
    expect(drive([{ kind: 'surface', point: null, eyes: EYES }], again).point).toEqual(POINT);
    const moved = drive([{ kind: 'surface', point: [1, 0.72, 0], eyes: [1, 1.5, 0.001] }], again);
    expect(moved.point).toEqual([1, 0.72, 0]);
    expect(moved.yaw).toBe(again.yaw);
    expect(drive([{ kind: 'again' }]).phase).toBe('looking');
  });
});
