import { expect, test, vi } from 'vitest';
import type { Desk } from '../scene/desk.ts';
import type { Headset } from '../scene/headset.rim.ts';
import type { RoomViewer } from '../session/room-viewer.rim.ts';
import { createStore } from '../session/store.ts';
import { INITIAL_STATE, type ViewerMode } from '../session/viewer-state.ts';
import { KEYS } from '../strings.ts';
import { createActions } from './actions.ts';
import { keyIntent } from './desk-input.rim.ts';

vi.mock('../scene/desk.ts', () => ({ deskEyeInTwin: () => [0, 0, 1] }));

test('true size is a headset’s alone: a monitor’s size is not known, so no key there promises it', () => {
  const setScale = vi.fn<Desk['setScale']>();
  const trueSize = vi.fn<Headset['trueSize']>();
  const actionsIn = (mode: ViewerMode) =>
    createActions(
      { store: createStore({ ...INITIAL_STATE, mode }) } as unknown as RoomViewer,
      { setScale } as unknown as Desk,
      { trueSize } as unknown as Headset,
      () => {},
    );
  actionsIn('desk').trueSize();
  expect([setScale.mock.calls.length, trueSize.mock.calls.length]).toEqual([0, 0]);
  actionsIn('vr').trueSize();
  actionsIn('ar').trueSize();
  expect(trueSize).toHaveBeenCalledTimes(2);
  expect(keyIntent({ key: '1', ctrlKey: false, metaKey: false, altKey: false })).toBeNull();
  expect(KEYS.flat().filter((words) => /true size|1:1/.test(words))).toEqual([]);
});
