/** Being asked to stop: Ctrl+C and SIGTERM become one AbortSignal. */

/** A second signal this soon is the same wish: npm and `timeout` hand on what the terminal has already sent. */
export const SAME_WISH_MS = 2000;

export interface StopEffects {
  on(signal: 'SIGINT' | 'SIGTERM', act: () => void): void;
  nowMs(): number;
  /** Ends the program as it stands. */
  exit(): void;
}

/**
 * Aborted by the first signal, so that what was begun can be taken back. One that comes later is from somebody who
 * has waited: it ends the program at once.
 */
export function listenForStop(effects: StopEffects): AbortSignal {
  const stop = new AbortController();
  let askedMs = 0;
  const ask = (): void => {
    if (!stop.signal.aborted) {
      askedMs = effects.nowMs();
      stop.abort();
    } else if (effects.nowMs() - askedMs > SAME_WISH_MS) effects.exit();
  };
  effects.on('SIGINT', ask);
  effects.on('SIGTERM', ask);
  return stop.signal;
}
