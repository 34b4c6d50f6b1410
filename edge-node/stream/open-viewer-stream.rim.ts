/** Wires one viewer: peer, machine, renderer, encoder thread. All decisions are the machine's (viewer.ts). */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { decodeChannelMessage } from '../../shared/protocol/channel.ts';
import type { Signal } from '../../shared/protocol/messages.ts';
import { pictureBytes } from '../../shared/protocol/picture.ts';
import { writeStrip } from '../../shared/protocol/strip.ts';
import { blankRest } from './blank-rest.ts';
import { createPacketSender, type PacketSender } from './packet-sender.ts';
import { openPeer, PAYLOAD_TYPE, type Peer } from './peer.rim.ts';
import { parseRtcp } from './rtcp.ts';
import type { Encoder, ViewerStream, ViewerStreamOptions } from './types.ts';
import { createViewer } from './viewer.ts';
import type { Slot, ViewerInput, ViewerOutput } from './viewer-words.ts';

const MAX_EARLY_SIGNALS = 64;
/** Kilobits per second for each pixel of the picture: 12,000 for 1280 x 928. */
const KBPS_PER_PIXEL = 0.0101;

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function openViewerStream(options: ViewerStreamOptions): ViewerStream {
  const { layout } = options;
  const bitrateKbps = Math.round(layout.width * layout.height * KBPS_PER_PIXEL);
  const viewer = createViewer({
    bitrateKbps,
    fullWidth: layout.eyeWidth,
    fullHeight: layout.eyeHeight,
    encoder: options.encoder.name,
    cores: availableParallelism(),
  });
  const planes = [0, 1].map(() => {
    const bytes = new Uint8Array(new SharedArrayBuffer(pictureBytes(layout)));
    bytes.fill(16, 0, layout.width * layout.height).fill(128, layout.width * layout.height);
    return bytes;
  });
  const filled: { width: number; height: number }[] = planes.map(() => ({ width: 0, height: 0 }));
  const aborts: (AbortController | null)[] = [null, null];

  let peer: Peer | null = null;
  let encoder: Encoder | null = null;
  let sender: PacketSender | null = null;
  let coded: Uint8Array | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closing: Promise<void> | null = null;
  let early: Signal[] = [];

  function step(input: ViewerInput): void {
    if (closing) return;
    const nowMs = performance.now();
    for (const output of viewer.step(input, nowMs)) perform(output, nowMs);
  }

  function render(output: ViewerOutput & { kind: 'render' }): void {
    const { slot, pose, quality } = output;
    const abort = (aborts[slot] = new AbortController());
    options.render(pose, layout, planes[slot]!, quality, abort.signal).then(
      (stats) => {
        const { renderedWidth: width, renderedHeight: height } = stats;
        blankRest(planes[slot]!, layout, pose.mono, filled[slot]!, { width, height });
        filled[slot] = { width, height };
        step({ kind: 'rendered', slot, stats });
      },
      (error: unknown) => {
        filled[slot] = { width: layout.width, height: layout.eyeHeight };
        step({ kind: 'render-failed', slot, aborted: abort.signal.aborted, reason: words(error) });
      },
    );
  }

  function encode(output: ViewerOutput & { kind: 'encode' }): void {
    const slot: Slot = output.slot;
    writeStrip(planes[slot]!, layout, output.id);
    encoder!.encode(planes[slot]!, { key: output.key, bitrateKbps: output.bitrateKbps }).then(
      (picture) => {
        coded = picture.data;
        const { key, encodeMs } = picture;
        step({ kind: 'coded', slot, key, bytes: picture.data.length, encodeMs });
      },
      (error: unknown) => step({ kind: 'encode-failed', slot, reason: words(error) }),
    );
  }

  function perform(output: ViewerOutput, nowMs: number): void {
    switch (output.kind) {
      case 'render':
        return render(output);
      case 'abort-render':
        return aborts[output.slot]?.abort();
      case 'encode':
        return encode(output);
      case 'send':
        return sender!.sendPicture(coded!, output.timestamp, nowMs);
      case 'record':
        return options.onFrame?.(output.record);
      case 'report':
        return options.onReport(output.report);
      case 'wake':
        clearTimeout(timer);
        timer = setTimeout(() => step({ kind: 'wake' }), Math.max(1, output.atMs - nowMs));
        return;
      case 'end':
        return stop(output.reason);
    }
  }

  function onRtcp(bytes: Uint8Array): void {
    for (const event of parseRtcp(bytes)) {
      if (event.kind === 'nack') {
        sender!.resend(event.sequences, performance.now());
        step({ kind: 'nacked', packets: event.sequences.length });
      } else if (event.kind === 'pli' || event.kind === 'fir') step({ kind: 'key-asked' });
    }
  }

  async function openEncoder(): Promise<void> {
    encoder = await options.encoder.open({ width: layout.width, height: layout.height, bitrateKbps });
  }

  async function connect(): Promise<void> {
    const ssrc = randomInt(1, 2 ** 32 - 1);
    const made = await openPeer({
      name: 'viewer',
      ssrc,
      bindAddress: options.bindAddress,
      sendSignal: (signal) => options.sendSignal(signal),
      onOpen: () =>
        encoderOpen.then(
          () => step({ kind: 'open' }),
          () => {},
        ),
      onChannel: (bytes) => step({ kind: 'message', message: decodeChannelMessage(bytes) }),
      onRtcp,
      onEnd: stop,
    });
    const first = {
      ssrc,
      payloadType: PAYLOAD_TYPE,
      sequence: randomInt(0, 2 ** 15),
      transportSequence: 0,
    };
    sender = createPacketSender(first, (bytes, again) => options.dropPacket?.(again) || made.send(bytes));
    peer = made;
    for (const signal of early) peer.onSignal(signal);
    early = [];
  }

  function stop(reason: string): void {
    if (closing) return;
    void close();
    options.onEnd(reason);
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      clearTimeout(timer);
      for (const abort of aborts) abort?.abort();
      await Promise.allSettled([encoderOpen, connected]);
      await peer?.close();
      await encoder?.close();
    })();
    return closing;
  }

  // Side by side: the encoder's thread is there before the handshakes are through.
  const encoderOpen = openEncoder();
  const connected = connect();
  Promise.all([encoderOpen, connected]).catch((error: unknown) => stop(words(error)));
  return {
    onSignal(signal) {
      if (peer) peer.onSignal(signal);
      else if (early.length < MAX_EARLY_SIGNALS) early.push(signal);
    },
    touch: () => step({ kind: 'touch' }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
