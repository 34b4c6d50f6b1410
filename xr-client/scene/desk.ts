/** The twin at a desk: its view, its furniture, its clip handle, and what mouse, touch and keys do to them. */
import { IDENTITY, invert, multiply, transformPoint } from '../../shared/geometry/mat4.ts';
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import {
  DESK_VIEW,
  eyeFromWorld,
  fittedView,
  orbit,
  pan,
  pxPerMetreAtMiddle,
  type DeskView,
} from '../pose/desk-view.ts';
import { clampScale, fittedScale, worldFromTwin, type Placement } from '../pose/placement.ts';
import type { EyeView } from '../pose/pose-clock.ts';
import { NO_TURN } from '../pose/quaternion.ts';
import type { RoomViewer } from '../session/room-viewer.rim.ts';
import type { ViewerActions } from '../session/viewer-state.ts';
import {
  handlePoint,
  longestSideM,
  planeInLps,
  planeInTwin,
  slide,
  twinFromLpsOf,
  type TwinPlane,
} from '../tools/clip.ts';
import type { Intent } from '../tools/desk-gestures.ts';
import { listenAtDesk, type KeyIntent } from '../tools/desk-input.rim.ts';
import { dragWindow, windowOf, type WindowValue } from '../tools/window.ts';
import { createClipHandle, dragMetres, screenHandle, type ScreenHandle } from './clip-handle.ts';
import { mountDeskFurniture } from './desk-furniture.ts';

export interface Desk {
  view(): DeskView;
  setView(view: DeskView): void;
  placement(): Placement;
  setScale(scale: number): void;
  fit(volume: ShownVolume): void;
  recentre(): void;
  showFurniture(eye: EyeView): void;
  listen(actions: ViewerActions): void;
  remove(): void;
}

/** A key press turns by this many degrees' worth of dragging. */
const KEY_PX = 24;
const KEY_SCALE = 1.1;

export function createDesk(root: HTMLElement, canvas: HTMLCanvasElement, room: RoomViewer): Desk {
  const furniture = mountDeskFurniture(root);
  const handle = createClipHandle();
  root.append(handle.element);
  let view = DESK_VIEW;
  let scale = 1;
  let fitted: string | null = null;
  let stopListening = (): void => {};
  let onHandle: ScreenHandle | null = null;
  let windowStart: WindowValue | null = null;
  let planeStart: TwinPlane | null = null;

  const { store } = room;
  const placement = (): Placement => ({ position: [0, 0, 0], rotation: NO_TURN, scale });
  // Asked of the page at every turn, it would lay everything out anew each time.
  let size = { width: canvas.clientWidth, height: canvas.clientHeight };
  const sizes = new ResizeObserver(() => {
    size = { width: canvas.clientWidth, height: canvas.clientHeight };
    // Till somebody looks from elsewhere: a tablet that is turned shows all of it again.
    if (view === untouched) lookWhole();
  });
  sizes.observe(canvas);
  let untouched: DeskView | null = null;
  const lookWhole = (): void => {
    view = untouched = fittedView(size.width / Math.max(size.height, 1));
  };
  const height = (): number => Math.max(size.height, 1);
  const setScale = (to: number): void => {
    scale = clampScale(to);
    if (store.get().mode === 'desk') store.set({ scale });
  };
  /** Screen pixels per metre of the patient at the middle of the twin; null where that is not before the eye. */
  const pxPerMetre = (): number | null => pxPerMetreAtMiddle(view, scale, height());

  function onIntent(intent: Intent, actions: ViewerActions): void {
    const { scene, volume } = store.get();
    switch (intent.kind) {
      case 'orbit':
        view = orbit(view, intent.dx, intent.dy, height());
        return;
      case 'pan':
        view = pan(view, intent.dx, intent.dy, height());
        return;
      case 'scale':
        setScale(scale * intent.factor);
        return;
      case 'undo':
        actions.undo();
        return;
      case 'window':
        if (!scene || !volume) return;
        if (intent.first || !windowStart) windowStart = windowOf(scene.look);
        room.applyOp(
          {
            kind: 'set-look',
            look: {
              preset: scene.look.preset,
              window: dragWindow(windowStart, intent.dx, intent.dy, height(), volume.valueRange),
            },
          },
          { merge: !intent.first },
        );
        return;
      case 'handle': {
        if (!scene?.clip || !volume || !onHandle) return;
        const twinFromLps = twinFromLpsOf(volume);
        if (intent.first || !planeStart) planeStart = planeInTwin(scene.clip, twinFromLps);
        const by = dragMetres(onHandle, intent.dx, intent.dy, pxPerMetre() ?? height());
        const plane = slide(planeStart, by, longestSideM(volume));
        room.applyOp({ kind: 'set-clip', clip: planeInLps(plane, twinFromLps) }, { merge: !intent.first });
      }
    }
  }

  function onKey(key: KeyIntent, actions: ViewerActions): void {
    const turn = (dx: number, dy: number): void => {
      view = orbit(view, dx, dy, height());
    };
    switch (key) {
      case 'clip':
        return actions.setClip(!store.get().scene?.clip);
      case 'recentre':
        return actions.recentre();
      case 'undo':
        return actions.undo();
      case 'left':
        return turn(KEY_PX, 0);
      case 'right':
        return turn(-KEY_PX, 0);
      case 'up':
        return turn(0, KEY_PX);
      case 'down':
        return turn(0, -KEY_PX);
      case 'larger':
        return setScale(scale * KEY_SCALE);
      case 'smaller':
        return setScale(scale / KEY_SCALE);
    }
  }

  return {
    view: () => view,
    setView: (next) => {
      view = next;
    },
    placement,
    setScale,
    fit: (volume) => {
      // A reconnect shows the same volume again: the person's own view stays.
      const name = `${volume.lpsFromIndex.join()} ${volume.dims.join()}`;
      if (name === fitted) return;
      fitted = name;
      setScale(fittedScale(longestSideM(volume)));
      lookWhole();
    },
    recentre: () => {
      const { volume } = store.get();
      if (volume) setScale(fittedScale(longestSideM(volume)));
      lookWhole();
    },
    showFurniture: (eye) => {
      const state = store.get();
      const twin = worldFromTwin(placement());
      const perMetre = pxPerMetre();
      furniture.show({
        state,
        eyeFromTwin: multiply(eye.eyeFromWorld, twin),
        pxPerMm: perMetre === null ? null : perMetre / 1000,
      });
      const clip = state.scene?.clip;
      if (!clip || !state.volume || state.age.kind === 'none') {
        handle.show(null);
        return;
      }
      const plane = planeInTwin(clip, twinFromLpsOf(state.volume));
      const at = screenHandle(
        handlePoint(plane, longestSideM(state.volume)),
        plane,
        multiply(eye.clipFromEye, eye.eyeFromWorld, twin),
        size.width,
        size.height,
      );
      // The handle's own way on the screen is kept while it is dragged: it would turn under the finger.
      if (at && (!planeStart || !onHandle)) onHandle = at;
      handle.show(at);
    },
    listen: (actions) => {
      stopListening = listenAtDesk(canvas, handle.element, {
        tool: () => store.get().tool,
        onIntent: (intent) => onIntent(intent, actions),
        onKey: (key) => onKey(key, actions),
      });
      const release = (): void => {
        planeStart = null;
        windowStart = null;
        onHandle = null;
      };
      for (const element of [canvas, handle.element])
        for (const end of ['pointerup', 'pointercancel'] as const) element.addEventListener(end, release);
    },
    remove: () => {
      sizes.disconnect();
      stopListening();
      furniture.remove();
      handle.element.remove();
    },
  };
}

/** The desk's eye in twin space, metres at true size. */
export function deskEyeInTwin(desk: Desk): readonly [number, number, number] {
  const eyeFromTwin = multiply(eyeFromWorld(desk.view()), worldFromTwin(desk.placement()) ?? IDENTITY);
  return transformPoint(invert(eyeFromTwin), [0, 0, 0]);
}
