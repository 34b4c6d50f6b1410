/**
 * Convergence: seeded people edit at once, drop out and come back over links that deliver when they like; at the
 * end everybody's scene is the node's. A failure prints its seed.
 */
import { expect, test } from 'vitest';
import type { FromNode, ShownVolume } from '../../shared/protocol/messages.ts';
import { applyOp, type Op, type Scene } from '../../shared/scene/index.ts';
import type { SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import { createRoom, type RoomInput, type RoomOutput } from './room.ts';
import type { RoomMessage } from './session.ts';

type Wire = Extract<RoomMessage, { kind: 'op' }>;

function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const entry = (uid: string): SeriesEntry =>
  ({ seriesInstanceUid: uid, kind: 'volume', modality: 'CT', volumes: [] }) as unknown as SeriesEntry;
const study = {
  studyInstanceUid: '1',
  patient: { name: 'N', id: 'I', birthDate: '' },
  series: [entry('1.1'), entry('1.2')],
} as unknown as StudyEntry;
const first: Scene = {
  version: 1,
  studyInstanceUid: '1',
  seriesInstanceUid: '1.1',
  volumeId: '0',
  phase: 0,
  look: { preset: 'ct-bone', window: null },
  clip: null,
};
const volume = { phases: [{}, {}, {}], modality: 'CT' } as unknown as ShownVolume;

/** A page as it should be: edits at once, keeps what is not answered, puts it on top of what the node says. */
interface Page {
  readonly id: string;
  readonly inbox: FromNode[];
  truth: Scene | null;
  pending: { id: number; base: number; op: Op }[];
  nextId: number;
}
const seen = (page: Page): Scene | null =>
  page.truth && page.pending.reduce((scene, { op }) => applyOp(scene, op), page.truth);

function receive(page: Page, message: FromNode): void {
  if (message.kind === 'welcome') page.truth = message.scene;
  else if (message.kind === 'scene') {
    expect(message.scene.version).toBe(page.truth!.version + 1);
    page.truth = message.scene;
  } else if (message.kind === 'op-result') {
    expect(page.pending[0]?.id).toBe(message.id);
    page.pending.shift();
  }
}

function play(seed: number): void {
  const random = randomFrom(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const room = createRoom({ study, scene: first }, 0);
  const pages = new Map<string, Page>();
  let loads: number[] = [];
  let born = 0;
  let versions = 1;

  const carryOut = (outputs: readonly RoomOutput[]): void => {
    for (const output of outputs) {
      if (output.kind === 'send') pages.get(output.viewerId)?.inbox.push(structuredClone(output.message));
      else if (output.kind === 'load') loads.push(output.load);
      else if (output.kind === 'cancel-load') loads = loads.filter((load) => load !== output.load);
      // An honest page is never thrown out.
      expect(output.kind).not.toBe('close');
    }
    expect(room.scene.version).toBeGreaterThanOrEqual(versions);
    versions = room.scene.version;
  };
  const step = (input: RoomInput): void => carryOut(room.step(input, 0));

  const join = (): void => {
    const id = `v${born++}`;
    pages.set(id, { id, inbox: [], truth: null, pending: [], nextId: 1 });
    step({ kind: 'join', viewerId: id, role: 'member', name: id, device: 'desktop' });
  };
  const someOp = (): Op => {
    const n = pick(10);
    if (n < 4) return { kind: 'set-look', look: { preset: 'mip', window: { center: pick(99), width: 10 } } };
    if (n < 7) return { kind: 'set-clip', clip: { normalLps: [0, 0, 1], pointLpsMm: [pick(99), 0, 0] } };
    if (n < 9) return { kind: 'set-phase', phase: pick(4) };
    return {
      kind: 'set-volume',
      seriesInstanceUid: pick(2) ? '1.1' : '1.2',
      volumeId: '0',
      look: first.look,
    };
  };
  /** What is under way from pages to the node, in order for each page. */
  const uplink = new Map<string, { id: number; base: number; op: Op }[]>();

  for (let round = 0; round < 400; round++) {
    const list = [...pages.values()];
    const page = list[pick(Math.max(1, list.length))];
    const what = pick(12);
    if (!page || (what === 0 && pages.size < 5)) join();
    else if (what === 1) {
      pages.delete(page.id);
      uplink.delete(page.id);
      step({ kind: 'leave', viewerId: page.id });
    } else if (what === 2 && loads.length > 0) {
      const load = loads.shift()!;
      step(
        pick(4) === 0
          ? { kind: 'load-failed', load, code: 'x', text: 'y' }
          : { kind: 'shown', load, volume, window: null },
      );
    } else if (what < 6 && page.truth) {
      const edit = { id: page.nextId++, base: page.truth.version, op: someOp() };
      page.pending.push(edit);
      uplink.set(page.id, [...(uplink.get(page.id) ?? []), edit]);
    } else if (what < 9) {
      const edit = uplink.get(page.id)?.shift();
      if (edit) step({ kind: 'message', viewerId: page.id, message: { kind: 'op', ...edit } as Wire });
    } else for (let n = pick(4); n > 0 && page.inbox.length > 0; n--) receive(page, page.inbox.shift()!);
  }
  for (const [id, edits] of uplink)
    for (const edit of edits)
      step({ kind: 'message', viewerId: id, message: { kind: 'op', ...edit } as Wire });
  for (const page of pages.values()) {
    page.inbox.splice(0).forEach((message) => receive(page, message));
    expect(seen(page), `seed ${seed}, ${page.id}`).toEqual(room.scene);
  }
}

test('many people, edits at once, drops and returns: all end with the node’s scene', () => {
  for (let seed = 1; seed <= 100; seed++) play(seed);
});
