/** What the list of studies says of itself that is amiss: that it is not all, and what was left out of it. */
import { button, el } from '../style/dom.ts';
import { START, TEXT } from '../strings.ts';
import type { Problem } from '../../shared/volume.ts';
import type { KnownStudies } from './known-studies.ts';

/** Above cards that stay: that they are not all, why, and what to do. */
export function troubleLine(studies: number, text: string, retry: () => void): HTMLElement {
  return el(
    'section',
    { class: 'reading-failed', role: 'alert' },
    el('p', { class: 'card-failure' }, `${START.notAllRead(studies)} ${text}`),
    button(TEXT.retry, { class: 'button', onPress: retry }),
  );
}

/** Above the cards: where the archive may hold more than it gave. */
export const perhapsMoreLines = (problems: readonly Problem[]): HTMLElement[] =>
  problems.map(({ text }) => el('p', { class: 'perhaps-more', role: 'status' }, text));

export function quarantineNote(listing: Pick<KnownStudies, 'quarantine'>): HTMLElement | null {
  if (listing.quarantine.length === 0) return null;
  return el(
    'details',
    { class: 'quarantine' },
    el('summary', {}, TEXT.quarantined(listing.quarantine.length)),
    el(
      'ul',
      {},
      ...listing.quarantine
        .slice(0, 200)
        .map((record) => el('li', {}, record.reason, el('code', {}, record.object))),
    ),
  );
}
