/**
 * What the viewer knows and what can be asked of it: the one thing panels are built on. State is plain data that is
 * replaced, never changed; a panel subscribes, draws what it is given and calls an action.
 *
 * Who draws what: the picture's own furniture (orientation letters, scale bar and 1:1, age rim, "sharpening…",
 * "Planning view, not for diagnosis", avatars, clip handle) comes with the picture, from `scene/`, along the edges'
 * middles and bottom left. Everything that is pressed or read on demand is a panel's: what is shown (top left),
 * people (top right), tools (bottom centre), the folding panel (right), the stream dot (bottom right), loading,
 * failures, reconnecting, help. Keys: `tools/` takes C, R, Ctrl+Z and the arrows; panels take ?, L and Esc.
 */
import type { Person, ShownVolume, StreamReport } from '../../shared/protocol/messages.ts';
import type { Role } from '../../shared/roles.ts';
import type { Op, Scene } from '../../shared/scene/scene.ts';
import type { Progress, StudyEntry } from '../../shared/volume.ts';
import type { TablePhase } from '../tools/table.ts';

/** The room's socket. `ended` never comes back by itself. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'joined' }
  | { readonly kind: 'reconnecting'; readonly attempt: number; readonly retryInMs: number }
  | { readonly kind: 'ended'; readonly code: string; readonly text: string };

/** Where the person is: at a desk (mouse or touch), or in a headset. */
export type ViewerMode = 'desk' | 'vr' | 'ar';

/** What a plain drag, or the trigger, does. */
export type Tool = 'orbit' | 'pan' | 'window' | 'clip';

/** How old the picture is: fresh under 150 ms, old above, stale above 1 s, none before the first one. */
export type Age =
  | { readonly kind: 'none' }
  | { readonly kind: 'fresh'; readonly ageMs: number }
  | { readonly kind: 'old'; readonly ageMs: number }
  | { readonly kind: 'stale'; readonly ageMs: number };

/** sharpening until the node says that nothing will get better; then 'full'. */
export type Fidelity = 'none' | 'sharpening' | 'full';

/** What this end measures of the stream; updated twice a second. */
export interface ReceivedReport {
  /** New pictures per second. */
  readonly fps: number;
  /** Pose sampled to picture decoded here, of the last 120 pictures; null before the first. */
  readonly poseToDecodedMsP50: number | null;
  readonly poseToDecodedMsP95: number | null;
  readonly displayFps: number;
  readonly framesChecked: number;
  /** Pictures whose strip, RTP timestamp and pose ring disagreed: never shown. */
  readonly framesRefused: number;
  /** Pictures whose strip could not be read: never shown either, counted apart. */
  readonly framesUnreadable: number;
  readonly keyRequests: number;
  readonly transport: 'none' | 'connecting' | 'connected' | 'failed';
}

/** Something went wrong that a person should read; `serial` grows, so the same words twice are two. */
export interface Failure {
  readonly serial: number;
  readonly code: string;
  readonly text: string;
}

export interface ViewerState {
  readonly connection: Connection;
  readonly viewerId: string | null;
  readonly role: Role | null;
  readonly study: StudyEntry | null;
  /** With this viewer's own edits already in. */
  readonly scene: Scene | null;
  /** Null until the node has it in memory. */
  readonly volume: ShownVolume | null;
  readonly people: readonly Person[];
  /** Null when nothing is loading. */
  readonly progress: Progress | null;
  readonly report: StreamReport | null;
  readonly received: ReceivedReport;
  readonly age: Age;
  readonly fidelity: Fidelity;
  readonly mode: ViewerMode;
  readonly tool: Tool;
  /** A tablet in AR: no surface found yet, one that a tap would take, or the twin standing on it. Null elsewhere. */
  readonly table: TablePhase | null;
  /** Which immersive modes this browser offers here; null while it is being asked. */
  readonly immersive: { readonly vr: boolean; readonly ar: boolean } | null;
  /** Shown size over true size: 1 is 1:1. */
  readonly scale: number;
  readonly canUndo: boolean;
  readonly failure: Failure | null;
}

export interface ViewerActions {
  /**
   * Shown at once, answered later; a discarded edit is taken back and becomes a failure with words. `merge`: goes on
   * with the edit before it (a drag), and is taken back with it in one step.
   */
  applyOp(op: Op, how?: { readonly merge?: boolean }): void;
  /** On: through the middle of the volume, facing the person. Off: no clip. */
  setClip(on: boolean): void;
  /** The other side of the plane. */
  flipClip(): void;
  /** Call straight from a click handler: browsers enter XR from a person's press alone. */
  enterVr(): Promise<void>;
  enterAr(): Promise<void>;
  exitXr(): Promise<void>;
  /** Brings the twin back before the person, fitted. */
  recentre(): void;
  /** 1:1, in a headset alone: how large a monitor shows things is not known. */
  trueSize(): void;
  setTool(tool: Tool): void;
  undo(): void;
  cancelLoad(): void;
  dismissFailure(): void;
  /** Out of the room: back to the studies where the link allows it, else to a closing word. */
  leave(): void;
}

export interface Viewer {
  state(): ViewerState;
  /** Called after every change with the new and the former state; returns what ends it. */
  subscribe(listener: (state: ViewerState, before: ViewerState) => void): () => void;
  readonly actions: ViewerActions;
}

export const EMPTY_RECEIVED: ReceivedReport = {
  fps: 0,
  poseToDecodedMsP50: null,
  poseToDecodedMsP95: null,
  displayFps: 0,
  framesChecked: 0,
  framesRefused: 0,
  framesUnreadable: 0,
  keyRequests: 0,
  transport: 'none',
};

export const INITIAL_STATE: ViewerState = {
  connection: { kind: 'connecting' },
  viewerId: null,
  role: null,
  study: null,
  scene: null,
  volume: null,
  people: [],
  progress: null,
  report: null,
  received: EMPTY_RECEIVED,
  age: { kind: 'none' },
  fidelity: 'none',
  mode: 'desk',
  tool: 'orbit',
  table: null,
  immersive: null,
  scale: 1,
  canUndo: false,
  failure: null,
};
