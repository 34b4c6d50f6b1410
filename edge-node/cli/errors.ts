/** Words that could not be parsed: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Tried and failed: exit code 1. The message says what was tried, what happened and what to do. */
export class FailureError extends Error {
  override readonly name = 'FailureError';
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
