/** One room as this viewer has it: its state, its edits, its socket. The picture is elsewhere. */
import type { FromNode, Presence, Signal } from '../../shared/protocol/messages.ts';
import { mayEdit } from '../../shared/roles.ts';
import type { Op } from '../../shared/scene/scene.ts';
import type { Progress } from '../../shared/volume.ts';
import { answered, edit, newTruth, rejoin, shownScene, startEdits, type Edits } from './edits.ts';
import { openRoomSocket } from './room-socket.rim.ts';
import { createStore, type Store } from './store.ts';
import { STREAM_ENDED } from './stream-end.ts';
import { INITIAL_STATE, type ViewerState } from './viewer-state.ts';

export interface RoomViewer {
  readonly store: Store<ViewerState>;
  /** Where the others are, of whom something was heard within `UNHEARD_MS`. */
  readonly presences: ReadonlyMap<string, Presence>;
  /** Once per display frame: who has fallen silent stands nowhere any more. */
  forgetSilent(nowMs: number): void;
  rtpStep(): number;
  applyOp(op: Op, options?: { readonly merge?: boolean }): void;
  undo(): void;
  startStream(eyeWidth: number, eyeHeight: number): boolean;
  sendSignal(signal: Signal): void;
  sendPresence(presence: Presence): void;
  cancelLoad(): void;
  fail(code: string, text: string): void;
  onSignal(listener: (signal: Signal) => void): void;
  /** The node ended this viewer's stream: it comes again only when it is asked for. */
  onStreamEnd(listener: (said: string) => void): void;
  onProgress(listener: (progress: Progress) => void): void;
  /** Resolves when a volume is shown; rejects with words when loading failed or the room ended before. */
  readonly ready: Promise<void>;
  close(): void;
}

export interface RoomViewerOptions {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly device: 'desktop' | 'tablet' | 'headset';
}

/** A page that is looked at says where its viewer is 15 times a second: an avatar that stands on is nobody's. */
export const UNHEARD_MS = 3000;

export function openRoomViewer(options: RoomViewerOptions): RoomViewer {
  const store = createStore<ViewerState>(INITIAL_STATE);
  const presences = new Map<string, Presence>();
  const heardMs = new Map<string, number>();
  const signalListeners = new Set<(signal: Signal) => void>();
  const streamEndListeners = new Set<(said: string) => void>();
  const progressListeners = new Set<(progress: Progress) => void>();
  let edits: Edits | null = null;
  let step = 1500;
  let failures = 0;
  let settle: { resolve(): void; reject(error: Error): void } | null = null;
  const ready = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  ready.catch(() => {});

  const fail = (code: string, text: string): void =>
    store.set({ failure: { serial: ++failures, code, text } });

  function putEdits(next: Edits, also: Partial<ViewerState> = {}): void {
    edits = next;
    store.set({ scene: shownScene(next), canUndo: next.undo.length > 0, ...also });
  }

  /**
   * The node's scene. Where it names another volume, the former one, its picture and the way back to its edits are
   * gone in the same moment: no name ever stands over another's picture.
   */
  function putTruth(next: Edits, also: Partial<ViewerState> = {}): void {
    const [before, after] = [edits?.truth, next.truth];
    const other =
      before && (before.seriesInstanceUid !== after.seriesInstanceUid || before.volumeId !== after.volumeId);
    if (other) putEdits({ ...next, undo: [] }, { ...also, volume: null });
    else putEdits(next, also);
  }

  function onMessage(message: FromNode): void {
    switch (message.kind) {
      case 'welcome':
        step = message.rtpStep;
        presences.clear();
        putTruth(rejoin(edits, message.scene), {
          viewerId: message.viewerId,
          role: message.role,
          study: message.study,
          people: message.people,
        });
        return;
      case 'progress':
        store.set({ progress: message.progress, volume: null });
        progressListeners.forEach((listener) => listener(message.progress));
        return;
      case 'shown':
        store.set({ volume: message.volume, progress: null });
        settle?.resolve();
        return;
      case 'scene':
        putTruth(edits ? newTruth(edits, message.scene) : startEdits(message.scene));
        return;
      case 'op-result':
        if (!edits) return;
        putEdits(answered(edits, message.id, message.result, message.version));
        if (message.result === 'discard')
          fail('discarded', message.reason ?? 'The room did not take that change.');
        return;
      case 'people': {
        const here = new Set(message.people.map((person) => person.viewerId));
        for (const id of presences.keys()) if (!here.has(id)) presences.delete(id);
        store.set({ people: message.people });
        return;
      }
      case 'presence':
        presences.set(message.viewerId, message.presence);
        heardMs.set(message.viewerId, performance.now());
        return;
      case 'signal':
        signalListeners.forEach((listener) => listener(message.signal));
        return;
      case 'report':
        store.set({ report: message.report });
        return;
      case 'failure':
        if (message.code === STREAM_ENDED) {
          streamEndListeners.forEach((listener) => listener(message.text));
          return;
        }
        store.set({ progress: null });
        fail(message.code, message.text);
        settle?.reject(Object.assign(new Error(message.text), { code: message.code }));
    }
  }

  const socket = openRoomSocket({
    ...options,
    onMessage,
    onConnection: (connection) => {
      if (connection.kind === 'reconnecting') {
        presences.clear();
        if (edits) putEdits(startEdits(edits.truth, edits.undo));
      }
      store.set({ connection });
      if (connection.kind === 'ended')
        settle?.reject(Object.assign(new Error(connection.text), { code: connection.code }));
    },
  });

  function send(op: Op, how: { readonly merge?: boolean; readonly isUndo?: boolean }): void {
    const { role } = store.get();
    if (!edits || !role) return;
    if (!mayEdit(role)) {
      fail('forbidden', 'You are here to look: only those invited to edit can change what is shown.');
      return;
    }
    const made = edit(edits, op, how);
    if (!socket.send({ kind: 'op', id: made.id, base: made.base, op })) {
      fail('not-joined', 'The room is not connected just now, so that change was not made.');
      return;
    }
    putEdits(made.edits);
  }

  return {
    store,
    presences,
    forgetSilent: (nowMs) => {
      for (const [id, atMs] of heardMs)
        if (nowMs - atMs > UNHEARD_MS) {
          heardMs.delete(id);
          presences.delete(id);
        }
    },
    ready,
    rtpStep: () => step,
    applyOp: (op, how = {}) => send(op, how),
    undo: () => {
      const last = edits?.undo.at(-1);
      if (last) send(last, { isUndo: true });
    },
    startStream: (eyeWidth, eyeHeight) => socket.send({ kind: 'start-stream', eyeWidth, eyeHeight }),
    sendSignal: (signal) => void socket.send({ kind: 'signal', signal }),
    sendPresence: (presence) => void socket.send({ kind: 'presence', presence }),
    cancelLoad: () => void socket.send({ kind: 'cancel-load' }),
    fail,
    onSignal: (listener) => void signalListeners.add(listener),
    onStreamEnd: (listener) => void streamEndListeners.add(listener),
    onProgress: (listener) => void progressListeners.add(listener),
    close: () => socket.close(),
  };
}
