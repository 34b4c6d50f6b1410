/**
 * Pictures for the start page, made by the node from the real voxels when first asked for, and kept in a bounded
 * memory. Of a near source a thinned stack is opened and seen from the left front; of a far one the middle
 * instance alone is fetched and shown flat. Once a room has the whole volume the picture is made again from it.
 */
import { encode } from 'fast-png';
import type { SeriesEntry, Volume } from '../../shared/volume.ts';
import { SourceError, type Source } from '../ingest/types.ts';
import type { Camera, TwinRenderer } from '../render/types.ts';
import type { RoomEffects } from './effects.ts';
import { isVolume, largestVolumeId, openingLook } from './opening-scene.ts';
import { closeUp, threeQuarterCamera } from './thumbnail-camera.ts';
import { thinnedSource } from './thinned-source.ts';

/** Pixels of each side: cards are square, and twice as fine on good displays. */
export const THUMBNAIL_SIDE = 352;
const FINDER_SIDE = 88;
const KEPT = 256;
/** Slices of a thinned stack. */
const SLICES = 72;

type Drawn = Pick<TwinRenderer, 'volume' | 'renderImage'>;

export interface Thumbnails {
  /** PNG, or null where the series has no picture. */
  get(studyInstanceUid: string, series: SeriesEntry): Promise<Uint8Array | null>;
}

export interface SharpeningThumbnails extends Thumbnails {
  /**
   * Makes the picture again, once, from the whole volume, which `renderer` has in memory; seen from where the first
   * one was, so that nothing moves. Until it is there, and where it fails (which rejects), the first one stays.
   */
  sharpen(studyInstanceUid: string, series: SeriesEntry, renderer: Drawn): Promise<void>;
}

interface Kept {
  readonly picture: Promise<Uint8Array | null>;
  /** Made from the whole volume. */
  readonly sharp: boolean;
}

export interface ThumbnailOptions {
  readonly source: Source;
  readonly effects: Pick<RoomEffects, 'openSeries' | 'prepareTwin'>;
  readonly kind: 'volume' | 'slice';
  readonly backend: 'cpu' | 'cuda' | undefined;
  readonly signal: AbortSignal;
}

const HAVE_PIXELS: ReadonlySet<SeriesEntry['kind']> = new Set([
  'volume',
  'volume4d',
  'image2d',
  'localizer',
  'mosaic',
]);
export const hasPixels = (series: SeriesEntry): boolean => HAVE_PIXELS.has(series.kind);

/** The middle slice in its window, fitted into the picture by its real size, grey on the ground's colour. */
export function slicePicture(volume: Volume): Uint8Array {
  const [columns, rows, slices] = volume.dims;
  const { voxels } = volume.phases[0]!;
  const from = Math.floor(slices / 2) * columns * rows;
  const { center, width } = volume.window ?? sliceWindow(volume, from);
  const [sx, sy] = volume.spacingMm;
  const scale = Math.min(THUMBNAIL_SIDE / (columns * sx), THUMBNAIL_SIDE / (rows * sy));
  const data = new Uint8Array(THUMBNAIL_SIDE * THUMBNAIL_SIDE * 3);
  for (let y = 0; y < THUMBNAIL_SIDE; y++)
    for (let x = 0; x < THUMBNAIL_SIDE; x++) {
      const i = Math.floor((x + 0.5 - THUMBNAIL_SIDE / 2) / scale / sx + columns / 2);
      const j = Math.floor((y + 0.5 - THUMBNAIL_SIDE / 2) / scale / sy + rows / 2);
      const inside = i >= 0 && j >= 0 && i < columns && j < rows;
      const value = inside ? voxels[from + j * columns + i]! : volume.paddingValue;
      const padded = value === null || value === volume.paddingValue;
      const grey = padded ? 0 : Math.max(0, Math.min(1, (value - center) / width + 0.5));
      data.set(
        [13, 16, 20].map((base) => Math.round(base + grey * (235 - base))),
        3 * (y * THUMBNAIL_SIDE + x),
      );
    }
  return encode({ width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, data, channels: 3 });
}

function sliceWindow(volume: Volume, from: number): { readonly center: number; readonly width: number } {
  const slice = volume.phases[0]!.voxels.slice(from, from + volume.dims[0] * volume.dims[1]).sort();
  const low = slice[Math.floor(slice.length * 0.02)] ?? 0;
  const high = slice[Math.floor(slice.length * 0.995)] ?? 1;
  return { center: (low + high) / 2, width: Math.max(1e-6, high - low) };
}

const seriesKey = (studyInstanceUid: string, series: SeriesEntry): string =>
  JSON.stringify([studyInstanceUid, series.seriesInstanceUid, series.sopClassUid]);

export function createThumbnails(options: ThumbnailOptions): SharpeningThumbnails {
  const { effects, kind, backend, signal } = options;
  const made = new Map<string, Kept>();
  /** Where a picture is seen from. */
  const cameras = new WeakMap<Kept['picture'], Camera>();
  /** Of which a picture from the whole volume is on its way. */
  const sharpening = new Set<string>();
  /** One at a time: they must not take the cores from a person who is looking at something. */
  let queue: Promise<unknown> = Promise.resolve();

  async function make(
    studyInstanceUid: string,
    series: SeriesEntry,
    onCamera: (camera: Camera) => void,
  ): Promise<Uint8Array | null> {
    signal.throwIfAborted();
    const asVolume = kind === 'volume' && isVolume(series);
    const source = thinnedSource(options.source, asVolume ? SLICES : 1);
    const { seriesInstanceUid } = series;
    const key = { studyInstanceUid, seriesInstanceUid };
    const { volumes } = await effects.openSeries(source, key, { signal }).catch((error: unknown) => {
      // Pictures without a place in the patient make no volume: that is an answer, not a failure.
      if (!isVolume(series) && error instanceof SourceError && error.code === 'no-pixels')
        return { volumes: [] };
      throw error;
    });
    const size = ({ dims }: Volume): number => dims[0] * dims[1] * dims[2];
    const volume = volumes.toSorted((a, b) => size(b) - size(a))[0];
    if (!volume) return null;
    if (!asVolume || volume.dims[2] < 2) return slicePicture(volume);
    using renderer = await effects.prepareTwin(volume, { signal, ...(backend ? { backend } : {}) });
    const camera = await findCamera(renderer, series);
    onCamera(camera);
    return await draw(renderer, series, camera);
  }

  async function findCamera(renderer: Drawn, series: SeriesEntry): Promise<Camera> {
    const camera = threeQuarterCamera(renderer.volume);
    const look = openingLook(series);
    const finder = { camera, look, width: FINDER_SIDE, height: FINDER_SIDE, signal };
    return closeUp(camera, (await renderer.renderImage(finder)).pixels, FINDER_SIDE);
  }

  async function draw(renderer: Drawn, series: SeriesEntry, camera: Camera): Promise<Uint8Array> {
    const look = openingLook(series);
    const image = { camera, look, width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, signal };
    const { pixels, width, height } = await renderer.renderImage(image);
    return encode({ width, height, data: pixels, channels: 4 });
  }

  /** The one used last stands last; the first go. */
  function keep(name: string, kept: Kept): void {
    made.delete(name);
    made.set(name, kept);
    for (const oldest of made.keys()) {
      if (made.size <= KEPT) break;
      made.delete(oldest);
    }
  }

  return {
    get(studyInstanceUid, series) {
      if (!hasPixels(series)) return Promise.resolve(null);
      const name = seriesKey(studyInstanceUid, series);
      const before = made.get(name);
      if (before) {
        keep(name, before);
        return before.picture;
      }
      const picture: Kept['picture'] = queue.then(() =>
        make(studyInstanceUid, series, (camera) => cameras.set(picture, camera)),
      );
      queue = picture.catch(() => undefined);
      keep(name, { picture, sharp: false });
      // A failure is not kept: the archive may answer the next time.
      picture.catch(() => made.get(name)?.picture === picture && made.delete(name));
      return picture;
    },
    async sharpen(studyInstanceUid, series, renderer) {
      const { volume } = renderer;
      // The picture of a series is that of its largest volume.
      if (!isVolume(series) || volume.dims[2] < 2 || volume.id !== largestVolumeId(series)) return;
      const name = seriesKey(studyInstanceUid, series);
      if (sharpening.has(name) || made.get(name)?.sharp) return;
      sharpening.add(name);
      try {
        // What is being made first says where it is seen from.
        const first = made.get(name)?.picture;
        await first?.catch(() => null);
        const camera = (first && cameras.get(first)) ?? (await findCamera(renderer, series));
        const png = await draw(renderer, series, camera);
        keep(name, { picture: Promise.resolve(png), sharp: true });
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        sharpening.delete(name);
      }
    },
  };
}
