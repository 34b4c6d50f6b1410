/** A state that has no cards: what happened, and the next step. */
import { button, el } from '../style/dom.ts';
import { FAILURE, START, TEXT } from '../strings.ts';
import { ApiFailure } from './api.ts';

export interface NoticeWords {
  readonly title: string;
  readonly next: string;
}

export function notice(words: NoticeWords, retry?: () => void): HTMLElement {
  return el(
    'section',
    { class: 'notice', role: 'status' },
    el('h2', {}, words.title),
    el('p', {}, words.next),
    retry && button(TEXT.retry, { class: 'button primary', onPress: retry }),
  );
}

/** Words for whatever the API threw: the node's own sentence where it sent one. */
export function noticeOf(error: unknown): NoticeWords {
  if (!(error instanceof ApiFailure)) return { title: START.failedHere, next: String(error) };
  if (error.status === 0) return { title: TEXT.nodeSilent.title, next: TEXT.nodeSilent.next() };
  if (error.status === 401) return TEXT.noToken;
  if (error.status === 403) return TEXT.forbidden;
  if (error.status === 410) return TEXT.expired;
  const known = FAILURE[error.code];
  if (!known) return { title: START.noAnswer, next: error.message };
  return { title: known.title, next: error.message === '' ? known.next : `${error.message} ${known.next}` };
}
