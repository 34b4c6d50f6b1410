/** The small dot of the stream; pressed, it says latency by stage, rate, resolution, encoder and backend. */
import type { StreamReport } from '../../shared/protocol/messages.ts';
import { el, put } from '../style/dom.ts';
import { TEXT } from '../strings.ts';

export interface StreamFigures {
  readonly report: StreamReport | null;
  /** Age of the shown picture at its newest, ms. */
  readonly ageMs: number | null;
  readonly connected: boolean;
}

export type StreamState = 'fine' | 'working' | 'poor';

/** Fine: fresh and fluent. Poor: what a person would notice. */
export function streamState(figures: StreamFigures): StreamState {
  if (!figures.connected || figures.ageMs === null || figures.ageMs > 150) return 'poor';
  if (!figures.report) return 'working';
  return figures.ageMs > 100 || figures.report.fps < 15 ? 'working' : 'fine';
}

const ms = (value: number): string => `${Math.round(value)}\u202fms`;

function rows({ report, ageMs }: StreamFigures): (readonly [string, string])[] {
  const age = ['Age of the picture', ageMs === null ? '–' : ms(ageMs)] as const;
  if (!report) return [age];
  const full =
    report.renderedWidth === report.fullWidth ? 'full' : `of ${report.fullWidth} × ${report.fullHeight}`;
  return [
    age,
    ['Pose to sent', ms(report.poseToSentMs)],
    ['Rendering', ms(report.renderMs)],
    ['Encoding', ms(report.encodeMs)],
    ['Pictures', `${report.fps.toFixed(0)}\u202f/s`],
    ['Rate', `${(report.bitrateKbps / 1000).toFixed(1)}\u202fMbit/s`],
    ['Rendered', `${report.renderedWidth} × ${report.renderedHeight}, ${full}`],
    ['Encoder', report.encoder],
    ['Renderer', report.backend],
    ['Repairs', `${report.nacks} resent, ${report.keyFrames} key frames`],
  ];
}

export function streamDot(): { readonly element: HTMLElement; show(figures: StreamFigures): void } {
  const list = el('dl', {});
  const report = el('div', { class: 'stream-report', hidden: true }, list);
  const words = el('span', {});
  const dot = el(
    'button',
    {
      type: 'button',
      class: 'stream-dot',
      'aria-expanded': 'false',
      on: {
        click: () => {
          report.hidden = !report.hidden;
          dot.setAttribute('aria-expanded', String(!report.hidden));
        },
      },
    },
    el('i', { 'aria-hidden': 'true' }),
    words,
  );
  return {
    element: el('aside', { class: 'overlay bottom-right', 'aria-label': 'Stream' }, report, dot),
    show(figures) {
      const state = streamState(figures);
      dot.className = `stream-dot ${state === 'fine' ? '' : state}`;
      words.textContent = { fine: TEXT.streamFine, working: TEXT.streamWorking, poor: TEXT.streamPoor }[
        state
      ];
      if (!report.hidden)
        put(list, ...rows(figures).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
    },
  };
}
