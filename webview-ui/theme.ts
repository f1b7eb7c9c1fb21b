// The editor's colors as a chart needs them: numbers, with enough contrast to be seen, and for every series a
// dash and a marker besides, so that nothing is told by color alone. Read again whenever the editor changes.

import type { Disposable } from '../src/base/disposable.ts';
import { contrast, cssColor, legible, mix, parseColor, type Rgb } from './color.ts';

export type ThemeKind = 'light' | 'dark' | 'hc-dark' | 'hc-light';
export type Marker = 'circle' | 'rect' | 'triangle' | 'rectRot' | 'crossRot' | 'star';

/** How one of several series is drawn. */
export interface SeriesStyle {
  readonly color: Rgb;
  readonly dash: readonly number[];
  readonly marker: Marker;
}

export interface Theme {
  readonly kind: ThemeKind;
  readonly highContrast: boolean;
  readonly reducedMotion: boolean;
  readonly background: Rgb;
  readonly foreground: Rgb;
  /** Labels and axes; still readable as text. */
  readonly muted: Rgb;
  /** Grid lines, just visible. */
  readonly grid: Rgb;
  readonly accent: Rgb;
  readonly ok: Rgb;
  readonly watch: Rgb;
  readonly problem: Rgb;
  readonly series: readonly SeriesStyle[];
  /** 256 colors from nothing to most. */
  readonly ramp: readonly Rgb[];
  /** The same, for what is worse the more there is. */
  readonly alarm: readonly Rgb[];
  readonly tooltip: { readonly background: Rgb; readonly foreground: Rgb; readonly border: Rgb };
  readonly font: { readonly family: string; readonly size: number };
}

/** What a style sheet says of a `--vscode-…` variable, without the prefix; empty when it says nothing. */
export type Token = (name: string) => string;

const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3]];
const MARKERS: readonly Marker[] = ['circle', 'rect', 'triangle', 'rectRot', 'crossRot', 'star'];
/** Blue and orange first: the pair that color-blind eyes keep apart best. */
const SERIES = ['charts-blue', 'charts-orange', 'charts-purple', 'charts-green', 'charts-red', 'charts-yellow'];
const FALLBACK: Record<string, Rgb> = {
  'charts-blue': [55, 148, 255],
  'charts-orange': [209, 134, 22],
  'charts-purple': [177, 128, 215],
  'charts-green': [137, 209, 133],
  'charts-red': [241, 76, 76],
  'charts-yellow': [204, 167, 0],
};

export interface Surroundings {
  readonly kind: ThemeKind;
  readonly token: Token;
  readonly font: Theme['font'];
  readonly reducedMotion: boolean;
  /** Tokens that may name the color behind the charts, the likeliest first. */
  readonly behind: readonly string[];
}

export function makeTheme({ kind, token, font, reducedMotion, behind }: Surroundings): Theme {
  const dark = kind === 'dark' || kind === 'hc-dark';
  const highContrast = kind === 'hc-dark' || kind === 'hc-light';
  const paper: Rgb = dark ? [30, 30, 30] : [255, 255, 255];
  const ink: Rgb = dark ? [204, 204, 204] : [59, 59, 59];
  const background = behind.map((name) => parseColor(token(name), paper)).find((color) => color !== null) ?? paper;
  const color = (name: string, otherwise: Rgb) => parseColor(token(name), background) ?? otherwise;
  const seen = (name: string, otherwise: Rgb, ratio: number) => legible(color(name, otherwise), background, ratio);
  const chart = (name: string) => seen(name, FALLBACK[name] ?? ink, highContrast ? 4.5 : 3);
  const foreground = seen('foreground', ink, 4.5);
  const accent = chart('charts-blue');
  return {
    kind,
    highContrast,
    reducedMotion,
    background,
    foreground,
    muted: highContrast ? foreground : seen('descriptionForeground', mix(ink, paper, 0.25), 4.5),
    grid: mix(background, foreground, highContrast ? 0.3 : 0.12),
    accent,
    ok: chart('charts-green'),
    watch: chart('charts-yellow'),
    problem: chart('charts-red'),
    series: SERIES.map((name, i) => ({
      color: chart(name),
      dash: DASHES[i % DASHES.length] ?? [],
      marker: MARKERS[i % MARKERS.length] ?? 'circle',
    })),
    ramp: ramp(background, highContrast ? foreground : accent, foreground),
    alarm: ramp(background, chart('charts-red'), foreground),
    tooltip: {
      background: color('editorHoverWidget-background', background),
      foreground: legible(
        color('editorHoverWidget-foreground', foreground),
        color('editorHoverWidget-background', background),
        4.5,
      ),
      border: color('editorHoverWidget-border', mix(background, foreground, 0.3)),
    },
    font,
  };
}

/** The theme of the page as it stands. */
export function readTheme(behind: readonly string[]): Theme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--vscode-${name}`);
  const size = Number.parseFloat(token('font-size'));
  return makeTheme({
    kind: themeKind(document.body),
    token,
    font: { family: token('font-family') || 'sans-serif', size: Number.isFinite(size) ? Math.max(10, size - 2) : 11 },
    reducedMotion:
      matchMedia('(prefers-reduced-motion: reduce)').matches ||
      document.body.classList.contains('vscode-reduce-motion'),
    behind,
  });
}

/** Calls `changed` whenever the editor's theme, fonts or motion preference change. */
export function watchTheme(changed: () => void): Disposable {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind'] });
  const motion = matchMedia('(prefers-reduced-motion: reduce)');
  motion.addEventListener('change', changed);
  return {
    dispose: () => {
      observer.disconnect();
      motion.removeEventListener('change', changed);
    },
  };
}

export function styleOf(theme: Theme, slot: number): SeriesStyle {
  const style = theme.series[slot % theme.series.length];
  return style ?? { color: theme.foreground, dash: [], marker: 'circle' };
}

export { cssColor, type Rgb };

function themeKind(body: HTMLElement): ThemeKind {
  if (body.classList.contains('vscode-high-contrast-light')) return 'hc-light';
  if (body.classList.contains('vscode-high-contrast')) return 'hc-dark';
  return body.classList.contains('vscode-light') ? 'light' : 'dark';
}

/** From the paper through `color` to nearly the ink, so that lightness alone orders it. */
function ramp(background: Rgb, color: Rgb, foreground: Rgb): readonly Rgb[] {
  const middle = contrast(color, background) > 7 ? 0.85 : 0.7;
  const end = mix(color, foreground, 0.6);
  return Array.from({ length: 256 }, (_, i) => {
    const t = i / 255;
    return t < middle ? mix(background, color, t / middle) : mix(color, end, (t - middle) / (1 - middle));
  });
}
