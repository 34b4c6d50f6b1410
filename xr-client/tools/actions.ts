/** What can be asked of the viewer, from panels, keys and hands alike. */
import type { RoomViewer } from '../session/room-viewer.rim.ts';
import type { ViewerActions } from '../session/viewer-state.ts';
import { deskEyeInTwin, type Desk } from '../scene/desk.ts';
import type { Headset } from '../scene/headset.rim.ts';
import { flipped, planeFacing, planeInLps, twinFromLpsOf } from './clip.ts';

const XR_REFUSED =
  'The headset did not start. Allow this page to use it when the browser asks, then press the button again.';

export function createActions(
  room: RoomViewer,
  desk: Desk,
  headset: Headset,
  onLeave: () => void,
): ViewerActions {
  const { store } = room;
  const enter = async (mode: 'vr' | 'ar'): Promise<void> => {
    try {
      await headset.enter(mode);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      room.fail('xr-refused', `${XR_REFUSED} (${why})`);
    }
  };
  return {
    applyOp: (op, how) => room.applyOp(op, how),
    setClip: (on) => {
      const { volume } = store.get();
      if (!volume) return;
      if (!on) return room.applyOp({ kind: 'set-clip', clip: null });
      const eye = store.get().mode === 'desk' ? deskEyeInTwin(desk) : headset.eyeInTwin();
      room.applyOp({ kind: 'set-clip', clip: planeInLps(planeFacing(eye), twinFromLpsOf(volume)) });
    },
    flipClip: () => {
      const clip = store.get().scene?.clip;
      if (clip) room.applyOp({ kind: 'set-clip', clip: flipped(clip) });
    },
    enterVr: () => enter('vr'),
    enterAr: () => enter('ar'),
    exitXr: () => headset.exit(),
    recentre: () => (store.get().mode === 'desk' ? desk.recentre() : headset.recentre()),
    trueSize: () => {
      if (store.get().mode !== 'desk') headset.trueSize();
    },
    setTool: (tool) => store.set({ tool }),
    undo: () => room.undo(),
    cancelLoad: () => room.cancelLoad(),
    dismissFailure: () => store.set({ failure: null }),
    leave: onLeave,
  };
}
