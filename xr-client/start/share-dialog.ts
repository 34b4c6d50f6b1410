/** A link and a QR code that open one study for 24 hours. */
import { Copy } from 'lucide';
import { renderSVG } from 'uqr';
import type { NewRoom } from '../../shared/protocol/messages.ts';
import { button, el, showDialog } from '../style/dom.ts';
import { START, TEXT } from '../strings.ts';

const reachesOnlyHere = (link: string): boolean => /^https?:\/\/(localhost|127\.|\[::1\])/.test(link);

/** Dark modules on white whatever the theme: scanners want it so. */
export function qrCode(text: string): HTMLElement {
  const image = el('img', { class: 'qr', alt: START.qrCode, width: 200, height: 200 });
  image.src = `data:image/svg+xml,${encodeURIComponent(renderSVG(text, { border: 2, whiteColor: 'white', blackColor: 'black' }))}`;
  return image;
}

export function openShareDialog(room: Pick<NewRoom, 'link'>, title: string): void {
  const field = el('input', {
    type: 'text',
    readonly: true,
    value: room.link,
    class: 'link',
    'aria-label': START.linkField,
  });
  const done = el('span', { role: 'status', class: 'copied' });
  const dialog = el(
    'dialog',
    { class: 'share-dialog', 'aria-label': TEXT.shareTitle },
    el('h2', {}, TEXT.shareTitle),
    el('p', { class: 'quiet' }, `${title}. ${TEXT.shareWords}`),
    qrCode(room.link),
    reachesOnlyHere(room.link) && el('p', { class: 'care' }, TEXT.onlyHere),
    field,
    el(
      'div',
      { class: 'dialog-actions' },
      done,
      button(TEXT.copyLink, {
        icon: Copy,
        class: 'button primary',
        onPress: () => {
          field.select();
          // A page that is not secure has no clipboard; others may be refused it.
          const copying = navigator.clipboard?.writeText(room.link) ?? Promise.reject(new Error('none'));
          void copying.then(
            () => (done.textContent = TEXT.copied),
            () => (done.textContent = TEXT.copyFailed),
          );
        },
      }),
      button(TEXT.close, { onPress: () => dialog.close() }),
    ),
  );
  showDialog(dialog);
}
