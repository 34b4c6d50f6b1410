/** What stands between the search and the cards: the way to the whole archive, and the way back. */
import { readMatching } from '../../shared/protocol/matching.ts';
import { button, el, put, write } from '../style/dom.ts';
import { START } from '../strings.ts';
import { arrange } from './card-list.ts';
import type { KnownStudies } from './known-studies.ts';

export interface WideSearch {
  readonly element: HTMLElement;
  /** `query` is what is searched here; `archive` is true where the archive's answer is shown. */
  show(known: KnownStudies, query: string, archive: boolean): void;
  /** Whether the archive can be searched now. */
  offered(): boolean;
}

/** @param search searches the archive for what is typed; `back` shows all studies again */
export function wideSearch(search: () => void, back: () => void): WideSearch {
  const wide = button('', { class: 'button', onPress: search });
  const how = el('span', {}, START.searchArchiveHow);
  const all = button(START.allStudies, { class: 'button', onPress: back });
  const element = el('div', { class: 'search-archive', hidden: true });
  let offered = false;
  return {
    element,
    show({ searchable, more, reading, failure, problems = [] }, query, archive) {
      // Where all of it is known, what is searched here is all of it.
      const partial = more !== null || reading !== null || failure !== null || problems.length > 0;
      offered = !archive && searchable && partial && readMatching(query) !== null;
      element.hidden = !offered && !archive;
      if (archive) put(element, all);
      else if (offered) {
        write(wide, START.searchArchive(query));
        arrange(element, [wide, how]);
      }
    },
    offered: () => offered,
  };
}
