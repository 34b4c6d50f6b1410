/** What a headset says of a room, or a picture, that is away, under the words of the picture's age: two short lines, or none. */
import { hasStopped } from '../picture/age.ts';
import type { Age, Connection } from '../session/viewer-state.ts';
import { TEXT } from '../strings.ts';

export function awayWords(connection: Connection, age: Age): readonly [what: string, next: string] | null {
  if (connection.kind === 'reconnecting') return TEXT.awayInHeadset;
  if (connection.kind === 'ended') return TEXT.endedInHeadset;
  return connection.kind === 'joined' && hasStopped(age) ? TEXT.pictureStoppedInHeadset : null;
}
