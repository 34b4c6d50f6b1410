/** The rooms' effects, done by the folders before this one. Loaded when first needed: the page is up before the addon. */
import type { TwinStore } from '../twin/index.ts';
import type { RoomEffects } from './effects.ts';

/** `encoder`: its name, or automatic. */
export function realEffects(encoder: string | undefined): RoomEffects {
  let twins: Promise<TwinStore> | null = null;
  return {
    async holdSeries(source, key, options) {
      twins ??= import('../twin/index.ts').then(({ openTwinStore }) => openTwinStore());
      return (await twins).openTwin(source, key, options);
    },
    async openSeries(source, key, options) {
      const { openSeries } = await import('../ingest/index.ts');
      return openSeries(source, key, options);
    },
    async prepareTwin(volume, options) {
      const { prepareTwin } = await import('../render/index.ts');
      return prepareTwin(volume, options);
    },
    async openViewerStream(options) {
      const { chooseEncoder, openViewerStream } = await import('../stream/index.ts');
      return openViewerStream({ ...options, encoder: chooseEncoder(encoder) });
    },
    sweep: () => void twins?.then((store) => store.sweep()).catch(() => undefined),
    async close() {
      (await twins?.catch(() => null))?.dispose();
    },
  };
}
