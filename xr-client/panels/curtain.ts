/** What stands before the picture when there is none: connecting, loading, ended. Never over a picture that is there. */
import { mayEdit } from '../../shared/roles.ts';
import { failureSentence } from '../session/failure-words.ts';
import type { ViewerActions, ViewerState } from '../session/viewer-state.ts';
import { button, el, hide, put } from '../style/dom.ts';
import { loadingLine } from '../start/loading.ts';
import { TEXT } from '../strings.ts';

type Scene =
  'none' | 'connecting' | 'loading' | 'first-picture' | 'no-picture' | 'reconnecting' | 'ended' | 'failed';

/** Nobody waits longer than this for a first picture without being told why. */
export const FIRST_PICTURE_MS = 10_000;

/** Which of them, from what is known; `waitedMs`: since the volume is there and its picture is not. */
export function curtainOf(
  state: Pick<ViewerState, 'connection' | 'volume' | 'age' | 'failure' | 'progress'>,
  waitedMs = 0,
): Scene {
  if (state.connection.kind === 'ended') return 'ended';
  if (state.age.kind !== 'none') return 'none';
  if (state.connection.kind === 'reconnecting') return 'reconnecting';
  if (state.connection.kind === 'connecting') return 'connecting';
  if (state.failure && !state.volume && !state.progress) return 'failed';
  if (!state.volume) return 'loading';
  return waitedMs > FIRST_PICTURE_MS ? 'no-picture' : 'first-picture';
}

/** `leaveWords` name the way out: to the studies, or out of the room. */
export function curtain(
  actions: ViewerActions,
  leaveWords: string,
): {
  readonly element: HTMLElement;
  show(state: ViewerState): void;
} {
  const element = el('div', { class: 'overlay curtain', hidden: true });
  const line = loadingLine(() => actions.cancelLoad());
  let drawn: Scene = 'none';
  /** The same series once more: what failed may have been mended, or was stopped by somebody. */
  const again = ({ role, scene }: ViewerState): HTMLElement | null =>
    role && mayEdit(role) && scene
      ? button(TEXT.retry, {
          class: 'button primary',
          onPress: () => {
            const { seriesInstanceUid, volumeId, look } = scene;
            actions.dismissFailure();
            actions.applyOp({ kind: 'set-volume', seriesInstanceUid, volumeId, look });
          },
        })
      : null;
  let waitsSinceMs: number | null = null;

  function draw(scene: Scene, state: ViewerState): void {
    const plate = (title: string, ...rest: (HTMLElement | null)[]): void =>
      put(element, el('div', { class: 'plate', role: 'status' }, el('h2', {}, title), ...rest));
    /** The page itself is out of reach behind a curtain: every one of them has a way out. */
    const way = (kind: string): HTMLElement =>
      button(leaveWords, { class: `button ${kind}`, onPress: actions.leave });
    const { connection } = state;
    if (scene === 'connecting') plate('Entering the room…', way('quiet'));
    if (scene === 'loading') plate(TEXT.loadingStudy, line.element, way('quiet'));
    if (scene === 'first-picture') plate(TEXT.firstPicture, way('quiet'));
    if (scene === 'no-picture')
      plate(TEXT.pictureAway.title, el('p', {}, TEXT.pictureAway.next()), way('primary'));
    if (scene === 'reconnecting')
      plate('The service does not answer.', el('p', {}, TEXT.nodeSilent.next()), way('quiet'));
    if (scene === 'failed')
      plate(
        'This could not be shown.',
        el('p', {}, state.failure ? failureSentence(state.failure) : ''),
        again(state),
        way('quiet'),
      );
    if (scene === 'ended') plate(connection.kind === 'ended' ? connection.text : '', way('primary'));
  }

  return {
    element,
    show(state) {
      const waits = state.volume !== null && state.age.kind === 'none' && state.connection.kind === 'joined';
      waitsSinceMs = waits ? (waitsSinceMs ?? performance.now()) : null;
      const scene = curtainOf(state, waitsSinceMs === null ? 0 : performance.now() - waitsSinceMs);
      hide(element, scene === 'none');
      if (scene !== drawn) draw(scene, state);
      drawn = scene;
      if (state.progress) line.show(state.progress);
    },
  };
}
