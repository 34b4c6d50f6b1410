import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RoomViewer } from '../session/room-viewer.rim.ts';
import { createStore } from '../session/store.ts';
import { INITIAL_STATE, type ViewerMode, type ViewerState } from '../session/viewer-state.ts';
import { createHeadset, type Headset } from './headset.rim.ts';
import type { Stage } from './stage.ts';

/** The session's two signals as Babylon gives them, and what happens between asking for it and having it. */
const xr = vi.hoisted(() => ({
  frame: [] as ((frame: XRFrame) => void)[],
  ended: [] as (() => void)[],
  entering: async (): Promise<void> => {},
}));
vi.mock('@babylonjs/core/XR/webXRExperienceHelper.js', () => ({
  WebXRExperienceHelper: {
    CreateAsync: async () => ({
      sessionManager: {
        getWebXRRenderTarget: () => ({}),
        onXRFrameObservable: { add: (listener: (frame: XRFrame) => void) => xr.frame.push(listener) },
        onXRSessionEnded: { add: (listener: () => void) => xr.ended.push(listener) },
      },
      enterXRAsync: () => xr.entering(),
    }),
  },
}));
const drawn = vi.hoisted(() => ({ setEnabled: () => {}, show: () => {}, hide: () => {} }));
vi.mock('./calm-room.ts', () => ({ createCalmRoom: () => drawn }));
vi.mock('./hand-shapes.ts', () => ({ createHandShapes: () => drawn }));
vi.mock('./headset-furniture.ts', () => ({ createHeadsetFurniture: () => drawn }));
vi.mock('./headset-words.ts', () => ({ createHeadsetWords: () => drawn }));
vi.mock('./palette.ts', () => ({ createPalette: () => drawn }));
vi.mock('./tablet.rim.ts', () => ({
  createTablet: () => ({ ...drawn, wishes: { optionalFeatures: [] }, close: () => {} }),
}));

const store = createStore<ViewerState>(INITIAL_STATE);
const stage = { scene: {}, engine: { resize: () => {} } } as unknown as Stage;
let headset: Headset;
beforeEach(async () => {
  xr.frame = [];
  xr.ended = [];
  vi.stubGlobal('navigator', { xr: { isSessionSupported: async () => true } });
  store.set(INITIAL_STATE);
  headset = createHeadset({} as HTMLElement, stage, { store } as unknown as RoomViewer);
  await vi.waitFor(() => expect(store.get().immersive).toEqual({ vr: true, ar: true }));
});
afterEach(() => vi.unstubAllGlobals());

const frame = (): void => xr.frame.forEach((listener) => listener({} as XRFrame));

test('the first frame of a session is no frame of the desk, however early it comes', async () => {
  const modes: ViewerMode[] = [];
  xr.entering = async () => {
    modes.push(headset.mode());
    frame();
    modes.push(headset.mode(), store.get().mode);
  };
  await headset.enter('ar');
  expect(modes).toEqual(['desk', 'ar', 'ar']);
  expect(headset.mode()).toBe('ar');
});

test('a session that is refused, or over before it was there, leaves the person at the desk', async () => {
  xr.entering = () => Promise.reject(new Error('refused'));
  await expect(headset.enter('vr')).rejects.toThrow('refused');
  frame();
  expect(headset.mode()).toBe('desk');
  xr.entering = async () => xr.ended.forEach((listener) => listener());
  await headset.enter('vr');
  expect([headset.mode(), store.get().mode]).toEqual(['desk', 'desk']);
});
