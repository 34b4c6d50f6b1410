/** A volume made ready to be shown, and the ways of showing it. */
import type { BackendInfo, BackendName, PictureTarget } from '../../native/types.ts';
import type { Look, Scene } from '../../shared/scene/index.ts';
import type { Pose } from '../../shared/protocol/channel.ts';
import type { PictureLayout } from '../../shared/protocol/picture.ts';
import type { Triple, Volume } from '../../shared/volume.ts';

export interface Camera {
  readonly eyeMm: Triple;
  readonly targetMm: Triple;
  readonly up: Triple;
  readonly fovYDeg: number;
}

/** How hard to try for one frame; the governor decides. */
export interface Quality {
  /** Share of the eye's slot that is rendered, 0.5 = 320 of 640. */
  readonly resolution: number;
  /** Step along the ray in voxels of level 0. */
  readonly stepVoxels: number;
  /** 0: the voxels as they are; 1: means of pairs along each axis, for pictures with few pixels, once they are made. */
  readonly level: 0 | 1;
}

export interface FrameStats {
  readonly ms: number;
  readonly renderedWidth: number;
  readonly renderedHeight: number;
  /** The detail it was marched in: full while half of it is still being made. */
  readonly level: Quality['level'];
  /** Who marched it; null where there was nothing to march. */
  readonly backend: BackendInfo | null;
}

/** One volume prepared on one backend, shared by every viewer of it. */
export interface TwinRenderer extends Disposable {
  readonly volume: Volume;
  readonly backend: BackendInfo;
  readonly valueRange: readonly [number, number];
  readonly histogram: readonly number[];
  /** Bytes that native holds beside the voxels. */
  readonly bytes: number;
  /** Fills an I420 picture (not its strip) for the pose. Looks are prepared once and kept. */
  renderFrame(
    scene: Pick<Scene, 'look' | 'clip' | 'phase'>,
    pose: Pose,
    layout: PictureLayout,
    planes: Uint8Array,
    quality: Quality,
    signal?: AbortSignal,
  ): Promise<FrameStats>;
  /** RGBA, sRGB, without a server; `stereo` gives two images of WxH side by side (63 mm, parallel). */
  renderImage(options: {
    readonly camera?: Camera;
    readonly look: Look;
    readonly phase?: number;
    readonly width: number;
    readonly height: number;
    readonly stereo?: boolean;
    readonly stepVoxels?: number;
    readonly signal?: AbortSignal;
  }): Promise<{
    readonly pixels: Uint8Array;
    readonly width: number;
    readonly height: number;
    readonly ms: number;
  }>;
  dispose(): void;
}

export type PrepareTwin = (
  volume: Volume,
  options?: { readonly backend?: BackendName; readonly signal?: AbortSignal },
) => Promise<TwinRenderer>;
export type { PictureTarget };
