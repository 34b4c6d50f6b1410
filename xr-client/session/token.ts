/** The link's token: out of the address bar at once, kept for this tab alone. */
const TOKEN_KEY = 'anteroom.token';
const ROOM_KEY = 'anteroom.room';

/** Token of a fragment such as '#token=abc'; null where there is none. */
export function tokenOfFragment(fragment: string): string | null {
  const token = new URLSearchParams(fragment.replace(/^#/, '')).get('token');
  return token === null || token === '' ? null : token;
}

/**
 * Takes the token from the address, so that neither history, nor a screenshot, nor a copied address carries it.
 * A new link replaces what the tab had.
 */
export function takeToken(location: Location, history: History, storage: Storage): string | null {
  const token = tokenOfFragment(location.hash);
  if (token !== null) {
    history.replaceState(history.state, '', location.pathname + location.search);
    storage.setItem(TOKEN_KEY, token);
    storage.removeItem(ROOM_KEY);
    return token;
  }
  return storage.getItem(TOKEN_KEY);
}

export interface OpenedRoom {
  readonly token: string;
  /** What others are invited with. */
  readonly link: string;
}

/** The room that a host has opened from the start page: it survives a reload of the tab. */
export function openedRoom(storage: Storage): OpenedRoom | null {
  const [token, link] = storage.getItem(ROOM_KEY)?.split('\n') ?? [];
  return token && link ? { token, link } : null;
}

const STEP = 'anteroom.room';

/**
 * Gives an opened room a step of its own in the tab's history, from which the way back leads to the studies; a reload
 * in the room stays on the step that it has. Holds no token. False where there is no such step.
 */
export function openStep(history: Pick<History, 'state' | 'pushState'>): boolean {
  if (history.state !== STEP) history.pushState(STEP, '');
  return history.state === STEP;
}

export function keepRoom(storage: Storage, room: OpenedRoom | null): void {
  if (room) storage.setItem(ROOM_KEY, `${room.token}\n${room.link}`);
  else storage.removeItem(ROOM_KEY);
}
