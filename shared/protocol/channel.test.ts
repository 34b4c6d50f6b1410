import { describe, expect, test } from 'vitest';
import { multiply, scaling, translation, type Mat4 } from '../geometry/mat4.ts';
import {
  ACK_BYTES,
  decodeChannelMessage,
  encodeAck,
  encodeKeyRequest,
  encodePose,
  KEY_BYTES,
  POSE_BYTES,
  type Pose,
} from './channel.ts';

const turn = (angle: number): Mat4 => {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c, 0, -s, 0, 0, 1, 0, 0, s, 0, c, 0, 0, 0, 0, 1];
};
const eyeFromTwin = multiply(translation([0.03125, -0.25, -0.625]), turn(0.5), scaling(2));
const pose = (change: Partial<Pose> = {}): Pose => ({
  tick: 0xfffffff0,
  sampleTimeMs: 123456.789,
  horizonMs: 12.5,
  mono: false,
  eyes: [
    { eyeFromTwin, tangents: { left: 1.25, right: 0.75, up: 1, down: 0.5 } },
    { eyeFromTwin: turn(-0.25), tangents: { left: 0.75, right: 1.25, up: 1, down: 0.5 } },
  ],
  ...change,
});

describe('channel', () => {
  test('a pose comes back: tick and time exactly, matrices as float32', () => {
    const bytes = encodePose(pose());
    expect(bytes.length).toBe(POSE_BYTES);
    const message = decodeChannelMessage(bytes);
    if (message.kind !== 'pose') throw new Error(message.kind);
    const back = message.pose;
    expect(back.tick).toBe(0xfffffff0);
    expect(back.sampleTimeMs).toBe(123456.789);
    expect(back.horizonMs).toBe(12.5);
    expect(back.eyes[0].tangents).toEqual({ left: 1.25, right: 0.75, up: 1, down: 0.5 });
    expect(back.eyes[1].tangents).toEqual({ left: 0.75, right: 1.25, up: 1, down: 0.5 });
    for (const eye of [0, 1] as const)
      back.eyes[eye].eyeFromTwin.forEach((value, i) =>
        expect(value).toBe(Math.fround(pose().eyes[eye].eyeFromTwin[i]!)),
      );
  });

  test('the bytes lie where the page says: left eye before right, columns of three', () => {
    const view = new DataView(encodePose(pose()).buffer);
    expect(view.getUint8(0)).toBe(1);
    expect(view.getUint32(4, true)).toBe(0xfffffff0);
    expect(view.getFloat64(8, true)).toBe(123456.789);
    expect(view.getFloat32(24 + 36, true)).toBe(0.03125); // translation x of the left eye
    expect(view.getFloat32(24 + 48, true)).toBe(1.25); // its left tangent
    expect(view.getFloat32(88 + 48, true)).toBe(0.75); // the right eye's left tangent
  });

  test('mono: the right eye is the left one', () => {
    const message = decodeChannelMessage(encodePose(pose({ mono: true })));
    if (message.kind !== 'pose') throw new Error(message.kind);
    expect(message.pose.mono).toBe(true);
    expect(message.pose.eyes[1]).toEqual(message.pose.eyes[0]);
  });

  test('ack and key', () => {
    expect(encodeAck(7, 41.5).length).toBe(ACK_BYTES);
    expect(decodeChannelMessage(encodeAck(7, 41.5))).toEqual({ kind: 'ack', tick: 7, poseToShownMs: 41.5 });
    expect(encodeKeyRequest().length).toBe(KEY_BYTES);
    expect(decodeChannelMessage(encodeKeyRequest())).toEqual({ kind: 'key' });
    expect(decodeChannelMessage(encodeAck(7, Number.NaN)).kind).toBe('malformed');
  });

  const withEye = (matrix: Mat4): Pose =>
    pose({
      eyes: [
        { eyeFromTwin: matrix, tangents: pose().eyes[0].tangents },
        { eyeFromTwin: turn(0), tangents: pose().eyes[1].tangents },
      ],
    });
  test.each([
    ['a mirror', multiply(scaling(1), [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])],
    ['a stretch', [1, 0, 0, 0, 0, 1.2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]],
    ['a shear', [1, 0, 0, 0, 0.2, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]],
    ['nothing at all', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['not a number', [Number.NaN, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]],
    ['an infinity', [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, Infinity, 0, 0, 1]],
  ])('a pose with %s is malformed', (_what, matrix) => {
    expect(decodeChannelMessage(encodePose(withEye(matrix as Mat4))).kind).toBe('malformed');
  });
  test('a pose with an empty frustum is malformed', () => {
    const tangents = { left: 0.5, right: -0.5, up: 1, down: 1 };
    const flat = pose({ eyes: [{ eyeFromTwin, tangents }, pose().eyes[1]] });
    expect(decodeChannelMessage(encodePose(flat)).kind).toBe('malformed');
  });

  test('any bytes give a message or say malformed, and never throw', () => {
    let state = 1;
    const next = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 8;
    for (let round = 0; round < 4000; round++) {
      const size = [0, 1, 4, 16, 152, 153, next() % 400][round % 7]!;
      const bytes = Uint8Array.from({ length: size }, () => next() & 0xff);
      if (size > 0 && round % 2) bytes[0] = 1 + (next() % 3);
      const message = decodeChannelMessage(bytes);
      if (message.kind === 'pose') {
        const values = message.pose.eyes.flatMap((eye) => [...eye.eyeFromTwin]);
        expect(values.every(Number.isFinite)).toBe(true);
      }
    }
  });
});
