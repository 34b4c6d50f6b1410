/** What the start page is given: the node's API, and the way into a room. */
import type { NewRoom, SessionInfo } from '../../shared/protocol/messages.ts';
import type { Progress } from '../../shared/volume.ts';
import type { Api } from './api.ts';

/** A room whose volume is on its way. */
export interface OpeningRoom {
  onProgress(listener: (progress: Progress) => void): void;
  /** Resolves when the picture can be shown; rejects with an Error whose message is a sentence. */
  readonly ready: Promise<void>;
  cancel(): void;
}

export interface StartPageOptions {
  readonly api: Api;
  readonly session: SessionInfo;
  /**
   * A study was asked for: whatever was asked for before is taken back. One at a time comes in, and what is shown is
   * what was pressed last.
   */
  begin(takeBack: () => void): void;
  /** Begins to load the room; the page goes over to the viewer by itself once `ready` resolves. */
  enter(room: NewRoom): OpeningRoom;
}
