/**
 * Edits that are shown before they are answered.
 *
 * E1 The shown scene is the node's newest scene with the unanswered edits applied in order; another volume alone is
 *    shown only when the node's scene has it: its name must not stand over the former one's pictures.
 * E2 An edit is unanswered until its op-result; commit and rebase drop it once a scene of that version is here.
 * E3 A discarded edit is dropped at once, and its reason is said.
 * E4 Undo sends the inverse of this viewer's newest edit that can be inverted; undo is an edit like any other.
 * E5 After a reconnect the unanswered edits are gone: the node's scene is the truth.
 * E6 What somebody else changed is not taken back: their look, clip or phase ends the way back over this viewer's own.
 */
import { applyOp, type Op, type Scene } from '../../shared/scene/scene.ts';

interface Pending {
  readonly id: number;
  readonly op: Op;
  /** Version that holds it, once answered. */
  readonly inVersion: number | null;
}

export interface Edits {
  readonly truth: Scene;
  readonly pending: readonly Pending[];
  readonly undo: readonly Op[];
  readonly nextId: number;
}

const UNDO_DEPTH = 50;

export const startEdits = (scene: Scene, undo: readonly Op[] = []): Edits => ({
  truth: scene,
  pending: [],
  undo,
  nextId: 1,
});

export function shownScene(edits: Edits): Scene {
  return edits.pending
    .filter(({ op }) => op.kind !== 'set-volume')
    .reduce<Scene>((scene, { op }) => applyOp(scene, op), edits.truth);
}

/** What takes an edit back; null where it cannot be (another volume brings its own look and clip). */
export function inverseOf(scene: Scene, op: Op): Op | null {
  switch (op.kind) {
    case 'set-look':
      return { kind: 'set-look', look: scene.look };
    case 'set-clip':
      return { kind: 'set-clip', clip: scene.clip };
    case 'set-phase':
      return { kind: 'set-phase', phase: scene.phase };
    case 'set-volume':
      return null;
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether the scene shows what the edit asked for. A look without a window gets one from the node. */
function shows(scene: Scene, op: Op): boolean {
  if (op.kind === 'set-look' && op.look.window === null) return scene.look.preset === op.look.preset;
  return same(inverseOf(scene, op), op);
}

/** E6: what of the way back is left when the node's scene is this one. */
const undoLeft = ({ truth, pending, undo }: Edits, scene: Scene): readonly Op[] =>
  undo.filter(
    (back) =>
      same(inverseOf(truth, back), inverseOf(scene, back)) ||
      pending.some(({ op }) => op.kind === back.kind && shows(scene, op)),
  );

/** The node's scene at entering, or at coming back. */
export const rejoin = (edits: Edits | null, scene: Scene): Edits =>
  startEdits(scene, edits ? undoLeft(edits, scene) : []);

/** Edits of one drag come many a second: only the first of a run of the same kind within `merge` is undone to. */
export function edit(
  edits: Edits,
  op: Op,
  options: { readonly merge?: boolean; readonly isUndo?: boolean } = {},
): { readonly edits: Edits; readonly id: number; readonly base: number } {
  const before = shownScene(edits);
  const inverse = options.isUndo || options.merge ? null : inverseOf(before, op);
  const undo =
    op.kind === 'set-volume' ? [] : inverse ? [...edits.undo, inverse].slice(-UNDO_DEPTH) : edits.undo;
  const id = edits.nextId;
  return {
    edits: {
      ...edits,
      undo: options.isUndo ? undo.slice(0, -1) : undo,
      nextId: id + 1,
      pending: [...edits.pending, { id, op, inVersion: null }],
    },
    id,
    base: edits.truth.version,
  };
}

export function answered(
  edits: Edits,
  id: number,
  result: 'commit' | 'rebase' | 'discard',
  version: number,
): Edits {
  const pending =
    result === 'discard'
      ? edits.pending.filter((one) => one.id !== id)
      : edits.pending.map((one) => (one.id === id ? { ...one, inVersion: version } : one));
  return settle({ ...edits, pending });
}

export function newTruth(edits: Edits, scene: Scene): Edits {
  if (scene.version < edits.truth.version) return edits;
  return settle({ ...edits, truth: scene, undo: undoLeft(edits, scene) });
}

function settle(edits: Edits): Edits {
  return {
    ...edits,
    pending: edits.pending.filter((one) => one.inVersion === null || one.inVersion > edits.truth.version),
  };
}
