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
import { mayEdit } from '../../shared/roles.ts';
import type { Viewer, ViewerState } from '../session/viewer-state.ts';
import type { Tool } from '../session/viewer-state.ts';
import { el, hide, icon, keysTaken, mark } from '../style/dom.ts';
import { TEXT } from '../strings.ts';
import { dress } from '../style/tokens.ts';
import { curtain, curtainOf } from './curtain.ts';
import { keepClear } from './keep-clear.ts';
import { openKeysDialog } from './keys-dialog.ts';
import { openNoVrDialog } from './no-vr-dialog.ts';
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

const TOOL_KEYS: Readonly<Record<string, Tool>> = { t: 'orbit', m: 'pan', w: 'window' };
const watches = ({ role }: ViewerState): boolean => role !== null && !mayEdit(role);

/** Puts the panels into `root` (a `.viewer` box) and returns what takes them away. */
export function mountPanels(root: HTMLElement, viewer: Viewer, options: PanelOptions): () => void {
  const leaveWords = options.host ? TEXT.back : TEXT.leaveRoom;
  const banner = studyBanner(viewer.actions.leave, leaveWords);
  const people = peopleBadge(options.inviteLink);
  const side = sidePanel(viewer.actions);
  const dot = streamDot();
  const bar = toolbar(viewer, toggleSide, options.inviteLink);
  bar.showFolded(side.isFolded());
  const toast = failureToast(viewer.actions.dismissFailure);
  const away = reconnectingLine();
  const cover = curtain(viewer.actions, leaveWords);
  let toasted: ViewerState['failure'] = null;
  const pressed = [banner, people, side, dot, bar, toast].map(({ element }) => element);
  const parts = [...pressed, away.element, cover.element];
  for (const part of parts) dress(part, 'dark');
  root.append(...parts);
  const letGo = keepClear(root, pressed);
  // What stands above the tools knows how many rows of them there are.
  const rows = new ResizeObserver(() =>
    root.style.setProperty('--toolbar-height', `${bar.element.offsetHeight}px`),
  );
  rows.observe(bar.element);

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

  function toggleSide(): void {
    side.toggle();
    bar.showFolded(side.isFolded());
  }

  /** Out of what one is in, one at a time. */
  function leaveOne(): void {
    if (dot.fold() || banner.fold()) return;
    if (side.isOpen()) toggleSide();
    else if (viewer.state().tool !== 'orbit') viewer.actions.setTool('orbit');
  }

  const keys = (event: KeyboardEvent): void => {
    if (keysTaken(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const tool = TOOL_KEYS[key];
    if (key === '?') openKeysDialog();
    else if (key === 'l') toggleSide();
    else if (tool && (tool !== 'window' || !watches(viewer.state()))) viewer.actions.setTool(tool);
    else if (key === 'escape') leaveOne();
  };
  addEventListener('keydown', keys);
  const stop = viewer.subscribe(show);
  show(viewer.state(), null);
  return () => {
    stop();
    letGo();
    rows.disconnect();
    removeEventListener('keydown', keys);
    for (const part of parts) part.remove();
  };
}

function toolbar(
  viewer: Viewer,
  togglePanel: () => void,
  inviteLink: string | null,
): {
  readonly element: HTMLElement;
  show(state: ViewerState): void;
  showFolded(folded: boolean): void;
} {
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
    ['orbit', tool('Turn', Rotate3d, () => actions.setTool('orbit'), 'T')],
    ['pan', tool('Move', Move, () => actions.setTool('pan'), 'M')],
    ['window', tool('Window', SunMedium, () => actions.setTool('window'), 'W, Shift-drag')],
  ];
  const clip = tool('Clip', Scissors, () => actions.setClip(viewer.state().scene?.clip === null), 'C');
  const look = tool('Look', SlidersHorizontal, togglePanel, 'L');
  const recentre = tool('Centre', RotateCcw, () => actions.recentre(), 'R');
  const undo = tool('Undo', Undo2, () => actions.undo(), 'Ctrl+Z');
  const keysButton = tool('Keys', CircleHelp, () => openKeysDialog(), '?');
  const vr = tool('Enter VR', Headset, () => void actions.enterVr());
  const ar = tool('Enter AR', View, () => void actions.enterAr());
  const noVr = tool(TEXT.vr, Headset, () => openNoVrDialog(inviteLink));
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
    noVr,
  );
  return {
    element,
    showFolded: (folded) => mark(look, 'aria-expanded', String(!folded)),
    show(state) {
      for (const [name, each] of pick) mark(each, 'aria-pressed', String(state.tool === name));
      mark(clip, 'aria-pressed', String(state.scene?.clip != null));
      const watching = watches(state);
      for (const each of [clip, look, pick[2]![1]]) hide(each, watching);
      undo.disabled = !state.canUndo;
      hide(vr, !state.immersive?.vr);
      hide(ar, !state.immersive?.ar);
      hide(noVr, !state.immersive || state.immersive.vr || state.immersive.ar);
    },
  };
}
