/**
 * What travels over the room's WebSocket (JSON text) and the HTTP API. Two closed unions, checked by these
 * schemas on the node; the client imports their types alone.
 */
import { z } from 'zod';
import type { Scene } from '../scene/scene.ts';
import type { Progress, StudyEntry, Triple, Dims } from '../volume.ts';
import type { Mat4 } from '../geometry/mat4.ts';
import type { Role } from '../roles.ts';

/** Raised with every change of these messages, the channel's bytes or the picture. A mismatch is refused in words. */
export const PROTOCOL_VERSION = 2;
/** Longer text closes the socket. SDP is the longest honest message. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

const finite = z.number().refine((n) => Number.isFinite(n) && Math.abs(n) < 1e7);
const vec3 = z.tuple([finite, finite, finite]);
const quat = z.tuple([finite, finite, finite, finite]);
const placed = z.object({ position: vec3, rotation: quat });
const uid = z.string().regex(/^[0-9.]{1,64}$/);

export const windowSchema = z.object({ center: finite, width: finite.refine((w) => w > 0) });
export const lookSchema = z.object({
  preset: z.enum(['ct-bone', 'ct-vessel', 'ct-soft', 'ct-lung', 'ct-skin', 'mr', 'pet', 'mip']),
  window: windowSchema.nullable(),
});
const unit3 = vec3.refine((n) => Math.abs(Math.hypot(...n) - 1) < 1e-3, 'not a unit vector');
export const clipSchema = z.object({ normalLps: unit3, pointLpsMm: vec3 });

export const opSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('set-look'), look: lookSchema }),
  z.object({ kind: z.literal('set-clip'), clip: clipSchema.nullable() }),
  z.object({ kind: z.literal('set-phase'), phase: z.number().int().min(0).max(10_000) }),
  z.object({
    kind: z.literal('set-volume'),
    seriesInstanceUid: uid,
    volumeId: z.string().max(16),
    look: lookSchema,
  }),
]);

export const signalSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('offer'), sdp: z.string().max(32_000) }),
  z.object({ type: z.literal('answer'), sdp: z.string().max(32_000) }),
  z.object({
    type: z.literal('candidate'),
    candidate: z.object({
      candidate: z.string().max(2000),
      sdpMid: z.string().max(64).nullish(),
      sdpMLineIndex: z.number().int().nullish(),
    }),
  }),
]);
export type Signal = z.infer<typeof signalSchema>;

/** Where somebody's head and hands are, in twin space (metres): presence, never kept. */
export const presenceSchema = z.object({
  head: placed.nullable(),
  hands: z.array(placed).max(2),
});
export type Presence = z.infer<typeof presenceSchema>;

export const fromClientSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('hello'),
    version: z.number().int(),
    token: z.string().max(256),
    name: z.string().max(64),
    device: z.enum(['desktop', 'tablet', 'headset']),
  }),
  z.object({ kind: z.literal('start-stream'), eyeWidth: z.number().int(), eyeHeight: z.number().int() }),
  z.object({ kind: z.literal('signal'), signal: signalSchema }),
  /** An edit: `id` is the client's own number, `base` the scene version it saw. */
  z.object({ kind: z.literal('op'), id: z.number().int(), base: z.number().int(), op: opSchema }),
  z.object({ kind: z.literal('presence'), presence: presenceSchema }),
  z.object({ kind: z.literal('cancel-load') }),
  z.object({ kind: z.literal('bye') }),
]);
export type FromClient = z.infer<typeof fromClientSchema>;

/** The volume that the room shows, as much as a client needs to place and label it. */
export interface ShownVolume {
  readonly dims: Dims;
  readonly spacingMm: Triple;
  readonly lpsFromIndex: Mat4;
  readonly unit: string;
  readonly modality: string;
  readonly phases: readonly { readonly timeMs: number | null }[];
  readonly valueRange: readonly [number, number];
  /** Counts of voxels in 256 equal bins over `valueRange`. */
  readonly histogram: readonly number[];
  readonly problems: readonly { readonly code: string; readonly text: string }[];
  readonly quarantined: number;
}

export interface Person {
  readonly viewerId: string;
  readonly name: string;
  readonly role: Role;
  readonly device: 'desktop' | 'tablet' | 'headset';
  readonly colour: string;
}

/** What the node did for a viewer lately: sent twice a second. */
export interface StreamReport {
  readonly fps: number;
  readonly renderMs: number;
  readonly encodeMs: number;
  readonly poseToSentMs: number;
  readonly bitrateKbps: number;
  readonly renderedWidth: number;
  readonly renderedHeight: number;
  readonly fullWidth: number;
  readonly fullHeight: number;
  /** Along the rays: step in voxels, and 1 where half the volume's detail is marched. */
  readonly stepVoxels: number;
  readonly level: 0 | 1;
  readonly encoder: string;
  readonly backend: string;
  readonly nacks: number;
  readonly keyFrames: number;
}

export type FromNode =
  | {
      readonly kind: 'welcome';
      readonly version: number;
      readonly viewerId: string;
      readonly role: Role;
      readonly people: readonly Person[];
      readonly study: StudyEntry;
      readonly scene: Scene;
      readonly rtpStep: number;
    }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'shown'; readonly volume: ShownVolume }
  | { readonly kind: 'signal'; readonly signal: Signal }
  /** `commit`: done as asked. `rebase`: done on top of others' edits. `discard`: not done; `reason` says why. */
  | {
      readonly kind: 'op-result';
      readonly id: number;
      readonly result: 'commit' | 'rebase' | 'discard';
      readonly reason?: string;
      readonly version: number;
    }
  | { readonly kind: 'scene'; readonly scene: Scene; readonly by: string }
  | { readonly kind: 'people'; readonly people: readonly Person[] }
  | { readonly kind: 'presence'; readonly viewerId: string; readonly presence: Presence }
  | { readonly kind: 'report'; readonly report: StreamReport }
  | { readonly kind: 'failure'; readonly code: string; readonly text: string };

/** Close codes of the room's socket, each with words in its reason. */
export const CLOSE = {
  malformed: 4400,
  forbidden: 4403,
  expired: 4410,
  tooLarge: 4413,
  versionMismatch: 4426,
  tooFast: 4429,
  nodeFailed: 4500,
} as const;

// HTTP, all but static files with `Authorization: Bearer <token>`; errors are { code, text } with a fitting status.
//   GET  /api/session                 -> SessionInfo: what this token opens
//   GET  /api/studies                 -> StudiesAnswer: as much as is known, see `studies.ts`      (host)
//   GET  /api/thumbnails/<study>/<series>  -> image/png                                            (host, or room's own)
//   POST /api/rooms { studyInstanceUid, seriesInstanceUid? } -> { roomId, token, link, expires }   (host)
//   WS   /ws/room                     first message `hello`
export interface SessionInfo {
  readonly role: Role;
  readonly scope: 'host' | 'room';
  readonly roomId: string | null;
  readonly expires: string | null;
  readonly source: string;
}

export const newRoomSchema = z.object({ studyInstanceUid: uid, seriesInstanceUid: uid.optional() });
export interface NewRoom {
  readonly roomId: string;
  readonly token: string;
  readonly link: string;
  readonly expires: string;
}
