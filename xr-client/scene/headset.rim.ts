/**
 * The twin in a headset or, through a tablet's one view, on a table: the session, its eyes and hands, where the twin
 * stands, and the calm room around it.
 */
import { WebXRExperienceHelper } from '@babylonjs/core/XR/webXRExperienceHelper.js';
import type { WebXRRenderTarget } from '@babylonjs/core/XR/webXRTypes.js';
import { fromPose, invert, transformPoint, type Vec3 } from '../../shared/geometry/mat4.ts';
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import { mayEdit } from '../../shared/roles.ts';
import { placeBefore, worldFromTwin, type Placement } from '../pose/placement.ts';
import type { EyeView } from '../pose/pose-clock.ts';
import type { HeadSample } from '../pose/predict.ts';
import { NO_TURN } from '../pose/quaternion.ts';
import type { RoomViewer } from '../session/room-viewer.rim.ts';
import type { ViewerActions, ViewerMode } from '../session/viewer-state.ts';
import { handlePoint, longestSideM, planeInLps, planeInTwin, twinFromLpsOf } from '../tools/clip.ts';
import { IDLE_HANDS, stepHands, type Hand } from '../tools/hands.ts';
import type { WindowValue } from '../tools/window.ts';
import { createCalmRoom } from './calm-room.ts';
import { createHandShapes } from './hand-shapes.ts';
import { createHeadsetFurniture } from './headset-furniture.ts';
import { createHeadsetWords } from './headset-words.ts';
import { createPalette } from './palette.ts';
import type { Stage } from './stage.ts';
import { createTablet } from './tablet.rim.ts';
import { readHands } from './xr-hands.ts';

export interface Headset {
  mode(): ViewerMode;
  placement(): Placement;
  place(placement: Placement): void;
  views(): readonly EyeView[];
  head(): HeadSample | null;
  hands(): readonly Hand[];
  eyeInTwin(): Vec3;
  /** Screen pixels per drawn pixel, along a side, from the next frame on. Said every frame: sessions begin late, and forget. */
  setDrawScale(scale: number): void;
  enter(mode: 'vr' | 'ar'): Promise<void>;
  exit(): Promise<void>;
  fit(volume: ShownVolume): void;
  recentre(): void;
  trueSize(): void;
  listen(actions: ViewerActions): void;
  show(nowMs: number): void;
}

/** Edits of a plane that is held, or a window that is dragged, go to the room at most this often. */
const EDIT_EVERY_MS = 40;

/** `root`: the viewer's box; a tablet's words and buttons are put into it. */
export function createHeadset(root: HTMLElement, stage: Stage, room: RoomViewer): Headset {
  const { store } = room;
  let helper: WebXRExperienceHelper | null = null;
  let target: WebXRRenderTarget | null = null;
  let mode: ViewerMode = 'desk';
  /** Asked for, and no frame of it yet. */
  let entering: 'vr' | 'ar' | null = null;
  let placement: Placement = { position: [0, 1.2, -0.9], rotation: NO_TURN, scale: 1 };
  let placed = false;
  let views: readonly EyeView[] = [];
  let head: HeadSample | null = null;
  let hands: readonly Hand[] = [];
  let handsState = IDLE_HANDS;
  let clipSentMs = 0;
  let windowSentMs = 0;
  /** The newest window of a drag, till it may be sent. */
  let windowWaits: { readonly window: WindowValue; readonly merge: boolean } | null = null;
  let actions: ViewerActions | null = null;
  const calmRoom = createCalmRoom(stage.scene);
  const shapes = createHandShapes(stage.scene);
  const furniture = createHeadsetFurniture(stage.scene);
  const words = createHeadsetWords(stage.scene);
  const palette = createPalette(stage.scene);
  const tablet = createTablet(root, stage.scene, room, {
    place: set,
    leave: () => void helper?.exitXRAsync(),
  });

  async function prepare(): Promise<void> {
    const xr = navigator.xr;
    const offers = (kind: XRSessionMode): Promise<boolean> =>
      xr ? xr.isSessionSupported(kind).catch(() => false) : Promise.resolve(false);
    const [vr, ar] = await Promise.all([offers('immersive-vr'), offers('immersive-ar')]);
    if (vr || ar) {
      helper = await WebXRExperienceHelper.CreateAsync(stage.scene);
      target = helper.sessionManager.getWebXRRenderTarget();
      helper.sessionManager.onXRFrameObservable.add(onFrame);
      helper.sessionManager.onXRSessionEnded.add(onEnd);
    }
    store.set({ immersive: { vr, ar } });
  }
  void prepare().catch(() => store.set({ immersive: { vr: false, ar: false } }));

  const worldFromHead = (): number[] | null => head && [...fromPose(head.rotation, head.position)];
  function recentre(): void {
    const { volume } = store.get();
    const at = worldFromHead();
    if (!volume || !at) return;
    set(placeBefore(at, longestSideM(volume)));
    placed = true;
  }
  function set(next: Placement): void {
    placement = next;
    store.set({ scale: next.scale });
  }

  /** With the session's first frame, before it is drawn: no frame in a headset has the desk's placement. */
  function begin(): void {
    if (!entering) return;
    mode = entering;
    entering = null;
    placed = false;
    calmRoom.setEnabled(mode === 'vr');
    store.set({ mode });
  }

  function onFrame(frame: XRFrame): void {
    begin();
    const session = helper?.sessionManager.session;
    const space = helper?.sessionManager.referenceSpace;
    const pose = session && space && frame.getViewerPose(space);
    if (!session || !space || !pose) {
      views = [];
      hands = [];
      return;
    }
    const { position: p, orientation: q } = pose.transform;
    head = { timeMs: performance.now(), position: [p.x, p.y, p.z], rotation: [q.x, q.y, q.z, q.w] };
    const eyes = [...pose.views].filter((view) => view.eye !== 'none');
    // A tablet has one view, and it is no eye's.
    const seen = eyes.length > 0 ? eyes : [...pose.views].slice(0, 1);
    views = seen
      .toSorted((a, b) => (a.eye === b.eye ? 0 : a.eye === 'left' ? -1 : 1))
      .map((view) => ({
        eyeFromWorld: invert([...view.transform.matrix]),
        clipFromEye: [...view.projectionMatrix],
      }));
    hands = readHands(frame, session, space);
    if (!placed) recentre();
    if (mode === 'ar' && views.length === 1) tablet.turn(frame, space, head.position, placement);
  }

  function onEnd(): void {
    mode = 'desk';
    entering = null;
    views = [];
    head = null;
    hands = [];
    placed = false;
    calmRoom.setEnabled(false);
    shapes.show([]);
    furniture.hide();
    words.hide();
    palette.hide();
    stage.scene.activeCamera = stage.deskCamera;
    store.set({ mode: 'desk' });
    tablet.close();
    stage.engine.resize();
  }

  function setDrawScale(scale: number): void {
    const { sessionManager } = helper ?? {};
    if (!sessionManager?.inXRSession) return;
    // An emulated session draws into the page's own canvas. Made anew within a frame it would stay empty for that one.
    if (!sessionManager.session.renderState.baseLayer?.framebuffer) {
      if (!stage.drawsAt(scale)) setTimeout(() => mode !== 'desk' && stage.setDrawScale(scale));
    } else
      for (const index of views.keys())
        if (sessionManager.isViewportScaleSupported(index))
          sessionManager.requestViewportScale(index, 1 / scale);
  }

  function useHands(nowMs: number): void {
    const state = store.get();
    const clip = state.scene?.clip;
    const volume = state.volume;
    const may = state.role !== null && mayEdit(state.role);
    const plane = may && volume && clip ? planeInTwin(clip, twinFromLpsOf(volume)) : null;
    const { pressed, window, goesOn } = palette.point(hands, state);
    const output = stepHands(
      handsState,
      {
        hands,
        placement,
        plane,
        handleInTwin: plane && volume ? handlePoint(plane, longestSideM(volume)) : null,
        clipTool: state.tool === 'clip',
        busy: palette.pointedBy(),
      },
      nowMs,
    );
    const letGo = handsState.plane !== null && output.state.plane === null;
    handsState = output.state;
    if (output.placement !== placement) set(output.placement);
    if (output.plane && volume && (output.planeTaken || letGo || nowMs - clipSentMs > EDIT_EVERY_MS)) {
      clipSentMs = nowMs;
      room.applyOp(
        { kind: 'set-clip', clip: planeInLps(output.plane, twinFromLpsOf(volume)) },
        { merge: !output.planeTaken },
      );
    }
    if (output.undo) actions?.undo();
    if (output.recentre) recentre();
    const look = state.scene?.look;
    if (window && may) windowWaits = { window, merge: goesOn };
    if (windowWaits && look && (!windowWaits.merge || nowMs - windowSentMs > EDIT_EVERY_MS)) {
      windowSentMs = nowMs;
      const { merge } = windowWaits;
      room.applyOp(
        { kind: 'set-look', look: { preset: look.preset, window: windowWaits.window } },
        { merge },
      );
      windowWaits = null;
    }
    if (pressed && actions) palette.press(pressed, store.get(), actions, (op) => room.applyOp(op));
  }

  return {
    mode: () => mode,
    placement: () => placement,
    place: set,
    views: () => views,
    head: () => head,
    hands: () => hands,
    setDrawScale,
    eyeInTwin: () => (head ? transformPoint(invert(worldFromTwin(placement)), head.position) : [0, 0, 1]),
    enter: async (wanted) => {
      if (!helper || !target) throw new Error('this browser offers no such session');
      entering = wanted;
      try {
        const ar = wanted === 'ar' ? tablet.wishes : { optionalFeatures: [] };
        await helper.enterXRAsync(wanted === 'vr' ? 'immersive-vr' : 'immersive-ar', 'local-floor', target, {
          ...ar,
          optionalFeatures: ['hand-tracking', ...ar.optionalFeatures],
        });
        const { session } = helper.sessionManager;
        if (wanted === 'ar' && session) tablet.open(session);
      } catch (error) {
        entering = null;
        throw error;
      }
      // The session's camera is the scene's already, whether or not its first frame came.
      begin();
    },
    exit: async () => {
      if (mode !== 'desk') await helper?.exitXRAsync();
    },
    fit: () => {
      // Another volume stands where the first was put, fitted anew.
      if (tablet.on()) tablet.fit();
      else if (mode !== 'desk') recentre();
    },
    recentre: () => (tablet.on() ? tablet.again() : recentre()),
    trueSize: () => (tablet.on() ? tablet.trueSize() : set({ ...placement, scale: 1 })),
    listen: (given) => {
      actions = given;
    },
    show: (nowMs) => {
      if (!head) return;
      useHands(nowMs);
      shapes.show(hands);
      furniture.show(store.get(), head, placement);
      // A tablet has words of its own.
      if (tablet.on()) words.hide();
      else words.show(store.get(), head, placement, nowMs);
      palette.show(store.get(), hands, head);
      tablet.show(nowMs);
    },
  };
}
