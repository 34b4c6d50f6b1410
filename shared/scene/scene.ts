/** What is shown in a room: plain data under one version number. Poses and pointers are presence, never here. */
import type { Vec3 } from '../geometry/mat4.ts';
import type { PresetName } from './presets.ts';

export interface Look {
  readonly preset: PresetName;
  /** Moves the preset's transfer function: its own window is used where this is null. */
  readonly window: { readonly center: number; readonly width: number } | null;
}

/** Keeps the side its normal points to. */
export interface ClipPlane {
  readonly normalLps: Vec3;
  readonly pointLpsMm: Vec3;
}

export interface Scene {
  readonly version: number;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly volumeId: string;
  readonly phase: number;
  readonly look: Look;
  readonly clip: ClipPlane | null;
}

/** One edit of the scene. `set-volume` changes what is shown and resets look, clip and phase. */
export type Op =
  | { readonly kind: 'set-look'; readonly look: Look }
  | { readonly kind: 'set-clip'; readonly clip: ClipPlane | null }
  | { readonly kind: 'set-phase'; readonly phase: number }
  | {
      readonly kind: 'set-volume';
      readonly seriesInstanceUid: string;
      readonly volumeId: string;
      readonly look: Look;
    };

/** The scene after the edit, its version one higher. */
export function applyOp(scene: Scene, op: Op): Scene {
  const version = scene.version + 1;
  switch (op.kind) {
    case 'set-look':
      return { ...scene, version, look: op.look };
    case 'set-clip':
      return { ...scene, version, clip: op.clip };
    case 'set-phase':
      return { ...scene, version, phase: op.phase };
    case 'set-volume':
      return {
        ...scene,
        version,
        seriesInstanceUid: op.seriesInstanceUid,
        volumeId: op.volumeId,
        look: op.look,
        phase: 0,
        clip: null,
      };
  }
}
