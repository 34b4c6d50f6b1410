import { expect, test } from 'vitest';
import { PROTOCOL_VERSION } from '../../shared/protocol/messages.ts';
import { PROTOCOL_VERSION as spoken } from './room-socket.rim.ts';

test('the page speaks the version of the messages beside it', () => {
  expect(spoken).toBe(PROTOCOL_VERSION);
});
