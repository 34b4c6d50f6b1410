/** The colours, in one place: `tokens.test.ts` holds every pair that carries text to 4.5:1. */
export interface Theme {
  readonly ground: string;
  readonly panel: string;
  readonly raised: string;
  readonly line: string;
  readonly text: string;
  readonly quiet: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly amber: string;
  readonly red: string;
}

export const DARK: Theme = {
  ground: '#0D1014',
  panel: '#171C22',
  raised: '#1E252D',
  line: '#2A323B',
  text: '#E9EEF2',
  quiet: '#A3AFBA',
  accent: '#4CC2B0',
  onAccent: '#06231F',
  amber: '#E3A13B',
  red: '#F0796A',
};

export const LIGHT: Theme = {
  ground: '#F3F5F7',
  panel: '#FFFFFF',
  raised: '#EDF0F3',
  line: '#CBD3DA',
  text: '#151B21',
  quiet: '#4C5863',
  accent: '#0B6E60',
  onAccent: '#FFFFFF',
  amber: '#8A5200',
  red: '#B3261E',
};

/** Pairs of text over ground that must be legible. */
export const TEXT_PAIRS: readonly (readonly [text: keyof Theme, ground: keyof Theme])[] = [
  ['text', 'ground'],
  ['text', 'panel'],
  ['text', 'raised'],
  ['quiet', 'ground'],
  ['quiet', 'panel'],
  ['quiet', 'raised'],
  ['accent', 'panel'],
  ['accent', 'ground'],
  ['onAccent', 'accent'],
  ['amber', 'panel'],
  ['amber', 'ground'],
  ['red', 'panel'],
  ['red', 'ground'],
];

const linear = (code: number): number => {
  const c = code / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

function luminance(hex: string): number {
  const at = (i: number): number => linear(Number.parseInt(hex.slice(i, i + 2), 16));
  return 0.2126 * at(1) + 0.7152 * at(3) + 0.0722 * at(5);
}

/** Contrast ratio of two #RRGGBB colours. Source: WCAG 2.2, relative luminance. */
export function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const declarations = (theme: Theme): string =>
  Object.entries(theme)
    .map(([name, value]) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}:${value}`)
    .join(';');

export type ThemeChoice = 'dark' | 'light';
const KEPT = 'anteroom-theme';

/** What was chosen on this device; dark until somebody chose: reading rooms and theatres are. */
export function keptTheme(): ThemeChoice {
  return localStorage.getItem(KEPT) === 'light' ? 'light' : 'dark';
}

/** Puts the tokens on an element as CSS variables. A viewer's are always dark: the picture's ground is. */
export function dress(element: HTMLElement, choice: ThemeChoice): void {
  element.style.cssText = `${declarations(choice === 'dark' ? DARK : LIGHT)};color-scheme:${choice}`;
}

/** Dresses the page and keeps the choice. */
export function applyTheme(choice: ThemeChoice): void {
  dress(document.documentElement, choice);
  document.documentElement.dataset['theme'] = choice;
  localStorage.setItem(KEPT, choice);
}
