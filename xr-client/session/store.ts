/** A value that is replaced, and those who want to know. */
export interface Store<T> {
  get(): T;
  /** Replaces the given parts; nobody is called where nothing changed. */
  set(parts: Partial<T>): void;
  subscribe(listener: (value: T, before: T) => void): () => void;
}

export function createStore<T extends object>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<(value: T, before: T) => void>();
  return {
    get: () => value,
    set: (parts) => {
      const changed = (Object.keys(parts) as (keyof T)[]).some((key) => !Object.is(parts[key], value[key]));
      if (!changed) return;
      const before = value;
      value = { ...value, ...parts };
      for (const listener of listeners) listener(value, before);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
