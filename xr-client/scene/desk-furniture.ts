/** What is always there at a desk, over the picture: letters, scale, age, fidelity, and what this is not. */
import type { Mat4 } from '../../shared/geometry/mat4.ts';
import { ageWords } from '../picture/age.ts';
import type { ViewerState } from '../session/viewer-state.ts';
import { dress, el, write } from '../style/dom.ts';
import { TEXT } from '../strings.ts';
import { edgeLetters } from './orientation.ts';
import { scaleBar, scaleWords } from './scale-bar.ts';

export interface DeskFurniture {
  /** Once per display frame; touches the page only where something changed. */
  show(view: {
    readonly state: ViewerState;
    readonly eyeFromTwin: Mat4;
    /** Screen pixels per mm of the patient, at the middle of the twin; null shows no bar. */
    readonly pxPerMm: number | null;
  }): void;
  remove(): void;
}

export function mountDeskFurniture(root: HTMLElement): DeskFurniture {
  const letter = (edge: string): HTMLElement => el('span', { class: `edge-letter ${edge}` });
  const letters = {
    top: letter('top'),
    right: letter('right'),
    bottom: letter('bottom'),
    left: letter('left'),
  };
  const bar = el('span', { class: 'scale-line' });
  const barWords = el('span', { class: 'scale-words' });
  const fidelity = el('span', { class: 'fidelity' });
  const rim = el('div', { class: 'age-rim' });
  // Its number changes every frame: read aloud it would drown everything else.
  const age = el('div', { class: 'age-words' });
  const spoken = el('p', { class: 'visually-hidden', role: 'status' });
  const element = el(
    'div',
    { class: 'furniture' },
    rim,
    letters.top,
    letters.right,
    letters.bottom,
    letters.left,
    el(
      'div',
      { class: 'furniture-foot' },
      el('div', { class: 'scale-bar' }, bar, barWords, fidelity),
      el('p', { class: 'not-diagnosis' }, 'Planning view, not for diagnosis'),
    ),
    age,
    spoken,
  );
  root.append(element);
  let barWidth = '';
  return {
    show: ({ state, eyeFromTwin, pxPerMm }) => {
      const shown = state.age.kind !== 'none';
      dress(element, shown ? 'furniture' : 'furniture empty');
      const names = edgeLetters(eyeFromTwin);
      write(letters.top, names.top);
      write(letters.right, names.right);
      write(letters.bottom, names.bottom);
      write(letters.left, names.left);
      const length = pxPerMm === null ? null : scaleBar(pxPerMm, 140);
      const width = `${length ? length.px.toFixed(1) : 0}px`;
      if (width !== barWidth) bar.style.width = barWidth = width;
      write(barWords, length ? scaleWords(length.mm) : '');
      write(fidelity, state.fidelity === 'sharpening' ? 'sharpening…' : '');
      const kind = state.age.kind;
      dress(rim, `age-rim ${kind}`);
      dress(age, `age-words ${kind}`);
      write(age, ageWords(state.age));
      write(spoken, kind === 'stale' ? TEXT.ageStale : '');
    },
    remove: () => element.remove(),
  };
}
