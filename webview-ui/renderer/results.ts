// From a cell's output to what is shown of it: the grid of combinations, and the curves of the chosen ones. Pure.

import type { Scalar } from '../../src/lab/observation.ts';
import type { RunResult } from '../../src/lab/plan.ts';
import type { CellOutput, RunSpecView } from '../../src/protocol/messages.ts';
import type { GridCell, GridData } from '../charts/grid.ts';
import type { LineData, LineSeries } from '../charts/line.ts';

/** The axis that goes across, and the rows that go down: every combination of the other axes. */
export interface Layout {
  readonly columnAxis: string;
  readonly rowAxes: readonly string[];
  readonly columns: readonly (string | number)[];
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** Numbers go across, as on an axis; where no axis is made of numbers, the second one does. */
export function layoutOf(axes: CellOutput['axes']): Layout {
  const names = Object.keys(axes);
  const numeric = names.filter((name) => axes[name]?.every((value) => typeof value === 'number'));
  const columnAxis = (names.length > 1 ? (numeric.at(-1) ?? names[1]) : numeric[0]) ?? '';
  const rowAxes = names.filter((name) => name !== columnAxis);
  const rows = rowAxes.reduce<Record<string, string | number>[]>(
    (combinations, name) =>
      combinations.flatMap((combination) => (axes[name] ?? []).map((value) => ({ ...combination, [name]: value }))),
    [{}],
  );
  return { columnAxis, rowAxes, columns: axes[columnAxis] ?? [], rows };
}

export function rowName(layout: Layout, row: Readonly<Record<string, string | number>>): string {
  if (layout.rowAxes.length === 1) return String(row[layout.rowAxes[0] ?? ''] ?? '');
  return layout.rowAxes.map((name) => `${name} ${row[name]}`).join(', ') || 'all';
}

/** Runs of the combination at `row`, `column` of the grid. */
export function runsAt(output: CellOutput, layout: Layout, row: number, column: number): readonly RunSpecView[] {
  const wanted = { ...layout.rows[row], ...(layout.columnAxis ? { [layout.columnAxis]: layout.columns[column] } : {}) };
  return output.runs.filter((run) => Object.entries(wanted).every(([name, value]) => run.axes[name] === value));
}

export function gridData(output: CellOutput, layout: Layout, measure: string): GridData {
  const results = resultsById(output);
  const columns = layout.columns.length > 0 ? layout.columns : [''];
  const cells = layout.rows.map((_, i) =>
    columns.map((__, j) => cellOf(runsAt(output, layout, i, j), results, measure)),
  );
  return {
    title: output.title,
    measure: measureName(measure),
    rowLabel: layout.rowAxes.join(', ') || 'model',
    columnLabel: layout.columnAxis,
    rows: layout.rows.map((row) => rowName(layout, row)),
    columns: columns.map(String),
    cells: markBest(cells, higherIsBetter(measure)),
  };
}

/** A scalar's course in the chosen combinations: each seed faint, their mean in front, their spread as a band. */
export function curves(
  output: CellOutput,
  layout: Layout,
  chosen: readonly (readonly [number, number])[],
  name: string,
): LineData {
  const results = resultsById(output);
  const series = chosen.flatMap(([row, column], slot): LineSeries[] => {
    const runs = runsAt(output, layout, row, column);
    const tracks = runs.flatMap((run) => {
      const track = trackOf(results.get(run.id), name);
      return track.length > 0 ? [track] : [];
    });
    if (tracks.length === 0) return [];
    const what = rowName(layout, layout.rows[row] ?? {});
    const label = layout.columnAxis ? `${what} at ${layout.columnAxis} ${layout.columns[column]}` : what;
    return [
      ...(tracks.length > 1 ? tracks.map((track) => seedSeries(track, slot)) : []),
      meanSeries(tracks, label, slot),
    ];
  });
  return {
    title: measureName(name),
    series,
    guides: [],
    scale: 'linear',
    kind: 'number',
    step: null,
    verdict: '',
  };
}

/** Scalars of the whole model that any run has a course of. */
export function curveNames(output: CellOutput): readonly string[] {
  const names = new Set<string>();
  for (const { observations } of output.results)
    for (const observation of observations)
      if (observation.kind === 'scalar' && observation.layer === '') names.add(observation.name);
  return [...names];
}

export interface Progress {
  readonly ended: number;
  readonly planned: number;
  readonly diverged: number;
}

export function progressOf(output: CellOutput): Progress {
  const done = output.results.filter(
    ({ status }) => status === 'finished' || status === 'diverged' || status === 'failed',
  );
  const diverged = done.filter(({ status }) => status === 'diverged').length;
  return { ended: done.length, planned: output.runs.length, diverged };
}

export function measureName(measure: string): string {
  return measure
    .replaceAll(/[_-]/g, ' ')
    .replaceAll('/', ', ')
    .replace(/^val\b/, 'validation');
}

function cellOf(runs: readonly RunSpecView[], results: ReadonlyMap<string, RunResult>, measure: string): GridCell {
  const ended = runs.flatMap((run) => results.get(run.id) ?? []);
  const count = (status: RunResult['status']) => ended.filter((result) => result.status === status).length;
  const values = ended
    .filter(({ status }) => status === 'finished')
    .flatMap(({ summary }) => summary[measure] ?? [])
    .filter(Number.isFinite);
  const mean = values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  const [diverged, failed] = [count('diverged'), count('failed')];
  const missing = runs.length - values.length - diverged - failed;
  return {
    values,
    mean,
    interval: mean === null ? null : halfInterval(values, mean),
    best: false,
    planned: runs.length,
    diverged,
    failed,
    missing,
  };
}

/** Two-sided 95 % points of Student's t, by degrees of freedom from 1. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

function halfInterval(values: readonly number[], mean: number): number | null {
  const n = values.length;
  if (n < 2) return null;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return studentT(n - 1) * Math.sqrt(variance / n);
}

function studentT(degrees: number): number {
  // Past the table, Cornish and Fisher's first term; within 0.02 there.
  return STUDENT[degrees - 1] ?? 1.96 + (1.96 ** 3 + 1.96) / (4 * degrees);
}

/** A column's best is named once all its runs have ended; a diverged combination is never it. */
function markBest(cells: readonly (readonly GridCell[])[], higher: boolean): readonly (readonly GridCell[])[] {
  return cells.map((row) =>
    row.map((cell, j) => {
      const column = cells.flatMap((other) => other[j] ?? []);
      const complete = column.every((other) => other.missing === 0);
      const rivals = column.flatMap((other) => (other.mean !== null && other.diverged === 0 ? [other.mean] : []));
      const top = higher ? Math.max(...rivals) : Math.min(...rivals);
      const best = complete && rivals.length > 1 && cell.diverged === 0 && cell.mean === top;
      return { ...cell, best };
    }),
  );
}

function higherIsBetter(measure: string): boolean {
  return /acc|score|r2/.test(measure);
}

function resultsById(output: CellOutput): ReadonlyMap<string, RunResult> {
  return new Map(output.results.map((result) => [result.run, result]));
}

function trackOf(result: RunResult | undefined, name: string): readonly Scalar[] {
  return (result?.observations ?? []).filter(
    (observation): observation is Scalar =>
      observation.kind === 'scalar' && observation.name === name && observation.layer === '',
  );
}

function seedSeries(track: readonly Scalar[], slot: number): LineSeries {
  return {
    label: '',
    slot,
    faint: true,
    steps: track.map(({ step }) => step),
    values: track.map(({ value }) => value),
  };
}

function meanSeries(tracks: readonly (readonly Scalar[])[], label: string, slot: number): LineSeries {
  const by = new Map<number, number[]>();
  for (const { step, value } of tracks.flat()) {
    const values = by.get(step);
    if (values) values.push(value);
    else by.set(step, [value]);
  }
  const steps = [...by.keys()].sort((a, b) => a - b);
  const rows = steps.map((step) => by.get(step) ?? []);
  const values = rows.map((row) => row.reduce((sum, value) => sum + value, 0) / row.length);
  if (tracks.length < 2) return { label, slot, steps, values };
  return {
    label,
    slot,
    steps,
    values,
    band: { low: rows.map((row) => Math.min(...row)), high: rows.map((row) => Math.max(...row)) },
  };
}
