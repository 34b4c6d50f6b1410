/** The small dot of the stream; pressed, it says latency by stage, rate, resolution, encoder and backend. */
import type { ViewerState } from '../session/viewer-state.ts';
import { dress, el, put, write } from '../style/dom.ts';
import { TEXT } from '../strings.ts';

export type StreamFigures = Pick<ViewerState, 'report' | 'received' | 'age' | 'connection'>;

export type StreamState = 'fine' | 'working' | 'poor';

/** Fine: fresh and fluent. Poor: what a person would notice. */
export function streamState({ report, age, connection }: StreamFigures): StreamState {
  if (connection.kind !== 'joined' || age.kind === 'none' || age.kind === 'old' || age.kind === 'stale')
    return 'poor';
  if (!report) return 'working';
  return age.ageMs > 100 || report.fps < 9 ? 'working' : 'fine';
}

const ms = (value: number | null): string => (value === null ? '–' : `${Math.round(value)}\u202fms`);

function rows({ report, received, age }: StreamFigures): (readonly [string, string])[] {
  const here: (readonly [string, string])[] = [
    ['Age of the picture', ms(age.kind === 'none' ? null : age.ageMs)],
    ['Pose to picture', `${ms(received.poseToDecodedMsP50)}, 95 %: ${ms(received.poseToDecodedMsP95)}`],
    [
      'Pictures here',
      `${received.fps.toFixed(0)}\u202f/s, display ${received.displayFps.toFixed(0)}\u202f/s`,
    ],
    [
      'Proved',
      `${received.framesChecked}, refused ${received.framesRefused}, unreadable ${received.framesUnreadable}`,
    ],
  ];
  if (!report) return here;
  const full =
    report.renderedWidth === report.fullWidth ? 'full' : `of ${report.fullWidth} × ${report.fullHeight}`;
  return [
    ...here,
    ['Pose to sent', ms(report.poseToSentMs)],
    ['Rendering', ms(report.renderMs)],
    ['Encoding', ms(report.encodeMs)],
    ['Rate', `${(report.bitrateKbps / 1000).toFixed(1)}\u202fMbit/s`],
    ['Rendered', `${report.renderedWidth} × ${report.renderedHeight}, ${full}`],
    ['Detail', `${report.level === 0 ? 'full' : 'half'}, step ${report.stepVoxels}\u202fvoxels`],
    ['Encoder', report.encoder],
    ['Renderer', report.backend],
    ['Repairs', `${report.nacks} resent, ${report.keyFrames} key frames`],
  ];
}

const ORDER: readonly StreamState[] = ['fine', 'working', 'poor'];

/** Worse at once, better only where everything since the last figures was: a dot that flickers says nothing. */
export function createSteadyState(): (figures: StreamFigures) => StreamState {
  let shown: StreamState = 'fine';
  let worst: StreamState = 'fine';
  let received: StreamFigures['received'] | null = null;
  const worse = (a: StreamState, b: StreamState): StreamState =>
    ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
  return (figures) => {
    const state = streamState(figures);
    worst = worse(worst, state);
    shown = worse(shown, state);
    if (figures.received !== received) {
      received = figures.received;
      shown = worst;
      worst = state;
    }
    return shown;
  };
}

export function streamDot(): {
  readonly element: HTMLElement;
  show(figures: StreamFigures): void;
  /** False where it is folded already. */
  fold(): boolean;
} {
  const list = el('dl', {});
  const report = el('div', { class: 'stream-report', hidden: true }, list);
  const words = el('span', {});
  const steady = createSteadyState();
  const dot = el(
    'button',
    {
      type: 'button',
      class: 'stream-dot',
      'aria-expanded': 'false',
      on: {
        click: () => open(Boolean(report.hidden)),
      },
    },
    el('i', { 'aria-hidden': 'true' }),
    words,
  );
  function open(on: boolean): void {
    report.hidden = !on;
    dot.setAttribute('aria-expanded', String(on));
  }
  return {
    fold: () => {
      const was = !report.hidden;
      open(false);
      return was;
    },
    element: el('aside', { class: 'overlay bottom-right', 'aria-label': 'Stream' }, report, dot),
    show(figures) {
      const state = steady(figures);
      dress(dot, `stream-dot ${state === 'fine' ? '' : state}`);
      write(words, { fine: TEXT.streamFine, working: TEXT.streamWorking, poor: TEXT.streamPoor }[state]);
      if (!report.hidden)
        put(list, ...rows(figures).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
    },
  };
}
