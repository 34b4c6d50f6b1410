import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { listenForStop, SAME_WISH_MS } from './stop.ts';

function machine() {
  const signals = new EventEmitter();
  let now = 1000;
  let exits = 0;
  const signal = listenForStop({
    on: (name, act) => void signals.on(name, act),
    nowMs: () => now,
    exit: () => exits++,
  });
  return {
    signal,
    send: (name: string, afterMs: number) => {
      now += afterMs;
      signals.emit(name);
      return [signal.aborted, exits];
    },
    heard: (name: string) => signals.listenerCount(name),
  };
}

test('the first signal asks to stop; the same wish handed on twice is not a second one', () => {
  const { signal, send, heard } = machine();
  expect(signal.aborted).toBe(false);
  expect(send('SIGINT', 0)).toEqual([true, 0]);
  // Without a listener the system would end the program here, and leave half-made files behind.
  expect([heard('SIGINT'), heard('SIGTERM')]).toEqual([1, 1]);
  expect(send('SIGINT', 1)).toEqual([true, 0]);
  expect(send('SIGTERM', 5)).toEqual([true, 0]);
});

test('who asks again later is obeyed at once', () => {
  const { send } = machine();
  send('SIGTERM', 0);
  expect(send('SIGINT', SAME_WISH_MS + 1)).toEqual([true, 1]);
});
