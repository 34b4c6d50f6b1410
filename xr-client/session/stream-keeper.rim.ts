/**
 * Keeps one stream alive while the room shows something: starts it, replaces it after a cut or when another size of
 * eye is wanted, ends it with the room. The last picture stays; its age tells.
 */
import type { Pose } from '../../shared/protocol/channel.ts';
import type { FrameId } from '../../shared/protocol/strip.ts';
import type { PicturePlanes } from '../picture/plane-textures.ts';
import { backOffMs } from './back-off.ts';
import type { RoomViewer } from './room-viewer.rim.ts';
import { STREAM_ENDED, streamEndWords } from './stream-end.ts';
import { openStream, type Stream, type StreamCounts } from './stream.rim.ts';
import { EMPTY_RECEIVED, type ReceivedReport } from './viewer-state.ts';

export interface StreamKeeper {
  /** Slots of the eyes from now on; a running stream is replaced when they differ. */
  wantEyes(width: number, height: number): void;
  sendPose(pose: Pose): void;
  watch(nowMs: number): void;
  /** What was received since the last call, `sinceMs` ago. */
  report(sinceMs: number, displayFrames: number): ReceivedReport;
  readonly counts: Readonly<StreamCounts> | null;
  close(): void;
}

/** A stream that is not connected so long after the end of one was told is what ended. */
const REPLACED_MS = 1500;

export function keepStream(
  room: RoomViewer,
  onPicture: (planes: PicturePlanes, pose: Pose, id: FrameId) => void,
  drawDelayMs: () => number,
): StreamKeeper {
  let eyes: readonly [number, number] | null = null;
  let stream: Stream | null = null;
  let transport: ReceivedReport['transport'] = 'none';
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let shownBefore = 0;
  let problemSaid = false;
  /** Streams that broke since the last one that came to be. */
  let broken = 0;

  function stop(): void {
    clearTimeout(timer);
    stream?.close();
    stream = null;
    transport = 'none';
  }

  function start(): void {
    clearTimeout(timer);
    const state = room.store.get();
    if (closed || stream || !eyes || state.connection.kind !== 'joined' || !state.volume) return;
    const mine = openStream({
      rtpStep: room.rtpStep(),
      sendSignal: room.sendSignal,
      onPicture,
      drawDelayMs,
      onTransport: (next) => {
        transport = next;
        // Said first while the stream is still being opened.
        if (next === 'connecting' || stream !== mine) return;
        if (next === 'failed') restart();
        if (next !== 'connected') return;
        broken = 0;
        if (room.store.get().failure?.code === STREAM_ENDED) room.store.set({ failure: null });
      },
      onProblem: (text) => {
        if (!problemSaid) room.fail('picture', text);
        problemSaid = true;
      },
    });
    stream = mine;
    shownBefore = 0;
    room.startStream(...eyes);
  }

  /** The node lets nobody ask for streams faster than one a second. */
  function restart(): void {
    stop();
    transport = 'failed';
    timer = setTimeout(start, 1000 + backOffMs(++broken, Math.random()));
  }

  room.onSignal((signal) => stream?.onSignal(signal));
  // Where the way to the node is blocked, or broke, this end would not notice for half a minute, or ever.
  room.onStreamEnd((said) => {
    const mine = stream;
    const again = (): void => {
      if (stream !== mine) return;
      room.fail(STREAM_ENDED, streamEndWords(said));
      restart();
    };
    if (!mine) return;
    if (transport === 'connected') return again();
    // What ended may be the stream before this one, which this end has replaced.
    timer = setTimeout(() => transport !== 'connected' && again(), REPLACED_MS);
  });
  const unsubscribe = room.store.subscribe((state, before) => {
    if (state.connection.kind !== 'joined' && before.connection.kind === 'joined') stop();
    if (state.connection !== before.connection || state.volume !== before.volume) start();
  });

  return {
    get counts() {
      return stream?.counts ?? null;
    },
    wantEyes: (width, height) => {
      if (eyes && eyes[0] === width && eyes[1] === height) return;
      eyes = [width, height];
      stop();
      start();
    },
    sendPose: (pose) => stream?.sendPose(pose),
    watch: (nowMs) => stream?.watch(nowMs),
    report: (sinceMs, displayFrames) => {
      const counts = stream?.counts;
      if (!stream || !counts) return { ...EMPTY_RECEIVED, transport };
      const sorted = stream.latenciesMs.toSorted((a, b) => a - b);
      const at = (share: number): number | null =>
        sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
      const fps = ((counts.framesShown - shownBefore) * 1000) / sinceMs;
      shownBefore = counts.framesShown;
      return {
        fps,
        poseToDecodedMsP50: at(0.5),
        poseToDecodedMsP95: at(0.95),
        displayFps: (displayFrames * 1000) / sinceMs,
        framesChecked:
          counts.framesShown + counts.framesLate + counts.framesRefused + counts.framesUnreadable,
        framesRefused: counts.framesRefused,
        framesUnreadable: counts.framesUnreadable,
        keyRequests: counts.keyRequests,
        transport,
      };
    },
    close: () => {
      closed = true;
      unsubscribe();
      stop();
    },
  };
}
