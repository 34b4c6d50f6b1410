/** Top left: what is shown; whose it is, for those who may know; what is amiss with it. */
import { ArrowLeft, TriangleAlert } from 'lucide';
import { maySeeIdentifiers } from '../../shared/roles.ts';
import type { ViewerState } from '../session/viewer-state.ts';
import { button, el, hide, icon, put } from '../style/dom.ts';
import { TEXT } from '../strings.ts';
import { dateWords, personName, seriesTitle, titleOf } from '../start/words.ts';

export function studyBanner(
  leave: () => void,
  leaveWords: string,
): {
  readonly element: HTMLElement;
  show(state: ViewerState): void;
  /** Folds the list of what is amiss; false where it is folded already. */
  fold(): boolean;
} {
  const words = el('div', {});
  const care = el('details', { class: 'data-care', hidden: true });
  let told: ViewerState['volume'] = null;
  return {
    fold: () => {
      const was = care.open;
      care.open = false;
      return was;
    },
    element: el(
      'header',
      { class: 'overlay top-left' },
      button(leaveWords, {
        icon: ArrowLeft,
        iconOnly: true,
        class: 'button quiet icon-only',
        onPress: leave,
      }),
      words,
      care,
    ),
    show({ study, role, scene, volume }) {
      if (!study) return;
      const series = study.series.find((each) => each.seriesInstanceUid === scene?.seriesInstanceUid);
      // Whose the study is, and of when, is kept from some: to them nothing is said of a date that is there.
      const who =
        role && maySeeIdentifiers(role)
          ? [personName(study.patient.name), study.patient.id, dateWords(study.date)]
              .filter(Boolean)
              .join(' · ')
          : '';
      put(
        words,
        el('h1', {}, titleOf(study)),
        who !== '' && el('p', {}, who),
        study.series.length > 1 && series ? el('p', {}, seriesTitle(series)) : null,
      );
      // Its list stays as somebody opened it while others edit the scene.
      if (volume === told) return;
      told = volume;
      const problems = volume?.problems ?? [];
      const sentences = problems.map((problem) => problem.text);
      if (volume && volume.quarantined > 0) sentences.push(TEXT.quarantined(volume.quarantined));
      hide(care, sentences.length === 0);
      put(
        care,
        el('summary', { 'aria-label': TEXT.problems, title: TEXT.problems }, icon(TriangleAlert)),
        el('ul', {}, ...sentences.map((text) => el('li', {}, text))),
      );
    },
  };
}
