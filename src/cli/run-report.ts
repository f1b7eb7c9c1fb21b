// What `run` prints of a cell: a grid a measure, runs that did not finish, and expectations.

import { printNumber } from '../lab/expect.ts';
import { MEASURES } from '../lab/measures.ts';
import type { CellOutput } from '../lab/output.ts';
import type { Plan, RunResult } from '../lab/plan.ts';
import { estimate } from '../lab/statistics.ts';
import { table } from './terminal.ts';

export function printOutput(output: CellOutput, plan: Plan): string {
  const grids = output.measures.flatMap((measure) => [grid(output, plan, measure), '']);
  const ended = output.results
    .filter(({ status }) => status !== 'finished')
    .map(({ run, status, reason }) => `${run}: ${status}. ${reason}`);
  const expectations = output.expectations.map(({ text, passed, detail }) => {
    const mark = passed === null ? '?' : passed ? '✓' : '✗';
    return `${mark} ${text}\n    ${detail}`;
  });
  return [...grids, ...ended, ...(ended.length > 0 ? [''] : []), ...expectations].join('\n');
}

/** The first axis down, the second across, further ones as rows of their own. */
function grid({ axes, results }: CellOutput, plan: Plan, measure: string): string {
  const [down, across, ...others] = Object.keys(axes);
  const byRun = new Map(results.map((result) => [result.run, result]));
  const title = `${measure}, ${MEASURES[measure]?.title ?? ''}`;
  const cell = (wanted: Readonly<Record<string, string | number>>) => {
    const runs = plan.runs.filter((run) => Object.entries(wanted).every(([axis, value]) => run.axes[axis] === value));
    return printCell(
      runs.map((run) => byRun.get(run.id)),
      measure,
    );
  };
  if (down === undefined) return `${title}\n  ${cell({})}`;
  const rest = product(others.map((axis) => (axes[axis] ?? []).map((value) => ({ [axis]: value }))));
  const columns = across === undefined ? [{}] : (axes[across] ?? []).map((value) => ({ [across]: value }));
  const head = [
    across === undefined ? down : `${down} \\ ${across}`,
    ...columns.map((column) => Object.values(column).join()),
  ];
  const rows = (axes[down] ?? []).flatMap((value) =>
    rest.map((more) => {
      const label = [value, ...Object.entries(more).map(([axis, one]) => `${axis}=${one}`)].join(' ');
      return [label, ...columns.map((column) => cell({ [down]: value, ...column, ...more }))];
    }),
  );
  return `${title}\n${table([head, ...rows], '  ')}`;
}

type Choice = Readonly<Record<string, string | number>>;

function product(axes: readonly (readonly Choice[])[]): readonly Choice[] {
  return axes.reduce<readonly Choice[]>(
    (all, axis) => all.flatMap((one) => axis.map((value) => ({ ...one, ...value }))),
    [{}],
  );
}

function printCell(results: readonly (RunResult | undefined)[], measure: string): string {
  const finished = results.filter((result) => result?.status === 'finished');
  if (finished.length === 0) return results.find((result) => result)?.status ?? 'not run';
  const values = finished.map((result) => result?.summary[measure] ?? Number.NaN);
  const { mean, half } = estimate(values);
  // BatchNorm's measures have no value where there is no BatchNorm.
  if (Number.isNaN(mean)) return '–';
  const partial = finished.length < results.length ? ` (${finished.length} of ${results.length})` : '';
  return `${printNumber(mean)}${Number.isNaN(half) ? '' : ` ± ${printNumber(half)}`}${partial}`;
}
