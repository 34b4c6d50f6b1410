import { expect, test } from 'vitest';
import { bessel, flowHarmonics, flowRate, locate, velocityField, womersley } from './flow-field.ts';
import { aortaLine } from './great-vessels.ts';

const div = (a: readonly [number, number], b: readonly [number, number]): [number, number] => {
  const d = b[0] ** 2 + b[1] ** 2;
  return [(a[0] * b[0] + a[1] * b[1]) / d, (a[1] * b[0] - a[0] * b[1]) / d];
};
const polar = ([re, im]: readonly [number, number]): [number, number] => [
  Math.hypot(re, im),
  (Math.atan2(im, re) * 180) / Math.PI,
];

// Womersley's constants at the axis and for the flow rate, by α.
test.each([
  [2, 0.8165, -37.966, 0.41247, -33.262],
  [4, 1.23208, -80.948, 0.7062, -65.568],
  [8, 0.98763, -91.219, 0.83838, -78.941],
  [12, 1.00041, -89.901, 0.88897, -82.84],
  [16, 1.00001, -90.007, 0.91547, -84.708],
])('Womersley constants at α = %d', (alpha, u0, u0Deg, q, qDeg) => {
  const { j0, j1, z } = bessel(alpha);
  // û(0) = −i (1 − 1/J0(z)), q̂ = −i (1 − 2 J1(z)/(z J0(z))).
  const inverse = div([1, 0], j0);
  const axis = polar([-inverse[1], -(1 - inverse[0])]);
  const zj0: [number, number] = [z[0] * j0[0] - z[1] * j0[1], z[0] * j0[1] + z[1] * j0[0]];
  const mean = div([2 * j1[0], 2 * j1[1]], zj0);
  const flow = polar([-mean[1], -(1 - mean[0])]);
  expect(axis[0]).toBeCloseTo(u0, 4);
  expect(axis[1]).toBeCloseTo(u0Deg, 2);
  expect(flow[0]).toBeCloseTo(q, 4);
  expect(flow[1]).toBeCloseTo(qDeg, 2);
});

test('every harmonic has mean one over the cross-section, and stands still at the wall', () => {
  for (const radius of [10, 15.5, 27])
    for (const n of [0, 1, 4]) {
      const shape = womersley(radius, n);
      let [re, im] = [0, 0];
      const steps = 4000;
      for (let i = 0; i < steps; i++) {
        const x = (i + 0.5) / steps;
        const [a, b] = shape(x);
        re += (2 * x * a) / steps;
        im += (2 * x * b) / steps;
      }
      expect(re).toBeCloseTo(1, 3);
      expect(im).toBeCloseTo(0, 3);
      expect(Math.hypot(...shape(1))).toBeLessThan(1e-6);
    }
});

test('the flow rate is the sum of its harmonics: 60 to 90 mL a beat, nearly none in diastole', () => {
  const beatMl = flowHarmonics[0]![0] * 0.9;
  expect(beatMl).toBeGreaterThan(60);
  expect(beatMl).toBeLessThan(90);
  expect(flowRate(0.17)).toBeGreaterThan(280);
  expect(Math.abs(flowRate(0.7))).toBeLessThan(25);
});

test('velocity through a slanted cut of the descending aorta carries the flow rate on', () => {
  const field = velocityField(0.17);
  const [, , z] = [0, 0, 40];
  let sum = 0;
  const h = 0.5;
  for (let x = 10; x < 60; x += h)
    for (let y = 20; y < 70; y += h) {
      const near = locate(x, y, z);
      // The arch passes over; only the descending limb is meant.
      if (near.node > 7) sum += field(near)[2] * 1000 * h * h;
    }
  expect(-sum / 1000).toBeCloseTo(0.7 * flowRate(0.17), -1);
  expect(Math.abs(-sum / 1000 / (0.7 * flowRate(0.17)) - 1)).toBeLessThan(0.02);
});

test('the aneurysm is 54 mm wide at its widest, and nothing else is', () => {
  const widest = Math.max(...aortaLine.map(([, , , r]) => 2 * r));
  expect(widest).toBeCloseTo(54, 6);
});
