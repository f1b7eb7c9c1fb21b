// A cell's results as a Markdown table: what a viewer without the renderer shows.

import type { CellOutput } from '../../protocol/messages.ts';

export function toMarkdown(output: CellOutput): string {
  const rows = Object.entries(output.axes);
  const head = [...rows.map(([axis]) => axis), ...output.measures, 'seeds'];
  const lines = combinations(output).map(({ axes, runs }) => [
    ...rows.map(([axis]) => String(axes[axis] ?? '')),
    ...output.measures.map((measure) => mean(output, runs, measure)),
    `${runs.filter((run) => output.results.some((result) => result.run === run)).length} of ${runs.length}`,
  ]);
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const expectations = output.expectations.map(
    ({ text, passed, detail }) => `- ${MARKS[String(passed)]} ${text}: ${detail}`,
  );
  return [output.message, table, expectations.join('\n')].filter(Boolean).join('\n\n');
}

const MARKS: Readonly<Record<string, string>> = { true: 'holds', false: 'fails', null: 'unknown' };

interface Combination {
  readonly axes: Readonly<Record<string, string | number>>;
  readonly runs: readonly string[];
}

function combinations({ runs }: CellOutput): readonly Combination[] {
  const byAxes = new Map<string, { axes: Combination['axes']; runs: string[] }>();
  for (const { id, axes } of runs) {
    const key = JSON.stringify(axes);
    const known = byAxes.get(key) ?? { axes, runs: [] };
    known.runs.push(id);
    byAxes.set(key, known);
  }
  return [...byAxes.values()];
}

function mean({ results }: CellOutput, runs: readonly string[], measure: string): string {
  const finished = results.filter(({ run, status }) => runs.includes(run) && status === 'finished');
  const values = finished.flatMap(({ summary }) => summary[measure] ?? []);
  if (values.length === 0) return '–';
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toPrecision(4);
}
