/** Why there is no VR here, and how to come to it: the room's own link, for a headset's camera. */
import { button, el, showDialog } from '../style/dom.ts';
import { qrCode } from '../start/share-dialog.ts';
import { TEXT } from '../strings.ts';

export function openNoVrDialog(link: string | null): void {
  const dialog = el(
    'dialog',
    { class: 'share-dialog', 'aria-label': TEXT.vr },
    el('h2', {}, TEXT.vr),
    el('p', {}, isSecureContext ? TEXT.noVr : TEXT.insecure),
    link !== null && qrCode(link),
    el(
      'div',
      { class: 'dialog-actions' },
      button(TEXT.close, { class: 'button primary', onPress: () => dialog.close() }),
    ),
  );
  showDialog(dialog);
}
