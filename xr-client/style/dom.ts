/** Elements in one call. Text is always text: nothing from an archive can become markup. */
import { createElement, type IconNode } from 'lucide';

export type Child = Node | string | null | undefined | false;

type Listeners = { readonly [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };

export interface Attributes {
  readonly class?: string;
  readonly on?: Listeners;
  /** Everything else becomes an attribute; true is an empty one, false and undefined none. */
  readonly [name: string]: string | number | boolean | Listeners | undefined;
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'on') {
      for (const [type, listener] of Object.entries(value as Listeners))
        element.addEventListener(type, listener as EventListener);
    } else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  put(element, ...children);
  return element;
}

/** Replaces what is in `parent`. */
export function put(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(
    ...children.filter((child) => child !== null && child !== undefined && child !== false),
  );
}

/** Keys that belong to somebody else: letters to a field of text, all of them to a dialog. A slider takes no letters. */
export const keysTaken = (event: KeyboardEvent): boolean =>
  document.querySelector('dialog[open]') !== null ||
  event.target instanceof HTMLTextAreaElement ||
  (event.target instanceof HTMLInputElement && event.target.type !== 'range');

/** A decorative icon: its button or label says the name. */
export function icon(node: IconNode, size = 20): SVGElement {
  return createElement(node, {
    width: String(size),
    height: String(size),
    'stroke-width': '1.75',
    'aria-hidden': 'true',
    class: 'icon',
  });
}

/** A button with an icon and its name; `iconOnly` keeps the name for readers and as a tooltip. */
export function button(
  name: string,
  options: {
    readonly icon?: IconNode;
    readonly iconOnly?: boolean;
    readonly class?: string;
    readonly pressed?: boolean;
    readonly disabled?: boolean;
    readonly id?: string;
    readonly onPress: (event: MouseEvent) => void;
  },
): HTMLButtonElement {
  return el(
    'button',
    {
      type: 'button',
      class: options.class ?? 'button',
      id: options.id,
      disabled: options.disabled,
      'aria-pressed': options.pressed === undefined ? undefined : String(options.pressed),
      'aria-label': options.iconOnly ? name : undefined,
      title: options.iconOnly ? name : undefined,
      on: { click: options.onPress },
    },
    options.icon && icon(options.icon),
    !options.iconOnly && el('span', {}, name),
  );
}
