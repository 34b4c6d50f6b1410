/** Ingest: sources, listings, and series opened as volumes. */
export { describeSeries, describeSeriesWithQuarantine, describeStudies } from './describe.ts';
export { openFolder } from './folder-source.rim.ts';
export { openSeries } from './open-series.ts';
export { isAddress, openSource } from './open-source.rim.ts';
export type { OpenOptions } from './open-series.ts';
export { planSeries } from './plan.ts';
export type { PlannedEntry, PlannedVolume, SeriesPlan } from './plan.ts';
export { createMeter } from './progress.ts';
export { verifyObjects } from './verify.ts';
export * from './types.ts';
