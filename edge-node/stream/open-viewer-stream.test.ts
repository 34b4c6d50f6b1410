/** How a stream begins and ends where its encoder is slow or absent; a real peer, nobody at its other end. */
import { expect, test } from 'vitest';
import { pictureLayout } from '../../shared/protocol/picture.ts';
import { openViewerStream } from './open-viewer-stream.rim.ts';
import type { Encoder } from './types.ts';

function openWith(encoder: () => Promise<Encoder>) {
  const said: string[] = [];
  const offered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  const stream = openViewerStream({
    layout: pictureLayout(320, 320),
    encoder: { name: 'none', why: '', licence: '', open: encoder },
    bindAddress: '127.0.0.1',
    sendSignal: ({ type }) => type === 'offer' && offered.resolve(),
    render: () => expect.unreachable('nothing is rendered before a pose came'),
    onReport: () => {},
    onEnd: (reason) => {
      said.push(reason);
      ended.resolve(reason);
    },
  });
  return { stream, said, offered: offered.promise, ended: ended.promise };
}

test('an encoder that does not open ends the stream once, in its own words', async () => {
  const { stream, said, ended } = openWith(() => Promise.reject(new Error('no encoder here')));
  expect(await ended).toBe('no encoder here');
  await stream.close();
  expect(said).toEqual(['no encoder here']);
});

test('the viewer is offered its stream while the encoder opens; one that opens after the end is closed', async () => {
  const slow = Promise.withResolvers<Encoder>();
  const { stream, said, offered } = openWith(() => slow.promise);
  await offered;
  const closing = stream.close();
  let closed = 0;
  const close = async (): Promise<void> => void closed++;
  slow.resolve({
    name: 'slow',
    encode: () => expect.unreachable('nothing is encoded after the end'),
    close,
    [Symbol.asyncDispose]: close,
  });
  await closing;
  expect(closed).toBe(1);
  expect(said).toEqual([]);
});
