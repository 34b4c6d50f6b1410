/** One line on a terminal that says how far something is; nothing where nobody looks. */
import type { Progress } from '../../shared/volume.ts';

const WORDS: Readonly<Record<Progress['stage'], string>> = {
  generate: 'making the embedded patient',
  discover: 'looking',
  retrieve: 'reading',
  decode: 'decoding',
  assemble: 'assembling',
  prepare: 'preparing',
};

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The line for a state: stage, bar where the end is known, bytes and rate where there are any. */
export function progressText(progress: Progress): string {
  const { stage, instancesDone, instancesTotal, bytes, bytesPerSecond } = progress;
  const parts = [WORDS[stage].padEnd(10)];
  if (instancesTotal !== null && instancesTotal > 0) {
    const share = Math.min(1, instancesDone / instancesTotal);
    const full = Math.round(24 * share);
    parts.push(`${'█'.repeat(full)}${'░'.repeat(24 - full)} ${instancesDone}/${instancesTotal}`);
  } else if (instancesDone > 0) parts.push(String(instancesDone));
  if (bytes > 0) parts.push(megabytes(bytes));
  if (bytesPerSecond > 0) parts.push(`${megabytes(bytesPerSecond)}/s`);
  return parts.join('  ');
}

export interface ProgressLine {
  readonly progress: (progress: Progress) => void;
  /** Takes the line away. */
  clear(): void;
}

/** Writes to stderr where that is a terminal. */
export function openProgressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  if (!stream.isTTY) return { progress: () => {}, clear: () => {} };
  let shown = false;
  return {
    progress(progress) {
      shown = true;
      stream.write(`\r\u001b[2K${progressText(progress).slice(0, (stream.columns || 80) - 1)}`);
    },
    clear() {
      if (shown) stream.write('\r\u001b[2K');
      shown = false;
    },
  };
}
