/** One line of a bench: our figure, the peer's in the same run, and how many times better ours is. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Null where there is no peer, or it is not here. */
  readonly peer: string | null;
  readonly peerValue: number | null;
  /** peerValue / value for times; null without a peer. */
  readonly ratio: number | null;
}

/** A row whose figure is a time: less is better. */
export function timeRow(
  name: string,
  valueMs: number,
  peer: { readonly name: string; readonly valueMs: number } | null,
): BenchRow {
  return {
    name,
    value: valueMs,
    unit: 'ms',
    peer: peer?.name ?? null,
    peerValue: peer?.valueMs ?? null,
    ratio: peer ? peer.valueMs / valueMs : null,
  };
}
