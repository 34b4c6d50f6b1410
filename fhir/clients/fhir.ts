/**
 * From FHIR to where the images lie: ImagingStudy → Endpoint (`dicom-wado-rs`) → series → instances, through
 * fhir-kit-client. Rules:
 * F1 pages are followed by their `next` link, within the server's own origin only;
 * F2 a resource that is not what R4 says is left out with one record that names it; the older shape is named as such;
 * F3 studies entered in error or cancelled are left out with a record;
 * F4 an endpoint counts where it is `dicom-wado-rs` and in use; a series' own comes before its study's;
 * F5 credentials go to the server's own origin only;
 * F6 a Patient or an Endpoint that the server does not give out (403, 500) costs what it would have said: the comparison
 *    of patient numbers, or the study, with a record. Where no study is left, that refusal is the failure.
 */
import { Client } from 'fhir-kit-client';
import type { Authorization } from './credentials.rim.ts';
import { checkedUid } from './dicomweb.ts';
import { aborted, ArchiveError, badAnswer, connectionError, statusError, type Peer } from './errors.ts';
import { describeStudies, type FhirFinding, type Resource } from './describe-studies.ts';
import { bundleSchema, type FhirStudy } from './fhir-resources.ts';
import { REAL_EFFECTS } from './http.rim.ts';
import { readRetryAfter, RETRY, retrying, type RetryEffects, type RetryPolicy } from './retry.ts';

export type { FhirFinding };

export interface FhirOptions {
  readonly root: string;
  readonly authorization?: Authorization;
  readonly credentialNames?: string;
  readonly effects?: RetryEffects;
  readonly policy?: RetryPolicy;
  readonly answerWithinMs?: number;
}

/** Where a walk through the imaging studies stands: plain data, from one page's answer to the next one's question. */
export interface FhirPlace {
  /** Address of the next page; null before the first. */
  readonly next: string | null;
  /** False once a server has not sorted: newest first cannot be relied on. */
  readonly sorted: boolean;
  /** `started` of the last study, where one said so. */
  readonly last: string;
  /** Resources that had to be read one by one, by 'Type/ID': not to be read again for the next page. */
  readonly read?: ReadonlyMap<string, Resource>;
}
export interface FhirPage extends FhirFinding {
  /** Null behind the last page. */
  readonly place: FhirPlace | null;
  readonly sorted: boolean;
  /** Imaging studies on all pages, as the server counts them; absent where it does not say. */
  readonly total?: number | undefined;
}

export interface FhirClient {
  readonly peer: Peer;
  /** One page of the imaging studies, newest first where the server sorts them. `place` is null for the first. */
  page(place: FhirPlace | null, options?: { readonly signal?: AbortSignal | undefined }): Promise<FhirPage>;
  /** Those with this Study Instance UID: one, where all is well. */
  find(
    studyInstanceUid: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<FhirFinding>;
  /** Those that name this series; none where the server does not search by series, or names no series at all. */
  findSeries(
    seriesInstanceUid: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly FhirStudy[]>;
}

const PAGE = 50;
const NEWEST_FIRST = { _sort: '-started' };
const INCLUDE = { _include: ['ImagingStudy:endpoint', 'ImagingStudy:patient'] };
const MOST_PAGES = 2000;

export function openFhir(options: FhirOptions): FhirClient {
  const root = options.root.replace(/\/+$/, '');
  const { origin, host } = new URL(root);
  const authorization = options.authorization ?? null;
  const effects = options.effects ?? REAL_EFFECTS;
  const policy = options.policy ?? RETRY;
  const peer: Peer = {
    kind: 'FHIR server',
    host,
    credentialNames: options.credentialNames ?? 'ANTEROOM_FHIR_TOKEN or ANTEROOM_FHIR_BASIC (user:password)',
    hasCredentials: authorization !== null,
  };
  const client = new Client({
    baseUrl: root,
    requestOptions: { redirect: 'manual' },
    requestSigner: (url, init) => {
      if (new URL(url).origin !== origin)
        throw badAnswer(peer, 'a page', 'its next page lies on another server');
      if (authorization !== null) (init.headers as Headers).set('authorization', authorization);
    },
  });

  /** One request of the client, with retries and our words. */
  const ask = (
    what: string,
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<unknown> | undefined,
  ): Promise<unknown> =>
    retrying({ peer, policy, effects, repeatable: true, signal }, async () => {
      const limit = AbortSignal.timeout(options.answerWithinMs ?? 60_000);
      try {
        return await run(signal ? AbortSignal.any([signal, limit]) : limit);
      } catch (error) {
        if (error instanceof ArchiveError) throw error;
        if (signal?.aborted) throw aborted(error);
        if (limit.aborted) throw new ArchiveError('unreachable', 'no answer in time', { cause: error });
        throw fromClient(error, what, peer, effects.nowMs());
      }
    });

  const readOne = async (path: string, signal: AbortSignal | undefined): Promise<Resource | null> => {
    const answer = await ask(path, signal, (inner) =>
      client.request(path, { options: { signal: inner } }),
    ).catch((error: unknown) => {
      if (error instanceof ArchiveError && error.code === 'not-found') return null;
      throw error;
    });
    return answer as Resource | null;
  };

  type Params = Readonly<Record<string, string | number | string[]>>;
  interface Bundle {
    /** Matches and included ones, by 'Type/ID'. */
    readonly found: Map<string, Resource>;
    readonly next: string | null;
    readonly total: number | undefined;
  }
  const what = 'its imaging studies';
  const readBundle = async (
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<unknown> | undefined,
  ): Promise<Bundle> => {
    const bundle = bundleSchema.safeParse(await ask(what, signal, run));
    if (!bundle.success) throw badAnswer(peer, what, 'no Bundle', bundle.error);
    const found = new Map<string, Resource>();
    for (const { resource } of bundle.data.entry)
      if (resource) found.set(`${resource.resourceType}/${String(resource['id'] ?? found.size)}`, resource);
    const next = bundle.data.link.find((link) => link.relation === 'next')?.url ?? null;
    return { found, next, total: bundle.data.total };
  };
  const firstPage = (searchParams: Params, signal: AbortSignal | undefined): Promise<Bundle> =>
    readBundle(signal, (inner) =>
      client.search({ resourceType: 'ImagingStudy', searchParams, options: { signal: inner } }),
    );
  const pageAt = (url: string, signal: AbortSignal | undefined): Promise<Bundle> =>
    readBundle(signal, (inner) =>
      client.nextPage({
        bundle: { resourceType: 'Bundle', link: [{ relation: 'next', url }] },
        options: { signal: inner },
      }),
    );
  /** The first page by the first of these questions that the server does not refuse (400): it need not know them all. */
  const firstOf = async (
    questions: readonly Params[],
    signal: AbortSignal | undefined,
  ): Promise<{ readonly bundle: Bundle; readonly asked: Params }> => {
    for (const [at, asked] of questions.entries())
      try {
        return { bundle: await firstPage(asked, signal), asked };
      } catch (error) {
        const refused = error instanceof ArchiveError && error.status === 400;
        if (!refused || at + 1 === questions.length) throw error;
      }
    throw badAnswer(peer, what, 'no Bundle');
  };

  /** All resources of a search, matches and included ones, by 'Type/ID'; whole pages, until `most` studies are there. */
  const search = async (
    searchParams: Params,
    signal: AbortSignal | undefined,
    most: number,
  ): Promise<Map<string, Resource>> => {
    const seen = new Set<string>();
    const count = { ...searchParams, _count: Math.min(PAGE, most) };
    // Servers may refuse _include: what it would have brought is read one by one.
    let { bundle } = await firstOf([{ ...count, ...INCLUDE }, count], signal);
    const { found } = bundle;
    for (let pages = 1; ; pages++) {
      const { next } = bundle;
      if (next === null || studiesIn(found) >= most) return found;
      if (seen.has(next) || pages >= MOST_PAGES) throw badAnswer(peer, what, 'pages that never end');
      seen.add(next);
      bundle = await pageAt(next, signal);
      for (const [name, resource] of bundle.found) found.set(name, resource);
    }
  };

  const describe = (
    found: Map<string, Resource>,
    signal: AbortSignal | undefined,
    others = false,
  ): Promise<FhirFinding> => describeStudies(found, root, (name) => readOne(name, signal), others);

  const gather = async (
    searchParams: Params,
    signal: AbortSignal | undefined,
    most = Number.POSITIVE_INFINITY,
  ): Promise<FhirFinding> => describe(await search(searchParams, signal, most), signal);

  return {
    peer,
    async page(place, { signal } = {}) {
      let sorted = place?.sorted ?? true;
      let bundle: Bundle;
      if (place?.next != null) bundle = await pageAt(place.next, signal);
      else {
        const question = { _count: PAGE };
        const newest = { ...question, ...NEWEST_FIRST };
        // Which of the two a server does not know, its refusal does not say in words for machines.
        const questions = [{ ...newest, ...INCLUDE }, { ...question, ...INCLUDE }, newest, question];
        const first = await firstOf(questions, signal);
        bundle = first.bundle;
        sorted = '_sort' in first.asked;
      }
      const found = new Map([...(place?.read ?? []), ...bundle.found]);
      const finding = await describe(found, signal, place !== null);
      const read = new Map([...found].filter(([name]) => !bundle.found.has(name)));
      const started = finding.studies.map((study) => study.started.slice(0, 10)).filter((day) => day !== '');
      // A server may also leave the sorting out and say nothing.
      let last = place?.last ?? '';
      for (const day of started) {
        if (last !== '' && day > last) sorted = false;
        last = day;
      }
      const { next, total } = bundle;
      return { ...finding, sorted, total, place: next === null ? null : { next, sorted, last, read } };
    },
    async find(studyInstanceUid, how = {}) {
      const uid = checkedUid(studyInstanceUid, 'Study Instance UID');
      const finding = await gather({ identifier: `urn:dicom:uid|urn:oid:${uid}` }, how.signal);
      return { ...finding, studies: finding.studies.filter((study) => study.studyInstanceUid === uid) };
    },
    async findSeries(seriesInstanceUid, how = {}) {
      const uid = checkedUid(seriesInstanceUid, 'Series Instance UID');
      // A server that does not look at the question names every study it has: its first page is enough to know.
      const { studies } = await gather({ series: uid }, how.signal, PAGE).catch((error: unknown) => {
        if (error instanceof ArchiveError && error.status === 400) return { studies: [] };
        throw error;
      });
      return studies.filter((study) => study.series.some((series) => series.seriesInstanceUid === uid));
    },
  };
}

/** Imaging studies among the resources of a search. */
const studiesIn = (found: ReadonlyMap<string, Resource>): number =>
  [...found.keys()].filter((name) => name.startsWith('ImagingStudy/')).length;

/** An error of fhir-kit-client: with `response` for an HTTP status, fetch's own otherwise. */
function fromClient(error: unknown, what: string, peer: Peer, nowMs: number): ArchiveError {
  const response = error instanceof Error && 'response' in error ? error.response : null;
  if (response === null || typeof response !== 'object' || !('status' in response))
    return connectionError(error, peer);
  const status = Number(response.status);
  if (status < 300) return badAnswer(peer, what, 'no JSON', error);
  const config = error instanceof Error && 'config' in error ? error.config : null;
  const headers =
    config !== null && typeof config === 'object' && 'headers' in config && config.headers instanceof Headers
      ? config.headers
      : null;
  if (status < 400)
    return badAnswer(peer, what, 'it sends on to another address; give that address instead', error);
  return statusError(status, what, peer, readRetryAfter(headers?.get('retry-after') ?? null, nowMs));
}
