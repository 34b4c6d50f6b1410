/**
 * What travels on the data channel from the client, little-endian, type byte first. Unreliable and unordered:
 * newest wins. Sizes are fixed; anything else is malformed.
 *
 * pose (1), 152 bytes: u8 type, u8 flags (1 mono), u16 0, u32 tick, f64 sampleTimeMs, f32 horizonMs, f32 0,
 *   2 x { f32 x 12 eyeFromTwin (four columns of three), f32 x 4 tangents left right up down }
 * ack (2), 16 bytes: u8 type, 3 x 0, u32 tick shown, f32 poseToShownMs, f32 0
 * key (3), 4 bytes: u8 type, 3 x 0 - asks for a key frame
 */
import type { Mat4 } from '../geometry/mat4.ts';
import type { Tangents } from '../geometry/frustum.ts';

/** RTP timestamp of a frame = tick x this, modulo 2^32. Said again at welcome. */
export const RTP_STEP = 1500;

export const POSE_BYTES = 152;
export const ACK_BYTES = 16;
export const KEY_BYTES = 4;

export interface EyePose {
  /** Eye space (metres, looking along -z) from twin space; holds placement, turn and scale of the twin too. */
  readonly eyeFromTwin: Mat4;
  readonly tangents: Tangents;
}

export interface Pose {
  readonly tick: number;
  /** The client's clock when the pose was sampled. */
  readonly sampleTimeMs: number;
  /** How far ahead of the sample the pose was predicted. */
  readonly horizonMs: number;
  /** One eye over the whole picture; `eyes[1]` is then ignored. */
  readonly mono: boolean;
  readonly eyes: readonly [EyePose, EyePose];
}

export type ChannelMessage =
  | { readonly kind: 'pose'; readonly pose: Pose }
  | { readonly kind: 'ack'; readonly tick: number; readonly poseToShownMs: number }
  | { readonly kind: 'key' }
  | { readonly kind: 'malformed'; readonly reason: string };

export function encodePose(pose: Pose): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(POSE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, pose.mono ? 1 : 0);
  view.setUint32(4, pose.tick >>> 0, true);
  view.setFloat64(8, pose.sampleTimeMs, true);
  view.setFloat32(16, pose.horizonMs, true);
  pose.eyes.forEach((eye, index) => {
    let at = 24 + index * 64;
    const put = (value: number): void => {
      view.setFloat32(at, value, true);
      at += 4;
    };
    for (let column = 0; column < 4; column++)
      for (let row = 0; row < 3; row++) put(eye.eyeFromTwin[column * 4 + row]!);
    const t = eye.tangents;
    [t.left, t.right, t.up, t.down].forEach(put);
  });
  return bytes;
}

export function encodeAck(tick: number, poseToShownMs: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ACK_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 2);
  view.setUint32(4, tick >>> 0, true);
  view.setFloat32(8, poseToShownMs, true);
  return bytes;
}

export function encodeKeyRequest(): Uint8Array<ArrayBuffer> {
  return new Uint8Array([3, 0, 0, 0]);
}

/**
 * Whether the first nine numbers (three columns) turn and scale evenly, without a mirror: what a head, a placement
 * and a pinch can do. Anything else would draw the patient's left as right, or stretched. Scale 0.001 to 1000.
 */
function turnsAndScales(f: readonly number[]): boolean {
  const dot = (a: number, b: number): number => f[a]! * f[b]! + f[a + 1]! * f[b + 1]! + f[a + 2]! * f[b + 2]!;
  const squares = [dot(0, 0), dot(3, 3), dot(6, 6)];
  const scale2 = (squares[0]! + squares[1]! + squares[2]!) / 3;
  if (scale2 < 1e-6 || scale2 > 1e6) return false;
  const tolerance = 0.01 * scale2;
  if (squares.some((square) => Math.abs(square - scale2) > tolerance)) return false;
  if ([dot(0, 3), dot(0, 6), dot(3, 6)].some((product) => Math.abs(product) > tolerance)) return false;
  const determinant =
    f[0]! * (f[4]! * f[8]! - f[5]! * f[7]!) -
    f[3]! * (f[1]! * f[8]! - f[2]! * f[7]!) +
    f[6]! * (f[1]! * f[5]! - f[2]! * f[4]!);
  return determinant > 0;
}

/** Any bytes into a message; never throws. */
export function decodeChannelMessage(bytes: Uint8Array): ChannelMessage {
  const malformed = (reason: string): ChannelMessage => ({ kind: 'malformed', reason });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === KEY_BYTES && bytes[0] === 3) return { kind: 'key' };
  if (bytes.length === ACK_BYTES && bytes[0] === 2) {
    const poseToShownMs = view.getFloat32(8, true);
    if (!Number.isFinite(poseToShownMs)) return malformed('ack with a time that is not finite');
    return { kind: 'ack', tick: view.getUint32(4, true), poseToShownMs };
  }
  if (bytes.length !== POSE_BYTES || bytes[0] !== 1)
    return malformed(`type ${bytes[0] ?? 'none'} with ${bytes.length} bytes`);
  const floats: number[] = [];
  for (let at = 24; at < POSE_BYTES; at += 4) floats.push(view.getFloat32(at, true));
  const sampleTimeMs = view.getFloat64(8, true);
  const horizonMs = view.getFloat32(16, true);
  if (![...floats, sampleTimeMs, horizonMs].every((value) => Number.isFinite(value) && Math.abs(value) < 1e9))
    return malformed('pose with a number that is not finite');
  const eye = (index: number): EyePose | undefined => {
    const f = floats.slice(index * 16, index * 16 + 16) as [number, number, number, ...number[]];
    const tangents = { left: f[12]!, right: f[13]!, up: f[14]!, down: f[15]! };
    if (tangents.left + tangents.right < 1e-3 || tangents.up + tangents.down < 1e-3) return undefined;
    if (Math.max(...f.slice(12).map(Math.abs)) > 50) return undefined;
    if (!turnsAndScales(f)) return undefined;
    const m = [f[0], f[1], f[2], 0, f[3]!, f[4]!, f[5]!, 0, f[6]!, f[7]!, f[8]!, 0, f[9]!, f[10]!, f[11]!, 1];
    return { eyeFromTwin: m, tangents };
  };
  const mono = (view.getUint8(1) & 1) !== 0;
  const left = eye(0);
  const right = mono ? left : eye(1);
  if (!left || !right)
    return malformed('pose with an empty or absurd frustum, or one that mirrors or stretches');
  return {
    kind: 'pose',
    pose: { tick: view.getUint32(4, true), sampleTimeMs, horizonMs, mono, eyes: [left, right] },
  };
}
