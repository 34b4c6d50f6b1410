/** The first page: what the archive holds, as cards; one of them is opened into a room. */
import { RefreshCw, Search, SunMoon } from 'lucide';
import type { Listing, StudyEntry } from '../../shared/volume.ts';
import { button, el, icon, put } from '../style/dom.ts';
import { applyTheme } from '../style/tokens.ts';
import { TEXT } from '../strings.ts';
import { ApiFailure } from './api.ts';
import { notice, noticeOf } from './notice.ts';
import type { StartPageOptions } from './options.ts';
import { studyCard } from './study-card.ts';
import { matches, newestFirst } from './words.ts';

/** Puts the page into `root` and returns what takes it away. */
export function mountStartPage(root: HTMLElement, options: StartPageOptions): () => void {
  const leave = new AbortController();
  const list = el('main', { class: 'cards', id: 'studies', 'aria-live': 'polite' });
  const count = el('p', { class: 'count' });
  const search = el('input', {
    type: 'search',
    id: 'search',
    placeholder: TEXT.search,
    'aria-label': TEXT.search,
    autocomplete: 'off',
    spellcheck: 'false',
    on: { input: () => show() },
  });
  let listing: (Listing & { readonly source: string }) | null = null;
  const cards = new Map<StudyEntry, HTMLElement>();

  function show(): void {
    if (!listing) return;
    const query = search.value.trim();
    const found = listing.studies
      .filter((study) => query === '' || matches(study, query))
      .toSorted(newestFirst);
    const total = listing.studies.length;
    count.textContent =
      total === 0
        ? ''
        : `${found.length === total ? total : `${found.length} of ${total}`} ${total === 1 ? 'study' : 'studies'} · ${listing.source}`;
    if (total === 0) put(list, notice(TEXT.noStudies, retry));
    else if (found.length === 0) put(list, el('p', { class: 'nothing' }, TEXT.noMatch(query)));
    else put(list, ...found.map(cardOf), quarantineNote(listing));
  }

  function cardOf(study: StudyEntry): HTMLElement {
    const known = cards.get(study);
    if (known) return known;
    const card = studyCard(study, options, leave.signal);
    cards.set(study, card);
    return card;
  }

  async function load(): Promise<void> {
    put(list, el('p', { class: 'nothing' }, TEXT.loadingStudies));
    try {
      listing = await options.api.studies(leave.signal);
      cards.clear();
      show();
    } catch (error) {
      if (leave.signal.aborted) return;
      put(list, notice(noticeOf(error), retry));
      if (error instanceof ApiFailure && error.status === 0) setTimeout(retry, 5000);
    }
  }

  const retry = (): void => {
    if (!leave.signal.aborted) void load();
  };

  put(
    root,
    el(
      'div',
      { class: 'start' },
      el(
        'header',
        { class: 'start-header' },
        el('h1', {}, TEXT.product),
        el('p', { class: 'not-diagnostic' }, TEXT.notDiagnostic),
        el('span', { class: 'space' }),
        button('Look again', {
          icon: RefreshCw,
          iconOnly: true,
          class: 'button quiet icon-only',
          onPress: retry,
        }),
        button(TEXT.theme, {
          icon: SunMoon,
          iconOnly: true,
          class: 'button quiet icon-only',
          onPress: () => applyTheme(document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark'),
        }),
      ),
      el('label', { class: 'search' }, icon(Search), search),
      count,
      list,
    ),
  );
  const keys = (event: KeyboardEvent): void => {
    if (event.key === '/' && document.activeElement !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === 'Escape' && document.activeElement === search) {
      search.value = '';
      show();
    }
  };
  addEventListener('keydown', keys, { signal: leave.signal });
  void load();
  return () => leave.abort();
}

function quarantineNote(listing: Listing): HTMLElement | null {
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
