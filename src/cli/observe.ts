// `normlab observe`: reads a model, trains it as its file would, and prints what was measured.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Cancelled, UserError } from '../base/errors.ts';
import { hintsWith } from '../base/hints.ts';
import { builtIn } from '../graph/graph.ts';
import { judge } from '../lab/judge.ts';
import type { DataSpec, RunResult, StartSpec } from '../lab/plan.ts';
import { observeChoices, planObserve } from '../lab/plan-observe.ts';
import type { EngineSettings } from '../protocol/messages.ts';
import { writeNpz } from '../train/weights/npz.ts';
import { readWeights } from '../train/weights/weights.ts';
import { addEngineOptions, runPlan, whole } from './engine-runs.ts';
import { checkFile, readModel } from './model-file.ts';
import { type Observed, printJson, printText } from './observe-report.ts';
import { ProgressBar } from './terminal.ts';

interface ObserveOptions extends EngineSettings {
  readonly construct?: string;
  readonly input?: string;
  readonly data: string;
  readonly target?: string;
  readonly steps?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly seed?: number;
  readonly weights?: string;
  readonly resume?: string;
  readonly save?: string;
  readonly format: 'text' | 'json';
}

export function addObserve(program: Command): void {
  const command = program
    .command('observe')
    .description('train the model of a file, and report losses, layers and verdicts')
    .argument('<file>', 'a Python file with a torch.nn.Module')
    .option('--construct <expression>', 'how the model is made, such as "ResNet18()"')
    .option('--input <expression>', 'an example input, such as "torch.randn(1, 3, 32, 32)"')
    .option('--data <name>', 'digits, a synthetic set, or a .csv, .npy, .npz or .txt file', 'digits')
    .option('--target <name>', 'the column or array of the file that is the target')
    .option('--steps <n>', 'optimizer steps (default: 300, and fewer where a step takes long)', whole(1))
    .option('--batch <n>', 'rows a step', whole(1))
    .option('--lr <x>', 'learning rate', number)
    .option('--seed <n>', 'seed of weights, split and order', whole(0))
    .addOption(
      new Option('--weights <file>', 'begin with the weights of a .safetensors, .npz or .pth file').conflicts('resume'),
    )
    .option('--resume <file>', 'go on with a run that --save wrote, to the bit')
    .option('--save <file>', 'write what was learned as .safetensors, or as .npz without the optimizer')
    .addOption(new Option('--format <format>', 'how to report').choices(['text', 'json']).default('text'));
  addEngineOptions(command).action(observe);
}

async function observe(file: string, options: ObserveOptions): Promise<void> {
  const { hints: own, findings } = await checkFile(file);
  const question = { construct: options.construct ?? own.construct, input: options.input ?? null };
  const { graph, input } = await readModel(file, question);
  const builder = builtIn(graph);
  const hints = builder === null ? own : hintsWith(own, (await checkFile(builder)).hints);
  const { steps, batch, lr, seed } = options;
  const plan = planObserve(graph, hints, {
    data: readData(options.data, options.target ?? null),
    ...(steps === undefined ? {} : { steps }),
    ...(batch === undefined ? {} : { batch }),
    ...(lr === undefined ? {} : { lr }),
    ...(seed === undefined ? {} : { seed }),
    ...startOf(options),
    save: options.save !== undefined,
  });
  const bar = new ProgressBar(process.stderr);
  const { results, cancelled } = await runPlan(plan, options, ({ step, steps: of }) =>
    bar.update(step / of, `step ${step} of ${of}`),
  );
  bar.end();
  const [result] = results;
  const [spec] = plan.runs;
  if (!result || !spec) throw new Cancelled();
  refuseFailed(result);
  if (options.save !== undefined && result.state) save(options.save, result.state);
  const verdicts = judge(results, { graph, findings, batch: spec.batch });
  const observed: Observed = {
    file,
    graph,
    spec,
    result,
    verdicts,
    choices: [...observeChoices(plan, hints), `input ${input}`, ...(result.choices ?? [])],
  };
  process.stdout.write(options.format === 'json' ? printJson(observed) : printText(observed));
  if (cancelled) throw new Cancelled();
  if (verdicts.length > 0) process.exitCode = 1;
}

function refuseFailed(result: RunResult): void {
  if (result.status === 'failed') throw new UserError('observe/failed', `The run failed. ${result.reason}`);
}

/** A name, or a file by its suffix. */
function readData(name: string, target: string | null): DataSpec {
  if (name === 'digits') return { kind: 'digits' };
  if (!/\.(csv|npy|npz|txt)$/i.test(name)) return { kind: 'synthetic', name, args: {} };
  if (!existsSync(name)) throw new UserError('cli/no-file', `There is no data file \`${name}\`; check the path.`);
  return { kind: 'file', name: path.basename(name), bytes: new Uint8Array(readFileSync(name)), target };
}

function startOf({ weights, resume }: ObserveOptions): { readonly start?: StartSpec } {
  const file = weights ?? resume;
  if (file === undefined) return {};
  if (!existsSync(file)) throw new UserError('cli/no-file', `There is no file \`${file}\`; check the path.`);
  const bytes = new Uint8Array(readFileSync(file));
  return { start: { as: weights === undefined ? 'checkpoint' : 'weights', name: path.basename(file), bytes } };
}

/** safetensors as it comes; NumPy's archive has the model's tensors alone. */
function save(file: string, state: Uint8Array): void {
  const own = ([name]: readonly [string, unknown]) => !name.startsWith('#');
  const bytes = /\.npz$/i.test(file) ? writeNpz(new Map([...readWeights(file, state).tensors].filter(own))) : state;
  writeFileSync(file, bytes);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('expected a number from 0.');
}
