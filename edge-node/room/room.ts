/**
 * A room: people around one scene. The node's copy of the scene is the truth; everything here is `step`.
 *
 * R1  Who joins gets a welcome (the scene, the people, the study); everybody else gets the people.
 * R2  Roles that may not see identifiers get the study without them.
 * R3  Names are cleaned and cut; nameless people are numbered guests. Ids and colours come from the node.
 * R4  A room holds MAX_PEOPLE; one more is closed (forbidden).
 * R5  Presence goes to the others, at most 30 a second from each, and is kept nowhere.
 * R6  A viewer's stream starts when asked; signals before it ever was are out of order (malformed).
 * R7  Eyes of a size that no picture has close the socket (malformed).
 * R8  Streams asked for faster than one a second (bursts of 5) close the socket (tooFast): each costs an encoder.
 *
 * E1  Only roles that may edit do: others' edits are discarded, with a reason.
 * E2  An edit of the present version is committed.
 * E3  An edit of an older version is rebased where it is still valid, discarded where not.
 * E4  An edit of a version yet to come, or an id not above the viewer's last, is out of order (malformed).
 * E5  An edit made goes to everybody as the whole scene, its author after the answer.
 * E6  A phase, series or volume that does not exist is discarded.
 *
 * L1  The first who joins an idle room starts its load; who joins during one gets the latest progress.
 * L2  What a load that was replaced or cancelled still says is not heard.
 * L3  While nothing is shown, nothing of an earlier volume is: `shown` is null from set-volume until the load ends.
 * L4  A failed load is said to all; a room that showed something before goes back to it.
 * L5  cancel-load is for roles that may edit; it ends the load as a failure of code 'aborted'.
 * L6  A volume whose values have no fixed scale gets its window said when shown, as an edit by the node; a look
 *     chosen for it without a window gets the same one. What the scene says is what is rendered.
 * L7  An empty room is released after EMPTY_MS.
 */
import { CLOSE, PROTOCOL_VERSION } from '../../shared/protocol/messages.ts';
import type { FromNode, Person, ShownVolume, Signal } from '../../shared/protocol/messages.ts';
import { RTP_STEP } from '../../shared/protocol/channel.ts';
import { mayEdit, maySeeIdentifiers, type Role } from '../../shared/roles.ts';
import type { Look, Op, Scene } from '../../shared/scene/index.ts';
import type { Progress, StudyEntry } from '../../shared/volume.ts';
import type { AuditKind } from '../store/index.ts';
import { fullBucket, take, type Bucket } from './bucket.ts';
import { edit } from './edit.ts';
import { withoutIdentifiers } from './opening-scene.ts';
import type { RoomMessage } from './session.ts';

export const MAX_PEOPLE = 24;
export const EMPTY_MS = 120_000;
export const PRESENCE_RULE = { perSecond: 30, burst: 30 };
export const STREAM_RULE = { perSecond: 1, burst: 5 };
export const MAX_EYE_PX = 1024;
const COLOURS = ['#4cc2b0', '#e69f00', '#56b4e9', '#cc79a7', '#f0e442', '#d55e00', '#8fa8ff', '#b8d98a'];

export type RoomInput =
  | {
      readonly kind: 'join';
      readonly viewerId: string;
      readonly role: Role;
      readonly name: string;
      readonly device: Person['device'];
    }
  | { readonly kind: 'message'; readonly viewerId: string; readonly message: RoomMessage }
  | { readonly kind: 'leave'; readonly viewerId: string }
  | { readonly kind: 'progress'; readonly load: number; readonly progress: Progress }
  | {
      readonly kind: 'shown';
      readonly load: number;
      readonly volume: ShownVolume;
      /** What a look without a window is shown with; null where that is its preset's. */
      readonly window: Look['window'];
    }
  | { readonly kind: 'load-failed'; readonly load: number; readonly code: string; readonly text: string }
  | { readonly kind: 'tick' };

export type RoomOutput =
  | { readonly kind: 'send'; readonly viewerId: string; readonly message: FromNode }
  | { readonly kind: 'close'; readonly viewerId: string; readonly code: number; readonly reason: string }
  | {
      readonly kind: 'load';
      readonly load: number;
      readonly seriesInstanceUid: string;
      readonly volumeId: string;
    }
  | { readonly kind: 'cancel-load'; readonly load: number }
  | {
      readonly kind: 'start-stream';
      readonly viewerId: string;
      readonly eyeWidth: number;
      readonly eyeHeight: number;
    }
  | { readonly kind: 'signal'; readonly viewerId: string; readonly signal: Signal }
  | { readonly kind: 'stop-stream'; readonly viewerId: string }
  /** The scene changed: every stream renders again. */
  | { readonly kind: 'touch' }
  | { readonly kind: 'audit'; readonly event: AuditKind; readonly detail: string }
  | { readonly kind: 'release' };

interface Seat {
  readonly person: Person;
  readonly lastOpId: number | null;
  readonly streaming: boolean;
  readonly presence: Bucket;
  readonly streams: Bucket;
}

type Stage =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading'; readonly load: number; readonly progress: Progress | null }
  | { readonly kind: 'shown'; readonly volume: ShownVolume; readonly window: Look['window'] };

export interface Room {
  step(input: RoomInput, nowMs: number): readonly RoomOutput[];
  readonly scene: Scene;
  readonly people: readonly Person[];
  /** True while the volume of the scene is ready: only then may its voxels be rendered. */
  readonly shown: boolean;
}

/** Without control and formatting characters, at most 40 characters long. */
export const cleanName = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, 40);

export function createRoom(
  start: { readonly study: StudyEntry; readonly scene: Scene },
  nowMs: number,
): Room {
  const { study } = start;
  let scene = start.scene;
  let volumeSinceVersion = 0;
  let stage: Stage = { kind: 'idle' };
  /** The last volume that was shown, to go back to. */
  let lastShown: Pick<Scene, 'seriesInstanceUid' | 'volumeId' | 'look'> | null = null;
  let loads = 0;
  let guests = 0;
  let emptySinceMs: number | null = nowMs;
  let released = false;
  const seats = new Map<string, Seat>();

  const people = (): Person[] => [...seats.values()].map((seat) => seat.person);
  const send = (viewerId: string, message: FromNode): RoomOutput => ({ kind: 'send', viewerId, message });
  const toAll = (message: FromNode, except?: string): RoomOutput[] =>
    [...seats.keys()].filter((id) => id !== except).map((id) => send(id, message));
  const audit = (event: AuditKind, detail: string): RoomOutput => ({ kind: 'audit', event, detail });

  function startLoad(): RoomOutput[] {
    const before: RoomOutput[] = stage.kind === 'loading' ? [{ kind: 'cancel-load', load: stage.load }] : [];
    stage = { kind: 'loading', load: ++loads, progress: null };
    const { seriesInstanceUid, volumeId } = scene;
    return [...before, { kind: 'load', load: loads, seriesInstanceUid, volumeId }];
  }

  /** Puts a scene in place and says so to all; a change of volume (or `retry` after a failure) starts its load. */
  function put(next: Scene, by: string, retry = false): RoomOutput[] {
    const otherVolume =
      next.seriesInstanceUid !== scene.seriesInstanceUid || next.volumeId !== scene.volumeId;
    scene = next;
    if (otherVolume) volumeSinceVersion = scene.version;
    const said = toAll({ kind: 'scene', scene, by });
    const load = otherVolume || (retry && stage.kind === 'idle');
    return [...said, ...(load ? startLoad() : []), { kind: 'touch' }];
  }

  function endLoad(code: string, text: string): RoomOutput[] {
    stage = { kind: 'idle' };
    const said = [...toAll({ kind: 'failure', code, text }), audit('load-failed', code)];
    const back = lastShown;
    if (!back || (back.seriesInstanceUid === scene.seriesInstanceUid && back.volumeId === scene.volumeId))
      return said;
    return [...said, ...put({ ...scene, ...back, version: scene.version + 1, phase: 0, clip: null }, 'node')];
  }

  function remove(viewerId: string): RoomOutput[] {
    const seat = seats.get(viewerId);
    if (!seat) return [];
    seats.delete(viewerId);
    if (seats.size === 0) emptySinceMs = nowMs;
    const stop: RoomOutput[] = seat.streaming ? [{ kind: 'stop-stream', viewerId }] : [];
    return [...stop, ...toAll({ kind: 'people', people: people() }), audit('left', seat.person.role)];
  }

  const expel = (viewerId: string, code: number, reason: string): RoomOutput[] => [
    { kind: 'close', viewerId, code, reason },
    ...remove(viewerId),
  ];
  const outOfOrder = (viewerId: string, reason: string): RoomOutput[] =>
    expel(viewerId, CLOSE.malformed, reason);

  /** Whoever comes back after a cut brings the name they had: no second person gets it. */
  function nextGuest(): string {
    const taken = new Set(people().map((person) => person.name));
    let name: string;
    do name = `Guest ${++guests}`;
    while (taken.has(name));
    return name;
  }

  function join(input: Extract<RoomInput, { kind: 'join' }>): RoomOutput[] {
    const { viewerId, role, device } = input;
    if (seats.size >= MAX_PEOPLE)
      return [{ kind: 'close', viewerId, code: CLOSE.forbidden, reason: 'this room is full' }];
    const used = new Set(people().map((person) => person.colour));
    const colour = COLOURS.find((one) => !used.has(one)) ?? COLOURS[seats.size % COLOURS.length]!;
    const name = cleanName(input.name) || nextGuest();
    seats.set(viewerId, {
      person: { viewerId, name, role, device, colour },
      lastOpId: null,
      streaming: false,
      presence: fullBucket(PRESENCE_RULE, nowMs),
      streams: fullBucket(STREAM_RULE, nowMs),
    });
    emptySinceMs = null;
    const outputs: RoomOutput[] = [
      send(viewerId, {
        kind: 'welcome',
        version: PROTOCOL_VERSION,
        viewerId,
        role,
        people: people(),
        study: maySeeIdentifiers(role) ? study : withoutIdentifiers(study),
        scene,
        rtpStep: RTP_STEP,
      }),
      ...toAll({ kind: 'people', people: people() }, viewerId),
      audit('joined', role),
    ];
    if (stage.kind === 'shown') outputs.push(send(viewerId, { kind: 'shown', volume: stage.volume }));
    else if (stage.kind === 'idle') outputs.push(...startLoad());
    else if (stage.progress) outputs.push(send(viewerId, { kind: 'progress', progress: stage.progress }));
    return outputs;
  }

  /** A look without a window gets that of the shown volume, if it has one. */
  const withWindow = (op: Op): Op =>
    op.kind === 'set-look' && stage.kind === 'shown'
      ? { ...op, look: { ...op.look, window: op.look.window ?? stage.window } }
      : op;

  function onOp(viewerId: string, seat: Seat, id: number, base: number, op: Op): RoomOutput[] {
    if (seat.lastOpId !== null && id <= seat.lastOpId)
      return outOfOrder(viewerId, `edit ${id} after edit ${seat.lastOpId}`);
    seats.set(viewerId, { ...seat, lastOpId: id });
    const answer = (result: 'commit' | 'rebase' | 'discard', version: number, reason?: string): RoomOutput =>
      send(viewerId, { kind: 'op-result', id, result, version, ...(reason === undefined ? {} : { reason }) });
    if (!mayEdit(seat.person.role))
      return [answer('discard', scene.version, 'In this room you look on; others may change what is shown.')];
    const phases = stage.kind === 'shown' ? stage.volume.phases.length : null;
    const judged = edit({ scene, study, volumeSinceVersion, phases }, base, withWindow(op));
    if (judged.result === 'out-of-order') return outOfOrder(viewerId, judged.reason);
    if (judged.result === 'discard') return [answer('discard', scene.version, judged.reason)];
    return [
      answer(judged.result, judged.scene.version),
      ...put(judged.scene, viewerId, op.kind === 'set-volume'),
      audit('edited', op.kind),
    ];
  }

  function onMessage(viewerId: string, message: RoomMessage): RoomOutput[] {
    const seat = seats.get(viewerId);
    if (!seat) return [];
    switch (message.kind) {
      case 'op':
        return onOp(viewerId, seat, message.id, message.base, message.op);
      case 'presence': {
        const { bucket, ok } = take(seat.presence, PRESENCE_RULE, 1, nowMs);
        seats.set(viewerId, { ...seat, presence: bucket });
        return ok ? toAll({ kind: 'presence', viewerId, presence: message.presence }, viewerId) : [];
      }
      case 'start-stream': {
        const { eyeWidth, eyeHeight } = message;
        const good = (side: number): boolean => side % 16 === 0 && side >= 160 && side <= MAX_EYE_PX;
        if (!good(eyeWidth) || !good(eyeHeight))
          return outOfOrder(viewerId, `an eye of ${eyeWidth} x ${eyeHeight} px`);
        const { bucket, ok } = take(seat.streams, STREAM_RULE, 1, nowMs);
        if (!ok) return expel(viewerId, CLOSE.tooFast, 'too many streams were asked for');
        seats.set(viewerId, { ...seat, streaming: true, streams: bucket });
        return [{ kind: 'start-stream', viewerId, eyeWidth, eyeHeight }];
      }
      case 'signal':
        if (!seat.streaming) return outOfOrder(viewerId, 'a signal before start-stream');
        return [{ kind: 'signal', viewerId, signal: message.signal }];
      case 'cancel-load':
        if (!mayEdit(seat.person.role) || stage.kind !== 'loading') return [];
        return [
          { kind: 'cancel-load', load: stage.load },
          ...endLoad('aborted', `${seat.person.name} stopped the loading.`),
        ];
    }
  }

  function onShown(input: Extract<RoomInput, { kind: 'shown' }>): RoomOutput[] {
    if (stage.kind !== 'loading' || stage.load !== input.load) return [];
    stage = { kind: 'shown', volume: input.volume, window: input.window };
    const outputs: RoomOutput[] = [
      ...toAll({ kind: 'shown', volume: input.volume }),
      audit('loaded', input.volume.modality),
    ];
    const phase = scene.phase < input.volume.phases.length ? scene.phase : 0;
    const window = scene.look.window ?? input.window;
    if (phase !== scene.phase || window !== scene.look.window)
      outputs.push(
        ...put({ ...scene, phase, look: { ...scene.look, window }, version: scene.version + 1 }, 'node'),
      );
    lastShown = { seriesInstanceUid: scene.seriesInstanceUid, volumeId: scene.volumeId, look: scene.look };
    return [...outputs, { kind: 'touch' }];
  }

  return {
    get scene() {
      return scene;
    },
    get people() {
      return people();
    },
    get shown() {
      return stage.kind === 'shown';
    },
    step(input, now) {
      nowMs = now;
      if (released) return [];
      switch (input.kind) {
        case 'join':
          return join(input);
        case 'message':
          return onMessage(input.viewerId, input.message);
        case 'leave':
          return remove(input.viewerId);
        case 'progress':
          if (stage.kind !== 'loading' || stage.load !== input.load) return [];
          stage = { ...stage, progress: input.progress };
          return toAll({ kind: 'progress', progress: input.progress });
        case 'shown':
          return onShown(input);
        case 'load-failed':
          if (stage.kind !== 'loading' || stage.load !== input.load) return [];
          return endLoad(input.code, input.text);
        case 'tick':
          if (emptySinceMs === null || nowMs - emptySinceMs < EMPTY_MS) return [];
          released = true;
          return [
            ...(stage.kind === 'loading'
              ? [{ kind: 'cancel-load', load: stage.load } satisfies RoomOutput]
              : []),
            audit('released', 'empty'),
            { kind: 'release' },
          ];
      }
    },
  };
}
