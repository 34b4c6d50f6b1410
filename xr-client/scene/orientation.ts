/** Orientation letters: which way the patient lies on the screen, from the very matrix that the picture is drawn with. */
import { dot, normalize, transformDirection, type Mat4, type Vec3 } from '../../shared/geometry/mat4.ts';

/** Directions of twin space (x to the patient's left, y to the head, z to the front). */
export const LETTERS = [
  ['L', [1, 0, 0]],
  ['R', [-1, 0, 0]],
  ['H', [0, 1, 0]],
  ['F', [0, -1, 0]],
  ['A', [0, 0, 1]],
  ['P', [0, 0, -1]],
] as const satisfies readonly (readonly [letter: string, direction: Vec3])[];
export type Letter = (typeof LETTERS)[number][0];

/** An edge names a direction that leans towards it by more than this cosine; the stronger first, two at most. */
const LEAST = 0.38;

export interface EdgeLetters {
  readonly right: string;
  readonly left: string;
  readonly top: string;
  readonly bottom: string;
}

export function edgeLetters(eyeFromTwin: Mat4): EdgeLetters {
  const along = (edge: Vec3): string =>
    LETTERS.map(([letter, direction]) => ({
      letter,
      cosine: dot(normalize(transformDirection(eyeFromTwin, direction)), edge),
    }))
      .filter(({ cosine }) => cosine > LEAST)
      .toSorted((a, b) => b.cosine - a.cosine)
      .slice(0, 2)
      .map(({ letter }) => letter)
      .join('');
  return {
    right: along([1, 0, 0]),
    left: along([-1, 0, 0]),
    top: along([0, 1, 0]),
    bottom: along([0, -1, 0]),
  };
}
