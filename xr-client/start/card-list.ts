/** Cards in a list that grows while somebody reads it: nothing that stays is touched, and nothing moves under a finger. */

/** Makes `nodes` the children of `list`. Those that stay keep focus, what is open in them, and their place. */
export function arrange(list: Element, nodes: readonly Node[]): void {
  const wanted = new Set<Node>(nodes);
  for (let child = list.firstChild; child !== null;) {
    const next: ChildNode | null = child.nextSibling;
    if (!wanted.has(child)) child.remove();
    child = next;
  }
  let at = list.firstChild;
  for (const node of nodes)
    if (node === at) at = at.nextSibling;
    else list.insertBefore(node, at);
}

/** Runs `change` and scrolls so that the topmost card in sight stays where it is, if it stays at all. */
export function holdStill(list: Element, change: () => void): void {
  const seen = [...list.children].find((child) => child.getBoundingClientRect().bottom > 0);
  const before = seen?.getBoundingClientRect().top;
  change();
  if (!seen?.isConnected || before === undefined) return;
  const moved = seen.getBoundingClientRect().top - before;
  if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: 'instant' });
}
