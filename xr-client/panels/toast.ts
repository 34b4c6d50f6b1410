/** One failure at a time, in words, until it is put away. */
import { X } from 'lucide';
import { failureSentence } from '../session/failure-words.ts';
import type { Failure } from '../session/viewer-state.ts';
import { button, el, put } from '../style/dom.ts';
import { TEXT } from '../strings.ts';

export function failureToast(dismiss: () => void): {
  readonly element: HTMLElement;
  show(failure: Failure | null): void;
} {
  const element = el('div', { class: 'overlay toasts', role: 'alert' });
  return {
    element,
    show(failure) {
      if (!failure) return put(element);
      put(
        element,
        el(
          'div',
          { class: 'toast' },
          el('p', {}, failureSentence(failure)),
          button(TEXT.close, { icon: X, iconOnly: true, class: 'button quiet icon-only', onPress: dismiss }),
        ),
      );
    },
  };
}
