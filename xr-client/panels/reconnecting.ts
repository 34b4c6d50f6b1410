/**
 * While the room, or its picture alone, is away and a picture still stands: what happened, what is seen meanwhile, and
 * what is being tried.
 */
import { hasStopped } from '../picture/age.ts';
import type { ViewerState } from '../session/viewer-state.ts';
import { el, write } from '../style/dom.ts';
import { TEXT } from '../strings.ts';

/** '' where there is nothing to say, or the curtain says it. */
export function reconnectingWords({ connection, age }: Pick<ViewerState, 'connection' | 'age'>): string {
  if (age.kind === 'none') return '';
  if (connection.kind === 'reconnecting') return TEXT.reconnecting(connection.attempt);
  return connection.kind === 'joined' && hasStopped(age) ? TEXT.pictureStopped() : '';
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
