/** Runs one room: carries out what its machine says, with sockets, loads and streams. */
import { setMaxListeners } from 'node:events';
import type { FromNode, Person } from '../../shared/protocol/messages.ts';
import { pictureLayout } from '../../shared/protocol/picture.ts';
import type { Scene } from '../../shared/scene/index.ts';
import type { StudyEntry } from '../../shared/volume.ts';
import type { ViewerStream, ViewerStreamOptions } from '../stream/types.ts';
import type { AuditKind } from '../store/index.ts';
import { blankPicture } from './blank-picture.ts';
import type { RoomEffects } from './effects.ts';
import { failureWords } from './failure-words.ts';
import { isVolume } from './opening-scene.ts';
import { createRoom, type RoomInput, type RoomOutput } from './room.ts';
import type { RoomAccess, RoomMessage } from './session.ts';
import { shownVolume, shownWindow } from './show-volume.ts';
import type { ShownVolumes, View } from './shown-volumes.ts';
import type { SharpeningThumbnails } from './thumbnails.ts';
import type { LogSink } from './types.ts';

/** One person's socket, as the room needs it. */
export interface Seat {
  send(message: FromNode): void;
  close(code: number, reason: string): void;
}

/** What every room of a node stands in. */
export interface RoomSurroundings {
  readonly volumes: ShownVolumes;
  readonly thumbnails: Pick<SharpeningThumbnails, 'sharpen'>;
  readonly openViewerStream: RoomEffects['openViewerStream'];
  readonly bindAddress: string;
  /** No eye gets a larger slot. */
  readonly eyeSize: readonly [number, number];
  now(): number;
  log: LogSink;
  onError(error: unknown): void;
}

export interface RoomHostOptions extends RoomSurroundings {
  readonly study: StudyEntry;
  readonly scene: Scene;
  audit(event: AuditKind, detail: string): void;
  saveScene(scene: Scene): void;
  onRelease(): void;
}

export interface RoomHost {
  join(
    viewerId: string,
    seat: Seat,
    access: RoomAccess,
    hello: { readonly name: string; readonly device: Person['device'] },
  ): void;
  message(viewerId: string, message: RoomMessage): void;
  leave(viewerId: string): void;
  tick(): void;
  readonly people: number;
  close(): Promise<void>;
}

export function openRoomHost(options: RoomHostOptions): RoomHost {
  const { volumes, now, log, audit } = options;
  const room = createRoom(options, now());
  const seats = new Map<string, Seat>();
  const streams = new Map<string, Promise<ViewerStream | null>>();
  let view: View | null = null;
  let loading: AbortController | null = null;
  let closed = false;

  const step = (input: RoomInput): void => room.step(input, now()).forEach(carryOut);

  const dropView = (): void => {
    view?.release();
    view = null;
  };

  async function load(number: number, seriesInstanceUid: string, volumeId: string): Promise<void> {
    dropView();
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    loading = stop;
    const { studyInstanceUid } = room.scene;
    const startedMs = now();
    try {
      const opened = await volumes.open(
        { studyInstanceUid, seriesInstanceUid, volumeId },
        {
          signal: stop.signal,
          progress: (progress) => step({ kind: 'progress', load: number, progress }),
        },
      );
      if (stop.signal.aborted || closed) return opened.release();
      view = opened;
      log('info', 'volume-shown', { ms: now() - startedMs, quarantined: opened.quarantined });
      const volume = shownVolume(opened);
      step({ kind: 'shown', load: number, volume, window: shownWindow(opened, room.scene.look) });
      sharpenThumbnail(seriesInstanceUid, opened);
    } catch (error) {
      if (stop.signal.aborted) return;
      options.onError(error);
      const { code, text } = failureWords(error, 'open this series');
      log('warn', 'load-failed', { code, error: error instanceof Error ? error.name : 'unknown' });
      step({ kind: 'load-failed', load: number, code, text });
    }
  }

  /** The whole volume is here: the start page's picture need not be made of a part of it any more. */
  function sharpenThumbnail(seriesInstanceUid: string, shown: View): void {
    const series = options.study.series.find(
      (entry) => entry.seriesInstanceUid === seriesInstanceUid && isVolume(entry),
    );
    if (!series) return;
    options.thumbnails
      .sharpen(options.study.studyInstanceUid, series, shown.renderer)
      // A volume that went meanwhile leaves the picture that there is.
      .catch((error: unknown) => view === shown && options.onError(error));
  }

  /** Renders what the room shows now; a volume that went while it was rendered is not shown any more. */
  const render: ViewerStreamOptions['render'] = async (pose, layout, planes, quality, signal) => {
    const shown = room.shown ? view : null;
    if (shown) {
      const stats = await shown.renderer.renderFrame(room.scene, pose, layout, planes, quality, signal);
      if (room.shown && view === shown) return stats;
    }
    blankPicture(layout, planes);
    return {
      ms: 0,
      renderedWidth: pose.mono ? layout.width : layout.eyeWidth,
      renderedHeight: layout.eyeHeight,
      level: 0,
      backend: null,
    };
  };

  async function stopStream(viewerId: string): Promise<void> {
    const stream = streams.get(viewerId);
    streams.delete(viewerId);
    await (await stream)?.close();
  }

  const endStream = (viewerId: string): void =>
    void stopStream(viewerId).catch((error: unknown) => {
      options.onError(error);
      log('warn', 'stream-close-failed');
    });

  function startStream(viewerId: string, eyeWidth: number, eyeHeight: number): void {
    const before = stopStream(viewerId);
    const seat = seats.get(viewerId);
    if (!seat) return;
    const [maxWidth, maxHeight] = options.eyeSize;
    const layout = pictureLayout(Math.min(eyeWidth, maxWidth), Math.min(eyeHeight, maxHeight));
    const fail = (text: string): void => seat.send({ kind: 'failure', code: 'stream-ended', text });
    const opening = before
      .catch(() => undefined)
      .then(() => {
        // Asked for again, or gone, while the former stream was being closed: nothing is opened for nobody.
        if (streams.get(viewerId) !== opening) return null;
        return options.openViewerStream({
          layout,
          bindAddress: options.bindAddress,
          sendSignal: (signal) => seat.send({ kind: 'signal', signal }),
          render,
          onReport: (report) => seat.send({ kind: 'report', report }),
          onEnd(reason) {
            if (streams.get(viewerId) !== opening) return;
            log('warn', 'stream-ended');
            fail(reason);
            endStream(viewerId);
          },
        });
      })
      .then(async (stream) => {
        if (streams.get(viewerId) === opening) return stream;
        await stream?.close();
        return null;
      })
      .catch((error: unknown) => {
        options.onError(error);
        log('error', 'stream-failed', { error: error instanceof Error ? error.name : 'unknown' });
        fail(failureWords(error, 'start the picture').text);
        return null;
      });
    streams.set(viewerId, opening);
  }

  const eachStream = (use: (stream: ViewerStream) => void, only?: string): void => {
    for (const [viewerId, stream] of streams)
      if (only === undefined || only === viewerId)
        void stream.then((one) => one && streams.get(viewerId) === stream && use(one));
  };

  function carryOut(output: RoomOutput): void {
    switch (output.kind) {
      case 'send':
        return seats.get(output.viewerId)?.send(output.message);
      case 'close': {
        const seat = seats.get(output.viewerId);
        seats.delete(output.viewerId);
        return seat?.close(output.code, output.reason);
      }
      case 'load':
        return void load(output.load, output.seriesInstanceUid, output.volumeId);
      case 'cancel-load':
        return loading?.abort();
      case 'start-stream':
        return startStream(output.viewerId, output.eyeWidth, output.eyeHeight);
      case 'signal':
        return eachStream((stream) => stream.onSignal(output.signal), output.viewerId);
      case 'stop-stream':
        return endStream(output.viewerId);
      case 'touch':
        return eachStream((stream) => stream.touch());
      case 'audit':
        return audit(output.event, output.detail);
      case 'release':
        return options.onRelease();
    }
  }

  return {
    join(viewerId, seat, access, { name, device }) {
      seats.set(viewerId, seat);
      step({ kind: 'join', viewerId, role: access.role, name, device });
    },
    message: (viewerId, message) => step({ kind: 'message', viewerId, message }),
    leave(viewerId) {
      seats.delete(viewerId);
      step({ kind: 'leave', viewerId });
    },
    tick: () => step({ kind: 'tick' }),
    get people() {
      return room.people.length;
    },
    async close() {
      closed = true;
      loading?.abort();
      options.saveScene(room.scene);
      await Promise.allSettled([...streams.keys()].map(stopStream));
      dropView();
    },
  };
}
