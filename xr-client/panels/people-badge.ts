/** Top right: who is in the room, and the way to invite somebody. */
import { UserPlus } from 'lucide';
import type { Person } from '../../shared/protocol/messages.ts';
import { button, el, put } from '../style/dom.ts';
import { openShareDialog } from '../start/share-dialog.ts';
import { TEXT } from '../strings.ts';

/** 'Jane Doe' -> 'JD'. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  return (
    words.length === 0 ? '?' : words.length === 1 ? words[0]!.slice(0, 2) : words[0]![0]! + words.at(-1)![0]!
  ).toUpperCase();
}

export function peopleBadge(inviteLink: string | null): {
  readonly element: HTMLElement;
  show(people: readonly Person[], me: string | null): void;
} {
  const faces = el('div', { class: 'row', role: 'list', 'aria-label': TEXT.people });
  const invite =
    inviteLink === null
      ? null
      : button(TEXT.share, {
          icon: UserPlus,
          iconOnly: true,
          class: 'button quiet icon-only',
          onPress: () => openShareDialog({ link: inviteLink }, 'This room'),
        });
  return {
    element: el('aside', { class: 'overlay top-right' }, faces, invite),
    show(people, me) {
      put(
        faces,
        ...people.map((person) => {
          const name = `${person.name}${person.viewerId === me ? ` (${TEXT.you})` : ''}, ${person.role}, ${person.device}`;
          const face = el(
            'span',
            { class: 'person', role: 'listitem', title: name, 'aria-label': name },
            initials(person.name),
          );
          face.style.background = person.colour;
          return face;
        }),
      );
    },
  };
}
