/** Two viewers of one room, each with its own poses and its own frames, of one volume in memory. */
import { PeerConnection, type DataChannel, type Track } from 'node-datachannel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lookAt, symmetricTangents } from '../../shared/geometry/index.ts';
import { RTP_STEP, encodePose } from '../../shared/protocol/channel.ts';
import { join, openBench, type Bench, type Viewer } from './room-harness.ts';

let bench: Bench;
let token: string;
beforeAll(async () => {
  bench = await openBench();
  const { studies } = await bench.studies();
  ({ token } = await bench.newRoom({ studyInstanceUid: studies[0]!.studyInstanceUid }));
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

interface Frames {
  /** Ticks by which the frames that arrived were rendered, in order, each once. */
  readonly ticks: number[];
  /** Resolves when so many frames have arrived. */
  atLeast(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A viewer's other half: answers the offer, sends numbered poses at 30 Hz, reads the frames' timestamps. */
async function receive(viewer: Viewer, firstTick: number): Promise<Frames> {
  const connection = new PeerConnection('viewer', { iceServers: [], bindAddress: '127.0.0.1' });
  const ticks: number[] = [];
  const waiting = new Set<() => void>();
  let tick = firstTick;
  let timer: ReturnType<typeof setInterval> | undefined;
  let video: Track | undefined;
  let poses: DataChannel | undefined;

  connection.onLocalDescription((sdp, type) => {
    if (type === 'answer') viewer.send({ kind: 'signal', signal: { type, sdp } });
  });
  connection.onLocalCandidate((candidate, sdpMid) =>
    viewer.send({ kind: 'signal', signal: { type: 'candidate', candidate: { candidate, sdpMid } } }),
  );
  connection.onTrack((track) => {
    video = track;
    track.onMessage((packet) => {
      // RTP only (RTCP's types are 192 to 223), and of it each frame's last packet.
      if ((packet[1]! & 0x7f) !== 96 || (packet[1]! & 0x80) === 0) return;
      const timestamp = packet.readUInt32BE(4);
      expect(timestamp % RTP_STEP).toBe(0);
      if (ticks.at(-1) !== timestamp / RTP_STEP) ticks.push(timestamp / RTP_STEP);
      waiting.forEach((look) => look());
    });
  });
  connection.onDataChannel((channel) => {
    poses = channel;
    const eyeFromTwin = lookAt([0, 0, 1], [0, 0, 0], [0, 1, 0]);
    const eye = { eyeFromTwin, tangents: symmetricTangents(40, 1) };
    channel.onOpen(() => {
      timer = setInterval(() => {
        const pose = { tick: tick++, sampleTimeMs: performance.now(), horizonMs: 0, mono: false };
        if (channel.isOpen())
          channel.sendMessageBinary(Buffer.from(encodePose({ ...pose, eyes: [eye, eye] })));
      }, 33);
    });
  });

  viewer.send({ kind: 'start-stream', eyeWidth: 160, eyeHeight: 160 });
  const offer = (await viewer.next('signal', ({ signal }) => signal.type === 'offer')).signal;
  if (offer.type !== 'offer') throw new Error('no offer');
  connection.setRemoteDescription(offer.sdp, 'offer');
  viewer.ws.on('message', (data) => {
    const message = JSON.parse(String(data)) as {
      kind: string;
      signal?: { type: string; candidate?: { candidate: string } };
    };
    if (message.signal?.type === 'candidate')
      connection.addRemoteCandidate(message.signal.candidate!.candidate, 'video');
  });
  for (const message of viewer.received)
    if (message.kind === 'signal' && message.signal.type === 'candidate')
      connection.addRemoteCandidate(message.signal.candidate.candidate, 'video');

  return {
    ticks,
    atLeast: (count) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (ticks.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        viewer.next('failure').then(({ text }) => reject(new Error(text)), reject);
      }),
    async close() {
      clearInterval(timer);
      if (poses?.isOpen()) poses.close();
      video?.close();
      connection.close();
    },
  };
}

test('each viewer gets frames of its own poses, in order, and one volume serves both', async () => {
  const [a, b] = await Promise.all([
    join(bench.service.origin, token, 'a'),
    join(bench.service.origin, token, 'b'),
  ]);
  await Promise.all([a.next('shown'), b.next('shown')]);
  const [framesA, framesB] = await Promise.all([receive(a, 1000), receive(b, 500_000)]);
  await Promise.all([framesA.atLeast(20), framesB.atLeast(20)]);
  for (const [frames, first] of [
    [framesA, 1000],
    [framesB, 500_000],
  ] as const) {
    expect(frames.ticks.every((tick) => tick >= first && tick < first + 100_000)).toBe(true);
    expect(frames.ticks).toEqual(frames.ticks.toSorted((x, y) => x - y));
  }
  expect(bench.counts).toMatchObject({ opened: 1, prepared: 1 });

  const { report } = await a.next('report', (message) => message.report.fps > 0);
  expect(report).toMatchObject({ fullWidth: 160, fullHeight: 160 });

  // One leaves; the other's frames go on.
  await framesA.close();
  await a.close();
  const seen = framesB.ticks.length;
  await framesB.atLeast(seen + 10);
  await framesB.close();
  await b.close();
});
