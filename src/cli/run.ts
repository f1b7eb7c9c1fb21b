// `normlab run`: the cells of a lab notebook, with the same numbers as in the editor.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import { Cancelled, UserError } from '../base/errors.ts';
import { LineMap } from '../base/text.ts';
import { toCellOutput } from '../lab/cell-output.ts';
import { planHash } from '../lab/hash.ts';
import { decodeNotebook, type Notebook, parseNotebook, specCells } from '../lab/notebook.ts';
import type { CellOutput } from '../lab/output.ts';
import type { Plan } from '../lab/plan.ts';
import { dataOf, planCell, printPlan } from '../lab/plan-cell.ts';
import { printSidecar, sidecarName } from '../lab/sidecar.ts';
import { type ExperimentSpec, firstSeedOf, readSpec, type SpecProblem } from '../lab/spec.ts';
import type { EngineSettings } from '../protocol/messages.ts';
import { addEngineOptions, runPlan } from './engine-runs.ts';
import { readModel } from './model-file.ts';
import { printOutput } from './run-report.ts';
import { ProgressBar } from './terminal.ts';
import { packageVersion } from './version.ts';

interface RunOptions extends EngineSettings {
  readonly cell?: string;
  readonly check?: boolean;
  readonly out?: string;
}

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('run the cells of a lab notebook: plan, grid, expectations')
    .argument('<file>', 'a lab notebook, *.normlab.md')
    .option('--cell <id>', 'only this cell')
    .option('--check', 'exit 1 when an expectation does not hold')
    .option('--out <dir>', 'write the results there, as the editor stores them');
  addEngineOptions(command).action(runNotebook);
}

async function runNotebook(file: string, options: RunOptions): Promise<void> {
  const notebook = readNotebook(file);
  const cells = specCells(notebook).filter(({ id }) => options.cell === undefined || id === options.cell);
  if (cells.length === 0) {
    const known = specCells(notebook).map(({ id }) => `\`${id}\``);
    const has = known.length > 0 ? `its cells are ${known.join(', ')}` : 'it has no lab cell';
    throw new UserError('run/no-cell', `There is nothing to run in \`${file}\`: ${has}.`);
  }
  // Every cell is read before the first is run: a slip in the last one costs no waiting.
  const specs = cells.map(({ id, cell }) => ({ id, spec: readCell(file, notebook, id, cell.text) }));
  for (const { id, spec } of specs) {
    const plan = await planOf(file, spec);
    process.stdout.write(`${id}\n${printPlan(plan)}\n\n`);
    const { output, cancelled } = await runCell(id, { spec, plan, options });
    process.stdout.write(`${printOutput(output, plan)}\n`);
    if (options.out !== undefined) store(options.out, output, plan);
    if (cancelled) throw new Cancelled();
    if (output.state === 'failed') throw new UserError('run/failed', `The cell \`${id}\` failed. ${output.message}`);
    if (options.check && output.expectations.some(({ passed }) => passed !== true)) process.exitCode = 1;
  }
}

function readNotebook(file: string): Notebook {
  if (!existsSync(file)) throw new UserError('cli/no-file', `There is no lab notebook \`${file}\`; check the path.`);
  return parseNotebook(decodeNotebook(new Uint8Array(readFileSync(file))));
}

function readCell(file: string, notebook: Notebook, id: string, text: string): ExperimentSpec {
  const { spec, problems } = readSpec(text, firstSeedOf(notebook.head));
  const lines = new LineMap(text);
  const say = ({ span, message }: SpecProblem) => {
    const { line, column } = lines.position(span.start);
    return `${file}, cell \`${id}\`, line ${line}, column ${column}: ${message}`;
  };
  for (const problem of problems) if (problem.severity === 'warning') process.stderr.write(`${say(problem)}\n`);
  const error = problems.find(({ severity }) => severity === 'error');
  if (error || !spec) throw new UserError('run/spec', error ? say(error) : `The cell \`${id}\` could not be read.`);
  return spec;
}

/** Files a cell names are beside its notebook. */
async function planOf(file: string, spec: ExperimentSpec): Promise<Plan> {
  const beside = (name: string) => path.join(path.dirname(file), name);
  const { model, data } = spec;
  const graph = model.kind === 'file' ? (await readModel(beside(model.file), model)).graph : null;
  return planCell(spec, { graph, data: dataOf(data, data.kind === 'file' ? readBytes(beside(data.file)) : null) });
}

function readBytes(file: string): Uint8Array {
  if (!existsSync(file)) throw new UserError('cli/no-file', `There is no data file \`${file}\`; check the path.`);
  return new Uint8Array(readFileSync(file));
}

async function runCell(
  id: string,
  { spec, plan, options }: { readonly spec: ExperimentSpec; readonly plan: Plan; readonly options: EngineSettings },
): Promise<{ readonly output: CellOutput; readonly cancelled: boolean }> {
  const bar = new ProgressBar(process.stderr);
  const of = plan.runs.length;
  const { results, cancelled, backend } = await runPlan(plan, options, ({ run, step, steps }, ended) =>
    bar.update((ended + step / steps) / of, `${ended} of ${of}, ${run}`),
  );
  bar.end();
  const failed = results.filter(({ status }) => status === 'failed');
  const output = toCellOutput({
    cell: id,
    plan,
    measure: spec.measure,
    expect: spec.expect,
    results,
    state: cancelled ? 'partial' : failed.length === of ? 'failed' : 'finished',
    message: failed[0]?.reason ?? (cancelled ? `Stopped after ${results.length} of ${of} runs.` : ''),
    version: packageVersion(),
    backend,
  });
  return { output, cancelled };
}

function store(folder: string, output: CellOutput, plan: Plan): void {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, sidecarName(output.cell, planHash(plan)));
  writeFileSync(file, printSidecar(output));
  process.stdout.write(`Results: ${file}\n`);
}
