/** Look: presets with a swatch of what they show, and the window on the histogram. */
import { PRESETS, presetByName, type Preset } from '../../shared/scene/presets.ts';
import type { Look } from '../../shared/scene/scene.ts';
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import { button, el, mark } from '../style/dom.ts';
import { PRESET_WORDS, TEXT } from '../strings.ts';
import { histogram } from './histogram.ts';

/** The preset's colours where it is opaque enough to be seen. */
export function swatchGradient(preset: Preset): string {
  const alphaAt = (value: number): number => {
    const points = preset.opacity;
    const next = points.findIndex(([v]) => v >= value);
    if (next <= 0) return points[Math.max(next, 0)]![1];
    const [[v0, a0], [v1, a1]] = [points[next - 1]!, points[next]!];
    return a0 + ((value - v0) / (v1 - v0)) * (a1 - a0);
  };
  const seen = preset.color.filter(([value]) => alphaAt(value) > 0.002);
  const stops = (seen.length > 1 ? seen : preset.color).map(
    ([, r, g, b]) => `rgb(${Math.round(r * 255)} ${Math.round(g * 255)} ${Math.round(b * 255)})`,
  );
  return `linear-gradient(90deg, ${stops.join(', ')})`;
}

export function lookPanel(
  shown: ShownVolume,
  setLook: (look: Look, goesOn?: boolean) => void,
): { readonly element: HTMLElement; show(look: Look): void } {
  const fitting = PRESETS.filter((preset) => preset.modalities.includes(shown.modality));
  const presets = fitting.length > 0 ? fitting : PRESETS.filter((preset) => preset.name === 'mip');
  let current: Look = { preset: presets[0]!.name, window: null };
  const buttons = presets.map((preset) => {
    const swatch = el('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.background = swatchGradient(preset);
    return el(
      'button',
      {
        type: 'button',
        class: 'preset',
        'aria-pressed': 'false',
        on: { click: () => setLook({ preset: preset.name, window: null }) },
      },
      swatch,
      PRESET_WORDS[preset.name],
    );
  });
  const chart = histogram({
    bins: shown.histogram,
    range: shown.valueRange,
    unit: shown.unit,
    onChange: (window, goesOn) => setLook({ ...current, window }, goesOn),
  });
  return {
    element: el(
      'section',
      { 'aria-label': TEXT.tools.look },
      el('h2', {}, TEXT.tools.look),
      el('div', { class: 'presets' }, ...buttons),
      chart.element,
      el(
        'div',
        { class: 'row' },
        button(TEXT.reset, { onPress: () => setLook({ preset: current.preset, window: null }) }),
      ),
    ),
    show(look) {
      current = look;
      buttons.forEach((each, index) =>
        mark(each, 'aria-pressed', String(presets[index]!.name === look.preset)),
      );
      chart.show(look.window ?? presetByName(look.preset)!.window);
    },
  };
}
