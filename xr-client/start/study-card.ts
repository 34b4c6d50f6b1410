/** One study: what it is, what can be seen in it, what is amiss; opened with one press. */
import { ChevronDown, Share2 } from 'lucide';
import type { SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import type { NewRoom } from '../../shared/protocol/messages.ts';
import type { NamedStudy } from '../../shared/protocol/studies.ts';
import { maySeeIdentifiers } from '../../shared/roles.ts';
import { button, el, put, icon } from '../style/dom.ts';
import { START, TEXT } from '../strings.ts';
import { loadingLine } from './loading.ts';
import { pressWords } from './notice.ts';
import { openShareDialog } from './share-dialog.ts';
import type { OpeningRoom, StartPageOptions } from './options.ts';
import { thumbnail } from './thumbnail.ts';
import {
  dateWords,
  isRead,
  mainSeries,
  namedChips,
  namedTitle,
  personName,
  seriesChips,
  seriesTitle,
  studyChips,
  titleOf,
  viewable,
  type Chip,
} from './words.ts';

const chipOf = (chip: Chip): HTMLElement => el('span', { class: `chip ${chip.kind}` }, chip.text);

export interface StudyCard {
  readonly element: HTMLElement;
  /** Shows what is known by now. What somebody has begun on the card goes on. */
  learn(study: StudyEntry | NamedStudy): void;
}

/** A card for a study as soon as the archive has named it: it can be opened before its series are known. */
export function studyCard(
  first: StudyEntry | NamedStudy,
  options: StartPageOptions,
  signal: AbortSignal,
): StudyCard {
  const uid = first.studyInstanceUid;
  const foot = el('div', { class: 'card-foot' });
  const actions = el('div', { class: 'card-actions' });
  const about = el('div', { class: 'card-about' });
  const element = el('article', { class: 'card' });
  let [title, openable] = ['', false];
  /** The series that the picture is of. */
  let pictured: string | null = null;
  /** What it is the picture and the words of; null while nobody knows. */
  let shows: SeriesEntry | undefined;
  let frame = thumbnail(undefined, signal);

  async function open(series: SeriesEntry | undefined): Promise<void> {
    let opening: OpeningRoom | null = null;
    let takenBack = false;
    const takeBack = (): void => {
      takenBack = true;
      if (opening) return opening.cancel();
      actions.inert = false;
      put(foot);
    };
    options.begin(takeBack);
    actions.inert = true;
    // The press shows at once, and can be taken back, however long the node takes to answer.
    const line = loadingLine(takeBack);
    put(foot, line.element);
    try {
      const room = await options.api.createRoom(uid, series?.seriesInstanceUid);
      if (takenBack) return;
      opening = options.enter(room);
      opening.onProgress(line.show);
      await opening.ready;
    } catch (error) {
      if (takenBack && !opening) return;
      actions.inert = false;
      if (error instanceof Error && error.name === 'AbortError') return put(foot);
      fail(pressWords(error));
    }
  }

  const fail = (text: string): void => put(foot, el('p', { class: 'card-failure', role: 'alert' }, text));

  function learn(study: StudyEntry | NamedStudy): void {
    const read = isRead(study) ? study : null;
    const main = read && mainSeries(read);
    shows = main ?? undefined;
    title = read ? titleOf(read) : namedTitle(study as NamedStudy);
    element.setAttribute('aria-label', `${title}, ${dateWords(study.date)}`);
    element.toggleAttribute('aria-busy', !read);
    if (main && pictured !== main.seriesInstanceUid) {
      const picture = thumbnail(() => options.api.thumbnail(uid, main.seriesInstanceUid, signal), signal);
      frame.replaceWith(picture);
      [frame, pictured] = [picture, main.seriesInstanceUid];
    }
    const able = !read || main !== undefined;
    if (able !== openable || !actions.firstChild)
      put(
        actions,
        ...(able
          ? [
              shareButton(
                () => title,
                () => options.api.createRoom(uid, shows?.seriesInstanceUid),
                fail,
              ),
              button(TEXT.open, { class: 'button primary open', onPress: () => void open(shows) }),
            ]
          : [el('p', { class: 'card-failure' }, START.notShowable)]),
      );
    openable = able;
    const { patient } = study;
    const seen = maySeeIdentifiers(options.session.role) && patient;
    put(
      about,
      el('h2', {}, title),
      seen && el('p', { class: 'who' }, personName(patient.name), patient.id && el('span', {}, patient.id)),
      el('p', { class: 'date' }, dateWords(study.date)),
      el(
        'div',
        { class: 'chips' },
        ...(read ? studyChips(read) : namedChips(study as NamedStudy))
          .filter((chip) => chip.kind === 'plain')
          .map(chipOf),
      ),
      read && problemList(read),
      read && seriesPicker(read, main ?? undefined, (series) => void open(series)),
    );
  }

  put(element, frame, el('div', { class: 'card-body' }, about, foot), actions);
  learn(first);
  return { element, learn };
}

function shareButton(
  title: () => string,
  createRoom: () => Promise<NewRoom>,
  fail: (text: string) => void,
): HTMLElement {
  return button(TEXT.share, {
    icon: Share2,
    class: 'button quiet share',
    onPress: () =>
      void createRoom().then(
        (room) => openShareDialog(room, title()),
        (error: unknown) => fail(TEXT.noInvitation(pressWords(error))),
      ),
  });
}

/** The amber chip in words, opening to every sentence. */
function problemList(study: StudyEntry): HTMLElement | null {
  const rows = study.series.flatMap((series) => series.problems.map((problem) => ({ series, problem })));
  if (rows.length === 0) return null;
  const names = [
    ...new Set(
      studyChips(study)
        .filter((chip) => chip.kind === 'amber')
        .map((chip) => chip.text),
    ),
  ];
  return el(
    'details',
    { class: 'problems' },
    el(
      'summary',
      { class: 'chip amber', 'aria-label': `${TEXT.problems}: ${names.join(', ')}` },
      names.join(' · '),
      icon(ChevronDown, 14),
    ),
    el(
      'ul',
      {},
      ...rows.map(({ series, problem }) => el('li', {}, el('b', {}, seriesTitle(series)), ' ', problem.text)),
    ),
  );
}

/** The other volumes of the study, each of which can be opened instead. */
function seriesPicker(
  study: StudyEntry,
  main: SeriesEntry | undefined,
  open: (series: SeriesEntry) => void,
): HTMLElement | null {
  const volumes = study.series.filter(viewable);
  if (volumes.length < 2) return null;
  return el(
    'details',
    { class: 'series' },
    el('summary', {}, START.allSeries(volumes.length), icon(ChevronDown, 16)),
    el(
      'ul',
      {},
      ...volumes.map((series) =>
        el(
          'li',
          {},
          el(
            'span',
            { class: 'series-name' },
            seriesTitle(series),
            series === main && el('span', { class: 'opens' }, START.opensFirst),
          ),
          el('span', { class: 'chips' }, ...seriesChips(series).map(chipOf)),
          button(TEXT.open, { class: 'button', onPress: () => open(series) }),
        ),
      ),
    ),
  );
}
