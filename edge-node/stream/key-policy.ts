/**
 * When a picture is coded whole.
 *
 * K1 The first picture is a key frame.
 * K2 PLI, FIR and the client's own `key` message ask for one; asking twice before it is made is asking once.
 * K3 At most two a second; a wish that comes too early waits, it is not lost.
 * K4 Where a coded picture was thrown away, the very next one is a key frame: nothing else can be decoded rightly.
 */
export const MIN_KEY_INTERVAL_MS = 500;

export interface KeyPolicy {
  ask(): void;
  /** K4: the next picture must be a key frame, however soon. */
  insist(): void;
  /** Whether a picture coded now must be a key frame. */
  due(nowMs: number): boolean;
  /** When a waiting wish may be granted; null where there is none. */
  dueAtMs(): number | null;
  made(nowMs: number): void;
}

export function createKeyPolicy(): KeyPolicy {
  let wanted = true;
  let insisted = false;
  let lastMs = -Infinity;
  return {
    ask() {
      wanted = true;
    },
    insist() {
      insisted = true;
    },
    due: (nowMs) => insisted || (wanted && nowMs - lastMs >= MIN_KEY_INTERVAL_MS),
    dueAtMs: () => (insisted ? lastMs : wanted ? lastMs + MIN_KEY_INTERVAL_MS : null),
    made(nowMs) {
      wanted = false;
      insisted = false;
      lastMs = nowMs;
    },
  };
}
