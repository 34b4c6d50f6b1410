/**
 * Pictures for the start page, made by the node from the real voxels when first asked for, and kept in a bounded
 * memory. Of a near source a thinned stack is opened and seen from the left front; of a far one the middle
 * instance alone is fetched and shown flat.
 */
import { encode } from 'fast-png';
import { centreOfGridLpsMm, transformPoint } from '../../shared/geometry/index.ts';
import type { SeriesEntry, Volume } from '../../shared/volume.ts';
import type { Source } from '../ingest/types.ts';
import type { Camera } from '../render/types.ts';
import type { RoomEffects } from './effects.ts';
import { isVolume, openingLook } from './opening-scene.ts';
import { thinnedSource } from './thinned-source.ts';

export const THUMBNAIL_WIDTH = 384;
export const THUMBNAIL_HEIGHT = 288;
const KEPT = 256;
/** Slices of a thinned stack. */
const SLICES = 72;

export interface Thumbnails {
  /** PNG, or null where the series has no picture. */
  get(studyInstanceUid: string, series: SeriesEntry): Promise<Uint8Array | null>;
}

export interface ThumbnailOptions {
  readonly source: Source;
  readonly effects: Pick<RoomEffects, 'openSeries' | 'prepareTwin'>;
  readonly kind: 'volume' | 'slice';
  readonly backend: 'cpu' | 'cuda' | undefined;
  readonly signal: AbortSignal;
}

const HAVE_PIXELS = new Set(['volume', 'volume4d', 'image2d', 'localizer', 'mosaic']);

/** From the patient's left front and a little above; the grid's bounding sphere fills the picture. */
export function threeQuarterCamera(volume: Pick<Volume, 'lpsFromIndex' | 'dims'>): Camera {
  const centre = centreOfGridLpsMm(volume.lpsFromIndex, volume.dims);
  const corner = transformPoint(volume.lpsFromIndex, [-0.5, -0.5, -0.5]);
  const radius = Math.hypot(...centre.map((value, axis) => value - corner[axis]!));
  const fovYDeg = 30;
  // A body fills its box, not the sphere around it: 0.8 of the way leaves a narrow rim.
  const distance = (0.8 * radius) / Math.sin((fovYDeg * Math.PI) / 360);
  const way = [0.5, -1, 0.25] as const;
  const norm = Math.hypot(...way);
  const at = (axis: 0 | 1 | 2): number => centre[axis] + (way[axis] / norm) * distance;
  return { eyeMm: [at(0), at(1), at(2)], targetMm: centre, up: [0, 0, 1], fovYDeg };
}

/** The middle slice in its window, fitted into the picture by its real size, grey on the ground's colour. */
export function slicePicture(volume: Volume): Uint8Array {
  const [columns, rows, slices] = volume.dims;
  const { voxels } = volume.phases[0]!;
  const from = Math.floor(slices / 2) * columns * rows;
  const { center, width } = volume.window ?? sliceWindow(volume, from);
  const [sx, sy] = volume.spacingMm;
  const scale = Math.min(THUMBNAIL_WIDTH / (columns * sx), THUMBNAIL_HEIGHT / (rows * sy));
  const data = new Uint8Array(THUMBNAIL_WIDTH * THUMBNAIL_HEIGHT * 3);
  for (let y = 0; y < THUMBNAIL_HEIGHT; y++)
    for (let x = 0; x < THUMBNAIL_WIDTH; x++) {
      const i = Math.floor((x + 0.5 - THUMBNAIL_WIDTH / 2) / scale / sx + columns / 2);
      const j = Math.floor((y + 0.5 - THUMBNAIL_HEIGHT / 2) / scale / sy + rows / 2);
      const inside = i >= 0 && j >= 0 && i < columns && j < rows;
      const value = inside ? voxels[from + j * columns + i]! : volume.paddingValue;
      const padded = value === null || value === volume.paddingValue;
      const grey = padded ? 0 : Math.max(0, Math.min(1, (value - center) / width + 0.5));
      data.set(
        [13, 16, 20].map((base) => Math.round(base + grey * (235 - base))),
        3 * (y * THUMBNAIL_WIDTH + x),
      );
    }
  return encode({ width: THUMBNAIL_WIDTH, height: THUMBNAIL_HEIGHT, data, channels: 3 });
}

function sliceWindow(volume: Volume, from: number): { readonly center: number; readonly width: number } {
  const slice = volume.phases[0]!.voxels.slice(from, from + volume.dims[0] * volume.dims[1]).sort();
  const low = slice[Math.floor(slice.length * 0.02)] ?? 0;
  const high = slice[Math.floor(slice.length * 0.995)] ?? 1;
  return { center: (low + high) / 2, width: Math.max(1e-6, high - low) };
}

export function createThumbnails(options: ThumbnailOptions): Thumbnails {
  const { effects, kind, backend, signal } = options;
  const made = new Map<string, Promise<Uint8Array | null>>();
  /** One at a time: they must not take the cores from a person who is looking at something. */
  let queue: Promise<unknown> = Promise.resolve();

  async function make(studyInstanceUid: string, series: SeriesEntry): Promise<Uint8Array | null> {
    signal.throwIfAborted();
    const asVolume = kind === 'volume' && isVolume(series);
    const source = thinnedSource(options.source, asVolume ? SLICES : 1);
    const { seriesInstanceUid } = series;
    const { volumes } = await effects.openSeries(source, { studyInstanceUid, seriesInstanceUid }, { signal });
    const size = ({ dims }: Volume): number => dims[0] * dims[1] * dims[2];
    const volume = volumes.toSorted((a, b) => size(b) - size(a))[0];
    if (!volume) return null;
    if (!asVolume || volume.dims[2] < 2) return slicePicture(volume);
    using renderer = await effects.prepareTwin(volume, { signal, ...(backend ? { backend } : {}) });
    const { pixels, width, height } = await renderer.renderImage({
      camera: threeQuarterCamera(volume),
      look: openingLook(series),
      width: THUMBNAIL_WIDTH,
      height: THUMBNAIL_HEIGHT,
      signal,
    });
    return encode({ width, height, data: pixels, channels: 4 });
  }

  return {
    get(studyInstanceUid, series) {
      if (!HAVE_PIXELS.has(series.kind)) return Promise.resolve(null);
      const name = JSON.stringify([studyInstanceUid, series.seriesInstanceUid, series.sopClassUid]);
      const before = made.get(name);
      if (before) {
        made.delete(name);
        made.set(name, before);
        return before;
      }
      const picture = queue.then(() => make(studyInstanceUid, series));
      queue = picture.catch(() => undefined);
      made.set(name, picture);
      // A failure is not kept: the archive may answer the next time.
      picture.catch(() => made.get(name) === picture && made.delete(name));
      for (const oldest of made.keys()) {
        if (made.size <= KEPT) break;
        made.delete(oldest);
      }
      return picture;
    },
  };
}
