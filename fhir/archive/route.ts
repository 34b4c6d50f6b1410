/** Which question a request is (PS3.18 10): path, method and headers in, answer out. */
import { datasets, refusal, warning, type Answer } from './answer.ts';
import { answerFhir, outcome } from './fhir.ts';
import { QuestionError, search, type QidoLevel } from './qido.ts';
import { recordsOf, type Holdings } from './stored.ts';
import { retrieveBulk, retrieveFrames, retrieveMetadata, retrieveObjects, type OpenPixels } from './wado.ts';

export interface Request {
  readonly method: string;
  /** From the root of the server, decoded. */
  readonly path: string;
  readonly params: URLSearchParams;
  readonly accept: string;
  readonly prefer: string;
  /** http://127.0.0.1:PORT */
  readonly origin: string;
}
/** 'store' is answered where the body can be read. */
export type Routed = Answer | { readonly kind: 'store'; readonly studyUid: string | undefined };

export const DICOMWEB_PATH = '/dicomweb';
export const FHIR_PATH = '/fhir';

/** What PS3.18 8.3.4.2 has a server say that matches as it is written. */
const LITERAL = 'The fuzzymatching parameter is not supported. Only literal matching has been performed.';

const WADO =
  /^\/studies\/([\d.]+)(?:\/series\/([\d.]+)(?:\/instances\/([\d.]+)(?:\/(frames|bulkdata)\/([\w,]+))?)?)?(\/metadata)?$/;
const QIDO = /^(?:\/studies\/([\d.]+))?(?:\/series\/([\d.]+))?\/(studies|series|instances)$/;

export async function route(request: Request, holdings: Holdings, open: OpenPixels): Promise<Routed> {
  const { method, path, params, origin } = request;
  const root = origin + DICOMWEB_PATH;
  if (path === FHIR_PATH || path.startsWith(`${FHIR_PATH}/`)) {
    if (method !== 'GET' && method !== 'HEAD')
      return outcome(405, 'not-supported', 'This server reads and searches only.', { allow: 'GET, HEAD' });
    const strict = /handling\s*=\s*strict/.test(request.prefer);
    const urls = { fhir: origin + FHIR_PATH, dicomweb: root };
    const rest = path.slice(FHIR_PATH.length).replace(/^\/+|\/+$/g, '');
    return answerFhir(holdings, { path: rest, params, accept: request.accept, strict }, urls);
  }
  if (!path.startsWith(`${DICOMWEB_PATH}/`)) return refusal(404, 'Nothing is served at this address.');
  const rest = path.slice(DICOMWEB_PATH.length).replace(/\/$/, '');
  if (method === 'POST') {
    const match = /^\/studies(?:\/([\d.]+))?$/.exec(rest);
    if (match) return { kind: 'store', studyUid: match[1] };
    return refusal(405, 'Objects are stored at /studies.', { allow: 'GET, HEAD' });
  }
  if (method !== 'GET' && method !== 'HEAD')
    return refusal(405, `${method.slice(0, 20)} is not known here.`, { allow: 'GET, HEAD, POST' });

  const question = QIDO.exec(rest);
  if (question) {
    const [, studyUid, seriesUid, level] = question;
    const path = (studyUid ? 1 : 0) + (seriesUid ? 2 : 0);
    const sensible = level === 'studies' ? path === 0 : level === 'series' ? path <= 1 : path !== 2;
    if (!sensible) return refusal(404, 'Nothing is served at this address.');
    try {
      const { rows, remaining } = search(holdings, {
        level: level as QidoLevel,
        studyUid,
        seriesUid,
        params,
        root,
      });
      const literal = params.get('fuzzymatching') === 'true' ? [warning(LITERAL)] : [];
      return datasets(rows, request.accept, remaining, literal);
    } catch (error) {
      if (error instanceof QuestionError) return refusal(400, error.message);
      throw error;
    }
  }
  const match = WADO.exec(rest);
  if (!match) return refusal(404, 'Nothing is served at this address.');
  const [, studyUid, seriesUid, instanceUid, detail, argument, metadata] = match;
  const study = holdings.get(studyUid!);
  const records = study ? recordsOf(study, seriesUid, instanceUid) : [];
  const first = records[0];
  if (!first) return refusal(404, 'The archive holds no object of this study, series or instance.');
  if (metadata)
    return detail
      ? refusal(404, 'Nothing is served at this address.')
      : retrieveMetadata(records, root, request.accept);
  if (detail === 'frames') return retrieveFrames(first, argument!, request.accept, open);
  if (detail === 'bulkdata') return retrieveBulk(first, argument!, request.accept, open);
  return retrieveObjects(records, request.accept);
}
