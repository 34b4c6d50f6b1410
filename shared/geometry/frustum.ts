/** What one eye sees: tangents of the four half-angles, all positive for an ordinary eye (WebXR's asymmetric frusta). */
import type { Mat4, Vec3 } from './mat4.ts';

export interface Tangents {
  readonly left: number;
  readonly right: number;
  readonly up: number;
  readonly down: number;
}

/** Tangents of a WebXR / OpenGL projection matrix (column-major). */
export function tangentsFromProjection(p: Mat4): Tangents {
  return {
    left: (1 - p[8]!) / p[0]!,
    right: (1 + p[8]!) / p[0]!,
    up: (1 + p[9]!) / p[5]!,
    down: (1 - p[9]!) / p[5]!,
  };
}

/** A symmetric view: vertical angle in degrees, aspect = width / height. */
export function symmetricTangents(fovYDeg: number, aspect: number): Tangents {
  const up = Math.tan((fovYDeg * Math.PI) / 360);
  return { left: up * aspect, right: up * aspect, up, down: up };
}

/** Wider by a share of each side (0.08 = 8 %): the guard band that the warp eats. */
export function widen(t: Tangents, share: number): Tangents {
  const f = 1 + share;
  return { left: t.left * f, right: t.right * f, up: t.up * f, down: t.down * f };
}

/**
 * Picture position of a point in eye space (metres, looking along -z): x to the right and y down in pixels,
 * (0, 0) the outer corner of the first pixel. Source: docs of WebXR projection; tests in science 10.8.
 */
export function project(
  pointEye: Vec3,
  t: Tangents,
  width: number,
  height: number,
): readonly [number, number] {
  const u = (pointEye[0] / -pointEye[2] + t.left) / (t.left + t.right);
  const v = (t.up - pointEye[1] / -pointEye[2]) / (t.up + t.down);
  return [u * width, v * height];
}
