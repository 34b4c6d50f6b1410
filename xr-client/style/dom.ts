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

/**
 * What is shown at every turn touches the page only where something changed: the same words again would be laid out
 * and painted again, which costs a weak device more than its picture.
 */
export function write(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** The same of an element's classes. */
export function dress(node: Element, names: string): void {
  if (node.className !== names) node.className = names;
}

/** The same of whether it is there. */
export function hide(node: HTMLElement, hidden: boolean): void {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/** The same of an attribute. */
export function mark(node: Element, name: string, value: string): void {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Keys that belong to somebody else: letters to a field of text, all of them to a dialog. A slider takes no letters. */
export const keysTaken = (event: KeyboardEvent): boolean =>
  document.querySelector('dialog[open]') !== null ||
  event.target instanceof HTMLTextAreaElement ||
  (event.target instanceof HTMLInputElement && event.target.type !== 'range');

/** Opens a dialog over the page; closed, it is gone. */
export function showDialog(dialog: HTMLDialogElement): void {
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

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
