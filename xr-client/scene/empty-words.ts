/** What a headset or a tablet in AR says where there is nothing to be seen, and how long words are broken there. Pure. */
import type { ViewerState } from '../session/viewer-state.ts';
import { progressWords } from '../start/loading.ts';
import { TEXT } from '../strings.ts';
import { awayWords } from './away-words.ts';

/** Why nothing is to be seen; null while there is a picture, which has words of its own for its age. */
export function emptyWords(
  state: Pick<ViewerState, 'connection' | 'volume' | 'progress' | 'age'>,
): string | null {
  const { connection, volume, progress, age } = state;
  if (volume && age.kind !== 'none') return null;
  const away = awayWords(connection, age);
  if (away) return away.join(' ');
  if (volume) return TEXT.firstPicture;
  return progress ? `${TEXT.loadingStudy} · ${progressWords(progress)}` : TEXT.loadingStudy;
}

/** Lines of at most `longest` characters, broken between words; what has no room ends in dots. */
export function linesOf(text: string, longest: number, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/[ \n]+/)) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= longest)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1]} …`];
}
