/** Which encoders this machine has, and which one a stream takes: the first that is there, openh264 before x264. */
import { createRequire } from 'node:module';
import { loadH264 } from '../../../native/encode/index.ts';
import type { EncoderChoice } from '../types.ts';
import { EncoderError, openWorkerEncoder } from './worker-encoder.rim.ts';
import type { EncoderName } from './worker-messages.ts';

/** The head is shown at most this many pictures a second: a picture may spend bitrate / this. */
const MAX_FPS = 30;

export interface ListedEncoder {
  readonly name: EncoderName;
  readonly available: boolean;
  /** Why it is there or is not, and what to do. */
  readonly why: string;
  /** What its licence asks of whoever ships it. */
  readonly licence: string;
}

function x264(): ListedEncoder {
  const licence =
    'x264 inside FFmpeg, built with GPL and version 3: whoever ships a product with node-av ships it under the GPLv3. To ship without it, take node-av out of optionalDependencies';
  try {
    createRequire(import.meta.url).resolve(`@seydx/node-av-${process.platform}-${process.arch}`);
    return { name: 'x264', available: true, why: 'node-av is installed', licence };
  } catch {
    const why = 'node-av, an optional dependency, is not installed (npm install node-av)';
    return { name: 'x264', available: false, why, licence };
  }
}

/** Every encoder the product knows, in the order of preference. */
export function listEncoders(): ListedEncoder[] {
  const load = loadH264();
  const openh264: ListedEncoder = {
    name: 'openh264',
    available: load.kind === 'loaded',
    why: load.kind === 'loaded' ? `libopenh264 ${load.addon.version()} was found at build` : load.why,
    licence:
      'BSD-2-Clause: keep its notice. H.264 itself may need a patent licence where the product is sold; Cisco pays for its own binaries only',
  };
  return [openh264, x264()];
}

/**
 * The encoder of that name, or the first that is there. Throws ENCODER_OPEN, in words that say what to install,
 * where the one asked for, or every one, is absent.
 */
export function chooseEncoder(name?: string): EncoderChoice {
  const encoders = listEncoders();
  const known = encoders.map((entry) => entry.name).join(', ');
  const chosen =
    name === undefined ? encoders.find((entry) => entry.available) : encoders.find((e) => e.name === name);
  if (!chosen && name !== undefined)
    throw new EncoderError('ENCODER_OPEN', `there is no encoder '${name}'; there are ${known}`);
  if (!chosen?.available) {
    const reasons = (chosen ? [chosen] : encoders).map((entry) => `${entry.name}: ${entry.why}`).join('; ');
    throw new EncoderError('ENCODER_OPEN', `no H.264 encoder can be used. ${reasons}`);
  }
  const why =
    name === undefined
      ? `first of ${known} that this machine has; ${chosen.why}`
      : `asked for; ${chosen.why}`;
  return {
    name: chosen.name,
    why,
    licence: chosen.licence,
    open: (options) => openWorkerEncoder({ name: chosen.name, maxFps: MAX_FPS, ...options }),
  };
}
