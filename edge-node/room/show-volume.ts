/** What a client is told of the volume it sees, and the window it opens with. Pure. */
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import { presetByName, type Look } from '../../shared/scene/index.ts';
import { openingWindow } from '../render/index.ts';
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
 * The window that a look without one is shown with, said so that every page can draw it: where values have no fixed
 * scale (all but HU) it is not the preset's. Null where it is.
 */
export function shownWindow(
  { renderer }: Pick<View, 'renderer'>,
  look: Look,
): { readonly center: number; readonly width: number } | null {
  const { volume, valueRange, histogram } = renderer;
  const preset = presetByName(look.preset);
  if (!preset || volume.unit === 'HU') return null;
  return openingWindow(preset, volume, valueRange, histogram);
}
