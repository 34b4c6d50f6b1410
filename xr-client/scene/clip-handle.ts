/** The clip plane's handle at a desk: a grip on the page where the plane's handle point is, with its arrow. */
import { add, scale, subtract, transformPoint, type Mat4, type Vec3 } from '../../shared/geometry/mat4.ts';
import { el, hide } from '../style/dom.ts';
import type { TwinPlane } from '../tools/clip.ts';

export interface ScreenHandle {
  readonly x: number;
  readonly y: number;
  /** Screen pixels per metre of the patient along the plane's normal. */
  readonly perMetre: readonly [dx: number, dy: number];
}

/** Where the handle is in a view of width x height px; null behind the eye. */
export function screenHandle(
  point: Vec3,
  plane: TwinPlane,
  clipFromTwin: Mat4,
  width: number,
  height: number,
): ScreenHandle | null {
  const at = (p: Vec3): Vec3 => {
    const [x, y, z] = transformPoint(clipFromTwin, p);
    return [((x + 1) / 2) * width, ((1 - y) / 2) * height, z];
  };
  const here = at(point);
  if (!(Math.abs(here[2]) <= 1)) return null;
  const step = 0.01;
  const there = at(add(point, scale(plane.normal, step)));
  const way = scale(subtract(there, here), 1 / step);
  return { x: here[0], y: here[1], perMetre: [way[0], way[1]] };
}

/** Metres along the normal for a drag of (dx, dy) px. A plane seen face on is pushed and pulled by dragging up and down. */
export function dragMetres(handle: ScreenHandle, dx: number, dy: number, pxPerMetre: number): number {
  const [ax, ay] = handle.perMetre;
  const length = Math.hypot(ax, ay);
  if (length < 0.25 * pxPerMetre) return -dy / pxPerMetre;
  return (dx * ax + dy * ay) / (length * length);
}

export interface ClipHandle {
  readonly element: HTMLElement;
  show(handle: ScreenHandle | null): void;
}

export function createClipHandle(): ClipHandle {
  const arrow = el('span', { class: 'clip-arrow' });
  const element = el(
    'div',
    { class: 'clip-handle', role: 'img', 'aria-label': 'Clip plane: drag to move it', hidden: true },
    arrow,
  );
  return {
    element,
    show: (handle) => {
      hide(element, handle === null);
      if (!handle) return;
      element.style.transform = `translate(${handle.x.toFixed(1)}px, ${handle.y.toFixed(1)}px)`;
      const [ax, ay] = handle.perMetre;
      arrow.style.transform = `rotate(${Math.atan2(ay, ax).toFixed(3)}rad)`;
    },
  };
}
