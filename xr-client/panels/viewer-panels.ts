/** Everything of the desk viewer that is pressed or read on demand, over the picture that `scene/` draws. */
import {
  CircleHelp,
  Headset,
  Move,
  Rotate3d,
  Scissors,
  SlidersHorizontal,
  SunMedium,
  Undo2,
  View,
  RotateCcw,
} from 'lucide';
import type { Viewer, ViewerState } from '../session/viewer-state.ts';
import type { Tool } from '../session/viewer-state.ts';
import { el, hide, icon, keysTaken, mark } from '../style/dom.ts';
import { TEXT } from '../strings.ts';
import { dress } from '../style/tokens.ts';
import { curtain, curtainOf } from './curtain.ts';
import { keepClear } from './keep-clear.ts';
import { openKeysDialog } from './keys-dialog.ts';
import { peopleBadge } from './people-badge.ts';
import { reconnectingLine } from './reconnecting.ts';
import { sidePanel } from './side-panel.ts';
import { streamDot } from './stream-dot.ts';
import { studyBanner } from './study-banner.ts';
import { failureToast } from './toast.ts';

export interface PanelOptions {
  /** The room's own link, for those who may hand it on; null hides the invitation. */
  readonly inviteLink: string | null;
  /** Whether leaving goes back to the studies. */
  readonly host: boolean;
}

/** Puts the panels into `root` (a `.viewer` box) and returns what takes them away. */
export function mountPanels(root: HTMLElement, viewer: Viewer, options: PanelOptions): () => void {
  const leaveWords = options.host ? TEXT.back : TEXT.leaveRoom;
  const banner = studyBanner(viewer.actions.leave, leaveWords);
  const people = peopleBadge(options.inviteLink);
  const side = sidePanel(viewer.actions);
  const dot = streamDot();
  const bar = toolbar(viewer, () => side.toggle());
  const toast = failureToast(viewer.actions.dismissFailure);
  const away = reconnectingLine();
  const cover = curtain(viewer.actions, leaveWords);
  let toasted: ViewerState['failure'] = null;
  const pressed = [banner, people, side, dot, bar, toast].map(({ element }) => element);
  const parts = [...pressed, away.element, cover.element];
  for (const part of parts) dress(part, 'dark');
  root.append(...parts);
  const letGo = keepClear(root, pressed);

  function show(state: ViewerState, before: ViewerState | null): void {
    const changed = (...keys: (keyof ViewerState)[]): boolean =>
      !before || keys.some((key) => state[key] !== before[key]);
    if (changed('study', 'role', 'volume', 'scene')) banner.show(state);
    if (changed('people', 'viewerId')) people.show(state.people, state.viewerId);
    if (changed('volume', 'scene', 'role')) side.show(state);
    if (changed('report', 'received', 'age', 'connection')) dot.show(state);
    if (changed('tool', 'scene', 'immersive', 'canUndo', 'role', 'mode')) bar.show(state);
    // What stands on the curtain is not said twice.
    const said = curtainOf(state) === 'failed' ? null : state.failure;
    if (said !== toasted) toast.show((toasted = said));
    if (changed('connection', 'age')) away.show(state);
    if (changed('connection', 'progress', 'volume', 'age', 'failure', 'received')) cover.show(state);
    if (changed('mode')) for (const part of parts) part.inert = state.mode !== 'desk';
  }

  const keys = (event: KeyboardEvent): void => {
    if (keysTaken(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '?') openKeysDialog();
    else if (event.key === 'l' || event.key === 'L') side.toggle();
    else if (event.key === 'Escape' && side.isOpen()) side.toggle();
  };
  addEventListener('keydown', keys);
  const stop = viewer.subscribe(show);
  show(viewer.state(), null);
  return () => {
    stop();
    letGo();
    removeEventListener('keydown', keys);
    for (const part of parts) part.remove();
  };
}

function toolbar(
  viewer: Viewer,
  togglePanel: () => void,
): { readonly element: HTMLElement; show(state: ViewerState): void } {
  const { actions } = viewer;
  const tool = (
    name: string,
    node: Parameters<typeof icon>[0],
    press: () => void,
    key?: string,
  ): HTMLButtonElement =>
    el(
      'button',
      { type: 'button', class: 'tool', title: key ? `${name} (${key})` : name, on: { click: press } },
      icon(node),
      el('span', {}, name),
    );
  const pick: readonly (readonly [Tool, HTMLButtonElement])[] = [
    ['orbit', tool('Turn', Rotate3d, () => actions.setTool('orbit'))],
    ['pan', tool('Move', Move, () => actions.setTool('pan'))],
    ['window', tool('Window', SunMedium, () => actions.setTool('window'), 'Shift-drag')],
  ];
  const clip = tool('Clip', Scissors, () => actions.setClip(viewer.state().scene?.clip === null), 'C');
  const look = tool('Look', SlidersHorizontal, togglePanel, 'L');
  const recentre = tool('Centre', RotateCcw, () => actions.recentre(), 'R');
  const undo = tool('Undo', Undo2, () => actions.undo(), 'Ctrl+Z');
  const keysButton = tool('Keys', CircleHelp, () => openKeysDialog(), '?');
  const vr = tool('Enter VR', Headset, () => void actions.enterVr());
  const ar = tool('Enter AR', View, () => void actions.enterAr());
  vr.classList.add('go');
  ar.classList.add('go');
  const element = el(
    'nav',
    { class: 'overlay toolbar', 'aria-label': 'Tools' },
    ...pick.map(([, each]) => each),
    clip,
    look,
    recentre,
    undo,
    keysButton,
    vr,
    ar,
  );
  return {
    element,
    show(state) {
      for (const [name, each] of pick) mark(each, 'aria-pressed', String(state.tool === name));
      mark(clip, 'aria-pressed', String(state.scene?.clip != null));
      const watching = state.role === 'observer' || state.role === 'patient';
      for (const each of [clip, look, pick[2]![1]]) hide(each, watching);
      undo.disabled = !state.canUndo;
      hide(vr, !state.immersive?.vr);
      hide(ar, !state.immersive?.ar);
    },
  };
}
