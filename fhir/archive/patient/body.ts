/**
 * The outlines that everything else is fitted to: skin, chest wall, the inside of the chest, diaphragm, spine.
 * LPS mm, x to the left, y to the back, z to the head; z = 0 at the middle of the heart, T8.
 */
import { paint, type Paint } from './fill.ts';
import { texture } from './noise.ts';
import { floorBelow, profile, trunk } from './profile.ts';
import { sampled } from './sampled.ts';
import { ellipsoid, shape, smax, smin, tube, type Point } from './shapes.ts';

/** Inside of the rib cage (parietal pleura): half-width, front and back by height. */
export const innerHalfWidth = profile([
  [172, 8], [164, 26], [152, 47], [135, 72], [110, 95], [80, 110], [40, 122], [0, 129], [-50, 132], [-100, 129],
  [-150, 125], [-215, 122],
]); // prettier-ignore
export const innerFront = profile([
  [172, 22], [164, 8], [152, -10], [135, -36], [110, -58], [80, -71], [40, -82], [0, -89], [-50, -91], [-100, -86],
  [-150, -80], [-215, -76],
]); // prettier-ignore
export const innerBack = profile([
  [172, 48], [164, 58], [152, 68], [135, 78], [110, 86], [80, 91], [40, 94], [0, 93], [-50, 89], [-100, 83],
  [-150, 78], [-215, 75],
]); // prettier-ignore
export const inner = sampled(trunk(innerHalfWidth, innerFront, innerBack));

/** Skin: half-width, front and back by height. The arms are raised. */
const skinHalfWidth = profile([
  [178, 66], [166, 74], [154, 98], [142, 132], [128, 150], [100, 162], [60, 168], [0, 164], [-60, 158], [-120, 153],
  [-215, 157],
]); // prettier-ignore
const skinFront = profile([
  [178, -44], [166, -50], [150, -66], [130, -82], [100, -98], [60, -109], [0, -114], [-60, -114], [-120, -112],
  [-215, -116],
]); // prettier-ignore
const skinBack = profile([
  [178, 88], [166, 94], [150, 104], [120, 117], [80, 122], [30, 121], [-40, 115], [-110, 110], [-215, 113],
]); // prettier-ignore
const skinTrunk = trunk(skinHalfWidth, skinFront, skinBack);
const arms = [-1, 1].map((side) =>
  tube([
    [side * 128, 12, 108, 40],
    [side * 146, 2, 138, 43],
    [side * 152, -14, 240, 40],
  ]),
);
const chest = [-1, 1].map((side) => ellipsoid([side * 74, -92, 48], [62, 26, 50]));
const latissimus = [-1, 1].map((side) => ellipsoid([side * 132, 48, 55], [34, 58, 95]));

/** Skin surface. */
export const skin = sampled(
  shape((x, y, z) => {
    const side = x < 0 ? 0 : 1;
    let d = skinTrunk.distance(x, y, z);
    d = smin(d, arms[side]!.distance(x, y, z), 38);
    d = smin(d, chest[side]!.distance(x, y, z), 22);
    d = smin(d, latissimus[side]!.distance(x, y, z), 30);
    // Furrow of the spine, and the line between the breast muscles and down the belly.
    const back = 5 * Math.exp(-(x * x) / 260) * (y > 60 ? 1 : 0);
    const front = 3 * Math.exp(-(x * x) / 120) * (y < -60 ? 1 : 0);
    return d + back + front + 0.9 * Math.sin(x * 0.045 + 1) * Math.sin(z * 0.052) * Math.sin(y * 0.04 + 2);
  }, 1.8),
);

/** Thickness of the fat under the skin: more at the belly and the flanks than over the chest. */
const fatMm = (x: number, y: number, z: number): number =>
  9 + 7 / (1 + Math.exp((z + 70) / 22)) + 2.5 * Math.sin(x * 0.03) * Math.cos(y * 0.035 + z * 0.02);

/** Surface of the muscles of the trunk. */
export const muscle = sampled(
  shape((x, y, z) => {
    // Shoulder blades lie in the muscle: it always covers the rib cage.
    const outer = skin.distance(x, y, z);
    const d = smin(outer + fatMm(x, y, z) + 2, inner.distance(x, y, z) - 14, 6);
    // Beside its steep top the inside of the chest says less than its distance: nothing grows through the skin.
    return smax(d, outer + 3.5, 3);
  }, 1.9),
);

/** Height of the diaphragm under the lungs, z in mm; Source of the heights: dome of the right at T9, left one lower. */
export function diaphragmZ(x: number, y: number): number {
  const dome = (cx: number, cy: number, rx: number, ry: number, top: number, drop: number): number => {
    const r2 = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2;
    return top - drop * r2;
  };
  const right = dome(-62, -4, 72, 92, -30, 62);
  const left = dome(64, 2, 70, 92, -44, 62);
  const middle = dome(12, -34, 80, 70, -56, 40);
  return Math.max(-128, -smin(-right, smin(-left, -middle, 20), 16));
}
/** Below the diaphragm: negative distance. */
export const belowDiaphragm = floorBelow(diaphragmZ);

/** Centre of the vertebral bodies by height: kyphosis of the chest, lordosis of the loins. */
export const spineY = profile([
  [172, 38], [150, 46], [110, 56], [60, 62], [0, 63], [-60, 57], [-110, 48], [-160, 41], [-215, 38],
]); // prettier-ignore

/** Upper abdomen inside its wall. */
export const abdomen = sampled(
  shape((x, y, z) => {
    const wall = skin.distance(x, y, z) + fatMm(x, y, z) + 15;
    const spine = 28 - Math.hypot(x * 0.8, y - spineY(z) - 12);
    return smax(smax(wall, belowDiaphragm.distance(x, y, z) + 3, 4), spine, 10);
  }, 2),
);

/** Where the skin lies along a ray from inside: `from` + t·`way`, t in mm. */
export function onSkin(from: Point, way: Point, outMm: number): Point {
  let [low, high] = [0, 260];
  const at = (t: number): Point => [from[0] + t * way[0], from[1] + t * way[1], from[2] + t * way[2]];
  for (let i = 0; i < 60; i++) {
    const mid = (low + high) / 2;
    if (skin.distance(...at(mid)) < outMm) low = mid;
    else high = mid;
  }
  return at(low);
}

const FAT = -102;

/** Skin, fat, muscle with its planes of fat, and what fills the chest before the organs come. */
export function bodyPaints(): Paint[] {
  const fat = (x: number, y: number, z: number): number => FAT + 7 * texture(x, y, z);
  const flesh = (x: number, y: number, z: number): number => {
    const t = texture(x * 0.9, y, z * 0.4);
    return 56 + (t > 1.7 ? -60 * (t - 1.7) : 4 * t);
  };
  // Between the broad muscles of the back and the rib cage lies a sheet of fat.
  const sheet = shape(
    (x, y, z) => smax(Math.abs(inner.distance(x, y, z) - 15.5) - 1.1, muscle.distance(x, y, z) + 2, 2),
    1.9,
  );
  const erector = [-1, 1].map((s) =>
    tube([
      [s * 20, 74, 172, 12], [s * 25, 88, 100, 15], [s * 28, 92, 0, 17], [s * 32, 86, -100, 22],
      [s * 34, 78, -220, 25],
    ]),
  ); // prettier-ignore
  return [
    paint('skin', skin, 28, { depthMm: 2, value: fat }),
    paint('muscle', muscle, flesh),
    paint('fat between muscles', sheet, -70),
    ...erector.map((s) => paint('erector spinae', s, 58)),
    paint(
      'chest',
      shape((x, y, z) => inner.distance(x, y, z), 1.7),
      -92,
    ),
    paint('abdominal cavity', abdomen, (x, y, z) => -98 + 7 * texture(x, y, z)),
  ];
}
