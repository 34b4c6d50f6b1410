/** The page: a link opens the studies (the host's) or one room (everybody else's). */
import '@fontsource-variable/inter';
import './style/base.css';
import './style/start.css';
import './style/viewer.css';
import './scene/furniture.css';
import type { NewRoom, SessionInfo } from '../shared/protocol/messages.ts';
import { mountPanels } from './panels/viewer-panels.ts';
import { openRoomViewer, type RoomViewer } from './session/room-viewer.rim.ts';
import { keepRoom, openedRoom, openStep, takeToken, type OpenedRoom } from './session/token.ts';
import { openApi } from './start/api.ts';
import { mayRetry, notice, noticeOf } from './start/notice.ts';
import type { OpeningRoom } from './start/options.ts';
import { mountStartPage } from './start/start-page.ts';
import { el, put } from './style/dom.ts';
import { applyTheme, keptTheme } from './style/tokens.ts';
import { TEXT } from './strings.ts';

const root = document.querySelector<HTMLElement>('#root')!;
const probe = new URLSearchParams(location.search).has('probe');
const LEFT = {
  title: 'You have left the room.',
  next: 'Open the link again to come back, or close this page.',
};
let leavePage = (): void => {};

function device(): 'desktop' | 'tablet' | 'headset' {
  if (/Quest|OculusBrowser|Pico|Vive|VisionOS/i.test(navigator.userAgent)) return 'headset';
  return matchMedia('(pointer: coarse)').matches ? 'tablet' : 'desktop';
}

function openRoom(token: string): RoomViewer {
  const url = new URL('ws/room', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return openRoomViewer({ url: url.href, token, name: '', device: device() });
}

/** `host` comes back to the studies; a guest is told that the room is left. */
async function showViewer(
  room: RoomViewer,
  link: string | null,
  host: string | null,
  /** Aborted: it is wanted no more. */
  given: AbortSignal | null = null,
  keep: OpenedRoom | null = null,
): Promise<void> {
  // Babylon comes with the viewer alone: the studies are there at once, and stay till it is.
  let openViewer: (typeof import('./viewer.rim.ts'))['openViewer'];
  try {
    ({ openViewer } = await import('./viewer.rim.ts'));
  } catch {
    if (given?.aborted) return;
    leavePage();
    room.close();
    // A browser keeps a part that it could not load as lost: only the page anew asks for it again.
    return put(
      root,
      el(
        'main',
        { class: 'start' },
        notice(TEXT.notOpened, () => location.reload()),
      ),
    );
  }
  if (given?.aborted) return;
  if (keep) keepRoom(sessionStorage, keep);
  leavePage();
  const box = el('div', { class: 'viewer' });
  put(root, box);
  // The browser's own way back leads to the studies too, not out of the page.
  const backAgain = host !== null && openStep(history);
  const gone = new AbortController();
  const leave = (): void => {
    gone.abort();
    room.close();
    keepRoom(sessionStorage, null);
    leavePage();
    if (host !== null) void showStart(host);
    else put(root, el('main', { class: 'start' }, notice(LEFT)));
  };
  addEventListener('popstate', leave, { signal: gone.signal });
  const onLeave = backAgain ? () => history.back() : leave;
  const { viewer, close } = openViewer(box, room, { onLeave, probe });
  const unmount = mountPanels(box, viewer, { inviteLink: link, host: host !== null });
  leavePage = () => {
    leavePage = () => {};
    unmount();
    close();
    box.remove();
  };
}

async function showStart(token: string): Promise<void> {
  leavePage();
  const api = openApi(token);
  const box = el('div', { class: 'page' });
  put(root, box);
  put(box, el('p', { class: 'opening', role: 'status' }, TEXT.opening));
  let session: SessionInfo;
  try {
    session = await api.session();
  } catch (error) {
    put(
      box,
      el(
        'main',
        { class: 'start' },
        notice(noticeOf(error), mayRetry(error) ? () => void showStart(token) : undefined),
      ),
    );
    return;
  }
  if (session.scope === 'room') return showViewer(openRoom(token), null, null);
  const kept = openedRoom(sessionStorage);
  if (kept) return showViewer(openRoom(kept.token), kept.link, token);
  let asked: (() => void) | null = null;
  const unmount = mountStartPage(box, {
    api,
    session,
    begin: (takeBack) => {
      asked?.();
      asked = takeBack;
    },
    enter: (room) => enter(room, token),
  });
  leavePage = () => {
    leavePage = () => {};
    unmount();
    box.remove();
  };
}

/** Loads the room while the studies stay; goes over to it when there is something to see. */
function enter(opened: NewRoom, host: string): OpeningRoom {
  const kept: OpenedRoom = { token: opened.token, link: opened.link };
  const room = openRoom(kept.token);
  const given = new AbortController();
  const cancelled = new Promise<never>((_, reject) =>
    given.signal.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError'))),
  );
  const shown = room.ready.then(() => {
    if (!given.signal.aborted) return showViewer(room, kept.link, host, given.signal, kept);
  });
  const ready = Promise.race([shown, cancelled]).catch((error: unknown) => {
    room.close();
    throw error;
  });
  return {
    onProgress: room.onProgress,
    ready,
    // At once, whether or not the room is joined yet and hears it.
    cancel: () => {
      room.cancelLoad();
      given.abort();
    },
  };
}

applyTheme(keptTheme());
addEventListener('hashchange', () => location.reload());
const token = takeToken(location, history, sessionStorage);
if (token === null) put(root, el('main', { class: 'start' }, notice(TEXT.noToken)));
else void showStart(token);
