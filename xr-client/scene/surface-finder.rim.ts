/** The real surface in the middle of the view, where the device finds such things (WebXR hit test). */
import type { Vec3 } from '../../shared/geometry/mat4.ts';

export interface SurfaceFinder {
  /** With the session. False where the device finds no surfaces. */
  open(session: XRSession): Promise<boolean>;
  /** Of this frame: a point on something level, in the space's metres; null where there is none. */
  find(frame: XRFrame, space: XRReferenceSpace): Vec3 | null;
  close(): void;
}

/** A surface is level where its normal is within about 25 degrees of up: walls are no tables. */
const LEVEL = 0.9;

export function createSurfaceFinder(): SurfaceFinder {
  let source: XRHitTestSource | null = null;
  let wanted: XRSession | null = null;
  return {
    open: async (session) => {
      wanted = session;
      try {
        const space = await session.requestReferenceSpace('viewer');
        const made = await session.requestHitTestSource?.({ space });
        if (wanted === session) source = made ?? null;
        else made?.cancel();
      } catch {
        // Not granted: whoever asked is told below.
      }
      return source !== null;
    },
    find: (frame, space) => {
      if (!source) return null;
      for (const result of frame.getHitTestResults(source)) {
        const matrix = result.getPose(space)?.transform.matrix;
        if (matrix && matrix[5]! >= LEVEL) return [matrix[12]!, matrix[13]!, matrix[14]!];
      }
      return null;
    },
    close: () => {
      wanted = null;
      source?.cancel();
      source = null;
    },
  };
}
