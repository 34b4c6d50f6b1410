/** While the room is away and a picture still stands: what happened, what is seen meanwhile, and what is being tried. */
import type { ViewerState } from '../session/viewer-state.ts';
import { el, write } from '../style/dom.ts';
import { TEXT } from '../strings.ts';

/** '' where there is nothing to say, or the curtain says it. */
export function reconnectingWords({ connection, age }: Pick<ViewerState, 'connection' | 'age'>): string {
  return connection.kind === 'reconnecting' && age.kind !== 'none'
    ? TEXT.reconnecting(connection.attempt)
    : '';
}

export function reconnectingLine(): {
  readonly element: HTMLElement;
  show(state: Pick<ViewerState, 'connection' | 'age'>): void;
} {
  const element = el('p', { class: 'overlay reconnecting', role: 'status' });
  return {
    element,
    show(state) {
      const words = reconnectingWords(state);
      write(element, words);
    },
  };
}
