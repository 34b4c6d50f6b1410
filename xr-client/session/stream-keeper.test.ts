import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import type { RoomViewer } from './room-viewer.rim.ts';
import { createStore } from './store.ts';
import { STREAM_ENDED } from './stream-end.ts';
import { keepStream } from './stream-keeper.rim.ts';
import type { StreamOptions } from './stream.rim.ts';
import { INITIAL_STATE, type ViewerState } from './viewer-state.ts';

const streams = vi.hoisted((): { options: StreamOptions; closed: boolean }[] => []);
vi.mock('./stream.rim.ts', () => ({
  openStream: (options: StreamOptions) => {
    const stream = { options, closed: false };
    streams.push(stream);
    options.onTransport('connecting');
    return { close: () => void (stream.closed = true) };
  },
}));

let end: (said: string) => void;
const store = createStore<ViewerState>(INITIAL_STATE);
const asked: unknown[] = [];
const room = {
  store,
  rtpStep: () => 1500,
  onSignal: () => {},
  onStreamEnd: (listener: (said: string) => void) => void (end = listener),
  startStream: (...eyes: number[]) => asked.push(eyes) > 0,
  fail: (code: string, text: string) => store.set({ failure: { serial: 1, code, text } }),
} as unknown as RoomViewer;

beforeEach(() => {
  vi.useFakeTimers();
  store.set({ ...INITIAL_STATE, connection: { kind: 'joined' }, volume: {} as ShownVolume });
  streams.length = asked.length = 0;
  keepStream(room, () => {}, () => 0).wantEyes(320, 320); // prettier-ignore
});
afterEach(() => vi.useRealTimers());

test('a stream that the node ended is said in a sentence, and asked for again', () => {
  streams[0]!.options.onTransport('connected');
  end('the connection to the viewer is disconnected');
  expect(streams[0]!.closed).toBe(true);
  expect(store.get().failure?.text).toBe(
    'The picture stopped (the connection to the viewer is disconnected). This page starts it again by itself.',
  );
  expect(asked).toHaveLength(1);
  vi.advanceTimersByTime(2000);
  expect(asked).toHaveLength(2);
  streams[1]!.options.onTransport('connected');
  expect(store.get().failure, 'it is back').toBeNull();
});

test('a way that is blocked is tried again and again, ever more seldom', () => {
  const waits: number[] = [];
  for (let tries = 1; tries <= 6; tries++) {
    const sinceMs = performance.now();
    end('the viewer did not connect within 20 s: is UDP open?');
    while (asked.length === tries) vi.advanceTimersByTime(50);
    waits.push(performance.now() - sinceMs);
  }
  expect(waits[5]!).toBeGreaterThan(8000);
  expect(Math.min(...waits), 'one a second is what the node takes').toBeGreaterThan(1000);
  expect(Math.max(...waits)).toBeLessThan(16_000);
});

test('the end of a stream that this page has replaced ends nothing', () => {
  end('the viewer closed its pose channel');
  streams[0]!.options.onTransport('connected');
  vi.advanceTimersByTime(5000);
  expect(streams[0]!.closed).toBe(false);
  expect(store.get().failure).toBeNull();
  expect(asked).toHaveLength(1);
});

test("the node's own sentence stays as it is", () => {
  const said = 'Anteroom could not start the picture. Try again.';
  streams[0]!.options.onTransport('connected');
  end(said);
  expect(store.get().failure).toMatchObject({ code: STREAM_ENDED, text: said });
});
