/** The one maker of the native face's errors. */
export type NativeErrorCode = 'NATIVE_ARGUMENT' | 'NATIVE_BACKEND' | 'NATIVE_LOAD' | 'ABORTED';

export class NativeError extends Error {
  readonly code: NativeErrorCode;
  constructor(code: NativeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NativeError';
    this.code = code;
  }
}

/** Throws NATIVE_ARGUMENT unless it holds; `words` says what was given and what is wanted. */
export function demand(holds: boolean, words: string): asserts holds {
  if (!holds) throw new NativeError('NATIVE_ARGUMENT', words);
}
