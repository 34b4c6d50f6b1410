/** Clip: a plane through the middle, on or off, flipped, or set square to the patient. */
import { centreOfGridLpsMm } from '../../shared/geometry/twin-space.ts';
import { dot, scale, add, subtract, type Vec3 } from '../../shared/geometry/mat4.ts';
import type { ClipPlane } from '../../shared/scene/scene.ts';
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import { button, el, hide, mark, write } from '../style/dom.ts';
import { TEXT } from '../strings.ts';

/** Normals point to the side that stays: the back, so that one looks in from the front, and so on. */
const SQUARE: readonly (readonly [name: string, normal: Vec3])[] = [
  ['Coronal', [0, 1, 0]],
  ['Sagittal', [1, 0, 0]],
  ['Axial', [0, 0, -1]],
];

/** Half the extent of the volume's box along a direction, mm. */
export function reachMm(shown: Pick<ShownVolume, 'dims' | 'lpsFromIndex'>, normal: Vec3): number {
  const m = shown.lpsFromIndex;
  let reach = 0;
  for (let axis = 0; axis < 3; axis++) {
    const column: Vec3 = [m[4 * axis]!, m[4 * axis + 1]!, m[4 * axis + 2]!];
    reach += Math.abs(dot(column, normal)) * ((shown.dims[axis]! - 1) / 2);
  }
  return reach;
}

export function clipPanel(
  shown: ShownVolume,
  setClip: (clip: ClipPlane | null, goesOn?: boolean) => void,
): { readonly element: HTMLElement; show(clip: ClipPlane | null): void } {
  const centre = centreOfGridLpsMm(shown.lpsFromIndex, shown.dims);
  let current: ClipPlane | null = null;
  let dragging = false;
  const toggle = button(TEXT.clipOn, {
    pressed: false,
    onPress: () => setClip(current ? null : { normalLps: SQUARE[0]![1], pointLpsMm: centre }),
  });
  const depth = el('input', {
    type: 'range',
    min: -1000,
    max: 1000,
    value: 0,
    'aria-label': 'Depth of the clip plane',
    on: {
      input: () => {
        if (!current) return;
        const offset = (Number(depth.value) / 1000) * reachMm(shown, current.normalLps);
        setClip({ ...current, pointLpsMm: add(centre, scale(current.normalLps, offset)) }, dragging);
        dragging = true;
      },
      change: () => {
        dragging = false;
      },
    },
  });
  const flip = button(TEXT.flip, {
    onPress: () => current && setClip({ ...current, normalLps: scale(current.normalLps, -1) }),
  });
  const words = el('output', { class: 'window-numbers' });
  const controls = el(
    'div',
    { class: 'time' },
    el(
      'div',
      { class: 'row' },
      ...SQUARE.map(([name, normal]) =>
        button(name, { onPress: () => setClip({ normalLps: normal, pointLpsMm: centre }) }),
      ),
      flip,
    ),
    depth,
    words,
  );
  return {
    element: el(
      'section',
      { 'aria-label': TEXT.tools.clip },
      el('h2', {}, TEXT.tools.clip),
      el('div', { class: 'row' }, toggle),
      controls,
      el('p', { class: 'hint' }, TEXT.clipHint),
    ),
    show(clip) {
      current = clip;
      mark(toggle, 'aria-pressed', String(clip !== null));
      hide(controls, clip === null);
      if (!clip) return;
      const reach = reachMm(shown, clip.normalLps);
      const offset = dot(subtract(clip.pointLpsMm, centre), clip.normalLps);
      depth.value = String(Math.round((offset / reach) * 1000));
      const said = `${Math.round(offset)}\u202fmm from the middle`;
      write(words, said);
      depth.setAttribute('aria-valuetext', said);
    },
  };
}
