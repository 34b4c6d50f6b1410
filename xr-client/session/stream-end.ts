/** A stream that the node has ended while the room goes on: its failure code, and its words for a person. */
import { TEXT } from '../strings.ts';
import { isSentence } from './failure-words.ts';

export const STREAM_ENDED = 'stream-ended';

/** The node gives a sentence where it could not start the picture, and a bare reason where the way to here broke. */
export const streamEndWords = (said: string): string => (isSentence(said) ? said : TEXT.streamEnded(said));
