import type { Vec3 } from '../geometry/mat4.ts';
import { srgbFromLinear } from './srgb.ts';

/**
 * The ground behind every picture in linear light: #0D1014, the page's own, so that a picture has no visible edge.
 * Node and client must agree on it: the warp fills with it what no ray has seen.
 */
export const GROUND_LINEAR = [0.004025, 0.005182, 0.006995] as const;

const [red, green, blue] = GROUND_LINEAR;
/** The same as sRGB codes 0..1. */
export const GROUND_CODES: Vec3 = [srgbFromLinear(red), srgbFromLinear(green), srgbFromLinear(blue)];
