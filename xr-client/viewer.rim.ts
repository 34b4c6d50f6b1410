/**
 * The viewer: wires room, stream, picture, scene and tools, and turns over once per display frame.
 * One display frame: sample the eyes -> send their pose -> draw the newest picture for them -> say how old it is.
 */
import type { Camera } from '@babylonjs/core/Cameras/camera.js';
import type { Presence } from '../shared/protocol/messages.ts';
import type { Pose } from '../shared/protocol/channel.ts';
import type { FrameId } from '../shared/protocol/strip.ts';
import { invert, multiply, transformPoint, type Mat4 } from '../shared/geometry/mat4.ts';
import { GROUND_CODES } from '../shared/scene/ground.ts';
import { layoutOfPicture, eyeSizeFor } from './picture/picture-size.ts';
import { ageOf } from './picture/age.ts';
import { createPictureMesh } from './picture/picture-mesh.ts';
import type { PicturePlanes } from './picture/plane-textures.ts';
import { eyeFromWorld as deskEyeFromWorld } from './pose/desk-view.ts';
import { worldFromTwin } from './pose/placement.ts';
import { samplePose, type EyeView } from './pose/pose-clock.ts';
import { leadOf, type HeadSample } from './pose/predict.ts';
import { conjugate, multiplyQuat, quatOfMatrix } from './pose/quaternion.ts';
import { createStage } from './scene/stage.ts';
import { greyOf } from './scene/show-age.ts';
import { createDesk } from './scene/desk.ts';
import { createDisplayFrames } from './scene/display-frames.ts';
import type { DrawVerdict } from './scene/redraw.ts';
import { createHeadset } from './scene/headset.rim.ts';
import { createPeople } from './scene/people.ts';
import { createClipFrame } from './scene/clip-frame.ts';
import { keepStream } from './session/stream-keeper.rim.ts';
import { createPictureGate } from './session/picture-gate.ts';
import type { RoomViewer } from './session/room-viewer.rim.ts';
import type { Viewer, ViewerState } from './session/viewer-state.ts';
import { createActions } from './tools/actions.ts';
import { installProbe } from './probe.ts';

export interface OpenViewer {
  readonly viewer: Viewer;
  close(): void;
}

const EYE_PIXELS = 2 * 640 * 640;
const HEADSET_EYES = [640, 640] as const;
const PRESENCE_MS = 66;
const REPORT_MS = 500;
/** A page that was hidden for a while says nothing of how fast it draws. */
const MOST_DRAW_DELAY_MS = 100;

/** #0D1014: the calm room. */
const ROOM_CODES = [13 / 255, 16 / 255, 20 / 255] as const;

const matrixOf = (m: { readonly m: ArrayLike<number> }): Mat4 => Array.from(m.m);

/** What tells one shown volume from another: which it is and where it lies. */
const nameOfShown = ({ scene, volume }: ViewerState): string | null =>
  volume && [scene?.seriesInstanceUid, scene?.volumeId, volume.dims, volume.lpsFromIndex].join();

/** Opens the viewer in `root`, a `.viewer` box. */
export function openViewer(
  root: HTMLElement,
  room: RoomViewer,
  options: { readonly onLeave: () => void; readonly probe: boolean },
): OpenViewer {
  const { store } = room;
  const canvas = document.createElement('canvas');
  canvas.className = 'picture';
  canvas.tabIndex = 0;
  canvas.setAttribute('aria-label', 'The patient’s anatomy in three dimensions');
  root.append(canvas);

  const stage = createStage(canvas);
  stage.setGround(GROUND_CODES, 1);
  const desk = createDesk(root, canvas, room);
  const headset = createHeadset(root, stage, room);
  const frames = createDisplayFrames(stage.inSoftware, stage.setDrawScale);
  const people = createPeople(stage.scene);
  const clipFrame = createClipFrame(stage.scene);

  /** Whose placement and eyes are in force. */
  const inHeadset = (): boolean => headset.mode() !== 'desk';
  const placement = (): Mat4 => worldFromTwin(inHeadset() ? headset.placement() : desk.placement());

  const picture = createPictureMesh(stage.scene, () => {
    const camera = stage.scene.activeCamera as Camera & { readonly isRightCamera?: boolean };
    return {
      eye: camera.isRightCamera ? 1 : 0,
      clipFromEye: matrixOf(camera.getProjectionMatrix()),
      eyeFromTwin: multiply(matrixOf(camera.getViewMatrix()), placement()),
    };
  });

  const gate = createPictureGate();
  let tick = 0;
  let shown = { tick: 0, converged: false };
  let shownSampleMs: number | null = null;
  /** The same of what was drawn last. */
  let onScreenSampleMs: number | null = null;
  let shownDelayMs = 40;
  /** When the newest picture was taken, and what pictures lately waited from there to their drawing. */
  let takenMs = 0;
  let drawDelayMs = 0;
  let lastHead: HeadSample | null = null;
  let held = false;
  let drawingFailed = false;
  let presenceAtMs = 0;
  let report = { atMs: performance.now(), frames: 0 };

  const showPicture = (planes: PicturePlanes, pose: Pose, id: FrameId): void => {
    if (!gate.lets(pose.tick) || !layoutOfPicture(planes.width, planes.height)) return;
    takenMs = performance.now();
    picture.show(planes, pose, id);
    shown = { tick: pose.tick, converged: id.converged };
    shownSampleMs = pose.sampleTimeMs;
    shownDelayMs += (performance.now() - pose.sampleTimeMs - shownDelayMs) * 0.1;
    store.set({ fidelity: id.converged ? 'full' : 'sharpening' });
  };
  const stream = keepStream(room, showPicture, () => drawDelayMs);
  const wantDeskEyes = (): void =>
    stream.wantEyes(...eyeSizeFor(canvas.clientWidth / Math.max(canvas.clientHeight, 1), EYE_PIXELS));
  wantDeskEyes();

  function showVolume(state: ViewerState): void {
    if (gate.show(nameOfShown(state), tick)) {
      picture.clear();
      shownSampleMs = null;
      store.set({ fidelity: 'none' });
    }
    if (!state.volume) return;
    desk.fit(state.volume);
    headset.fit(state.volume);
  }
  // A room entered from the studies shows its volume already.
  showVolume(store.get());

  const unsubscribe = store.subscribe((state, before) => {
    if (state.volume !== before.volume) showVolume(state);
    if (state.mode !== before.mode) {
      const atDesk = state.mode === 'desk';
      picture.setOpaque(atDesk);
      root.classList.toggle('immersive', !atDesk);
      stage.setGround(atDesk ? GROUND_CODES : ROOM_CODES, state.mode === 'ar' ? 0 : 1);
      frames.leave();
      stage.setDrawScale(1);
      if (atDesk) wantDeskEyes();
      wantedAspect = null;
    }
  });

  /** Of a headset's eyes, or of the one view of a tablet: what the pictures are asked for in. */
  let wantedAspect: number | null = null;
  function wantEyesFor(views: readonly EyeView[]): void {
    const first = views[0];
    if (!first) return;
    // A tablet that is turned on its side sees another shape.
    const aspect = views.length === 1 ? first.clipFromEye[5]! / first.clipFromEye[0]! : 1;
    if (wantedAspect !== null && Math.abs(aspect / wantedAspect - 1) < 0.1) return;
    wantedAspect = aspect;
    stream.wantEyes(...(views.length === 1 ? eyeSizeFor(aspect, EYE_PIXELS) : HEADSET_EYES));
  }

  function sample(views: readonly EyeView[], head: HeadSample | null, nowMs: number): void {
    const lead = head && lastHead ? leadOf(lastHead, head, shownDelayMs) : null;
    lastHead = head;
    if (held || views.length === 0) return;
    const pose = { tick: ++tick, sampleTimeMs: nowMs, views, worldFromTwin: placement(), head, lead };
    stream.sendPose(samplePose(pose));
  }

  function present(views: readonly EyeView[], nowMs: number): void {
    const first = views[0];
    if (!first || nowMs - presenceAtMs < PRESENCE_MS) return;
    presenceAtMs = nowMs;
    const twinFromWorld = invert(placement());
    const turn = conjugate(quatOfMatrix(placement()));
    const worldFromEye = invert(first.eyeFromWorld);
    const head = inHeadset() ? headset.head() : null;
    const presence: Presence = {
      head: {
        position: [
          ...transformPoint(twinFromWorld, head?.position ?? transformPoint(worldFromEye, [0, 0, 0])),
        ],
        rotation: [...multiplyQuat(turn, head?.rotation ?? quatOfMatrix(worldFromEye))],
      },
      hands: (inHeadset() ? headset.hands() : []).slice(0, 2).map((hand) => ({
        position: [...transformPoint(twinFromWorld, hand.grip.position)],
        rotation: [...multiplyQuat(turn, hand.grip.rotation)],
      })),
    };
    room.sendPresence(presence);
  }

  /** What a drawing at a desk depends on, apart from the view and the picture. */
  function drawn(): readonly unknown[] {
    const { scene, volume, people: present, viewerId } = store.get();
    const size = [canvas.width, canvas.height];
    return [
      ...size,
      picture.mesh.isVisible,
      scene?.clip,
      volume,
      present,
      viewerId,
      ...room.presences.values(),
    ];
  }

  /** A drawing that fails must not end the turns: an old picture would stand there and not say so. */
  function draw(): boolean {
    try {
      stage.scene.render();
      return true;
    } catch (error) {
      if (!drawingFailed)
        room.fail('picture', `The picture could not be drawn: ${String(error)}. Reload the page.`);
      drawingFailed = true;
      return false;
    }
  }

  /** One display frame. */
  function turn(): void {
    const nowMs = performance.now();
    const state = store.get();
    const view = inHeadset() ? null : desk.view();
    if (view) stage.lookFrom(view);
    const views: readonly EyeView[] = view
      ? [
          {
            eyeFromWorld: deskEyeFromWorld(view),
            clipFromEye: matrixOf(stage.deskCamera.getProjectionMatrix(true)),
          },
        ]
      : headset.views();
    if (!view) wantEyesFor(views);
    sample(views, view ? null : headset.head(), nowMs);
    stream.watch(nowMs);
    present(views, nowMs);

    const worldTwin = placement();
    room.forgetSilent(nowMs);
    people.show(state.people, room.presences, state.viewerId, worldTwin);
    clipFrame.show(state.scene?.clip ?? null, state.volume, worldTwin);
    picture.mesh.isVisible = state.volume !== null && shownSampleMs !== null;
    const seen = {
      view: [...(views[0]?.eyeFromWorld ?? []), ...worldTwin],
      sharpens: picture.mesh.isVisible && !shown.converged,
    };
    let verdict: DrawVerdict = 'draw';
    if (view) verdict = frames.judge({ ...seen, picture: picture.version, rest: drawn() }, nowMs);
    else headset.setDrawScale(frames.pace(seen, nowMs));

    picture.setCoarse(frames.isCoarse());

    // The age is that of what is on the screen after this frame, not of what waits for its turn.
    const former = onScreenSampleMs;
    if (verdict !== 'later') onScreenSampleMs = shownSampleMs;
    if (onScreenSampleMs !== former)
      drawDelayMs += (Math.min(nowMs - takenMs, MOST_DRAW_DELAY_MS) - drawDelayMs) * 0.1;
    const age = picture.mesh.isVisible ? ageOf(onScreenSampleMs, nowMs) : ({ kind: 'none' } as const);
    // Fresh ages differ every frame and say nothing new: only what a person can see is a change.
    const fresh =
      age.kind === 'fresh' && state.age.kind === 'fresh' && Math.abs(age.ageMs - state.age.ageMs) < 15;
    if (age.kind !== 'none' || state.age.kind !== 'none') if (!fresh) store.set({ age });
    picture.setGrey(greyOf(age));
    if (view && views[0]) desk.showFurniture(views[0]);
    else headset.show(nowMs);

    report.frames++;
    if (nowMs - report.atMs >= REPORT_MS) {
      store.set({ received: stream.report(nowMs - report.atMs, report.frames) });
      report = { atMs: nowMs, frames: 0 };
    }

    if (verdict === 'draw' && !draw()) onScreenSampleMs = former;
  }

  const actions = createActions(room, desk, headset, options.onLeave);
  desk.listen(actions);
  headset.listen(actions);
  const resize = new ResizeObserver(() => {
    if (!inHeadset()) stage.engine.resize();
  });
  resize.observe(canvas);
  stage.engine.runRenderLoop(turn);

  const viewer: Viewer = { state: () => store.get(), subscribe: store.subscribe, actions };
  const uninstall = options.probe
    ? installProbe({
        stage,
        viewer,
        holdPoses: (value) => (held = value),
        placement: () => placement(),
        setPlacement: (value) => headset.place(value),
        counts: () => stream.counts,
        ticks: () => ({ sampled: tick, shown: shown.tick, converged: shown.converged }),
        desk,
      })
    : (): void => {};

  return {
    viewer,
    close: () => {
      uninstall();
      unsubscribe();
      resize.disconnect();
      stream.close();
      void headset.exit();
      desk.remove();
      picture.dispose();
      stage.dispose();
      canvas.remove();
    },
  };
}
