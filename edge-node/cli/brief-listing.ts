/** What a source holds, as far as is quickly said. */
import { isAddress, type FlowOptions, type Source } from '../ingest/index.ts';
import type { Listing } from '../../shared/volume.ts';

export interface BriefListing extends Listing {
  /** False for an archive: only its newest study was read, which tells that it can be reached, entered and read. */
  readonly whole: boolean;
}

/** All of a folder or the embedded patient; of an archive, which may take hours, the newest study. Rejects as `list`. */
export async function briefListing(source: Source, spec: string, flow: FlowOptions): Promise<BriefListing> {
  const whole = !isAddress(spec);
  return { ...(await source.list(whole ? flow : { ...flow, most: 1 })), whole };
}
