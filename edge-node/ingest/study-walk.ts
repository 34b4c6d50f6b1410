/**
 * A way through a large archive: its studies are named, then read, so many at a time as somebody asks for. What was
 * named and is not read yet waits; what a failure or an abort left behind is read by the next call.
 */
import { textOf } from '../../fhir/clients/index.ts';
import type { NamedStudy } from '../../shared/protocol/studies.ts';
import {
  dateOf,
  listStudies,
  STUDIES_AT_A_TIME,
  type StudyRow,
  type WantedStudy,
} from './dicomweb-listing.ts';
import { inOrder, type StudyNames } from './name-studies.ts';
import type { StudyWalk } from './types.ts';

export interface WalkEffects extends StudyNames {
  read(study: WantedStudy, signal: AbortSignal): Promise<StudyRow>;
}

/** What is known of a study before its series are: what the search said of it. */
export function namedStudy(wanted: WantedStudy): NamedStudy {
  const { header, fhir, studyInstanceUid } = wanted;
  const date = dateOf(wanted);
  if (!header) {
    const modalities = [...new Set(fhir?.series.map((one) => one.modality))].filter((one) => one !== '');
    // FHIR's patient is compared with that of the images, not shown in its place.
    return {
      studyInstanceUid,
      date,
      description: fhir?.description ?? '',
      patient: null,
      modalities,
      series: fhir?.numberOfSeries ?? null,
    };
  }
  const series = Number(header['00201206']?.Value?.[0]);
  return {
    studyInstanceUid,
    date,
    description: textOf(header, '00081030'),
    patient: {
      name: textOf(header, '00100010'),
      id: textOf(header, '00100020'),
      birthDate: textOf(header, '00100030'),
    },
    modalities: (header['00080061']?.Value ?? []).filter((one) => typeof one === 'string'),
    series: Number.isInteger(series) && series > 0 ? series : null,
  };
}

export function walkStudies(effects: WalkEffects): StudyWalk {
  let waiting: WantedStudy[] = [];
  let [ended, gave] = [false, false];
  const known = new Set<string>();
  return {
    sorted: () => effects.sorted(),
    problems: () => effects.problems(),
    async next({ most, signal, onNamed, onStudy, onUnplaced }) {
      // What was begun beside a failure must not go on asking.
      const failed = new AbortController();
      const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
      /** Waits for so many studies to be named, or the end. */
      const name = async (studies: number, say: () => void): Promise<void> => {
        for (say(); !ended && waiting.length < studies; say()) {
          const batch = await effects.name(stop);
          if (!batch) ended = true;
          else if (batch.unplaced.length > 0) onUnplaced?.(batch.unplaced);
          for (const one of inOrder(batch?.wanted ?? [])) {
            if (!known.has(one.studyInstanceUid)) waiting.push(one);
            known.add(one.studyInstanceUid);
          }
        }
      };
      try {
        let failure: { readonly error: unknown } | null = null;
        await name(most, () => onNamed?.(waiting.slice(0, most).map(namedStudy))).catch((error: unknown) => {
          // What is named is read first: nobody could get past a failure that stays.
          if (waiting.length === 0 || stop.aborted) throw error;
          failure = { error };
        });
        let part = inOrder(waiting.slice(0, most));
        waiting = [...part, ...waiting.slice(most)];
        await listStudies(part, STUDIES_AT_A_TIME, (one) => effects.read(one, stop), (step) => {
          part = part.slice(1);
          waiting.shift();
          gave ||= step.study !== null;
          onNamed?.(part.map(namedStudy));
          onStudy?.(step);
        }, gave); // prettier-ignore
        if (failure) throw (failure as { readonly error: unknown }).error;
        await name(1, () => undefined);
        return waiting.length > 0;
      } catch (error) {
        failed.abort();
        throw error;
      }
    },
  };
}
