/** FHIR R4 read and search over the archive's resources. Pure: path and parameters in, answer out. */
import { FHIR_JSON, type Answer } from './answer.ts';
import { resourcesOf, type Resource } from './fhir-resources.ts';
import { FhirQuestionError, PARAMETERS, searchResources } from './fhir-search.ts';
import type { Holdings } from './stored.ts';

const answer = (status: number, body: unknown, headers?: Readonly<Record<string, string>>): Answer => ({
  kind: 'json',
  status,
  type: FHIR_JSON,
  body,
  ...(headers ? { headers } : {}),
});
export const outcome = (
  status: number,
  issue: string,
  text: string,
  headers?: Readonly<Record<string, string>>,
): Answer =>
  answer(
    status,
    {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: issue, diagnostics: text }],
    },
    headers,
  );

type Json = Readonly<Record<string, unknown>>;
const list = (value: unknown): Json[] => (Array.isArray(value) ? value : value ? [value] : []) as Json[];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const INCLUDES: Readonly<Record<string, string>> = {
  'ImagingStudy:endpoint': 'endpoint',
  'ImagingStudy:patient': 'subject',
  'ImagingStudy:subject': 'subject',
};

const capability = (now: string, url: string): object => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: now,
  kind: 'instance',
  software: { name: 'Anteroom embedded archive' },
  implementation: { description: 'The embedded patient of this Anteroom node', url },
  fhirVersion: '4.0.1',
  format: ['json', 'application/fhir+json'],
  rest: [
    {
      mode: 'server',
      resource: Object.entries(PARAMETERS).map(([type, parameters]) => ({
        type,
        interaction: [{ code: 'read' }, { code: 'search-type' }],
        ...(type === 'ImagingStudy' ? { searchInclude: Object.keys(INCLUDES) } : {}),
        searchParam: Object.entries(parameters)
          .filter(([name]) => !/[.:]/.test(name))
          .map(([name, { type: of }]) => ({ name, type: of })),
      })),
    },
  ],
});

const whole = (value: string | null, otherwise: number): number =>
  value !== null && /^\d{1,6}$/.test(value) ? Number(value) : otherwise;

/** Whether JSON is welcome. `_format` stands in the place of Accept (R4 3.1.0.1.11). */
function wantsJson(format: string | null, accept: string): boolean {
  if (format) return /^(json|text\/json|application\/(fhir\+)?json)\b/.test(format.replace(' ', '+'));
  const types = accept.split(',').map((one) => one.split(';')[0]!.trim().toLowerCase());
  return (
    accept.trim() === '' ||
    types.some((one) => ['*/*', 'application/*', 'application/json', 'application/fhir+json', 'text/json'].includes(one))
  );
} // prettier-ignore

export interface FhirQuestion {
  /** What follows the FHIR root, without slashes at its ends. */
  readonly path: string;
  readonly params: URLSearchParams;
  readonly accept: string;
  /** Unknown parameters are refused. */
  readonly strict: boolean;
}
export interface FhirUrls {
  readonly fhir: string;
  readonly dicomweb: string;
}

export function answerFhir(holdings: Holdings, question: FhirQuestion, urls: FhirUrls): Answer {
  const { path, params, strict } = question;
  if (!wantsJson(params.get('_format'), question.accept))
    return outcome(406, 'not-supported', 'This server speaks JSON only: application/fhir+json.');
  if (path === 'metadata') return answer(200, capability('2026-01-01', urls.fhir));
  const [type = '', id, ...rest] = path.split('/');
  if (!Object.hasOwn(PARAMETERS, type))
    return outcome(404, 'not-supported', `This server has no resources of type '${type.slice(0, 60)}'.`);
  const all = resourcesOf(holdings, urls.dicomweb);
  if (id !== undefined && id !== '_search') {
    const own = all.filter((one) => one.resourceType === type);
    const one = rest.length === 0 ? own.find((resource) => resource.id === id) : undefined;
    return one ? answer(200, one) : outcome(404, 'not-found', `There is no ${type} with this id.`);
  }
  try {
    const { hits, used } = searchResources(type, all, params, strict);
    return answer(200, searchset(type, hits, used, all, params, urls));
  } catch (error) {
    if (error instanceof FhirQuestionError) return outcome(400, error.issue, error.message);
    throw error;
  }
}

function searchset(
  type: string,
  found: readonly Resource[],
  parameters: readonly (readonly [string, string])[],
  all: readonly Resource[],
  params: URLSearchParams,
  urls: FhirUrls,
): object {
  let hits = [...found];
  const sort = params.get('_sort');
  if (sort?.replace('-', '') === 'started') {
    hits.sort((a, b) => (text(a['started']) < text(b['started']) ? -1 : 1));
    if (sort.startsWith('-')) hits.reverse();
  }
  const total = hits.length;
  // A count of none asks for the number alone (R4 3.1.1.5.4).
  const counted = params.get('_count') === '0' || params.get('_summary') === 'count';
  if (counted) hits = [];
  const count = Math.max(1, Math.min(200, whole(params.get('_count'), 50)));
  const offset = whole(params.get('_offset'), 0);
  const page = hits.slice(offset, offset + count);
  const included = new Map<string, Resource>();
  const used = [...parameters];
  for (const include of params.getAll('_include')) {
    const field = INCLUDES[include];
    if (!field) continue;
    used.push(['_include', include]);
    for (const resource of page)
      for (const link of list(resource[field])) {
        const target = all.find((one) => `${one.resourceType}/${one.id}` === text(link['reference']));
        if (target) included.set(`${target.resourceType}/${target.id}`, target);
      }
  }
  const sorted: [string, string][] = sort ? [['_sort', sort]] : [];
  const address = (...more: [string, string][]): string =>
    `${urls.fhir}/${type}?${new URLSearchParams([...used.map(([a, b]) => [a, b]), ...sorted, ...more]).toString()}`;
  const at = (place: number): string => address(['_count', String(count)], ['_offset', String(place)]);
  const entry = (resource: Resource, mode: string): object => ({
    fullUrl: `${urls.fhir}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode },
  });
  const entries = [
    ...page.map((one) => entry(one, 'match')),
    ...[...included.values()].map((one) => entry(one, 'include')),
  ];
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total,
    link: [
      { relation: 'self', url: counted ? address(['_summary', 'count']) : at(offset) },
      ...(offset + count < hits.length ? [{ relation: 'next', url: at(offset + count) }] : []),
      ...(offset > 0 && !counted ? [{ relation: 'previous', url: at(Math.max(0, offset - count)) }] : []),
    ],
    // An array in FHIR is never empty.
    ...(entries.length > 0 ? { entry: entries } : {}),
  };
}
