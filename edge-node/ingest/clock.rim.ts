/** The clock of flows that are given none: milliseconds that never go back. */
export const monotonicMs = (): number => performance.now();
