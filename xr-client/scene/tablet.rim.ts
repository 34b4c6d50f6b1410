/** The twin on a table, seen through a tablet in AR: the surface under the view, the ring on it, fingers and words. */
import type { Scene } from '@babylonjs/core/scene.js';
import type { Vec3 } from '../../shared/geometry/mat4.ts';
import { fittedScale, type Placement } from '../pose/placement.ts';
import type { RoomViewer } from '../session/room-viewer.rim.ts';
import { longestSideM, sidesInTwinM } from '../tools/clip.ts';
import { lookForTable, placeOn, stepTable, type Table, type TableInput } from '../tools/table.ts';
import { createSurfaceFinder } from './surface-finder.rim.ts';
import { createTableRing } from './table-ring.ts';
import { createTabletOverlay } from './tablet-overlay.ts';

export interface Tablet {
  /** What an AR session is asked for, in case it is a tablet's. */
  readonly wishes: {
    readonly optionalFeatures: string[];
    readonly domOverlay: { readonly root: HTMLElement };
  };
  open(session: XRSession): void;
  /** One display frame with a tablet's one view; `hung`: where the twin stands while there is no table. */
  turn(frame: XRFrame, space: XRReferenceSpace, eyes: Vec3, hung: Placement): void;
  /** Whether the session has been a tablet's: then what is asked of the twin's place is asked here. */
  on(): boolean;
  again(): void;
  trueSize(): void;
  fit(): void;
  /** Words and buttons, as things are now. */
  show(nowMs: number): void;
  close(): void;
}

/** `root`: the viewer's box, where the words go; `place` puts the twin; `leave` ends the session. */
export function createTablet(
  root: HTMLElement,
  scene: Scene,
  { store }: RoomViewer,
  { place, leave }: { place(placement: Placement): void; leave(): void },
): Tablet {
  let table: Table | null = null;
  let hangs: Placement | null = null;
  let finds = true;
  const surfaces = createSurfaceFinder();
  const ring = createTableRing(scene);

  const fitted = (): number => {
    const { volume } = store.get();
    return volume ? fittedScale(longestSideM(volume)) : 1;
  };
  function use(input: TableInput): void {
    const { volume } = store.get();
    if (!table || !hangs || !volume) return;
    table = stepTable(table, input);
    const [x, height, z] = sidesInTwinM(volume);
    place(placeOn(table, height, hangs));
    ring.show(table, Math.max(x, z));
    if (table.phase !== store.get().table) store.set({ table: table.phase });
  }
  const size = (scale: number): void => use({ kind: 'size', scale });

  const overlay = createTabletOverlay(root, {
    tap: () => use({ kind: 'tap' }),
    turn: (dxPx) => use({ kind: 'turn', dxPx }),
    scale: (factor) => use({ kind: 'scale', factor }),
    again: () => use({ kind: 'again' }),
    trueSize: (on) => size(on ? 1 : fitted()),
    leave,
  });

  return {
    wishes: { optionalFeatures: ['hit-test', 'dom-overlay'], domOverlay: { root: overlay.root } },
    open: (session) => {
      finds = true;
      void surfaces.open(session).then((found) => (finds = found));
    },
    turn: (frame, space, eyes, hung) => {
      if (!table) {
        table = lookForTable(fitted());
        hangs = hung;
      }
      if (!finds) use({ kind: 'no-surfaces' });
      use({ kind: 'surface', point: surfaces.find(frame, space), eyes });
    },
    on: () => table !== null,
    again: () => use({ kind: 'again' }),
    trueSize: () => size(1),
    fit: () => size(fitted()),
    show: (nowMs) => overlay.show(store.get(), nowMs),
    close: () => {
      table = hangs = null;
      surfaces.close();
      ring.show(null, 0);
      store.set({ table: null });
      overlay.show(store.get(), 0);
    },
  };
}
