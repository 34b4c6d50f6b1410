/** Right: one panel that folds away; its sections in the order of use, made anew when another volume is shown. */
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import type { SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import { mayEdit } from '../../shared/roles.ts';
import type { ViewerActions, ViewerState } from '../session/viewer-state.ts';
import { defaultPreset } from '../../shared/scene/presets.ts';
import { button, el, hide, mark, put } from '../style/dom.ts';
import { mainVolumeId, seriesTitle, viewable } from '../start/words.ts';
import { clipPanel } from './clip-panel.ts';
import { lookPanel } from './look-panel.ts';
import { timePanel } from './time-panel.ts';

interface Sections {
  readonly volume: ShownVolume;
  readonly look: ReturnType<typeof lookPanel>;
  readonly clip: ReturnType<typeof clipPanel>;
  readonly time: ReturnType<typeof timePanel>;
}

export interface SidePanel {
  readonly element: HTMLElement;
  show(state: ViewerState): void;
  toggle(): void;
  /** Over the picture, not beside it. */
  isOpen(): boolean;
  isFolded(): boolean;
}

const roomForBoth = (): boolean => matchMedia('(min-width: 1200px)').matches;

export function sidePanel(actions: ViewerActions): SidePanel {
  const element = el('aside', {
    class: 'overlay side-panel',
    'aria-label': 'Settings',
    hidden: !roomForBoth(),
  });
  const layers = el('section', { 'aria-label': 'Series' });
  let sections: Sections | null = null;
  let watching = false;
  let listed: { readonly study: StudyEntry | null; readonly buttons: readonly HTMLElement[] } | null = null;

  function sectionsFor(volume: ShownVolume): Sections {
    if (sections?.volume === volume) return sections;
    sections = {
      volume,
      look: lookPanel(volume, (look, merge = false) =>
        actions.applyOp({ kind: 'set-look', look }, { merge }),
      ),
      clip: clipPanel(volume, (clip, merge = false) =>
        actions.applyOp({ kind: 'set-clip', clip }, { merge }),
      ),
      time: timePanel(volume, (phase, merge = false) =>
        actions.applyOp({ kind: 'set-phase', phase }, { merge }),
      ),
    };
    put(element, sections.look.element, layers, sections.clip.element, sections.time?.element);
    return sections;
  }

  /**
   * The study's other volumes: what can be shown instead. Made once a study: an edit by somebody else takes nobody's
   * focus away.
   */
  function showLayers({ study, scene }: ViewerState): void {
    const volumes = study?.series.filter(viewable) ?? [];
    hide(layers, volumes.length < 2);
    if (listed?.study !== study) {
      listed = { study, buttons: volumes.map(seriesButton) };
      put(layers, el('h2', {}, 'Series'), ...listed.buttons);
    }
    volumes.forEach((series, index) =>
      mark(
        listed!.buttons[index]!,
        'aria-pressed',
        String(series.seriesInstanceUid === scene?.seriesInstanceUid),
      ),
    );
  }

  const seriesButton = (series: SeriesEntry): HTMLElement =>
    button(seriesTitle(series), {
      class: 'preset wide',
      pressed: false,
      onPress: () =>
        actions.applyOp({
          kind: 'set-volume',
          seriesInstanceUid: series.seriesInstanceUid,
          volumeId: mainVolumeId(series),
          look: { preset: defaultPreset(series.modality), window: null },
        }),
    });

  return {
    element,
    show(state) {
      const { volume, scene, role } = state;
      // Who is here to look has nothing to set: a panel that takes no press would look broken.
      watching = role !== null && !mayEdit(role);
      if (watching) hide(element, true);
      if (!volume || !scene) return;
      const shown = sectionsFor(volume);
      showLayers(state);
      shown.look.show(scene.look);
      shown.clip.show(scene.clip);
      shown.time?.show(scene.phase);
    },
    toggle() {
      if (!watching) element.hidden = !element.hidden;
    },
    isFolded: () => Boolean(element.hidden),
    isOpen: () => !element.hidden && !roomForBoth(),
  };
}
