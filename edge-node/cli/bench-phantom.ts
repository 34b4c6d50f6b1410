/** What the render bench looks at: a made-up chest of simple solids with noise, and two ways of showing it. */

export interface BenchVolume {
  readonly voxels: Int16Array;
  readonly dims: readonly [number, number, number];
  readonly spacingMm: readonly [number, number, number];
}

export interface TransferFunction {
  readonly color: readonly (readonly [value: number, r: number, g: number, b: number])[];
  readonly opacity: readonly (readonly [value: number, alphaPerMm: number])[];
  readonly unitDistanceMm: 1;
  readonly shading: {
    readonly ambient: number;
    readonly diffuse: number;
    readonly specular: number;
    readonly specularPower: number;
  };
  readonly background: readonly [0, 0, 0];
}

const shading = { ambient: 0.2, diffuse: 0.7, specular: 0.3, specularPower: 20 };

/** `tf`: bone and vessels, rays end early. `tf_soft`: thin opacity everywhere, rays go through. */
export const TRANSFER_FUNCTIONS: Readonly<Record<'tf' | 'tf_soft', TransferFunction>> = {
  tf: {
    color: [
      [-1000, 0.2, 0.2, 0.6],
      [-500, 0.5, 0.35, 0.3],
      [50, 0.8, 0.5, 0.4],
      [200, 0.9, 0.3, 0.25],
      [400, 0.95, 0.85, 0.75],
      [1000, 1, 1, 1],
    ],
    opacity: [
      [-1000, 0],
      [150, 0],
      [220, 0.15],
      [400, 0.5],
      [1000, 0.9],
    ],
    unitDistanceMm: 1,
    shading,
    background: [0, 0, 0],
  },
  tf_soft: {
    color: [
      [-1000, 0.3, 0.3, 0.6],
      [-500, 0.7, 0.5, 0.4],
      [50, 0.9, 0.6, 0.5],
      [400, 1, 0.9, 0.8],
      [1000, 1, 1, 1],
    ],
    opacity: [
      [-1000, 0],
      [-900, 0],
      [-700, 0.004],
      [-150, 0.004],
      [40, 0.008],
      [400, 0.05],
      [1000, 0.1],
    ],
    unitDistanceMm: 1,
    shading,
    background: [0, 0, 0],
  },
};

const EXTENT_MM = [358.4, 358.4, 300] as const;

/** Body, lungs, ribs, spine, filled chambers, an aorta; noise of 12 HU from a seeded generator. */
export function benchPhantom(dims: readonly [number, number, number]): BenchVolume {
  const [nx, ny, nz] = dims;
  const voxels = new Int16Array(new SharedArrayBuffer(2 * nx * ny * nz));
  const share = (n: number, count: number): number => (2 * n + 1) / count - 1;
  const squared = (a: number, b: number): number => a * a + b * b;
  // A uniform sum of four is near enough to normal: SD 12 HU.
  let state = 7;
  const noise = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24);
    return (sum - 510) * (12 / 147.8);
  };
  const chambers = [
    [0.2, -0.14, -0.18, 0.12],
    [-0.02, -0.18, -0.12, 0.11],
    [0.16, 0.02, 0.1, 0.09],
  ] as const;
  let at = 0;
  for (let k = 0; k < nz; k++) {
    const z = share(k, nz);
    const [aortaX, aortaY] = [0.06 + 0.05 * Math.sin(3 * z), 0.24 + 0.02 * Math.cos(4 * z)];
    for (let j = 0; j < ny; j++) {
      const y = share(j, ny);
      for (let i = 0; i < nx; i++) {
        const x = share(i, nx);
        const body = squared(x / 0.82, y / 0.6);
        let value = -1000;
        if (body < 1) {
          value = body < 0.86 ? 45 : -90;
          if (squared((Math.abs(x) - 0.4) / 0.3, (y + 0.02) / 0.42) + (z / 0.85) ** 2 < 1) value = -830;
          const rim = Math.abs(Math.sqrt(squared(x / 0.76, y / 0.55)) - 0.95);
          if (rim < 0.035 && Math.abs(x) > 0.08 && Math.cos(z * 26 + 3 * Math.abs(x)) > 0.55) value = 650;
          const spine = squared(x / 0.11, (y - 0.4) / 0.1);
          if (spine < 1) value = spine > 0.72 ? 780 : 320;
          if (squared((x - 0.08) / 0.3, (y + 0.1) / 0.26) + ((z + 0.1) / 0.42) ** 2 < 1) value = 95;
          for (const [cx, cy, cz, r] of chambers)
            if (squared(x - cx, y - cy) + (z - cz) ** 2 < r * r) value = 360;
          if (squared(x - aortaX, y - aortaY) < 0.055 ** 2) value = 380;
        }
        voxels[at++] = Math.max(-1024, Math.round(value + noise()));
      }
    }
  }
  const spacingMm = [EXTENT_MM[0] / nx, EXTENT_MM[1] / ny, EXTENT_MM[2] / nz] as const;
  return { voxels, dims, spacingMm };
}
