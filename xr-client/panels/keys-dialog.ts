/** What every key and gesture does, on one sheet. */
import { button, el, showDialog } from '../style/dom.ts';
import { KEYS, TEXT } from '../strings.ts';

export function openKeysDialog(): void {
  const dialog = el(
    'dialog',
    { class: 'keys', 'aria-label': TEXT.help },
    el('h2', {}, TEXT.help),
    el('dl', {}, ...KEYS.flatMap(([key, does]) => [el('dt', {}, key), el('dd', {}, does)])),
    el(
      'div',
      { class: 'dialog-actions' },
      button(TEXT.close, { class: 'button primary', onPress: () => dialog.close() }),
    ),
  );
  showDialog(dialog);
}
