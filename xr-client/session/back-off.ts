import { TEXT } from '../strings.ts';
import { isSentence } from './failure-words.ts';

/** How long to wait before the next try: 0.5 s, doubling, at most 10 s, spread so that a room does not return at once. */
export function backOffMs(attempt: number, random: number): number {
  const base = Math.min(10_000, 500 * 2 ** Math.min(attempt - 1, 10));
  return base * (0.75 + 0.5 * random);
}

/** As the node closes the socket of one person too many, who did nothing wrong. */
const ROOM_FULL = 'this room is full';

/** Close codes after which trying again cannot help, in words. Others are tried again. */
export function endWords(code: number, reason: string): { code: string; text: string } | null {
  const said = reason ? ` (${reason})` : '';
  // The node's own sentences say it all, with the time until which a link was good.
  const sentence = isSentence(reason) ? reason : null;
  switch (code) {
    case 1000:
      return { code: 'left', text: 'You have left the room.' };
    case 4400:
      return {
        code: 'malformed',
        text: `The service did not understand this page${said}. Reload it; if that does not help, page and service are of different versions.`,
      };
    case 4403:
      return {
        code: 'forbidden',
        text:
          reason === ROOM_FULL
            ? TEXT.roomFull
            : (sentence ??
              `This link does not open this room${said}. Ask whoever invited you for a new one.`),
      };
    case 4410:
      return {
        code: 'expired',
        text: sentence ?? `This link has expired${said}. Ask whoever invited you for a new one.`,
      };
    case 4413:
      return { code: 'too-large', text: 'This page sent more than the service takes. Reload it.' };
    case 4426:
      return {
        code: 'version',
        text: 'This page is older or newer than the service. Reload it to get the fitting one.',
      };
    default:
      return null;
  }
}
