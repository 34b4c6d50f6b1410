/** Judges one edit of a scene: commit, rebase or discard. Pure; the room's rules E1-E6 (`room.ts`). */
import { applyOp, type Op, type Scene } from '../../shared/scene/index.ts';
import type { StudyEntry } from '../../shared/volume.ts';
import { isVolume } from './opening-scene.ts';

export interface EditContext {
  readonly scene: Scene;
  readonly study: StudyEntry;
  /** Scene version in which the present volume was chosen: older looks, clips and phases meant another one. */
  readonly volumeSinceVersion: number;
  /** Phases of the shown volume; null while none is shown. */
  readonly phases: number | null;
}

export type Edit =
  | { readonly result: 'commit' | 'rebase'; readonly scene: Scene }
  | { readonly result: 'discard'; readonly reason: string }
  | { readonly result: 'out-of-order'; readonly reason: string };

/** Why the edit cannot be made now, or null. */
function objection(context: EditContext, base: number, op: Op): string | null {
  if (op.kind === 'set-volume') {
    // A series of two SOP classes has an entry for each, with volumes of its own.
    const entries = context.study.series.filter(
      (entry) => entry.seriesInstanceUid === op.seriesInstanceUid && isVolume(entry),
    );
    if (entries.length === 0) return 'This study has no such series that could be shown.';
    const volumes = entries.flatMap((entry) => entry.volumes);
    const unlisted = entries.some((entry) => entry.volumes.length === 0);
    if (!unlisted && !volumes.some((volume) => volume.id === op.volumeId))
      return 'This series has no such volume.';
    return null;
  }
  if (base < context.volumeSinceVersion) return 'Another series was opened meanwhile.';
  if (op.kind === 'set-phase') {
    if (context.phases === null) return 'The series is still loading.';
    if (op.phase >= context.phases) return `This series has ${context.phases} phases.`;
  }
  return null;
}

/** The scene after the edit, or why it was not made. `base` is the version that its author saw. */
export function edit(context: EditContext, base: number, op: Op): Edit {
  const { scene } = context;
  if (base > scene.version)
    return {
      result: 'out-of-order',
      reason: `an edit of version ${base}, which does not exist yet (now ${scene.version})`,
    };
  const reason = objection(context, base, op);
  if (reason) return { result: 'discard', reason };
  return { result: base === scene.version ? 'commit' : 'rebase', scene: applyOp(scene, op) };
}
