/** The node's HTTP API as the page uses it. The token travels in a header, never in an address. */
import type { NewRoom, SessionInfo } from '../../shared/protocol/messages.ts';
import type { StudiesAnswer, StudiesSearch } from '../../shared/protocol/studies.ts';

export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** HTTP status; 0 where the node did not answer at all. */
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, text: string) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

/** What is known; what is there now; what came after an answer's `next`; the next part. */
export type StudiesQuestion = '' | '/again' | `/after/${string}` | `/more/${string}`;

export interface Api {
  session(): Promise<SessionInfo>;
  studies(question: StudiesQuestion, signal: AbortSignal): Promise<StudiesAnswer>;
  /** Studies that the archive finds; goes on as `studies` does. */
  search(search: StudiesSearch, signal: AbortSignal): Promise<StudiesAnswer>;
  /** An address of a picture, to be given to an <img> and revoked after. */
  thumbnail(studyInstanceUid: string, seriesInstanceUid: string, signal?: AbortSignal): Promise<string>;
  createRoom(studyInstanceUid: string, seriesInstanceUid?: string): Promise<NewRoom>;
}

async function ask(token: string, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      cache: 'no-store',
      headers: { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${token}` },
    });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiFailure(0, 'node-silent', String(error));
  }
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { code?: string; text?: string };
  throw new ApiFailure(
    response.status,
    said.code ?? `http-${response.status}`,
    said.text ?? response.statusText,
  );
}

const json = async <T>(response: Promise<Response>): Promise<T> => (await (await response).json()) as T;

const posted = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export function openApi(token: string): Api {
  return {
    session: () => json(ask(token, 'api/session')),
    studies: (question, signal) => json(ask(token, `api/studies${question}`, { signal })),
    search: (search, signal) => json(ask(token, 'api/studies/search', { ...posted(search), signal })),
    async thumbnail(study, series, signal) {
      const response = await ask(token, `api/thumbnails/${study}/${series}`, signal ? { signal } : {});
      return URL.createObjectURL(await response.blob());
    },
    createRoom: (studyInstanceUid, seriesInstanceUid) =>
      json(
        ask(
          token,
          'api/rooms',
          posted(seriesInstanceUid ? { studyInstanceUid, seriesInstanceUid } : { studyInstanceUid }),
        ),
      ),
  };
}
