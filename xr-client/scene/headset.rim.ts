/**
 * The twin in a headset or, through a tablet's one view, on a table: the session, its eyes and hands, where the twin
 * stands, and the calm room around it.
 */
import { WebXRExperienceHelper } from '@babylonjs/core/XR/webXRExperienceHelper.js';
import type { WebXRRenderTarget } from '@babylonjs/core/XR/webXRTypes.js';
import { fromPose, invert, transformPoint, type Vec3 } from '../../shared/geometry/mat4.ts';
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import { mayEdit } from '../../shared/roles.ts';
import { fittedScale, placeBefore, worldFromTwin, type Placement } from '../pose/placement.ts';
import type { EyeView } from '../pose/pose-clock.ts';
import type { HeadSample } from '../pose/predict.ts';
import { NO_TURN } from '../pose/quaternion.ts';
import type { RoomViewer } from '../session/room-viewer.rim.ts';
import type { ViewerActions, ViewerMode } from '../session/viewer-state.ts';
import {
  handlePoint,
  longestSideM,
  planeInLps,
  planeInTwin,
  sidesInTwinM,
  twinFromLpsOf,
} from '../tools/clip.ts';
import { IDLE_HANDS, stepHands, type Hand } from '../tools/hands.ts';
import { lookForTable, placeOn, stepTable, type Table, type TableInput } from '../tools/table.ts';
import type { WindowValue } from '../tools/window.ts';
import { createCalmRoom } from './calm-room.ts';
import { createHandShapes } from './hand-shapes.ts';
import { createHeadsetFurniture } from './headset-furniture.ts';
import { createPalette } from './palette.ts';
import type { Stage } from './stage.ts';
import { createSurfaceFinder } from './surface-finder.rim.ts';
import { createTableRing } from './table-ring.ts';
import { createTabletOverlay } from './tablet-overlay.ts';
import { readHands } from './xr-hands.ts';

export interface Headset {
  mode(): ViewerMode;
  placement(): Placement;
  place(placement: Placement): void;
  views(): readonly EyeView[];
  head(): HeadSample | null;
  hands(): readonly Hand[];
  eyeInTwin(): Vec3;
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
  const palette = createPalette(stage.scene);
  /** Where a tablet's twin stands; null with the two eyes of a headset. */
  let table: Table | null = null;
  /** Where it hangs until it stands on something. */
  let hung = placement;
  const surfaces = createSurfaceFinder();
  let levelSurfaces = true;
  const ring = createTableRing(stage.scene);
  const overlay = createTabletOverlay(root, {
    tap: () => useTable({ kind: 'tap' }),
    turn: (dxPx) => useTable({ kind: 'turn', dxPx }),
    scale: (factor) => useTable({ kind: 'scale', factor }),
    again: () => useTable({ kind: 'again' }),
    trueSize: (on) => useTable({ kind: 'size', scale: on ? 1 : fitted() }),
    leave: () => void helper?.exitXRAsync(),
  });

  const fitted = (): number => {
    const { volume } = store.get();
    return volume ? fittedScale(longestSideM(volume)) : 1;
  };
  function useTable(input: TableInput): void {
    const { volume } = store.get();
    if (!table || !volume) return;
    table = stepTable(table, input);
    const [x, height, z] = sidesInTwinM(volume);
    set(placeOn(table, height, hung));
    ring.show(table, Math.max(x, z));
    if (table.phase !== store.get().table) store.set({ table: table.phase });
  }

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
    if (mode !== 'ar' || views.length !== 1) return;
    if (!table) {
      table = lookForTable(fitted());
      hung = placement;
    }
    if (!levelSurfaces) useTable({ kind: 'no-surfaces' });
    useTable({ kind: 'surface', point: surfaces.find(frame, space), eyes: head.position });
  }

  function onEnd(): void {
    mode = 'desk';
    entering = null;
    views = [];
    head = null;
    hands = [];
    placed = false;
    table = null;
    surfaces.close();
    ring.show(null, 0);
    calmRoom.setEnabled(false);
    shapes.show([]);
    furniture.hide();
    palette.hide();
    stage.scene.activeCamera = stage.deskCamera;
    store.set({ mode: 'desk', table: null });
    overlay.show(store.get());
    stage.engine.resize();
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
    eyeInTwin: () => (head ? transformPoint(invert(worldFromTwin(placement)), head.position) : [0, 0, 1]),
    enter: async (wanted) => {
      if (!helper || !target) throw new Error('this browser offers no such session');
      entering = wanted;
      try {
        await helper.enterXRAsync(wanted === 'vr' ? 'immersive-vr' : 'immersive-ar', 'local-floor', target, {
          optionalFeatures: ['hand-tracking', ...(wanted === 'ar' ? ['hit-test', 'dom-overlay'] : [])],
          ...(wanted === 'ar' ? { domOverlay: { root: overlay.root } } : {}),
        });
        const { session } = helper.sessionManager;
        levelSurfaces = true;
        if (wanted === 'ar' && session) void surfaces.open(session).then((finds) => (levelSurfaces = finds));
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
      if (table) useTable({ kind: 'size', scale: fitted() });
      else if (mode !== 'desk') recentre();
    },
    recentre: () => (table ? useTable({ kind: 'again' }) : recentre()),
    trueSize: () => (table ? useTable({ kind: 'size', scale: 1 }) : set({ ...placement, scale: 1 })),
    listen: (given) => {
      actions = given;
    },
    show: (nowMs) => {
      if (!head) return;
      useHands(nowMs);
      shapes.show(hands);
      furniture.show(store.get(), head, placement);
      palette.show(store.get(), hands, head);
      overlay.show(store.get());
    },
  };
}
