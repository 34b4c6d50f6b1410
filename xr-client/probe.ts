/** For tests and measurements, on request (`?probe`): a look inside, and a hand on the pose clock. */
import { Engine } from '@babylonjs/core/Engines/engine.js';
import type { Mat4 } from '../shared/geometry/mat4.ts';
import type { Desk } from './scene/desk.ts';
import type { Stage } from './scene/stage.ts';
import type { Placement } from './pose/placement.ts';
import type { StreamCounts } from './session/stream.rim.ts';
import type { Viewer } from './session/viewer-state.ts';

export interface Probe {
  readonly viewer: Viewer;
  readonly desk: Desk;
  readonly stage: Stage;
  /** No further pose leaves: the node goes on with the last one, the display does not. */
  holdPoses(hold: boolean): void;
  worldFromTwin(): Mat4;
  setPlacement(placement: Placement): void;
  counts(): Readonly<StreamCounts> | null;
  /** The newest pose's tick, and that of the picture on show. */
  ticks(): { readonly sampled: number; readonly shown: number; readonly converged: boolean };
  /**
   * The next display frame, `asDrawn` or only one with every pixel (a device may draw fewer while things move): RGBA
   * rows from the bottom, base64, read before the canvas is handed over.
   */
  readPixels(
    asDrawn: boolean,
  ): Promise<{ readonly width: number; readonly height: number; readonly base64: string }>;
}

declare global {
  interface Window {
    __anteroom?: Probe;
  }
}

export function installProbe(parts: {
  readonly stage: Stage;
  readonly viewer: Viewer;
  readonly desk: Desk;
  holdPoses(hold: boolean): void;
  placement(): Mat4;
  setPlacement(placement: Placement): void;
  counts(): Readonly<StreamCounts> | null;
  ticks(): ReturnType<Probe['ticks']>;
}): () => void {
  const { stage } = parts;
  window.__anteroom = {
    viewer: parts.viewer,
    desk: parts.desk,
    stage,
    holdPoses: parts.holdPoses,
    worldFromTwin: parts.placement,
    setPlacement: parts.setPlacement,
    counts: parts.counts,
    ticks: parts.ticks,
    readPixels: (asDrawn) =>
      new Promise((resolve) => {
        const drawn = stage.scene.onAfterRenderObservable.add(() => {
          if (!asDrawn && stage.engine.getHardwareScalingLevel() > 1) return;
          drawn.remove();
          const gl = (stage.engine as Engine)._gl as WebGL2RenderingContext;
          const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
          const pixels = new Uint8Array(width * height * 4);
          gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
          let text = '';
          for (let at = 0; at < pixels.length; at += 32_768)
            text += String.fromCharCode(...pixels.subarray(at, at + 32_768));
          resolve({ width, height, base64: btoa(text) });
        });
      }),
  };
  return () => delete window.__anteroom;
}
