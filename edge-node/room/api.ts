/** The HTTP API (routes in `shared/protocol/messages.ts`). Every route needs a token; errors are { code, text }. */
import { z } from 'zod';
import { newRoomSchema, type SessionInfo } from '../../shared/protocol/messages.ts';
import { readMatching } from '../../shared/protocol/matching.ts';
import type { StudiesAnswer } from '../../shared/protocol/studies.ts';
import { maySeeIdentifiers } from '../../shared/roles.ts';
import { Refusal, jsonAnswer, pngAnswer, type Answer } from './http-answer.ts';
import type { ListingCache, ListingQuestion } from './listing-cache.ts';
import { isVolume } from './opening-scene.ts';
import type { Rooms } from './rooms.rim.ts';
import { hasPixels, type Thumbnails } from './thumbnails.ts';
import { opensStudy, type Access } from './tokens.ts';

export interface ApiRequest {
  readonly method: string;
  readonly pathname: string;
  readonly token: string | null;
  readonly contentType: string;
  /** Where links of this node point to. */
  readonly origin: string;
  readonly signal: AbortSignal;
  /** The body's text; rejects with a Refusal (413, 408) where it is too long or too slow. */
  body(): Promise<string>;
}

export interface ApiContext {
  readonly rooms: Pick<Rooms, 'admit' | 'create'>;
  readonly listing: ListingCache;
  readonly thumbnails: Thumbnails;
  readonly sourceLabel: string;
}

const uid = z.string().regex(/^[0-9.]{1,64}$/);
/** A link may be made for a lesser role than 'member': an observer, a patient. */
const roomRequestSchema = newRoomSchema.extend({
  role: z.enum(['surgeon', 'radiologist', 'member', 'observer', 'patient']).default('member'),
});

const hostOnly = (access: Access): void => {
  if (access.scope !== 'host')
    throw new Refusal(403, 'forbidden', 'This link opens one room only. Ask its host for the archive.');
};
const methodIs = (request: ApiRequest, method: string): void => {
  if (request.method !== method)
    throw new Refusal(405, 'wrong-method', `This address answers ${method} only.`);
};

/** The body as `schema` has it. Rejects with a Refusal. */
async function jsonBody<T>(request: ApiRequest, schema: z.ZodType<T>, what: string): Promise<T> {
  if (!/^application\/json\b/i.test(request.contentType))
    throw new Refusal(415, 'not-json', `${what} with application/json.`);
  let value: unknown;
  try {
    value = JSON.parse(await request.body());
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, 'malformed', 'The body is not JSON.');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') || 'shape';
  throw new Refusal(400, 'malformed', `The body has a bad '${where}'.`);
}

async function createRoom(request: ApiRequest, context: ApiContext): Promise<Answer> {
  const asked = await jsonBody(request, roomRequestSchema, 'A room is asked for');
  return jsonAnswer(await context.rooms.create({ ...asked, origin: request.origin }), 201);
}

const searchSchema = z.object({ text: z.string().max(200) });

/** A search's words are a patient's: they come in the body, never in an address. */
async function searchStudies(request: ApiRequest, context: ApiContext, nowMs: number): Promise<Answer> {
  const { text } = await jsonBody(request, searchSchema, 'A search is asked for');
  const search = readMatching(text);
  if (!search)
    throw new Refusal(
      400,
      'too-little',
      'Give two letters or digits of a name or ID, or a date as 2026-03-14.',
    );
  if (!context.listing.searchable)
    throw new Refusal(
      404,
      'not-searchable',
      'This source is known as a whole: there is nothing to search behind it.',
    );
  const studies = await context.listing.studies(nowMs, { search }, request.signal);
  return jsonAnswer({ ...studies, source: context.sourceLabel } satisfies StudiesAnswer);
}

async function thumbnail(request: ApiRequest, context: ApiContext, access: Access): Promise<Answer> {
  const [study, series, more] = request.pathname.slice('/api/thumbnails/'.length).split('/');
  if (more !== undefined || !uid.safeParse(study).success || !uid.safeParse(series).success)
    throw new Refusal(404, 'not-found', 'Thumbnails are at /api/thumbnails/<study>/<series>.');
  // A room's token must not even learn which other studies there are.
  if (!opensStudy(access, study!)) throw new Refusal(403, 'forbidden', 'This link opens another study.');
  // A series of two SOP classes has an entry for each; the one that is a volume is its picture.
  const entries = ((await context.listing.study(study!))?.series ?? []).filter(
    (one) => one.seriesInstanceUid === series,
  );
  const entry = entries.find(isVolume) ?? entries.find(hasPixels) ?? entries[0];
  if (!entry) throw new Refusal(404, 'not-found', 'There is no such series in this archive.');
  const png = await context.thumbnails.get(study!, entry);
  if (!png) throw new Refusal(404, 'no-picture', 'This series has no picture.');
  return pngAnswer(png);
}

/** What is asked of the listing (`shared/protocol/studies.ts`); null where it is another address. */
function studiesQuestion(pathname: string): ListingQuestion | null {
  const [, what, mark] =
    /^\/api\/studies(?:\/(again|after(?=\/\d+-)|more(?=\/\d+$))(?:\/(\d{1,9}(?:-\d{1,9}){0,2}))?)?$/.exec(
      pathname,
    ) ?? [];
  if (what === undefined) return pathname === '/api/studies' ? {} : null;
  if (what === 'again') return mark === undefined ? { again: true } : null;
  return what === 'after' ? { after: mark! } : { more: mark! };
}

/** The answer to one request below /api/. Rejects with a Refusal, or with what the source rejected with. */
export async function answerApi(request: ApiRequest, context: ApiContext, nowMs: number): Promise<Answer> {
  const admission = context.rooms.admit(request.token, nowMs);
  if (!admission.ok)
    throw new Refusal(admission.code === 'expired' ? 410 : 401, admission.code, admission.text);
  const { access } = admission;
  const { pathname } = request;
  if (pathname === '/api/session') {
    methodIs(request, 'GET');
    return jsonAnswer({
      role: access.role,
      scope: access.scope,
      roomId: access.roomId,
      expires: access.expiresMs === null ? null : new Date(access.expiresMs).toISOString(),
      source: maySeeIdentifiers(access.role) ? context.sourceLabel : '',
    } satisfies SessionInfo);
  }
  if (pathname === '/api/studies/search') {
    methodIs(request, 'POST');
    hostOnly(access);
    return searchStudies(request, context, nowMs);
  }
  const question = studiesQuestion(pathname);
  if (question) {
    methodIs(request, 'GET');
    hostOnly(access);
    const studies = await context.listing.studies(nowMs, question, request.signal);
    return jsonAnswer({ ...studies, source: context.sourceLabel } satisfies StudiesAnswer);
  }
  if (pathname === '/api/rooms') {
    methodIs(request, 'POST');
    hostOnly(access);
    return createRoom(request, context);
  }
  if (pathname.startsWith('/api/thumbnails/')) {
    methodIs(request, 'GET');
    return thumbnail(request, context, access);
  }
  throw new Refusal(404, 'not-found', 'There is nothing at this address.');
}
