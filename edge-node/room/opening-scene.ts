/** Which series a study opens with, and how it looks at first. */
import { defaultPreset, type Look, type Scene } from '../../shared/scene/index.ts';
import type { SeriesEntry, StudyEntry } from '../../shared/volume.ts';

/** May it be shown as a volume? */
export const isVolume = (series: SeriesEntry): boolean =>
  series.kind === 'volume' || series.kind === 'volume4d';

const voxels = (series: SeriesEntry): number =>
  series.dims ? series.dims[0] * series.dims[1] * series.dims[2] : 0;

/** The volume with the most voxels in one phase (its instances break a tie); null where a study has none. */
export function openingSeries(study: Pick<StudyEntry, 'series'>): SeriesEntry | null {
  const candidates = study.series.filter(isVolume);
  const order = (a: SeriesEntry, b: SeriesEntry): number =>
    voxels(b) - voxels(a) || b.instances - a.instances;
  return candidates.toSorted(order)[0] ?? null;
}

export const openingLook = (series: SeriesEntry): Look => ({
  preset: defaultPreset(series.modality),
  window: null,
});

/** Id of the largest volume of a series ('0' where the listing does not say). */
export function largestVolumeId(series: SeriesEntry): string {
  const size = (dims: readonly number[]): number => dims.reduce((product, side) => product * side, 1);
  return series.volumes.toSorted((a, b) => size(b.dims) - size(a.dims))[0]?.id ?? '0';
}

/** The scene that a room of this study starts with; null where the study (or that series) has nothing to show. */
export function openingScene(study: StudyEntry, seriesInstanceUid?: string): Scene | null {
  // A series of two SOP classes has an entry for each.
  const entries = study.series.filter(
    (entry) => seriesInstanceUid === undefined || entry.seriesInstanceUid === seriesInstanceUid,
  );
  const series = openingSeries({ series: entries });
  if (!series) return null;
  return {
    version: 1,
    studyInstanceUid: study.studyInstanceUid,
    seriesInstanceUid: series.seriesInstanceUid,
    volumeId: largestVolumeId(series),
    phase: 0,
    look: openingLook(series),
    clip: null,
  };
}

/** The study without what identifies its patient, for roles that may not see it. */
export function withoutIdentifiers(study: StudyEntry): StudyEntry {
  const series = study.series.map((entry) => ({ ...entry, description: '' }));
  return { ...study, date: '', description: '', patient: { name: '', id: '', birthDate: '' }, series };
}
