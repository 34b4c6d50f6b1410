/**
 * One viewer's stream as a machine: `step(input, nowMs)` returns everything there is to do. Two picture buffers:
 * the next picture is rendered while the last one is encoded, unless both would want the same cores (V11).
 *
 * V1  A render takes the newest pose at its start, never one older than MAX_POSE_AGE_MS (pose-inbox P1-P3).
 * V2  A picture is named by the pose it was rendered for, or by the newest tick whose view is the same (same-view).
 * V3  RTP timestamp = tick x RTP_STEP mod 2^32; names only grow: no tick is sent twice or after a newer one.
 * V4  Key frames by key-policy K1-K3.
 * V5  A finished picture waits at most MAX_WAIT_MS for the encoder, then it is dropped; coded and older than
 *     MAX_CODED_AGE_MS it is not sent, and the next one is a key frame (its reference is missing).
 * V6  Where head and scene rest for STILL_MS, one picture is rendered at full quality, while the held one goes on
 *     under new ticks; then the source is held still, so that its coding converges. Never slower than every HOLD_MS.
 * V7  A head that moves, or a scene that changes, stops a full-quality render and starts one that is in time.
 * V8  After `touch` a picture made before it is never held under a newer tick.
 * V9  MAX_MALFORMED malformed messages, or MAX_FAILURES failed renders or encodes in a row, end the stream.
 * V10 Quality while moving is the governor's; every frame record says what it chose.
 * V11 Where few cores both march and encode, one waits for the other: side by side each takes half as long again, so
 *     that a picture is later and none is gained; and what starts later has a newer pose.
 */
import { RTP_STEP, type ChannelMessage, type Pose } from '../../shared/protocol/channel.ts';
import type { FrameStats, Quality } from '../render/types.ts';
import { atLevel, firstGovernorState, motionQuality, REST, stepGovernor } from './governor.ts';
import { createKeyPolicy } from './key-policy.ts';
import { createPoseInbox, isAfter } from './pose-inbox.ts';
import { createReportKeeper } from './report.ts';
import { sameView } from './same-view.ts';
import type { Slot, ViewerInput, ViewerOutput, ViewerSettings } from './viewer-words.ts';

export const STILL_MS = 150;
export const HOLD_MS = 60;
export const MAX_WAIT_MS = 250;
export const MAX_CODED_AGE_MS = 1000;
export const MAX_MALFORMED = 10;
export const MAX_FAILURES = 5;
/** A render that took longer than this many times its own time was not rendering. */
const MAX_WAIT_SHARE = 4;
/** Up to so many cores, a march on them leaves the encoder none (V11); measured on two, reckoned for three. */
export const FEW_CORES = 3;
/** What failed is tried again no sooner. */
export const RETRY_MS = 100;

/** What a picture buffer holds. */
interface Picture {
  readonly pose: Pose;
  readonly sampledMs: number;
  readonly quality: Quality;
  readonly version: number;
  readonly renderStartMs: number;
  readonly stats: FrameStats;
  readonly readyMs: number;
  readonly shown: boolean;
}
type Buffer =
  | { readonly kind: 'empty' }
  | ({ readonly kind: 'rendering'; readonly aborting: boolean } & Omit<
      Picture,
      'stats' | 'readyMs' | 'shown'
    >)
  | ({ readonly kind: 'filled' } & Picture);
interface Encoding {
  readonly slot: Slot;
  readonly tick: number;
  readonly sampledMs: number;
  readonly held: boolean;
}

export interface Viewer {
  step(input: ViewerInput, nowMs: number): ViewerOutput[];
}

const other = (slot: Slot): Slot => (slot === 0 ? 1 : 0);
export const timestampOf = (tick: number): number => (tick * RTP_STEP) % 2 ** 32;

export function createViewer(settings: ViewerSettings): Viewer {
  const inbox = createPoseInbox();
  const keys = createKeyPolicy();
  const report = createReportKeeper(settings);
  const buffers: [Buffer, Buffer] = [{ kind: 'empty' }, { kind: 'empty' }];
  let governor = firstGovernorState;
  let encoding: Encoding | null = null;
  let open = false;
  let ended = false;
  let version = 0;
  let malformed = 0;
  let failures = 0;
  let retryAtMs = 0;
  let shownSlot: Slot | null = null;
  let sentTick: number | null = null;
  let lastEncodeMs = -Infinity;
  /** The view since when the head rests; and since when head and scene do. */
  let anchor: Pose | null = null;
  let stillSinceMs = 0;
  let out: ViewerOutput[] = [];

  const end = (reason: string): void => {
    if (!ended) out.push({ kind: 'end', reason });
    ended = true;
  };
  const isNew = (tick: number): boolean => sentTick === null || isAfter(tick, sentTick);

  /** The picture last shown, while it may still stand for newer ticks (V2, V8). */
  function heldPicture(): Picture | null {
    const buffer = shownSlot === null ? null : buffers[shownSlot];
    return buffer?.kind === 'filled' && buffer.version === version ? buffer : null;
  }

  function startRender(nowMs: number): void {
    const fresh = inbox.fresh(nowMs);
    if (!fresh || nowMs < retryAtMs || buffers.some((buffer) => buffer.kind === 'rendering')) return;
    const held = heldPicture();
    const same = held !== null && sameView(held.pose, fresh.pose);
    if (same && held.quality === REST) return;
    const still = nowMs - stillSinceMs >= STILL_MS;
    if (same && !still) return;
    if (encoding && !encoding.held && sharesCores(buffers[encoding.slot])) return;
    const slot = ([0, 1] as const).find(
      (s) => encoding?.slot !== s && !(same && s === shownSlot) && !isWaiting(s),
    );
    if (slot === undefined) return;
    const quality = same ? REST : motionQuality(governor);
    const { pose, sampledMs } = fresh;
    if (shownSlot === slot) shownSlot = null;
    buffers[slot] = {
      kind: 'rendering',
      aborting: false,
      pose,
      sampledMs,
      quality,
      version,
      renderStartMs: nowMs,
    };
    out.push({ kind: 'render', slot, pose, quality });
  }

  /** V11 */
  const sharesCores = (buffer: Buffer): boolean =>
    settings.cores <= FEW_CORES && buffer.kind === 'filled' && buffer.stats.backend?.name === 'cpu';

  function isWaiting(slot: Slot): boolean {
    const buffer = buffers[slot];
    return buffer.kind === 'filled' && !buffer.shown;
  }

  /** V7: a full-quality render that nobody waits for any more is stopped. */
  function stopLateRender(nowMs: number): void {
    const fresh = inbox.fresh(nowMs);
    for (const slot of [0, 1] as const) {
      const buffer = buffers[slot];
      if (buffer.kind !== 'rendering' || buffer.aborting || buffer.quality !== REST) continue;
      if (buffer.version === version && (!fresh || sameView(buffer.pose, fresh.pose))) continue;
      if (motionQuality(governor) === REST) continue;
      buffers[slot] = { ...buffer, aborting: true };
      out.push({ kind: 'abort-render', slot });
    }
  }

  function startEncode(nowMs: number): void {
    if (encoding) return;
    const fresh = inbox.fresh(nowMs);
    for (const slot of [0, 1] as const) {
      const buffer = buffers[slot];
      if (buffer.kind !== 'filled' || buffer.shown) continue;
      const renamed = fresh && buffer.version === version && sameView(buffer.pose, fresh.pose);
      const name = renamed ? fresh : { pose: buffer.pose, sampledMs: buffer.sampledMs };
      if (nowMs - buffer.readyMs > MAX_WAIT_MS || !isNew(name.pose.tick)) {
        buffers[slot] = { kind: 'empty' };
        continue;
      }
      return encode(slot, buffer, name.pose.tick, name.sampledMs, nowMs);
    }
    const held = heldPicture();
    if (!held || !fresh || !isNew(fresh.pose.tick) || !sameView(held.pose, fresh.pose)) return;
    if (nowMs - lastEncodeMs < HOLD_MS && !keys.due(nowMs)) return;
    encode(shownSlot!, held, fresh.pose.tick, fresh.sampledMs, nowMs);
  }

  function encode(slot: Slot, picture: Picture, tick: number, sampledMs: number, nowMs: number): void {
    const key = keys.due(nowMs);
    if (key) keys.made(nowMs);
    encoding = { slot, tick, sampledMs, held: picture.shown };
    buffers[slot] = { ...picture, kind: 'filled', shown: true };
    shownSlot = slot;
    lastEncodeMs = nowMs;
    sentTick = tick;
    const { renderedWidth, renderedHeight } = picture.stats;
    const converged = picture.quality === REST;
    const id = { tick: tick & 0xffffff, renderedWidth, renderedHeight, mono: picture.pose.mono, converged };
    out.push({ kind: 'encode', slot, id, key, bitrateKbps: settings.bitrateKbps });
  }

  function onCoded(input: ViewerInput & { kind: 'coded' }, nowMs: number): void {
    const done = encoding;
    const picture = buffers[input.slot];
    encoding = null;
    failures = 0;
    if (!done || picture.kind !== 'filled') return;
    governor = stepGovernor(governor, { kind: 'encoded', ms: input.encodeMs }, nowMs);
    if (nowMs - done.sampledMs > MAX_CODED_AGE_MS) return keys.insist();
    out.push({ kind: 'send', timestamp: timestampOf(done.tick) });
    const { backend } = picture.stats;
    const record = {
      tick: done.tick,
      poseMs: done.sampledMs,
      renderStartMs: picture.renderStartMs,
      renderMs: picture.stats.ms,
      encodeMs: input.encodeMs,
      sentMs: nowMs,
      bytes: input.bytes,
      key: input.key,
      held: done.held,
      renderedWidth: picture.stats.renderedWidth,
      renderedHeight: picture.stats.renderedHeight,
      quality: picture.quality,
      governor: picture.quality === REST ? 'at rest, full quality' : governor.words,
      backend: backend && `${backend.name} ${backend.isa}`,
    };
    report.sent(record, nowMs);
    out.push({ kind: 'record', record });
  }

  function onRendered(slot: Slot, stats: FrameStats, nowMs: number): void {
    const buffer = buffers[slot];
    if (buffer.kind !== 'rendering') return;
    failures = 0;
    const { aborting: _, ...made } = buffer;
    // What was not marched in the detail asked for says so, and teaches of what it was.
    const quality = atLevel(made.quality, stats.level);
    buffers[slot] = { ...made, quality, kind: 'filled', stats, readyMs: nowMs, shown: false };
    // Only one finished picture waits: the newest.
    const rest = other(slot);
    if (isWaiting(rest) && encoding?.slot !== rest) buffers[rest] = { kind: 'empty' };
    // What others made it wait for counts; a look that had to be made first does not.
    const tookMs = nowMs - buffer.renderStartMs;
    const ms = tookMs < MAX_WAIT_SHARE * stats.ms ? tookMs : stats.ms;
    const eyePixels = settings.fullWidth * settings.fullHeight * (buffer.pose.mono ? 2 : 1);
    if (buffer.quality !== REST || motionQuality(governor) === REST)
      governor = stepGovernor(governor, { kind: 'rendered', quality, ms, eyePixels }, nowMs);
  }

  function onFailure(slot: Slot, what: string, reason: string, nowMs: number): void {
    retryAtMs = nowMs + RETRY_MS;
    buffers[slot] = { kind: 'empty' };
    if (shownSlot === slot) shownSlot = null;
    if (++failures >= MAX_FAILURES) end(`${what} failed ${failures} times in a row: ${reason}`);
  }

  function onMessage(message: ChannelMessage, nowMs: number): void {
    switch (message.kind) {
      case 'pose':
        if (!inbox.take(message.pose, nowMs)) return;
        if (!anchor || !sameView(anchor, message.pose)) {
          anchor = message.pose;
          stillSinceMs = nowMs;
        }
        return;
      case 'ack':
        if (message.poseToShownMs >= 0 && message.poseToShownMs < 10_000)
          governor = stepGovernor(
            governor,
            {
              kind: 'acked',
              poseToShownMs: message.poseToShownMs,
              frameIntervalMs: report.frameIntervalMs(),
            },
            nowMs,
          );
        return;
      case 'key':
        return keys.ask();
      case 'malformed':
        if (++malformed >= MAX_MALFORMED)
          end(`the viewer sent ${malformed} malformed messages, the last one: ${message.reason}`);
    }
  }

  function take(input: ViewerInput, nowMs: number): void {
    switch (input.kind) {
      case 'open':
        open = true;
        return;
      case 'message':
        return onMessage(input.message, nowMs);
      case 'key-asked':
        return keys.ask();
      case 'rendered':
        return onRendered(input.slot, input.stats, nowMs);
      case 'render-failed':
        if (input.aborted && buffers[input.slot].kind === 'rendering')
          buffers[input.slot] = { kind: 'empty' };
        else onFailure(input.slot, 'rendering', input.reason, nowMs);
        return;
      case 'coded':
        return onCoded(input, nowMs);
      case 'encode-failed':
        encoding = null;
        keys.insist();
        return onFailure(input.slot, 'encoding', input.reason, nowMs);
      case 'touch':
        version++;
        stillSinceMs = nowMs;
        return;
      case 'nacked':
        return report.nacked(input.packets);
      case 'wake':
    }
  }

  /** The next moment at which time alone changes something. */
  function wakeAtMs(nowMs: number): number {
    let at = report.dueAtMs();
    if (retryAtMs > nowMs) at = Math.min(at, retryAtMs);
    const held = heldPicture();
    if (held && !encoding) {
      at = Math.min(at, lastEncodeMs + HOLD_MS);
      if (held.quality !== REST) at = Math.min(at, stillSinceMs + STILL_MS);
      at = Math.min(at, keys.dueAtMs() ?? at);
    }
    return at > nowMs ? at : nowMs + HOLD_MS / 4;
  }

  return {
    step(input, nowMs) {
      out = [];
      if (ended) return out;
      take(input, nowMs);
      if (open && !ended) {
        stopLateRender(nowMs);
        startEncode(nowMs);
        startRender(nowMs);
        const due = report.take(nowMs, governor.encodeMs);
        if (due) out.push({ kind: 'report', report: due });
        out.push({ kind: 'wake', atMs: wakeAtMs(nowMs) });
      }
      return out;
    },
  };
}
