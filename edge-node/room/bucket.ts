/** A token bucket: a steady rate with room for bursts. Pure; time is an argument. */
export interface Bucket {
  readonly level: number;
  readonly atMs: number;
}

export interface BucketRule {
  readonly perSecond: number;
  readonly burst: number;
}

export const fullBucket = (rule: BucketRule, nowMs: number): Bucket => ({ level: rule.burst, atMs: nowMs });

/** Takes `cost`; `ok` false where it is not there, and the bucket then keeps what it had. */
export function take(
  bucket: Bucket,
  rule: BucketRule,
  cost: number,
  nowMs: number,
): { readonly bucket: Bucket; readonly ok: boolean } {
  const passed = Math.max(0, nowMs - bucket.atMs) / 1000;
  const level = Math.min(rule.burst, bucket.level + passed * rule.perSecond);
  const ok = level >= cost;
  return { bucket: { level: ok ? level - cost : level, atMs: nowMs }, ok };
}
