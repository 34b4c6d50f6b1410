/** FHIR R4 read and search over the archive's resources. Pure: path and parameters in, answer out. */
import { FHIR_JSON, type Answer } from './answer.ts';
import { resourcesOf, type Resource } from './fhir-resources.ts';
import type { Holdings } from './stored.ts';

const answer = (status: number, body: unknown): Answer => ({ kind: 'json', status, type: FHIR_JSON, body });
export const outcome = (status: number, issue: string, text: string): Answer =>
  answer(status, {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: issue, diagnostics: text }],
  });

type Json = Readonly<Record<string, unknown>>;
const list = (value: unknown): Json[] => (Array.isArray(value) ? value : value ? [value] : []) as Json[];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** token: `code`, `system|code`, `system|`. Identifiers of DICOM are written with and without urn:oid:. */
function token(entries: readonly Json[], key: 'value' | 'code', asked: string): boolean {
  const bare = (value: string): string => value.replace(/^urn:oid:/, '');
  return asked.split(',').some((one) => {
    const bar = one.indexOf('|');
    const [system, value] = bar < 0 ? [null, one] : [one.slice(0, bar), one.slice(bar + 1)];
    return entries.some(
      (entry) =>
        (system === null || text(entry['system']) === system) &&
        (value === '' || bare(text(entry[key])) === bare(value)),
    );
  });
}

/** reference: `id`, `Type/id`, or an absolute address that ends so. */
const reference = (entries: readonly Json[], type: string, asked: string): boolean =>
  asked.split(',').some((one) =>
    entries.some((entry) => {
      const own = text(entry['reference']);
      return own === one || own === `${type}/${one}` || (/^https?:/.test(one) && one.endsWith(`/${own}`));
    }),
  );

/** date: prefixes eq ge gt le lt, by the precision of what was asked. */
function date(value: string, asked: string): boolean {
  const [, prefix = 'eq', moment = ''] = /^(eq|ne|ge|gt|le|lt|sa|eb)?(.*)$/.exec(asked) ?? [];
  const own = value.slice(0, moment.length);
  if (value === '') return false;
  if (prefix === 'eq') return own === moment;
  if (prefix === 'ne') return own !== moment;
  if (prefix === 'ge') return own >= moment;
  if (prefix === 'le') return own <= moment;
  return prefix === 'gt' || prefix === 'sa' ? own > moment : own < moment;
}
const starts = (value: unknown, asked: string): boolean =>
  asked.split(',').some((one) => text(value).toLowerCase().startsWith(one.toLowerCase()));

type Test = (resource: Resource, asked: string, all: readonly Resource[]) => boolean;
const subjectOf = (r: Resource, all: readonly Resource[]): Resource | undefined =>
  all.find((one) => `Patient/${one.id}` === text((r['subject'] as Json | undefined)?.['reference']));
const byPatient: Test = (r, asked) => reference(list(r['subject']), 'Patient', asked);
const byIdentifier: Test = (r, asked) => token(list(r['identifier']), 'value', asked);
const byId: Test = (r, asked) => asked.split(',').includes(r.id);

const TESTS: Readonly<Record<string, Readonly<Record<string, Test>>>> = {
  ImagingStudy: {
    _id: byId,
    identifier: byIdentifier,
    patient: byPatient,
    'patient:Patient': byPatient,
    subject: byPatient,
    'subject:Patient': byPatient,
    'patient.identifier': (r, asked, all) => token(list(subjectOf(r, all)?.['identifier']), 'value', asked),
    'patient.name': (r, asked, all) => starts(list(subjectOf(r, all)?.['name'])[0]?.['family'], asked),
    modality: (r, asked) => token(list(r['series']).map((s) => s['modality'] as Json), 'code', asked),
    series: (r, asked) => list(r['series']).some((s) => asked.split(',').includes(text(s['uid']))),
    started: (r, asked) => date(text(r['started']), asked),
    status: (r, asked) => asked.split(',').includes(text(r['status'])),
    endpoint: (r, asked) => reference(list(r['endpoint']), 'Endpoint', asked),
  },
  Patient: {
    _id: byId,
    identifier: byIdentifier,
    name: (r, asked) => list(r['name']).some((n) => starts(n['family'], asked) || starts(list(n['given'])[0], asked)),
    family: (r, asked) => list(r['name']).some((n) => starts(n['family'], asked)),
    birthdate: (r, asked) => date(text(r['birthDate']), asked),
  },
  Endpoint: {
    _id: byId,
    status: (r, asked) => text(r['status']) === asked,
    'connection-type': (r, asked) => token(list(r['connectionType']), 'code', asked),
  },
}; // prettier-ignore
const CONTROL = new Set([
  '_count',
  '_offset',
  '_sort',
  '_include',
  '_format',
  '_summary',
  '_elements',
  '_total',
]);
const INCLUDES: Readonly<Record<string, string>> = {
  'ImagingStudy:endpoint': 'endpoint',
  'ImagingStudy:patient': 'subject',
  'ImagingStudy:subject': 'subject',
};

const capability = (now: string): object => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: now,
  kind: 'instance',
  software: { name: 'Anteroom embedded archive' },
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      resource: Object.entries(TESTS).map(([type, tests]) => ({
        type,
        interaction: [{ code: 'read' }, { code: 'search-type' }],
        searchInclude: type === 'ImagingStudy' ? Object.keys(INCLUDES) : [],
        searchParam: Object.keys(tests)
          .filter((name) => !/[.:]/.test(name))
          .map((name) => ({ name, type: 'string' })),
      })),
    },
  ],
});

const whole = (value: string | null, otherwise: number): number =>
  value !== null && /^\d{1,6}$/.test(value) ? Number(value) : otherwise;

/** `path` is what follows the FHIR root, without slashes at its ends. `strict`: unknown parameters are refused. */
export function answerFhir(
  holdings: Holdings,
  path: string,
  params: URLSearchParams,
  urls: { readonly fhir: string; readonly dicomweb: string },
  strict: boolean,
): Answer {
  if (path === 'metadata') return answer(200, capability('2026-01-01'));
  const [type = '', id, ...rest] = path.split('/');
  const tests = Object.hasOwn(TESTS, type) ? TESTS[type]! : null;
  if (!tests)
    return outcome(404, 'not-supported', `This server has no resources of type '${type.slice(0, 60)}'.`);
  const all = resourcesOf(holdings, urls.dicomweb);
  const own = all.filter((one) => one.resourceType === type);
  if (id !== undefined && id !== '_search') {
    const one = rest.length === 0 ? own.find((resource) => resource.id === id) : undefined;
    return one ? answer(200, one) : outcome(404, 'not-found', `There is no ${type} with this id.`);
  }
  const used: [string, string][] = [];
  let hits = own;
  for (const [name, value] of params) {
    if (value === '') continue;
    const test = Object.hasOwn(tests, name) ? tests[name]! : null;
    if (!test) {
      if (!CONTROL.has(name) && strict)
        return outcome(
          400,
          'not-supported',
          `'${name.slice(0, 60)}' is no search parameter of ${type} here.`,
        );
      continue;
    }
    used.push([name, value]);
    hits = hits.filter((resource) => test(resource, value, all));
  }
  const sort = params.get('_sort');
  if (sort?.replace('-', '') === 'started') {
    hits = [...hits].sort((a, b) => (text(a['started']) < text(b['started']) ? -1 : 1));
    if (sort.startsWith('-')) hits.reverse();
  }
  const count = Math.max(1, Math.min(200, whole(params.get('_count'), 50)));
  const offset = whole(params.get('_offset'), 0);
  const page = hits.slice(offset, offset + count);
  const included = new Map<string, Resource>();
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
  const link = (at: number): string =>
    `${urls.fhir}/${type}?${new URLSearchParams([...used, ...(sort ? [['_sort', sort]] : []), ['_count', String(count)], ['_offset', String(at)]]).toString()}`;
  const entry = (resource: Resource, mode: string): object => ({
    fullUrl: `${urls.fhir}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode },
  });
  return answer(200, {
    resourceType: 'Bundle',
    type: 'searchset',
    total: hits.length,
    link: [
      { relation: 'self', url: link(offset) },
      ...(offset + count < hits.length ? [{ relation: 'next', url: link(offset + count) }] : []),
      ...(offset > 0 ? [{ relation: 'previous', url: link(Math.max(0, offset - count)) }] : []),
    ],
    entry: [
      ...page.map((one) => entry(one, 'match')),
      ...[...included.values()].map((one) => entry(one, 'include')),
    ],
  });
}
