/** Work on what arrives, so much at a time: the next object is asked for only when there is room for it. */

export interface InFlightLimits {
  readonly tasks: number;
  readonly bytes: number;
}

/**
 * Runs `work` on each of `arriving`, at most `tasks` at once and (beyond the first) at most `bytes` in memory. The
 * first failure stops the loop, waits for what runs and is thrown; so does the signal.
 */
export async function forEachInFlight<T>(
  arriving: AsyncIterable<T>,
  sizeOf: (one: T) => number,
  limits: InFlightLimits,
  work: (one: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let held = 0;
  let failure: { readonly error: unknown } | null = null;
  try {
    for await (const one of arriving) {
      signal?.throwIfAborted();
      const size = sizeOf(one);
      while (running.size > 0 && (running.size >= limits.tasks || held + size > limits.bytes))
        await Promise.race(running);
      if (failure) break;
      held += size;
      const task: Promise<void> = work(one)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          held -= size;
          running.delete(task);
        });
      running.add(task);
    }
  } finally {
    await Promise.all(running);
  }
  if (failure) throw (failure as { readonly error: unknown }).error;
  signal?.throwIfAborted();
}

/** A door that lets at most `width` calls run at the same time; the others wait their turn, in order. */
export function openDoor(width: number): <T>(run: () => Promise<T>) => Promise<T> {
  let free = width;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
