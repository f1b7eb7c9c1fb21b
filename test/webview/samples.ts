// Small data for the charts, and closeness of numbers.

import assert from 'node:assert/strict';
import type { DriftData } from '../../webview-ui/charts/drift.ts';
import type { GridData } from '../../webview-ui/charts/grid.ts';
import type { LineData } from '../../webview-ui/charts/line.ts';
import type { ProfileData } from '../../webview-ui/charts/profile.ts';
import type { HistoryData } from '../../webview-ui/draw/history.ts';
import { gridData, layoutOf } from '../../webview-ui/renderer/results.ts';
import { makeTheme, type Theme, type ThemeKind } from '../../webview-ui/theme.ts';
import { cellOutput, histogramOf } from '../browser/fixtures.ts';
import { SHEETS, type SheetName } from '../browser/support/tokens.ts';

const KINDS: Record<SheetName, ThemeKind> = {
  dark: 'dark',
  light: 'light',
  'hc-black': 'hc-dark',
  'hc-light': 'hc-light',
};

export function themeOf(sheet: SheetName): Theme {
  const tokens: Readonly<Record<string, string>> = SHEETS[sheet].tokens;
  return makeTheme({
    kind: KINDS[sheet],
    token: (name) => tokens[name] ?? '',
    font: { family: 'sans-serif', size: 11 },
    reducedMotion: false,
    behind: ['sideBar-background', 'editor-background'],
  });
}

export function close(actual: number, expected: number, tolerance = 1e-9): void {
  const allowed = tolerance * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= allowed, `${actual} is not within ${allowed} of ${expected}`);
}

/** The same standard normal numbers every time. */
export function normals(n: number): number[] {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

export const LINE: LineData = {
  title: 'Loss',
  series: [
    { label: 'Train', slot: 0, steps: [0, 10, 20, 30], values: [2, 1, 0.5, 0.25] },
    {
      label: 'Eval',
      slot: 1,
      steps: [0, 20],
      values: [2, 1.5],
      band: { low: [1.9, 1.4], high: [2.1, 1.6] },
    },
  ],
  guides: [
    { value: 1, label: 'one' },
    { value: -1, label: 'below' },
  ],
  scale: 'linear',
  kind: 'number',
  step: 20,
  verdict: '',
};

export const HISTORY: HistoryData = {
  title: 'Activations of relu1',
  what: 'activation',
  step: 20,
  histograms: [0, 10, 20, 30].map((step, i) =>
    histogramOf(
      normals(200).map((value) => Math.max(0, value * (1 + i))),
      { name: 'activation', layer: 'relu1', step },
    ),
  ),
};

export const PROFILE: ProfileData = {
  title: 'Depth profile',
  layers: ['fc1', 'relu1', 'fc2'],
  step: 30,
  selected: 'relu1',
  verdict: '',
  columns: [
    {
      label: 'activation std',
      values: [1, 0.4, 0.02],
      first: [0.5, 0.3, 0.01],
      scale: 'logarithmic',
      kind: 'number',
      band: [0.3, 3],
    },
    {
      label: 'dead %',
      values: [null, 0.6, null],
      first: [null, null, null],
      scale: 'linear',
      kind: 'percent',
      band: [0, 0.1],
    },
  ],
};

export const DRIFT: DriftData = {
  title: 'BatchNorm drift',
  step: null,
  rows: [
    { layer: 'bn1', of: 'mean', steps: [0, 10, 20], values: [0.1, 0.2, 0.4] },
    { layer: 'bn1', of: 'variance', steps: [0, 10, 20], values: [1, 2.5, 4] },
  ],
};

export const GRID: GridData = gridData(cellOutput(36), layoutOf(cellOutput(36).axes), 'val_loss');
