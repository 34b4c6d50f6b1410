/**
 * The picture on a card: real voxels, asked for when the card comes into sight, and again when somebody comes back to
 * the page. By then the node may have made it of more of them: the newer one fades in over the one that is there.
 */
import { el } from '../style/dom.ts';

/** `ask` gives an address to be revoked; without it there is no picture. `signal` ends it all. */
export function thumbnail(ask: (() => Promise<string>) | undefined, signal: AbortSignal): HTMLElement {
  const frame = el('div', { class: 'thumbnail' });
  if (!ask) return frame;
  let asking = false;

  async function refresh(): Promise<void> {
    if (asking) return;
    asking = true;
    let address: string | null = null;
    try {
      address = await ask!();
      const image = el('img', { alt: '', src: address });
      await image.decode();
      await show(image);
    } catch {
      // What is there stays.
      if (!frame.firstElementChild) frame.classList.add('none');
    } finally {
      if (address !== null) URL.revokeObjectURL(address);
      asking = false;
    }
  }

  async function show(image: HTMLImageElement): Promise<void> {
    const before = [...frame.children];
    frame.classList.remove('none');
    frame.append(image);
    // None where motion is not wanted, or where it is the first: the style says so.
    await Promise.allSettled(image.getAnimations().map((animation) => animation.finished));
    for (const old of before) old.remove();
  }

  const sight = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    sight.disconnect();
    void refresh();
  });
  const look = (): void => void (document.visibilityState === 'visible' && sight.observe(frame));
  look();
  document.addEventListener('visibilitychange', look, { signal });
  signal.addEventListener('abort', () => sight.disconnect(), { once: true });
  return frame;
}
