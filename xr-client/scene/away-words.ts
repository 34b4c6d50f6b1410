/** What a headset says of a room that is away, under the words of the picture's age: two short lines, or none. */
import type { Connection } from '../session/viewer-state.ts';
import { TEXT } from '../strings.ts';

export function awayWords(connection: Connection): readonly [what: string, next: string] | null {
  if (connection.kind === 'reconnecting') return TEXT.awayInHeadset;
  if (connection.kind === 'ended') return TEXT.endedInHeadset;
  return null;
}
