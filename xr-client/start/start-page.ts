/** The first page: what the archive holds, as cards; one of them is opened into a room. */
import { RefreshCw, Search, SunMoon } from 'lucide';
import type { NamedStudy } from '../../shared/protocol/studies.ts';
import type { StudyEntry } from '../../shared/volume.ts';
import { button, el, icon, put } from '../style/dom.ts';
import { applyTheme } from '../style/tokens.ts';
import { START, TEXT } from '../strings.ts';
import { perhapsMoreLines, quarantineNote, troubleLine } from './amiss.ts';
import { ApiFailure, type StudiesQuestion } from './api.ts';
import { arrange, holdStill } from './card-list.ts';
import {
  cardsOf,
  countWords,
  learn,
  mark,
  noMatchWords,
  searchWords,
  type KnownStudies,
} from './known-studies.ts';
import { mayRetry, notice, noticeOf } from './notice.ts';
import type { StartPageOptions } from './options.ts';
import { studyCard, type StudyCard } from './study-card.ts';
import { wideSearch } from './wide-search.ts';
import { matches } from './words.ts';

/** Cards put into the page at once; more as the end of the list comes into sight. */
const CARDS = 60;
/** Waits between questions while the archive is read: short ones first, so that a small archive is there at once. */
const [FIRST_WAIT_MS, LONGEST_WAIT_MS, SILENT_WAIT_MS] = [100, 1000, 5000];

/** Puts the page into `root` and returns what takes it away. */
export function mountStartPage(root: HTMLElement, options: StartPageOptions): () => void {
  const leave = new AbortController();
  // The page itself keeps what is in sight where it is; a browser's own way would move it twice.
  const list = el('main', { class: 'cards', id: 'studies', style: 'overflow-anchor: none' });
  const count = el('p', { class: 'count' });
  const trouble = el('div');
  const spoken = el('p', { class: 'visually-hidden', role: 'status' });
  const search = el('input', {
    type: 'search',
    id: 'search',
    placeholder: TEXT.search,
    'aria-label': TEXT.search,
    autocomplete: 'off',
    spellcheck: 'false',
    on: { input: searched },
  });
  const wide = wideSearch(() => searchArchive(search.value.trim()), clearSearch);
  const more = button(START.showMore, { class: 'button quiet', onPress: showMore });
  const moreOfArchive = button(START.moreStudies, { class: 'button more-studies', onPress: readMore });
  const nearEnd = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && showMore(), {
    rootMargin: '800px',
  });
  nearEnd.observe(more);
  let known: KnownStudies | null = null;
  /** A search of the archive that is shown in place of the listing, which waits. */
  let archive: { readonly text: string; readonly listing: KnownStudies | null } | null = null;
  let shown = CARDS;
  let spokenMark: number | null = null;
  let note: { readonly count: number; readonly element: HTMLElement } | null = null;
  let asking: AbortController | null = null;
  /** By Study Instance UID, with what each shows. */
  const cards = new Map<string, { shows: StudyEntry | NamedStudy; readonly card: StudyCard }>();

  function show(): void {
    if (!known) return;
    const query = archive ? '' : search.value.trim();
    const all = cardsOf(known);
    const found = all.filter((study) => query === '' || matches(study, query));
    count.textContent = archive
      ? searchWords(known, archive.text)
      : countWords(known, found.length, query !== '');
    wide.show(known, query, archive !== null);
    const archiveGoesOn = known.more !== null && moreOfArchive;
    if (all.length === 0)
      put(
        list,
        known.reading || archive
          ? el('p', { class: 'nothing' }, emptyWords(known.reading !== null))
          : notice(TEXT.noStudies, retry),
      );
    else if (found.length === 0)
      put(
        list,
        el('p', { class: 'nothing' }, noMatchWords(known, query) ?? TEXT.noMatch(query)),
        archiveGoesOn,
      );
    else
      arrange(
        list,
        [
          ...found.slice(0, shown).map(cardOf),
          found.length > shown ? more : archiveGoesOn,
          quarantineOf(known),
        ].filter((node) => node instanceof Node),
      );
    // Those of the listing wait for whoever comes back to it.
    const uids = new Set([
      ...all.map((study) => study.studyInstanceUid),
      ...(archive?.listing?.studies.keys() ?? []),
    ]);
    for (const uid of cards.keys()) if (!uids.has(uid)) cards.delete(uid);
  }

  const emptyWords = (reading: boolean): string => {
    if (!archive) return TEXT.loadingStudies;
    return reading ? `${START.searching(archive.text)} …` : START.foundNone(archive.text);
  };

  function searched(): void {
    shown = CARDS;
    if (archive) leaveArchive();
    show();
    spoken.textContent = count.textContent;
  }

  function showMore(): void {
    shown += CARDS;
    show();
  }

  function searchArchive(text: string): void {
    if (!archive) archive = { text, listing: known };
    else archive = { ...archive, text };
    turnTo(null);
  }

  function clearSearch(): void {
    search.value = '';
    search.focus();
    searched();
  }

  function leaveArchive(): void {
    const listing = archive?.listing ?? null;
    archive = null;
    turnTo(listing);
  }

  /** From the listing to a search, or back: nothing said of the one is left standing over the other. */
  function turnTo(next: KnownStudies | null): void {
    [known, note, spokenMark, shown] = [next, null, null, CARDS];
    sayAmiss(next);
    void load('');
  }

  function sayAmiss(of: KnownStudies | null): void {
    const failure = of?.failure;
    put(
      trouble,
      failure && troubleLine(of.studies.size, failure.text, retry),
      ...perhapsMoreLines(of?.problems ?? []),
    );
  }

  /** The next part of the archive; its cards come behind those that are there. */
  function readMore(): void {
    if (known?.more == null) return;
    shown = Math.max(shown, known.studies.size + CARDS);
    void load(`/more/${known.more}`);
  }

  function cardOf(study: StudyEntry | NamedStudy): HTMLElement {
    const before = cards.get(study.studyInstanceUid);
    if (before) {
      if (before.shows !== study) before.card.learn(study);
      before.shows = study;
      return before.card.element;
    }
    const card = studyCard(study, options, leave.signal);
    cards.set(study.studyInstanceUid, { shows: study, card });
    return card.element;
  }

  function quarantineOf(listing: KnownStudies): HTMLElement | null {
    const number = listing.quarantine.length;
    if (note?.count !== number) {
      const open = note?.element.hasAttribute('open') ?? false;
      const element = quarantineNote(listing);
      element?.toggleAttribute('open', open);
      note = element && { count: number, element };
    }
    return note?.element ?? null;
  }

  /** Shows what came, where nothing that is in sight may move; says how far it is, but not at every study. */
  function take(next: KnownStudies): void {
    const begun = known === null || known.reading !== null;
    const amiss = ({ failure, problems = [] }: KnownStudies): string =>
      [failure, ...problems].map((one) => one?.text ?? '').join();
    const news = amiss(next) !== (known ? amiss(known) : '');
    known = next;
    const change = (): void => {
      if (news) sayAmiss(next);
      show();
    };
    // At the top of the page a failure is to be seen, not scrolled away.
    if (news && scrollY === 0) change();
    else holdStill(list, change);
    const now = next.reading && mark(next.reading);
    // Its end is spoken too: 'asking the archive' would stand there for who cannot see the cards.
    if (now !== spokenMark || (!next.reading && begun)) spoken.textContent = count.textContent;
    spokenMark = now;
  }

  async function load(first: StudiesQuestion): Promise<void> {
    asking?.abort();
    asking = new AbortController();
    const signal = AbortSignal.any([leave.signal, asking.signal]);
    const text = archive?.text;
    if (!known) {
      const words = emptyWords(true);
      spoken.textContent = words;
      count.textContent = '';
      put(list, el('p', { class: 'nothing' }, words));
    }
    try {
      let question = first;
      for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
        const begins = text !== undefined && question === '';
        const answer = await (begins
          ? options.api.search({ text }, signal)
          : options.api.studies(question, signal));
        take(learn(known, answer));
        if (!answer.reading) return;
        question = `/after/${answer.reading.next}`;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    } catch (error) {
      if (signal.aborted) return;
      const status = error instanceof ApiFailure ? error.status : -1;
      const words = noticeOf(error);
      // Whose link has ended sees nothing of the archive any more; otherwise what is known stays.
      if (known && known.studies.size > 0 && mayRetry(error))
        take({
          ...known,
          named: [],
          more: null,
          reading: null,
          failure: { code: '', text: `${words.title} ${words.next}` },
        });
      else {
        known = null;
        count.textContent = '';
        put(trouble);
        put(list, notice(words, mayRetry(error) ? retry : undefined));
      }
      if (status === 0) setTimeout(retry, SILENT_WAIT_MS);
    }
  }

  const retry = (): void => {
    if (!leave.signal.aborted) void load('');
  };
  const lookAgain = (): void => void load(archive ? '' : '/again');

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
        button(START.lookAgain, {
          icon: RefreshCw,
          iconOnly: true,
          class: 'button quiet icon-only',
          onPress: lookAgain,
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
      wide.element,
      spoken,
      trouble,
      list,
    ),
  );
  const keys = (event: KeyboardEvent): void => {
    if (event.key === '/' && document.activeElement !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === 'Escape' && document.activeElement === search) {
      clearSearch();
    } else if (event.key === 'Enter' && document.activeElement === search && wide.offered())
      searchArchive(search.value.trim());
  };
  addEventListener('keydown', keys, { signal: leave.signal });
  leave.signal.addEventListener('abort', () => nearEnd.disconnect());
  void load('');
  return () => leave.abort();
}
