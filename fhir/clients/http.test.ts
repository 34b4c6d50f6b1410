import { expect, test } from 'vitest';
import { basic, bearer } from './credentials.rim.ts';
import { ArchiveError } from './errors.ts';
import { openServer, type HttpEffects, type ServerOptions } from './http.rim.ts';

interface Sent {
  readonly url: string;
  readonly authorization: string | null;
  readonly acceptEncoding: string | null;
}

/** A network that answers from a script, under a clock that moves only when somebody waits. */
function scripted(script: readonly (() => Response | Error)[]) {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const alarms: { ms: number; act: () => void; on: boolean }[] = [];
  let now = 0;
  const effects: HttpEffects = {
    fetch: async (url, init) => {
      const headers = new Headers(init.headers);
      sent.push({
        url,
        authorization: headers.get('authorization'),
        acceptEncoding: headers.get('accept-encoding'),
      });
      const step = script[Math.min(sent.length, script.length) - 1]!();
      if (step instanceof Error) throw step;
      init.signal?.throwIfAborted();
      return step;
    },
    sleep: async (ms, signal) => {
      waits.push(ms);
      now += ms;
      signal?.throwIfAborted();
    },
    alarm: (ms, act) => {
      const alarm = { ms, act, on: true };
      alarms.push(alarm);
      return { again: () => void (alarm.on = true), stop: () => void (alarm.on = false) };
    },
    nowMs: () => now,
    random: () => 0,
  };
  const open = (options: Partial<ServerOptions> = {}) =>
    openServer({ kind: 'archive', root: 'https://pacs.example/dicom-web/', effects, ...options });
  return { sent, waits, alarms, open };
}

const refused = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) });
const status =
  (code: number, headers: Record<string, string> = {}) =>
  () =>
    new Response(code === 204 ? null : 'x', { status: code, headers });
const failureOf = async (run: Promise<unknown>): Promise<ArchiveError> => {
  const error = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ArchiveError);
  return error as ArchiveError;
};
const ask = { what: 'the series' };

test('a server that is down is tried three times, and the sentence says so', async () => {
  const network = scripted([refused]);
  const error = await failureOf(network.open().askFor('/studies', ask));
  expect(network.sent).toHaveLength(3);
  expect(network.waits).toEqual([1000, 2000]);
  expect(error.code).toBe('unreachable');
  expect(error.message).toBe(
    'The archive at pacs.example did not answer (tried 3 times in 3 s): nothing listens there. Check that it is running and that this node may reach it: anteroom doctor.',
  );
});

test('a server that recovers is no failure; its Retry-After is kept', async () => {
  const network = scripted([status(503, { 'retry-after': '4' }), refused, status(200)]);
  const answer = await network.open().askFor('/studies', ask);
  expect(answer.status).toBe(200);
  expect(network.waits).toEqual([4000, 2000]);
});

test('a POST is sent once', async () => {
  const network = scripted([refused]);
  await failureOf(network.open().askFor('/studies', { ...ask, method: 'POST', body: 'x' }));
  expect(network.sent).toHaveLength(1);
});

test('H1 H3: credentials go to the own origin alone, and nothing is asked for compressed', async () => {
  const network = scripted([status(200)]);
  const server = network.open({ authorization: bearer('secret') });
  await server.askFor('/studies', ask);
  await server.askFor('https://pacs.example/other', ask);
  for (const elsewhere of [
    'https://evil.example/dicom-web/studies',
    'http://pacs.example/x',
    'https://pacs.example:8443/x',
  ])
    await server.askFor(elsewhere, { ...ask, headers: { Authorization: 'Bearer smuggled' } });
  expect(network.sent.map((request) => request.authorization)).toEqual([
    'Bearer secret',
    'Bearer secret',
    null,
    null,
    null,
  ]);
  expect(new Set(network.sent.map((request) => request.acceptEncoding))).toEqual(new Set(['identity']));
});

test('H2: a redirect is followed at home and refused elsewhere', async () => {
  const home = scripted([status(302, { location: '/moved' }), status(200)]);
  expect((await home.open().askFor('/studies', ask)).status).toBe(200);
  expect(home.sent[1]!.url).toBe('https://pacs.example/moved');
  const away = scripted([status(307, { location: 'https://evil.example/studies' }), status(200)]);
  const error = await failureOf(away.open({ authorization: basic('a:b') }).askFor('/studies', ask));
  expect(away.sent).toHaveLength(1);
  expect(error.message).toContain('https://evil.example');
  const circle = scripted([status(301, { location: '/studies' })]);
  expect((await failureOf(circle.open().askFor('/studies', ask))).message).toContain('circle');
  expect(circle.sent).toHaveLength(6);
});

test('401 says whether credentials were given, and never shows them', async () => {
  const network = scripted([status(401)]);
  const none = await failureOf(network.open().askFor('/studies', ask));
  const wrong = await failureOf(network.open({ authorization: bearer('hush-hush') }).askFor('/studies', ask));
  expect(network.sent).toHaveLength(2);
  expect([none.code, wrong.code]).toEqual(['unauthorized', 'unauthorized']);
  expect(none.message).toContain('ANTEROOM_TOKEN');
  expect(wrong.message).toContain('refused the credentials');
  expect(wrong.message).not.toContain('hush-hush');
});

test('TLS failures are said in words and not tried again', async () => {
  const codes = [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ];
  for (const code of codes) {
    const network = scripted([
      () => new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) }),
    ]);
    const error = await failureOf(network.open().askFor('/studies', ask));
    expect(error.code, code).toBe('tls');
    expect(network.sent, code).toHaveLength(1);
  }
});

test('H4: an answer that does not begin is given up', async () => {
  const network = scripted([
    () => {
      network.alarms.at(-1)!.act();
      return refused();
    },
  ]);
  const error = await failureOf(network.open({ answerWithinMs: 5000 }).askFor('/studies', ask));
  expect(error.message).toContain('no answer within 5 s');
  expect(network.alarms.map((alarm) => alarm.ms)).toEqual([5000, 5000, 5000]);
});

test('H4: a body that stalls is cut short, and is asked for again where it is taken whole', async () => {
  let bodies = 0;
  const stalling = (): Response => {
    bodies++;
    if (bodies === 2) return new Response('whole');
    return new Response(
      new ReadableStream(
        {
          pull: (controller) => {
            const alarm = network.alarms.at(-1)!;
            if (alarm.ms === 1000) {
              alarm.act();
              controller.error(new DOMException('aborted', 'AbortError'));
            } else controller.enqueue(new TextEncoder().encode('wh'));
          },
        },
        { highWaterMark: 0 },
      ),
    );
  };
  const network = scripted([stalling]);
  const server = network.open({ pieceWithinMs: 1000, answerWithinMs: 5000 });
  const whole = await server.askWhole('/studies', ask, 100);
  expect(whole.bytes.toString()).toBe('whole');
  expect(network.sent).toHaveLength(2);
  bodies = 2;
  const answer = await server.askFor('/studies', ask);
  const error = await failureOf(answer.bytes(100));
  expect(error.code).toBe('cut-short');
});

test('a body beyond its limit is refused', async () => {
  const network = scripted([() => new Response('x'.repeat(1000))]);
  const error = await failureOf(network.open().askWhole('/studies', ask, 999));
  expect(error.message).toContain('more than 999 bytes');
});

test('H5: an abort ends it at once, before, while waiting and while reading', async () => {
  const stop = AbortSignal.abort();
  const network = scripted([refused]);
  expect((await failureOf(network.open().askFor('/studies', { ...ask, signal: stop }))).code).toBe('aborted');
  expect(network.sent).toHaveLength(0);
  const later = new AbortController();
  const waiting = scripted([
    () => {
      later.abort();
      return refused();
    },
  ]);
  expect((await failureOf(waiting.open().askFor('/studies', { ...ask, signal: later.signal }))).code).toBe(
    'aborted',
  );
  expect(waiting.sent).toHaveLength(1);
});
