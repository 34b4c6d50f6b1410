/** The source's listing, asked for at most once at a time and again after a while. */
import type { Source } from '../ingest/types.ts';
import type { Listing, StudyEntry } from '../../shared/volume.ts';

export const LISTING_FRESH_MS = 15_000;

export interface ListingCache {
  list(nowMs: number): Promise<Listing>;
  /** A study by its UID, from what is known; asks the source where it is not. Null where there is none. */
  study(studyInstanceUid: string, nowMs: number): Promise<StudyEntry | null>;
}

export function createListingCache(source: Pick<Source, 'list'>, signal: AbortSignal): ListingCache {
  let known: { readonly listing: Listing; readonly atMs: number } | null = null;
  let asking: Promise<Listing> | null = null;

  const ask = (nowMs: number): Promise<Listing> => {
    asking ??= source
      .list({ signal })
      .then((listing) => {
        known = { listing, atMs: nowMs };
        return listing;
      })
      .finally(() => (asking = null));
    return asking;
  };

  const list = async (nowMs: number): Promise<Listing> =>
    known && nowMs - known.atMs < LISTING_FRESH_MS ? known.listing : ask(nowMs);

  return {
    list,
    async study(studyInstanceUid, nowMs) {
      const find = (listing: Listing | undefined): StudyEntry | undefined =>
        listing?.studies.find((entry) => entry.studyInstanceUid === studyInstanceUid);
      return find(known?.listing) ?? find(await ask(nowMs)) ?? null;
    },
  };
}
