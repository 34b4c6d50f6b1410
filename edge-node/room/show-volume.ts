/** What a client is told of the volume it sees, and the window it opens with. Pure. */
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import type { View } from './shown-volumes.ts';

export function shownVolume({ renderer, problems, quarantined }: View): ShownVolume {
  const { volume, valueRange, histogram } = renderer;
  return {
    dims: volume.dims,
    spacingMm: volume.spacingMm,
    lpsFromIndex: volume.lpsFromIndex,
    unit: volume.unit,
    modality: volume.modality,
    phases: volume.phases.map(({ timeMs }) => ({ timeMs })),
    valueRange,
    histogram,
    problems: problems.filter(
      (one, index) =>
        problems.findIndex((other) => other.code === one.code && other.text === one.text) === index,
    ),
    quarantined,
  };
}

/**
 * Where values have no fixed scale (all but CT) a preset written for one scale would show nothing: the file's own
 * window, else the range up to the value that only a half percent of the voxels above the floor exceed.
 */
export function openingWindow({ renderer }: Pick<View, 'renderer'>): {
  readonly center: number;
  readonly width: number;
} | null {
  const { volume, valueRange, histogram } = renderer;
  if (volume.modality === 'CT') return null;
  if (volume.window && volume.window.width > 0) return volume.window;
  const [low, high] = valueRange;
  if (!(high > low)) return null;
  const counted = histogram.slice(1).reduce((sum, count) => sum + count, 0);
  let above = 0;
  let bin = histogram.length - 1;
  while (bin > 1 && above + histogram[bin]! <= counted * 0.005) above += histogram[bin--]!;
  const top = low + ((bin + 1) / histogram.length) * (high - low);
  return { center: (low + top) / 2, width: top - low };
}
