/** One study: what it is, what can be seen in it, what is amiss; opened with one press. */
import { ChevronDown, Share2 } from 'lucide';
import type { SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import type { NewRoom } from '../../shared/protocol/messages.ts';
import { maySeeIdentifiers } from '../../shared/roles.ts';
import { button, el, put, icon } from '../style/dom.ts';
import { TEXT } from '../strings.ts';
import { loadingLine } from './loading.ts';
import { noticeOf } from './notice.ts';
import { openShareDialog } from './share-dialog.ts';
import type { StartPageOptions } from './options.ts';
import { thumbnail } from './thumbnail.ts';
import {
  dateWords,
  mainSeries,
  personName,
  seriesChips,
  seriesTitle,
  studyChips,
  titleOf,
  viewable,
  type Chip,
} from './words.ts';

const chipOf = (chip: Chip): HTMLElement => el('span', { class: `chip ${chip.kind}` }, chip.text);

export function studyCard(study: StudyEntry, options: StartPageOptions, signal: AbortSignal): HTMLElement {
  const main = mainSeries(study);
  const foot = el('div', { class: 'card-foot' });
  const actions = el('div', { class: 'card-actions' });
  const title = titleOf(study);

  async function roomFor(series: SeriesEntry | undefined): Promise<NewRoom> {
    return options.api.createRoom(study.studyInstanceUid, series?.seriesInstanceUid);
  }

  async function open(series: SeriesEntry | undefined): Promise<void> {
    actions.inert = true;
    try {
      const opening = options.enter(await roomFor(series));
      const line = loadingLine(() => opening.cancel());
      put(foot, line.element);
      opening.onProgress(line.show);
      await opening.ready;
    } catch (error) {
      actions.inert = false;
      const words = error instanceof Error && error.name === 'ApiFailure' ? noticeOf(error) : null;
      put(
        foot,
        error instanceof Error && error.name === 'AbortError'
          ? null
          : el(
              'p',
              { class: 'card-failure', role: 'alert' },
              words ? `${words.title} ${words.next}` : (error as Error).message,
            ),
      );
    }
  }

  if (main)
    put(
      actions,
      shareButton(study, () => roomFor(undefined)),
      button(TEXT.open, { class: 'button primary open', onPress: () => void open(undefined) }),
    );
  else put(actions, el('p', { class: 'card-failure' }, 'Nothing in it can be shown as a volume.'));

  const who = maySeeIdentifiers(options.session.role)
    ? el(
        'p',
        { class: 'who' },
        personName(study.patient.name),
        study.patient.id && el('span', {}, study.patient.id),
      )
    : null;

  return el(
    'article',
    { class: 'card', 'aria-label': `${title}, ${dateWords(study.date)}` },
    thumbnail(
      main && (() => options.api.thumbnail(study.studyInstanceUid, main.seriesInstanceUid, signal)),
      signal,
    ),
    el(
      'div',
      { class: 'card-body' },
      el('h2', {}, title),
      who,
      el('p', { class: 'date' }, dateWords(study.date)),
      el(
        'div',
        { class: 'chips' },
        ...studyChips(study)
          .filter((chip) => chip.kind === 'plain')
          .map(chipOf),
      ),
      problemList(study),
      seriesPicker(study, main, (series) => void open(series)),
      foot,
    ),
    actions,
  );
}

function shareButton(study: StudyEntry, createRoom: () => Promise<NewRoom>): HTMLElement {
  return button(TEXT.share, {
    icon: Share2,
    class: 'button quiet share',
    onPress: () => void createRoom().then((room) => openShareDialog(room, titleOf(study))),
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
    el('summary', {}, `All ${volumes.length} series`, icon(ChevronDown, 16)),
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
            series === main && el('span', { class: 'opens' }, 'opens first'),
          ),
          el('span', { class: 'chips' }, ...seriesChips(series).map(chipOf)),
          button(TEXT.open, { class: 'button', onPress: () => open(series) }),
        ),
      ),
    ),
  );
}
