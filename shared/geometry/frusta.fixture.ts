/**
 * Truth: where a point in front of the head lies in each eye's normalised device coordinates. Left eye's tangents
 * 1.2 and 0.9, the right one's mirrored, up and down 1; 63 mm between the eyes, which stand straight.
 */
import type { Vec3 } from './mat4.ts';

type Place = readonly [x: number, y: number];

export const FRUSTA_TRUTH: readonly (readonly [point: Vec3, left: Place, right: Place])[] = [
  [
    [0, 0, -1],
    [0.172857, 0],
    [-0.172857, 0],
  ],
  [
    [0.1, 0.2, -0.5],
    [0.393333, 0.4],
    [-0.012381, 0.4],
  ],
  [
    [-0.3, 0.1, -2],
    [0.015, 0.05],
    [-0.300714, 0.05],
  ],
];
