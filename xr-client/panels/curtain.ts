/** What stands before the picture when there is none: connecting, loading, ended. Never over a picture that is there. */
import type { ViewerActions, ViewerState } from '../session/viewer-state.ts';
import { button, el, hide, put } from '../style/dom.ts';
import { loadingLine } from '../start/loading.ts';
import { TEXT } from '../strings.ts';

type Scene = 'none' | 'connecting' | 'loading' | 'first-picture' | 'reconnecting' | 'ended' | 'failed';

/** Which of them, from what is known. */
export function curtainOf(
  state: Pick<ViewerState, 'connection' | 'volume' | 'age' | 'failure' | 'progress'>,
): Scene {
  if (state.connection.kind === 'ended') return 'ended';
  if (state.age.kind !== 'none') return 'none';
  if (state.connection.kind === 'reconnecting') return 'reconnecting';
  if (state.connection.kind === 'connecting') return 'connecting';
  if (state.failure && !state.volume && !state.progress) return 'failed';
  return state.volume ? 'first-picture' : 'loading';
}

export function curtain(actions: ViewerActions): {
  readonly element: HTMLElement;
  show(state: ViewerState): void;
} {
  const element = el('div', { class: 'overlay curtain', hidden: true });
  const line = loadingLine(() => actions.cancelLoad());
  let drawn: Scene = 'none';

  function draw(scene: Scene, state: ViewerState): void {
    const plate = (title: string, ...rest: (HTMLElement | null)[]): void =>
      put(element, el('div', { class: 'plate', role: 'status' }, el('h2', {}, title), ...rest));
    const back = button(TEXT.back, { class: 'button primary', onPress: actions.leave });
    const { connection } = state;
    if (scene === 'connecting') plate('Entering the room…');
    if (scene === 'loading') plate('Loading the study', line.element);
    if (scene === 'first-picture') plate('Making the first picture…');
    if (scene === 'reconnecting') plate('The service does not answer.', el('p', {}, TEXT.nodeSilent.next()));
    if (scene === 'failed') plate('This could not be shown.', el('p', {}, state.failure?.text ?? ''), back);
    if (scene === 'ended') plate(connection.kind === 'ended' ? connection.text : '', back);
  }

  return {
    element,
    show(state) {
      const scene = curtainOf(state);
      hide(element, scene === 'none');
      if (scene !== drawn) draw(scene, state);
      drawn = scene;
      if (state.progress) line.show(state.progress);
    },
  };
}
