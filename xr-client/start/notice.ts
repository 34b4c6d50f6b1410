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

/** '22 November 2026 at 15:00', on this device's clock, of the node's '... until 2026-11-22 14:00 UTC ...'. */
export function validUntil(said: string, locale?: string, timeZone?: string): string | null {
  const match = /until (\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/.exec(said);
  if (!match) return null;
  const at = new Date(`${match[1]}T${match[2]}:00Z`);
  return at.toLocaleString(locale, { dateStyle: 'long', timeStyle: 'short', timeZone });
}

/** The same of something that was pressed, which nothing repeats by itself. */
export function pressWords(error: unknown): string {
  if (!(error instanceof ApiFailure)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return `${TEXT.nodeSilent.title} ${TEXT.nodeSilent.pressAgain()}`;
  const { title, next } = noticeOf(error);
  return `${title} ${next}`;
}

/** Whether asking again may help: whose link does not open it needs another link. */
export const mayRetry = (error: unknown): boolean =>
  !(error instanceof ApiFailure && [401, 403, 410].includes(error.status));

/** Words for whatever the API threw: the node's own sentence where it sent one. */
export function noticeOf(error: unknown): NoticeWords {
  if (!(error instanceof ApiFailure)) return { title: START.failedHere, next: String(error) };
  if (error.status === 0) return { title: TEXT.nodeSilent.title, next: TEXT.nodeSilent.next() };
  if (error.status === 401) return error.code === 'wrong-token' ? TEXT.wrongLink : TEXT.noToken;
  if (error.status === 403) return TEXT.forbidden;
  if (error.status === 410)
    return { title: TEXT.expired.title, next: TEXT.expired.next(validUntil(error.message)) };
  const known = FAILURE[error.code];
  if (!known) return { title: START.noAnswer, next: error.message };
  return { title: known.title, next: error.message === '' ? known.next : `${error.message} ${known.next}` };
}
