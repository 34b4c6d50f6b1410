/** A DICOMweb archive of many studies that is a function: each has a few CT series; what was asked is kept. */
import { openDicomweb, openServer, type DicomwebClient, type HttpEffects } from '../../fhir/clients/index.ts';
import { openDicomwebSource } from './dicomweb-source.rim.ts';
import type { Source } from './types.ts';

export const ROOT = 'https://pacs.example/rs';

export interface LargeArchive {
  readonly source: Source;
  /** The same archive as its source asks it. */
  readonly client: DicomwebClient;
  /** Paths and queries in the order of their coming. */
  readonly asked: readonly string[];
  /** The most requests that were under way at the same time. */
  readonly together: () => number;
  /** Requests that are under way. */
  readonly open: () => number;
  /** What it has answered so far. */
  readonly bytes: () => number;
  /** Requests for which `holds` is true are not answered before `release`, or a hold that lets them go. */
  hold(holds: (path: string) => boolean): void;
  release(): void;
  /** Resolves when nothing but held requests is under way and nobody asked anything for some turns of the loop. */
  quiet(): Promise<void>;
  /** A newer study comes in. */
  add(): void;
  /** Requests for which this gives a status are answered with it and no body. */
  fail(status: ((path: string) => number | null) | null): void;
}

const text = (vr: string, ...Value: readonly unknown[]): object => ({ vr, Value });
/** 1 is the oldest; the archive names them in no order. */
export const studyUid = (index: number): string => `1.2.826.${index}`;
const dayMs = (index: number): number => Date.UTC(2020, 0, index);
const days = new Map<number, string>();
function day(index: number): string {
  const known = days.get(index);
  if (known !== undefined) return known;
  const date = new Date(dayMs(index)).toISOString().slice(0, 10).replaceAll('-', '');
  days.set(index, date);
  return date;
}

const SERIES = [1, 2, 3];
const nameOf = (index: number): string => `NUMBER^${index}`;
const idOf = (index: number): string => `P${index}`;
/** With wildcards, and upper and lower case told apart. */
function like(asked: string | null): (value: string) => boolean {
  if (asked === null) return () => true;
  const pattern = new RegExp(`^${asked.replaceAll('^', '\\^').replaceAll('*', '.*')}$`);
  return (value) => pattern.test(value);
}
const studyRow = (index: number, date: string): object => ({
  '0020000D': text('UI', studyUid(index)),
  '00080020': date === '' ? { vr: 'DA' } : text('DA', date),
  '00081030': text('LO', `study ${index}`),
  '00100010': text('PN', { Alphabetic: nameOf(index) }),
  '00100020': text('LO', idOf(index)),
  '00080061': text('CS', 'CT'),
  '00201206': text('IS', SERIES.length),
});
const seriesRow = (index: number, series: number): object => ({
  ...studyRow(index, day(index)),
  '0020000E': text('UI', `${studyUid(index)}.${series}`),
  '00200011': text('IS', series),
  '00080060': text('CS', 'CT'),
});
const instances = (index: number, series: number): object[] =>
  [0, 1, 2].map((slice) => ({
    ...seriesRow(index, series),
    '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.2'),
    '00080018': text('UI', `${studyUid(index)}.${series}.${slice + 1}`),
    '00083002': text('UI', '1.2.840.10008.1.2.1'),
    '00280010': text('US', 4),
    '00280011': text('US', 4),
    '00280030': text('DS', 1, 1),
    '00200037': text('DS', 1, 0, 0, 0, 1, 0),
    '00200032': text('DS', 0, 0, slice),
  }));

export function largeArchive(
  studies: number,
  /** `ignoresQuery`: a search gives everything, whatever was asked for; `foreign`: the images of its last series. */
  how: {
    readonly ignoresQuery?: boolean;
    readonly foreign?: { readonly study: number; readonly patient: string };
    /** Rows that it gives of a search, and none behind them. */
    readonly limit?: number;
    /** It gives the first rows wherever a page is to begin. */
    readonly ignoresOffset?: boolean;
    /** Says so where an answer is not all. */
    readonly warns?: boolean;
    /** Whom the row of a study names in place of whom its images do. */
    readonly row?: { readonly study: number; readonly patient: string; readonly name: string };
    /** Series that it gives of a study, whatever the study counts. */
    readonly seriesGiven?: number;
    /** YYYYMMDD, or '' for none; a day each otherwise. */
    readonly dateOf?: (study: number) => string;
  } = {},
): LargeArchive {
  const { dateOf = day } = how;
  let bytes = 0;
  const asked: string[] = [];
  let [under, most] = [0, 0];
  let holds: (path: string) => boolean = () => false;
  let failure: ((path: string) => number | null) | null = null;
  const held: { readonly path: string; readonly go: () => void }[] = [];

  // A prime step: every study once, in an order that is not that of their dates.
  const order = Array.from({ length: studies }, (_, at) => 1 + ((at * 7919) % studies));
  const rowsOf = (path: string, query: URLSearchParams): object[] | null => {
    const [, study, series] =
      /^\/studies\/1\.2\.826\.(\d+)\/series(?:\/[\d.]+\.(\d)\/metadata)?$/.exec(path) ?? [];
    if (study !== undefined)
      return series
        ? instances(Number(study), Number(series)).map((row) =>
            how.foreign?.study === Number(study) && Number(series) === SERIES.length
              ? { ...row, '00100020': text('LO', how.foreign.patient) }
              : row,
          )
        : SERIES.slice(0, how.seriesGiven).map((one) => seriesRow(Number(study), one));
    // What is asked for by UID: a study's number, and a series' in it; null for everything.
    const asked = query.get('SeriesInstanceUID') ?? query.get('StudyInstanceUID');
    const all = asked === null || how.ignoresQuery === true;
    const [, studyNumber, seriesNumber] = /^1\.2\.826\.(\d+)(?:\.(\d))?$/.exec(asked ?? '') ?? [];
    const [from = '', to = ''] = (how.ignoresQuery ? '' : (query.get('StudyDate') ?? '')).split('-');
    const [hasName, hasId] = [like(query.get('PatientName')), like(query.get('PatientID'))];
    const found = order
      .filter((index) => all || index === Number(studyNumber))
      .filter((index) => {
        const date = dateOf(index);
        return from + to === '' || (date !== '' && date >= from && (to === '' || date <= to));
      })
      .filter((index) => how.ignoresQuery || (hasName(nameOf(index)) && hasId(idOf(index))));
    if (path === '/studies')
      return found.map((index) => ({
        ...studyRow(index, dateOf(index)),
        ...(how.row?.study === index
          ? { '00100010': text('PN', { Alphabetic: how.row.name }), '00100020': text('LO', how.row.patient) }
          : {}),
      }));
    if (path !== '/series') return null;
    const rows = SERIES.filter((one) => all || seriesNumber === undefined || one === Number(seriesNumber));
    return found.flatMap((index) => rows.map((one) => seriesRow(index, one)));
  };

  const effects: HttpEffects = {
    async fetch(url, init) {
      init.signal?.throwIfAborted();
      const path = url.slice(ROOT.length);
      asked.push(path);
      most = Math.max(most, ++under);
      try {
        if (holds(path))
          await new Promise<void>((resolve, reject) => {
            held.push({ path, go: resolve });
            init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error), {
              once: true,
            });
          });
        await new Promise((resolve) => setImmediate(resolve));
        const status = failure?.(path) ?? null;
        if (status !== null) return new Response('', { status });
        const { pathname, searchParams } = new URL(url);
        const rows = rowsOf(pathname.slice('/rs'.length), searchParams);
        if (!rows) return new Response('', { status: 404 });
        const limited = pathname === '/rs/studies';
        const offset = limited && how.ignoresOffset ? 0 : Number(searchParams.get('offset') ?? 0);
        const limit = Number(searchParams.get('limit') ?? rows.length);
        const given = (limited ? rows.slice(0, how.limit) : rows).slice(offset, offset + limit);
        const body = JSON.stringify(given);
        bytes += body.length;
        const left = rows.length - offset - given.length;
        const warning = `299 pacs.example "There are ${left} additional results that can be requested"`;
        return new Response(body, { headers: how.warns && left > 0 ? { warning } : {} });
      } finally {
        under--;
      }
    },
    sleep: async (_ms, signal) => signal?.throwIfAborted(),
    alarm: () => ({ again: () => undefined, stop: () => undefined }),
    nowMs: () => dayMs(studies),
    random: () => 0,
  };
  const api: LargeArchive = {
    source: openDicomwebSource({ label: 'pacs.example', root: ROOT, effects }),
    client: openDicomweb(openServer({ kind: 'archive', root: ROOT, effects })),
    asked,
    together: () => most,
    open: () => under,
    bytes: () => bytes,
    hold(which) {
      holds = which;
      for (const one of held.splice(0)) {
        if (holds(one.path)) held.push(one);
        else one.go();
      }
    },
    release: () => api.hold(() => false),
    async quiet() {
      for (let still = 0, before = -1; still < 20; still = asked.length === before ? still + 1 : 0) {
        before = asked.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    add: () => void order.push(order.length + 1),
    fail: (status) => (failure = status),
  };
  return api;
}
