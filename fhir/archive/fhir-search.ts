/** Search parameters of FHIR R4 over the archive's resources (https://hl7.org/fhir/R4/search.html). Pure. */
import type { Resource } from './fhir-resources.ts';

type Json = Readonly<Record<string, unknown>>;
const list = (value: unknown): Json[] => (Array.isArray(value) ? value : value ? [value] : []) as Json[];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A question that cannot be answered as it was meant; to answer it otherwise would name studies nobody asked for. */
export class FhirQuestionError extends Error {
  /** Of the issue types of an OperationOutcome. */
  readonly issue: 'not-supported' | 'value';
  constructor(issue: 'not-supported' | 'value', message: string) {
    super(message);
    this.issue = issue;
  }
}

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

const MOMENT = /^(eq|ne|ge|gt|le|lt|sa|eb)?(\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d.*)?)?)?)$/;

/** date: prefixes eq ne ge gt le lt sa eb, by the precision of what was asked. Throws FhirQuestionError. */
function date(value: string, asked: string): boolean {
  const moments = asked.split(',').map((one) => {
    const match = MOMENT.exec(one);
    if (!match)
      throw new FhirQuestionError('value', `'${one.slice(0, 40)}' is no date: YYYY, YYYY-MM or YYYY-MM-DD.`);
    return [match[1] ?? 'eq', match[2]!] as const;
  });
  if (value === '') return false;
  return moments.some(([prefix, moment]) => {
    const own = value.slice(0, moment.length);
    if (prefix === 'eq') return own === moment;
    if (prefix === 'ne') return own !== moment;
    if (prefix === 'ge') return own >= moment;
    if (prefix === 'le') return own <= moment;
    return prefix === 'gt' || prefix === 'sa' ? own > moment : own < moment;
  });
}
const starts = (value: unknown, asked: string): boolean =>
  asked.split(',').some((one) => text(value).toLowerCase().startsWith(one.toLowerCase()));
const oneOf = (value: unknown, asked: string): boolean => asked.split(',').includes(text(value));

/** A type of search parameter, and whether a resource is meant by a value. */
interface Parameter {
  readonly type: 'token' | 'reference' | 'date' | 'string' | 'uri';
  means(resource: Resource, asked: string, all: readonly Resource[]): boolean;
}
const parameter = (type: Parameter['type'], means: Parameter['means']): Parameter => ({ type, means });

const subjectOf = (r: Resource, all: readonly Resource[]): Resource | undefined =>
  all.find((one) => `Patient/${one.id}` === text((r['subject'] as Json | undefined)?.['reference']));
const byPatient = parameter('reference', (r, asked) => reference(list(r['subject']), 'Patient', asked));
const byIdentifier = parameter('token', (r, asked) => token(list(r['identifier']), 'value', asked));
const byId = parameter('token', (r, asked) => oneOf(r.id, asked));
const byStatus = parameter('token', (r, asked) => oneOf(r['status'], asked));
const byFamily = (r: Resource | undefined, asked: string): boolean =>
  list(r?.['name']).some((name) => starts(name['family'], asked));

/** By resource type, then by name. Names with a dot or a colon are chained or modified. */
export const PARAMETERS: Readonly<Record<string, Readonly<Record<string, Parameter>>>> = {
  ImagingStudy: {
    _id: byId,
    identifier: byIdentifier,
    patient: byPatient,
    'patient:Patient': byPatient,
    subject: byPatient,
    'subject:Patient': byPatient,
    'patient.identifier': parameter('token', (r, asked, all) =>
      token(list(subjectOf(r, all)?.['identifier']), 'value', asked),
    ),
    'patient.name': parameter('string', (r, asked, all) => byFamily(subjectOf(r, all), asked)),
    modality: parameter('token', (r, asked) =>
      token(list(r['series']).map((s) => s['modality'] as Json), 'code', asked),
    ),
    series: parameter('token', (r, asked) => list(r['series']).some((s) => oneOf(s['uid'], asked))),
    started: parameter('date', (r, asked) => date(text(r['started']), asked)),
    status: byStatus,
    endpoint: parameter('reference', (r, asked) => reference(list(r['endpoint']), 'Endpoint', asked)),
  },
  Patient: {
    _id: byId,
    identifier: byIdentifier,
    name: parameter(
      'string',
      (r, asked) => byFamily(r, asked) || list(r['name']).some((n) => starts(list(n['given'])[0], asked)),
    ),
    family: parameter('string', byFamily),
    birthdate: parameter('date', (r, asked) => date(text(r['birthDate']), asked)),
  },
  Endpoint: {
    _id: byId,
    status: byStatus,
    'connection-type': parameter('token', (r, asked) => token(list(r['connectionType']), 'code', asked)),
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

export interface Hits {
  readonly hits: readonly Resource[];
  /** What was looked at, for the self link. */
  readonly used: readonly (readonly [string, string])[];
}

/**
 * Resources of a type that match. Unknown names are left out of account unless `strict` (R4 3.1.1.4.7); a modifier or
 * a chain that is not known here is always refused (3.1.1.4.5). Throws FhirQuestionError.
 */
export function searchResources(
  type: string,
  all: readonly Resource[],
  params: URLSearchParams,
  strict: boolean,
): Hits {
  const known = PARAMETERS[type] ?? {};
  const used: [string, string][] = [];
  let hits = all.filter((one) => one.resourceType === type);
  for (const [name, value] of params) {
    if (value === '') continue;
    const own = Object.hasOwn(known, name) ? known[name]! : null;
    if (own) {
      used.push([name, value]);
      hits = hits.filter((resource) => own.means(resource, value, all));
      continue;
    }
    const [base = ''] = name.split(/[.:]/);
    const varied = base !== name && Object.hasOwn(known, base);
    if (varied || name.startsWith('_has:') || (strict && !CONTROL.has(base)))
      throw new FhirQuestionError(
        'not-supported',
        `'${name.slice(0, 60)}' is no search parameter of ${type} here.`,
      );
  }
  return { hits, used };
}
