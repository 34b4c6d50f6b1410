import { describe, expect, test } from 'vitest';
import { clipSchema, fromClientSchema, lookSchema } from './messages.ts';

const accepts = (message: unknown): boolean => fromClientSchema.safeParse(message).success;

describe('messages', () => {
  test('honest messages pass', () => {
    expect(accepts({ kind: 'hello', version: 1, token: 't', name: 'Dr. Grey', device: 'headset' })).toBe(
      true,
    );
    expect(accepts({ kind: 'signal', signal: { type: 'answer', sdp: 'v=0' } })).toBe(true);
    expect(
      accepts({
        kind: 'signal',
        signal: {
          type: 'candidate',
          candidate: { candidate: 'candidate:1 1 UDP', sdpMid: '0', sdpMLineIndex: 0 },
        },
      }),
    ).toBe(true);
    expect(accepts({ kind: 'op', id: 1, base: 0, op: { kind: 'set-clip', clip: null } })).toBe(true);
    expect(accepts({ kind: 'start-stream', eyeWidth: 640, eyeHeight: 640 })).toBe(true);
  });
  test.each([
    null,
    'hello',
    [],
    { kind: 'nothing' },
    { kind: 'hello', version: 1, token: 'x'.repeat(257), name: '', device: 'desktop' },
    { kind: 'hello', version: 1.5, token: '', name: '', device: 'desktop' },
    { kind: 'signal', signal: { type: 'answer', sdp: 'x'.repeat(32_001) } },
    { kind: 'op', id: 1, base: 0, op: { kind: 'set-phase', phase: -1 } },
    { kind: 'op', id: 1, base: 0, op: { kind: 'set-volume', seriesInstanceUid: '../etc', volumeId: '0' } },
    { kind: 'presence', presence: { head: { position: [0, 0, 1e9], rotation: [0, 0, 0, 1] }, hands: [] } },
    { kind: 'presence', presence: { head: null, hands: [1, 2, 3] } },
  ])('%o is refused', (message) => {
    expect(accepts(message)).toBe(false);
  });
  test('a clip plane has a unit normal, a window a positive width', () => {
    expect(clipSchema.safeParse({ normalLps: [0, 0, 1], pointLpsMm: [1, 2, 3] }).success).toBe(true);
    expect(clipSchema.safeParse({ normalLps: [0, 0, 2], pointLpsMm: [1, 2, 3] }).success).toBe(false);
    expect(clipSchema.safeParse({ normalLps: [0, 0, Number.NaN], pointLpsMm: [1, 2, 3] }).success).toBe(
      false,
    );
    expect(lookSchema.safeParse({ preset: 'ct-bone', window: { center: 0, width: 0 } }).success).toBe(false);
  });
});
