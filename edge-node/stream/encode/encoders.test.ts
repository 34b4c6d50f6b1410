/** Both encoders, each in its thread, judged by FFmpeg's decoder (node-av), which is neither. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../test/e2e/harness/seeded-random.ts';
import { GRID_CELLS, pictureBytes, pictureLayout, type Rect } from '../../../shared/protocol/picture.ts';
import { readStrip, writeStrip } from '../../../shared/protocol/strip.ts';
import { nalUnits } from '../rtp.ts';
import { chooseEncoder, listEncoders } from './choose-encoder.rim.ts';
import { openDecoder } from '../../../test/e2e/harness/h264-decoder.ts';

const witness = existsSync(path.resolve(import.meta.dirname, '../../../node_modules/node-av/package.json'));
if (!witness) console.log('Skipped: encoders judged by another decoder (node-av is not installed).');
const layout = pictureLayout(320, 320);
const { width, height } = layout;

/** A grid as a renderer writes it: smooth inside an organ, with a silhouette that moves. */
function drawGrid(luma: Uint8Array, rect: Rect, time: number): number[] {
  const px = rect.width / GRID_CELLS;
  const codes: number[] = [];
  for (let row = 0; row < GRID_CELLS; row++)
    for (let column = 0; column < GRID_CELLS; column++) {
      const far = Math.hypot(column - 32 - 6 * Math.sin(time / 9), row - 32);
      const code = far < 22 ? Math.round(140 + 2.4 * far + 10 * Math.sin(time / 5 + row / 7)) : 40;
      codes.push(code);
      for (let y = 0; y < px; y++) {
        const at = (rect.y + row * px + y) * width + rect.x + column * px;
        luma.fill(code, at, at + px);
      }
    }
  return codes;
}
function readGrid(luma: Uint8Array, rect: Rect): number[] {
  const px = rect.width / GRID_CELLS;
  return Array.from({ length: GRID_CELLS ** 2 }, (_, cell) => {
    let sum = 0;
    for (let y = 0; y < px; y++)
      for (let x = 0; x < px; x++)
        sum +=
          luma[
            (rect.y + Math.floor(cell / GRID_CELLS) * px + y) * width + rect.x + (cell % GRID_CELLS) * px + x
          ]!;
    return sum / px ** 2;
  });
}
/** Moving texture in the eyes: what takes the bits that the footer needs. */
function drawEyes(luma: Uint8Array, time: number, noise: readonly number[]): void {
  for (let y = 0; y < layout.eyeHeight; y++)
    for (let x = 0; x < width; x++)
      luma[y * width + x] = 40 + noise[(x + 3 * time + 64 * ((y + time) & 63)) & 4095]! * 150;
}

/** Faint noise, new in each picture: nothing to predict, so that the bitrate alone decides. */
function drawNoise(luma: Uint8Array, time: number): void {
  for (let y = 0; y < layout.eyeHeight; y++)
    for (let x = 0; x < width; x++) {
      const mixed = Math.imul((x * 73856093) ^ (y * 19349663) ^ (time * 83492791), 2654435761);
      luma[y * width + x] = 100 + ((mixed >>> 20) & 31);
    }
}

describe.skipIf(!witness).each(listEncoders())('$name', (listed) => {
  const open = (bitrateKbps: number) => chooseEncoder(listed.name).open({ width, height, bitrateKbps });
  const random = seededRandom(264);
  const noise = Array.from({ length: 4096 }, () => random());
  const planes = new Uint8Array(new SharedArrayBuffer(pictureBytes(layout))).fill(128);

  test.skipIf(!listed.available)(
    'strip and depth survive beside moving texture; key frames on request; one slice; BT.709 limited said',
    async () => {
      await using encoder = await open(2500);
      using decoder = await openDecoder();
      const errors: number[] = [];
      let rightStrips = 0;
      for (let time = 0; time < 36; time++) {
        drawEyes(planes, time, noise);
        const written = layout.depth.map((rect) => drawGrid(planes, rect, time));
        const id = {
          tick: 1000 + time,
          renderedWidth: 320,
          renderedHeight: 320,
          mono: false,
          converged: false,
        };
        writeStrip(planes, layout, id);
        const key = time === 0 || time === 18;
        const coded = await encoder.encode(planes, { key, bitrateKbps: 2500 });
        const types = nalUnits(coded.data).map((nal) => nal[0]! & 31);
        // 7 SPS, 8 PPS, 5 IDR, 1 P; 6 is a supplement that x264 adds.
        expect(types.filter((type) => type !== 6)).toEqual(key ? [7, 8, 5] : [1]);
        const picture = decoder.decode(coded.data);
        expect(picture).toMatchObject({ width, height, matrix: 'bt709', fullRange: false });
        const reading = readStrip(picture.luma, layout, picture.stride);
        if (reading.kind === 'read' && reading.id.tick === id.tick) rightStrips++;
        if (time < 5) continue;
        layout.depth.forEach((rect, eye) =>
          readGrid(picture.packedLuma(), rect).forEach((code, cell) =>
            errors.push(Math.abs(code - written[eye]![cell]!)),
          ),
        );
      }
      errors.sort((a, b) => a - b);
      const rms = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
      const p95 = errors[Math.floor(errors.length * 0.95)]!;
      console.log(
        `${listed.name}: depth codes off by ${rms.toFixed(2)} rms, ${p95.toFixed(2)} p95, ${errors.at(-1)!.toFixed(1)} at most`,
      );
      expect(rightStrips).toBe(36);
      expect(rms).toBeLessThan(2.5);
      expect(p95).toBeLessThan(5);
    },
  );

  test.skipIf(!listed.available)('the bitrate changes without reopening, and is kept', async () => {
    await using encoder = await open(3000);
    const kbpsOf = async (bitrateKbps: number, from: number): Promise<number> => {
      let bytes = 0;
      for (let time = from; time < from + 60; time++) {
        drawNoise(planes, time);
        const coded = await encoder.encode(planes, { key: time === 0, bitrateKbps });
        if (time >= from + 30) bytes += coded.data.length;
      }
      return (bytes * 8) / 1000;
    };
    const high = await kbpsOf(3000, 0);
    const low = await kbpsOf(1200, 60);
    console.log(`${listed.name}: ${high.toFixed(0)} of 3000, then ${low.toFixed(0)} of 1200 kbit/s`);
    expect(high).toBeLessThan(3000 * 1.25);
    expect(low).toBeLessThan(1200 * 1.25);
    expect(low).toBeLessThan(high * 0.7);
  });

  test.skipIf(!listed.available)(
    'a picture that is too short is refused; after close so is every one',
    async () => {
      const encoder = await open(1000);
      await expect(
        encoder.encode(new Uint8Array(new SharedArrayBuffer(100)), { key: true, bitrateKbps: 1000 }),
      ).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
      await encoder.close();
      await expect(encoder.encode(planes, { key: true, bitrateKbps: 1000 })).rejects.toMatchObject({
        code: 'ENCODER_CLOSED',
      });
    },
  );
});

describe('choosing', () => {
  test('an unknown name is refused in words that list the known ones', () => {
    expect(() => chooseEncoder('h265')).toThrow(/no encoder 'h265'; there are openh264, x264/);
  });
  test('each says why, and what its licence asks', () => {
    for (const entry of listEncoders()) {
      expect(entry.why.length).toBeGreaterThan(10);
      expect(entry.licence).toMatch(/BSD|GPL/);
    }
  });
});
