/** A study in a clinician's words: title, date, chips. Pure. */
import type { ProblemCode, SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import type { NamedStudy } from '../../shared/protocol/studies.ts';
import { MODALITY, PROBLEM_CHIP, START } from '../strings.ts';

export interface Chip {
  readonly text: string;
  readonly kind: 'plain' | 'amber';
}

/** Whether its series are known. */
export const isRead = (study: StudyEntry | NamedStudy): study is StudyEntry => !('modalities' in study);

/** What the node shows: a mosaic it lists, and does not. */
const VIEWABLE = new Set(['volume', 'volume4d']);

export const viewable = (series: SeriesEntry): boolean => VIEWABLE.has(series.kind);

const product = (dims: readonly number[]): number => dims.reduce((all, side) => all * side, 1);
const voxels = ({ dims }: SeriesEntry): number => (dims === null ? 0 : product(dims));

/**
 * What opens first, as the node has it: the volume with the most voxels in one phase (its instances break a tie). Many
 * phases of a small heart are not larger than the chest around it.
 */
export function mainSeries(study: StudyEntry): SeriesEntry | undefined {
  return study.series
    .filter(viewable)
    .toSorted((a, b) => voxels(b) - voxels(a) || b.instances - a.instances)[0];
}

/** Of a series of several volumes the largest: the one whose size the series is listed with. */
export const mainVolumeId = (series: SeriesEntry): string =>
  series.volumes.toSorted((a, b) => product(b.dims) - product(a.dims))[0]?.id ?? '0';

const sentenceCase = (text: string): string => {
  const calm = text === text.toUpperCase() ? text.toLowerCase() : text;
  return calm.charAt(0).toUpperCase() + calm.slice(1);
};

const modalityWord = (modality: string): string => MODALITY[modality] ?? modality;

/** 'CT chest with contrast': modality first, then what the archive called it, without saying either twice. */
function titleFrom(modality: string, text: string): string {
  const said = text.trim();
  if (said === '') return modality;
  const words = sentenceCase(said.replaceAll('_', ' '));
  return words.toUpperCase().startsWith(modality.toUpperCase())
    ? modality + words.slice(modality.length)
    : `${modality} ${words.charAt(0).toLowerCase()}${words.slice(1)}`;
}

export function titleOf(study: StudyEntry): string {
  const main = mainSeries(study) ?? study.series[0];
  const modality = main ? modalityWord(main.modality) : START.study;
  return titleFrom(modality, study.description || main?.description || main?.bodyPart || '');
}

/** Modalities of what stands beside images: reports, plans, presentation states. They give no study its title. */
const BESIDE_IMAGES: ReadonlySet<string> = new Set(['SR', 'PR', 'KO', 'SEG', 'REG', 'DOC', 'RTSTRUCT', 'RTPLAN', 'RTDOSE']); // prettier-ignore

/** The title of a study whose series nobody has read yet. */
export function namedTitle({ modalities, description }: NamedStudy): string {
  const first = modalities.find((one) => !BESIDE_IMAGES.has(one)) ?? modalities[0];
  return titleFrom(first === undefined ? START.study : modalityWord(first), description);
}

export function seriesTitle(series: SeriesEntry): string {
  const modality = MODALITY[series.modality] ?? series.modality;
  const said = series.description.trim();
  return said === '' ? modality : `${modality} · ${sentenceCase(said.replaceAll('_', ' '))}`;
}

/** 20260314 -> '14 March 2026' in the reader's language; '' -> 'no date'. */
export function dateWords(date: string, locale?: string): string {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  if (!match) return START.noDate;
  const day = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
  return day.toLocaleDateString(locale, { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' });
}

const mm = (value: number): string => `${Number(value.toFixed(value < 1 ? 2 : 1))}\u202fmm`;

/** Where these are so, the grid has rows that nobody acquired: its size and step are not the scan's. */
const GRID_IS_NOT_THE_SCAN: ReadonlySet<ProblemCode> = new Set([
  'uneven-spacing',
  'gantry-tilt',
  'missing-slices',
]);

/** Enhanced CT, MR and PET, and legacy converted ones: one object holds many images, so objects are no count of them. */
const MULTI_FRAME: ReadonlySet<string> = new Set(
  ['2.1', '2.2', '4.1', '4.4', '128.1', '130'].map((end) => `1.2.840.10008.5.1.4.1.1.${end}`),
);

/** '45 images': those of one volume and phase where they divide evenly, else all; null where nobody can say. */
function imagesWords({ instances, phases, volumes, sopClassUid }: SeriesEntry): string | null {
  if (MULTI_FRAME.has(sopClassUid) || instances < 2) return null;
  const each = instances / ((phases ?? 1) * Math.max(volumes.length, 1));
  return START.images(Number.isInteger(each) && each > 1 ? each : instances);
}

/** What can be seen in one series. The coarsest spacing is the honest one. */
export function seriesChips(series: SeriesEntry): Chip[] {
  const plain = (text: string): Chip => ({ text, kind: 'plain' });
  const chips: Chip[] = [];
  const problems = new Set(series.problems.map((problem) => problem.code));
  if (series.spacingMm && !problems.has('uneven-spacing'))
    chips.push(plain(mm(Math.max(...series.spacingMm))));
  const regridded = [...problems].some((code) => GRID_IS_NOT_THE_SCAN.has(code));
  const size = regridded ? imagesWords(series) : series.dims && START.slices(series.dims[2]);
  if (size) chips.push(plain(size));
  const units = new Set(series.volumes.map((volume) => volume.unit));
  const flow = [...units].some((unit) => unit === 'cm/s' || unit === 'm/s' || unit === 'mm/s');
  if (flow) chips.push(plain(START.flow));
  if ((series.phases ?? 1) > 1) chips.push(plain(START.phases(series.phases!)));
  if (series.kind === 'seg') chips.push(plain(START.labels));
  for (const code of problems) chips.push({ text: PROBLEM_CHIP[code], kind: 'amber' });
  return chips;
}

/** Chips of the whole study: its main series', and what else is in it. */
export function studyChips(study: StudyEntry): Chip[] {
  const main = mainSeries(study);
  const chips = main ? seriesChips(main) : [];
  const others = study.series.filter((series) => viewable(series) && series !== main);
  if (others.length > 0) chips.push({ text: START.series(others.length + 1), kind: 'plain' });
  for (const series of others)
    for (const chip of seriesChips(series).filter((c) => c.kind === 'amber' || /phases|flow/.test(c.text)))
      if (!chips.some((known) => known.text === chip.text)) chips.push(chip);
  if (study.series.some((series) => series.kind === 'seg')) chips.push({ text: START.labels, kind: 'plain' });
  return chips;
}

/** Chips of a study whose series nobody has read yet. */
export function namedChips({ series }: NamedStudy): Chip[] {
  const text = series === null || series === 1 ? [] : [START.series(series)];
  return [...text, START.seriesUnread].map((one) => ({ text: one, kind: 'plain' }));
}

const searched = new WeakMap<StudyEntry | NamedStudy, string>();

/** All of a study's words in one text, made once: thousands of studies are searched at every key. */
function wordsOf(study: StudyEntry | NamedStudy): string {
  const before = searched.get(study);
  if (before !== undefined) return before;
  const own = isRead(study)
    ? [
        titleOf(study),
        ...study.series.flatMap((s) => [s.modality, MODALITY[s.modality] ?? '', s.description, s.bodyPart]),
      ]
    : [namedTitle(study), ...study.modalities.flatMap((one) => [one, modalityWord(one)])];
  const words = [
    (study.patient?.name ?? '').replaceAll('^', ' '),
    study.patient?.id ?? '',
    study.date,
    dateWords(study.date),
    study.description,
    ...own,
  ]
    .join(' ')
    .toLowerCase();
  searched.set(study, words);
  return words;
}

/** True where every word of the query stands somewhere in the study. */
export function matches(study: StudyEntry | NamedStudy, query: string): boolean {
  const words = wordsOf(study);
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

/** DICOM's 'FAMILY^GIVEN^MIDDLE^PREFIX' as people say it: 'Given Family'. */
export function personName(dicomName: string): string {
  const [family = '', given = ''] = dicomName.split('=')[0]!.split('^');
  const proper = (word: string): string =>
    word === word.toUpperCase() ? word.toLowerCase().replace(/(^|[\s-])\S/g, (c) => c.toUpperCase()) : word;
  return [given, family].filter(Boolean).map(proper).join(' ') || START.noName;
}

export function bytesWords(bytes: number): string {
  const mb = bytes / 1e6;
  return mb >= 1000
    ? `${(mb / 1000).toFixed(1)}\u202fGB`
    : `${mb < 10 ? mb.toFixed(1) : Math.round(mb)}\u202fMB`;
}

export function secondsWords(seconds: number): string {
  if (seconds < 1) return START.aSecondLeft;
  return seconds < 90 ? START.secondsLeft(Math.ceil(seconds)) : START.minutesLeft(Math.ceil(seconds / 60));
}
