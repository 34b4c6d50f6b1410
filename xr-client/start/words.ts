/** A study in a clinician's words: title, date, chips. Pure. */
import type { ProblemCode, SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import { MODALITY, PROBLEM_CHIP } from '../strings.ts';

export interface Chip {
  readonly text: string;
  readonly kind: 'plain' | 'amber';
}

const VIEWABLE = new Set(['volume', 'volume4d', 'mosaic']);

export const viewable = (series: SeriesEntry): boolean => VIEWABLE.has(series.kind);

const voxels = (series: SeriesEntry): number =>
  series.dims === null ? 0 : series.dims[0] * series.dims[1] * series.dims[2] * (series.phases ?? 1);

/** What opens first: the largest volume. */
export function mainSeries(study: StudyEntry): SeriesEntry | undefined {
  return study.series.filter(viewable).toSorted((a, b) => voxels(b) - voxels(a))[0];
}

const sentenceCase = (text: string): string => {
  const calm = text === text.toUpperCase() ? text.toLowerCase() : text;
  return calm.charAt(0).toUpperCase() + calm.slice(1);
};

/** 'CT chest with contrast': modality first, then what the archive called it, without saying either twice. */
export function titleOf(study: StudyEntry): string {
  const main = mainSeries(study) ?? study.series[0];
  const modality = main ? (MODALITY[main.modality] ?? main.modality) : 'Study';
  const said = (study.description || main?.description || main?.bodyPart || '').trim();
  if (said === '') return modality;
  const words = sentenceCase(said.replaceAll('_', ' '));
  return words.toUpperCase().startsWith(modality.toUpperCase())
    ? modality + words.slice(modality.length)
    : `${modality} ${words.charAt(0).toLowerCase()}${words.slice(1)}`;
}

export function seriesTitle(series: SeriesEntry): string {
  const modality = MODALITY[series.modality] ?? series.modality;
  const said = series.description.trim();
  return said === '' ? modality : `${modality} · ${sentenceCase(said.replaceAll('_', ' '))}`;
}

/** 20260314 -> '14 March 2026' in the reader's language; '' -> 'no date'. */
export function dateWords(date: string, locale?: string): string {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  if (!match) return 'no date';
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
  return `${Number.isInteger(each) && each > 1 ? each : instances} images`;
}

/** What can be seen in one series. The coarsest spacing is the honest one. */
export function seriesChips(series: SeriesEntry): Chip[] {
  const plain = (text: string): Chip => ({ text, kind: 'plain' });
  const chips: Chip[] = [];
  const problems = new Set(series.problems.map((problem) => problem.code));
  if (series.spacingMm && !problems.has('uneven-spacing'))
    chips.push(plain(mm(Math.max(...series.spacingMm))));
  const regridded = [...problems].some((code) => GRID_IS_NOT_THE_SCAN.has(code));
  const size = regridded ? imagesWords(series) : series.dims && `${series.dims[2]} slices`;
  if (size) chips.push(plain(size));
  const units = new Set(series.volumes.map((volume) => volume.unit));
  const flow = [...units].some((unit) => unit === 'cm/s' || unit === 'm/s' || unit === 'mm/s');
  if (flow) chips.push(plain('4D flow'));
  if ((series.phases ?? 1) > 1) chips.push(plain(`${series.phases} phases`));
  if (series.kind === 'seg') chips.push(plain('labels'));
  for (const code of problems) chips.push({ text: PROBLEM_CHIP[code], kind: 'amber' });
  return chips;
}

/** Chips of the whole study: its main series', and what else is in it. */
export function studyChips(study: StudyEntry): Chip[] {
  const main = mainSeries(study);
  const chips = main ? seriesChips(main) : [];
  const others = study.series.filter((series) => viewable(series) && series !== main);
  if (others.length > 0) chips.push({ text: `${others.length + 1} series`, kind: 'plain' });
  for (const series of others)
    for (const chip of seriesChips(series).filter((c) => c.kind === 'amber' || /phases|flow/.test(c.text)))
      if (!chips.some((known) => known.text === chip.text)) chips.push(chip);
  if (study.series.some((series) => series.kind === 'seg')) chips.push({ text: 'labels', kind: 'plain' });
  return chips;
}

const searched = new WeakMap<StudyEntry, string>();

/** All of a study's words in one text, made once: thousands of studies are searched at every key. */
function wordsOf(study: StudyEntry): string {
  const before = searched.get(study);
  if (before !== undefined) return before;
  const words = [
    study.patient.name.replaceAll('^', ' '),
    study.patient.id,
    study.date,
    dateWords(study.date),
    study.description,
    titleOf(study),
    ...study.series.flatMap((s) => [s.modality, MODALITY[s.modality] ?? '', s.description, s.bodyPart]),
  ]
    .join(' ')
    .toLowerCase();
  searched.set(study, words);
  return words;
}

/** True where every word of the query stands somewhere in the study. */
export function matches(study: StudyEntry, query: string): boolean {
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
  return [given, family].filter(Boolean).map(proper).join(' ') || 'No name';
}

export function bytesWords(bytes: number): string {
  const mb = bytes / 1e6;
  return mb >= 1000
    ? `${(mb / 1000).toFixed(1)}\u202fGB`
    : `${mb < 10 ? mb.toFixed(1) : Math.round(mb)}\u202fMB`;
}

export function secondsWords(seconds: number): string {
  if (seconds < 1) return 'about a second left';
  return seconds < 90 ? `${Math.ceil(seconds)}\u202fs left` : `${Math.ceil(seconds / 60)}\u202fmin left`;
}
