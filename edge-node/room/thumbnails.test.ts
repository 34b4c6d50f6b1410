import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { lookAt, project, symmetricTangents, transformPoint } from '../../shared/geometry/index.ts';
import type { SeriesEntry, Triple, Volume } from '../../shared/volume.ts';
import { SourceError, type OpenedSeries, type Source } from '../ingest/types.ts';
import type { Camera, TwinRenderer } from '../render/types.ts';
import { closeUp, threeQuarterCamera } from './thumbnail-camera.ts';
import { createThumbnails, slicePicture, THUMBNAIL_SIDE } from './thumbnails.ts';
import { thinInstances } from './thinned-source.ts';

const place = (camera: Camera, point: Triple, side: number): readonly [number, number] =>
  project(
    transformPoint(lookAt(camera.eyeMm, camera.targetMm, camera.up), point),
    symmetricTangents(camera.fovYDeg, 1),
    side,
    side,
  );

describe('camera', () => {
  const volume = {
    lpsFromIndex: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 10, 20, 30, 1],
    dims: [101, 81, 61],
  } as const;
  const camera = threeQuarterCamera(volume);

  test('stands at the patient’s left front, above, and sees every corner', () => {
    const [x, y, z] = camera.eyeMm.map((value, axis) => value - camera.targetMm[axis]!) as [
      number,
      number,
      number,
    ];
    expect([x > 0, y < 0, z > 0]).toEqual([true, true, true]);
    for (const i of [0, 100])
      for (const j of [0, 80])
        for (const k of [0, 60]) {
          const [u, v] = place(camera, transformPoint(volume.lpsFromIndex, [i, j, k]), 100);
          expect(Math.min(u, v)).toBeGreaterThan(0);
          expect(Math.max(u, v)).toBeLessThan(100);
        }
  });

  test('a close-up puts what is shown in the middle, and fills the picture with it', () => {
    const side = 100;
    const points: Triple[] = [
      [20, 30, 40],
      [40, 30, 90],
    ];
    const pixels = new Uint8Array(4 * side * side).fill(20);
    const [a, b] = points.map((point) => place(camera, point, side).map(Math.floor));
    for (const [x, y] of [a!, b!]) pixels.fill(200, 4 * (y! * side + x!), 4 * (y! * side + x!) + 4);
    const close = closeUp(camera, pixels, side);
    const [p, q] = points.map((point) => place(close, point, side));
    expect(Math.abs((p![0] + q![0]) / 2 - 50)).toBeLessThan(4);
    expect(Math.abs((p![1] + q![1]) / 2 - 50)).toBeLessThan(4);
    const size = Math.max(Math.abs(p![0] - q![0]), Math.abs(p![1] - q![1]));
    expect(size).toBeGreaterThan(82);
    expect(size).toBeLessThan(100);
  });

  test('nothing shown: as it was', () => {
    expect(closeUp(camera, new Uint8Array(400).fill(7), 10)).toBe(camera);
  });
});

describe('thinned stacks', () => {
  const instance = (z: number, uid = String(z)) =>
    ({
      sopInstanceUid: uid,
      header: {
        '00200032': { vr: 'DS', Value: [0, 0, z] },
        '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 1, 0] },
      },
    }) as unknown as Parameters<typeof thinInstances>[0][number];
  const uids = (list: readonly { sopInstanceUid: string }[]): string[] =>
    list.map((one) => one.sopInstanceUid);

  test('even steps along the normal, whatever the order, one for each position', () => {
    const stack = [5, 1, 3, 9, 7, 11, 13].flatMap((z) => [instance(z), instance(z, `${z} again`)]);
    expect(uids(thinInstances(stack, 4))).toEqual(['1', '5', '9', '13']);
    expect(uids(thinInstances(stack, 100))).toEqual(['1', '3', '5', '7', '9', '11', '13']);
    expect(uids(thinInstances(stack, 1))).toEqual(['7']);
  });

  test('never more than asked for', () => {
    for (let n = 1; n < 60; n++)
      for (const most of [1, 2, 5, 72]) {
        const chosen = thinInstances(
          Array.from({ length: n }, (_, z) => instance(z)),
          most,
        );
        expect(chosen.length).toBeLessThanOrEqual(most);
        expect(chosen.length).toBeGreaterThan(0);
      }
  });
});

test('a slice is shown upright, to scale, in its window', () => {
  // 4 columns of 1 mm, 2 rows of 1 mm: bright in the first column of the first row.
  const volume = {
    dims: [4, 2, 1],
    spacingMm: [1, 1, 1],
    window: { center: 50, width: 100 },
    paddingValue: null,
    phases: [{ voxels: Int16Array.from([100, 0, 0, 0, 0, 0, 0, 0]) }],
  } as unknown as Volume;
  const { data, width, height } = decode(slicePicture(volume));
  expect([width, height]).toEqual([THUMBNAIL_SIDE, THUMBNAIL_SIDE]);
  const at = (x: number, y: number): number => data[3 * (y * width + x)]!;
  expect(at(0.125 * width, 0.375 * height)).toBe(235);
  expect(at(0.125 * width, 0.625 * height)).toBe(13);
  expect(at(0.375 * width, 0.375 * height)).toBe(13);
  expect(at(0.125 * width, 0.125 * height)).toBe(13);
});

test('pictures without a place have no thumbnail; a volume that cannot be opened is a failure', async () => {
  const refused = new SourceError('no-pixels', 'This series holds mosaic images.');
  const thumbnails = createThumbnails({
    source: {} as Source,
    effects: {
      openSeries: () => Promise.reject(refused),
      prepareTwin: () => expect.unreachable(),
    },
    kind: 'volume',
    backend: undefined,
    signal: new AbortController().signal,
  });
  const get = (kind: SeriesEntry['kind']): Promise<Uint8Array | null> =>
    thumbnails.get('1.2', {
      seriesInstanceUid: `1.2.${kind.length}`,
      sopClassUid: kind,
      kind,
    } as SeriesEntry);
  for (const kind of ['image2d', 'localizer', 'mosaic'] as const) expect(await get(kind)).toBeNull();
  await expect(get('volume')).rejects.toBe(refused);
});

describe('sharpening', () => {
  const series = {
    seriesInstanceUid: '1.2.3',
    sopClassUid: 'ct',
    kind: 'volume',
    modality: 'CT',
    volumes: [{ id: '0', dims: [8, 8, 80] }],
  } as unknown as SeriesEntry;
  const volumeOf = (slices: number, id = '0'): Volume =>
    ({
      id,
      dims: [8, 8, slices],
      lpsFromIndex: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 80 / slices, 0, 0, 0, 0, 1],
    }) as unknown as Volume;

  /** Pictures of one colour each, in the order they are drawn; `draws` has what was asked for. */
  function openThumbnails() {
    const draws: { slices: number; width: number; camera: Camera }[] = [];
    const gates: Promise<void>[] = [];
    const rendererOf = (volume: Volume) => {
      let disposed = false;
      return {
        volume,
        async renderImage({ camera, width, height }: { camera: Camera; width: number; height: number }) {
          draws.push({ slices: volume.dims[2], width, camera });
          await Promise.resolve();
          if (disposed) throw new Error('disposed');
          const pixels = new Uint8Array(4 * width * height).fill(20);
          // The finder sees something beside the middle.
          pixels.fill(200, 4 * (20 * width + volume.dims[2] / 8), 4 * (30 * width + 40));
          pixels[pixels.length - 4] = volume.dims[2];
          await gates.shift();
          return { pixels, width, height, ms: 1 };
        },
        [Symbol.dispose]: () => void (disposed = true),
      } as unknown as TwinRenderer;
    };
    const stop = new AbortController();
    const thumbnails = createThumbnails({
      source: {} as Source,
      effects: {
        openSeries: async () => ({ volumes: [volumeOf(40)] }) as unknown as OpenedSeries,
        prepareTwin: async (volume) => rendererOf(volume),
      },
      kind: 'volume',
      backend: undefined,
      signal: stop.signal,
    });
    const madeOf = async (): Promise<number> => {
      const { data } = decode((await thumbnails.get('1.2', series))!);
      return data[data.length - 4]!;
    };
    return { thumbnails, draws, gates, rendererOf, madeOf, stop };
  }

  test('the whole volume’s picture takes the place of the first one, seen from the same place, once', async () => {
    const { thumbnails, draws, rendererOf, madeOf } = openThumbnails();
    expect(await madeOf()).toBe(40);
    await thumbnails.sharpen('1.2', series, rendererOf(volumeOf(80)));
    expect(await madeOf()).toBe(80);
    expect(draws.map(({ slices, width }) => [slices, width])).toEqual([
      [40, 88],
      [40, THUMBNAIL_SIDE],
      [80, THUMBNAIL_SIDE],
    ]);
    expect(draws[2]!.camera).toEqual(draws[1]!.camera);
    await thumbnails.sharpen('1.2', series, rendererOf(volumeOf(80)));
    expect(draws).toHaveLength(3);
  });

  test('opened before anybody saw its card: it finds its own place, and nothing thinner is made', async () => {
    const { thumbnails, draws, rendererOf, madeOf } = openThumbnails();
    await thumbnails.sharpen('1.2', series, rendererOf(volumeOf(80)));
    expect(await madeOf()).toBe(80);
    expect(draws.map(({ slices }) => slices)).toEqual([80, 80]);
  });

  test('a first picture that is still being made does not come after the sharp one', async () => {
    const { thumbnails, rendererOf, madeOf, gates } = openThumbnails();
    const gate = Promise.withResolvers<void>();
    gates.push(gate.promise);
    const first = madeOf();
    const sharp = thumbnails.sharpen('1.2', series, rendererOf(volumeOf(80)));
    gate.resolve();
    await sharp;
    expect(await first).toBe(40);
    expect(await madeOf()).toBe(80);
  });

  test('another volume than the largest, or one that goes away, leaves the first picture', async () => {
    const { thumbnails, rendererOf, madeOf, gates, stop } = openThumbnails();
    expect(await madeOf()).toBe(40);
    await thumbnails.sharpen('1.2', series, rendererOf(volumeOf(80, '1')));
    expect(await madeOf()).toBe(40);
    gates.push(Promise.reject(new Error('disposed')));
    await expect(thumbnails.sharpen('1.2', series, rendererOf(volumeOf(80)))).rejects.toThrow('disposed');
    expect(await madeOf()).toBe(40);
    stop.abort();
    gates.push(Promise.reject(new Error('aborted')));
    await thumbnails.sharpen('1.2', series, rendererOf(volumeOf(80)));
    expect(await madeOf()).toBe(40);
  });
});
