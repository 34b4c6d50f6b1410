/**
 * Runs `work` over items, `width` at a time, and yields results as they come. No more than `width` results wait in
 * memory: the next item starts when a result has been taken. The first failure ends it.
 */
export async function* inParallel<Item, Result>(
  items: Iterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running = new Map<number, Promise<readonly [number, Result]>>();
  const rest = items[Symbol.iterator]();
  let started = 0;
  const start = (): void => {
    const next = rest.next();
    if (next.done) return;
    const id = started++;
    const promise = work(next.value).then((result) => [id, result] as const);
    // A failure is met by the race below; one that comes after the loop was left is nobody's.
    promise.catch(() => undefined);
    running.set(id, promise);
  };
  while (running.size < width) {
    const before = started;
    start();
    if (started === before) break;
  }
  while (running.size > 0) {
    const [id, result] = await Promise.race(running.values());
    running.delete(id);
    yield result;
    start();
  }
}
