/** Time: the phase that is shown; only where there is more than one. */
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import { button, el, write } from '../style/dom.ts';
import { TEXT } from '../strings.ts';

export function timePanel(
  shown: ShownVolume,
  setPhase: (phase: number, goesOn?: boolean) => void,
): { readonly element: HTMLElement; show(phase: number): void } | null {
  const total = shown.phases.length;
  if (total < 2) return null;
  let current = 0;
  let dragging = false;
  const words = el('output', { class: 'window-numbers' });
  const slider = el('input', {
    type: 'range',
    min: 0,
    max: total - 1,
    step: 1,
    'aria-label': 'Phase',
    on: {
      input: () => {
        setPhase(Number(slider.value), dragging);
        dragging = true;
      },
      change: () => {
        dragging = false;
      },
    },
  });
  const stepBy = (by: number): void => setPhase((current + by + total) % total);
  return {
    element: el(
      'section',
      { class: 'time', 'aria-label': TEXT.tools.time },
      el('h2', {}, TEXT.tools.time),
      slider,
      words,
      el(
        'div',
        { class: 'row' },
        button('Earlier', { onPress: () => stepBy(-1) }),
        button('Later', { onPress: () => stepBy(1) }),
      ),
    ),
    show(phase) {
      current = phase;
      slider.value = String(phase);
      const said = TEXT.phase(phase, total, shown.phases[phase]?.timeMs ?? null);
      write(words, said);
      slider.setAttribute('aria-valuetext', said);
    },
  };
}
