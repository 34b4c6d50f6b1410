/** How far a study is on its way: bytes, slices, rate, time left, cancel. */
import type { Progress } from '../../shared/volume.ts';
import { button, el } from '../style/dom.ts';
import { STAGE, START, TEXT } from '../strings.ts';
import { bytesWords, secondsWords } from './words.ts';

/** The sentence under the bar. */
export function progressWords(progress: Progress): string {
  const { instancesDone, instancesTotal, bytes, bytesPerSecond } = progress;
  const parts = [STAGE[progress.stage]];
  if (instancesTotal) parts.push(START.slicesSoFar(instancesDone, instancesTotal));
  if (bytes > 0) parts.push(bytesWords(bytes));
  if (bytesPerSecond > 0) parts.push(`${bytesWords(bytesPerSecond)}/s`);
  if (instancesTotal && instancesDone > 0 && bytes > 0 && bytesPerSecond > 0) {
    const left = (bytes / instancesDone) * (instancesTotal - instancesDone);
    if (left > 0) parts.push(secondsWords(left / bytesPerSecond));
  }
  return parts.join(' · ');
}

export function loadingLine(cancel: () => void): {
  readonly element: HTMLElement;
  show(progress: Progress): void;
} {
  const bar = el('progress', { max: 1, 'aria-label': START.loading });
  const words = el('span', { class: 'loading-words', role: 'status' }, STAGE.discover);
  const element = el(
    'div',
    { class: 'loading' },
    bar,
    words,
    button(TEXT.cancel, { class: 'button quiet', onPress: cancel }),
  );
  return {
    element,
    show(progress) {
      words.textContent = progressWords(progress);
      if (progress.instancesTotal) bar.value = progress.instancesDone / progress.instancesTotal;
      else bar.removeAttribute('value');
    },
  };
}
