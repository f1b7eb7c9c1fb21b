// Compares what the engine computes of public models, and how it begins them, with what PyTorch recorded:
//
//   python tools/record-behavior.py FILES test/corpus/models.jsonl RECORDED [--count 40]
//   npm run corpus:behavior -- FILES RECORDED [--only TEXT]
//
// Outputs: PyTorch's own weights and input are loaded from RECORDED/N.safetensors; the largest difference, relative to
// the largest output, must stay below 1e-4 in eval mode and in training mode without dropout. Initialization: of every
// parameter over 8 seeds, mean and variance against PyTorch's over 8 seeds, as two normal tests whose limit is chosen
// so that all tests together raise a false alarm once in 1,000 runs (Bonferroni).

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { normalQuantile } from '../src/base/random.ts';
import { fromPackage } from '../src/cli/workers.ts';
import { createSession, type Session, type Tensor } from '../src/engine/session.ts';
import type { Graph } from '../src/graph/graph.ts';
import { outputShape } from '../src/train/data/adapt.ts';
import { withoutDropout } from '../src/train/dropout.ts';
import { matchWeights } from '../src/train/weights/match.ts';
import { readWeights, type Weights } from '../src/train/weights/weights.ts';
import type { Entry } from './corpus/entry.ts';
import { folderOf, pythonFiles } from './corpus/files.ts';
import { readAll } from './corpus/pool.ts';

const TOLERANCE = 1e-4;
const SEEDS = 8;
const FALSE_ALARM = 1e-3;

/** count, mean, variance, fourth central moment. */
type Moments = readonly [number, number, number, number];

interface Recorded {
  readonly number: number;
  readonly entry: Entry;
  readonly moments: Readonly<Record<string, Moments>>;
}

interface Difference {
  readonly model: string;
  readonly parameter: string;
  readonly what: 'mean' | 'variance' | 'constant';
  /** In standard errors; infinite where a constant differs. */
  readonly size: number;
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } });
const [files, folder] = positionals;
if (files === undefined || folder === undefined) {
  console.error('Expected two folders, as in: npm run corpus:behavior -- FILES RECORDED');
  process.exit(2);
}
await main(files, folder);

async function main(files: string, folder: string): Promise<void> {
  const recorded = readRecorded(folder).filter(({ entry }) => title(entry).includes(values.only ?? ''));
  const tests: Difference[] = [];
  let [right, computed] = [0, 0];
  const request = ({ entry }: Recorded) => {
    const root = folderOf(files, entry);
    const { construct, example_input: input } = entry;
    return { files: pythonFiles(root), entry: path.join(root, entry.path), roots: [root], construct, input };
  };
  await readAll(recorded, 1, { seconds: 60 }, request, (one, result) => {
    const { entry, number } = one;
    if (result instanceof Error || result.graph === null) {
      const why = result instanceof Error ? result.message : (result.problems.at(-1)?.message ?? '');
      console.log(`unread   ${title(entry)}  ${why.slice(0, 160)}`);
      return;
    }
    computed++;
    try {
      const weights = readWeights('w', new Uint8Array(readFileSync(path.join(folder, `${number}.safetensors`))));
      const errors = compareOutputs(result.graph, weights);
      const good = errors.every(([, error]) => error <= TOLERANCE);
      if (good) right++;
      const told = errors.map(([mode, error]) => `${mode} ${error.toExponential(1)}`).join('  ');
      console.log(`${good ? 'equal' : 'DIFFERS'}    ${title(entry)}  ${told}`);
      tests.push(...compareStarts(title(entry), result.graph, one.moments));
    } catch (error) {
      console.log(`refused  ${title(entry)}  ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`);
    }
  });
  console.log(
    `\noutputs: ${right} of ${recorded.length} models equal PyTorch's to ${TOLERANCE} (${computed} were read)`,
  );
  reportStarts(tests);
}

function title({ repo, path: file, construct }: Entry): string {
  return `${repo}/${file} ${construct.slice(0, 50)}`;
}

function readRecorded(folder: string): readonly Recorded[] {
  const found: Recorded[] = [];
  for (let number = 0; existsSync(path.join(folder, `${number}.json`)); number++)
    found.push({ number, ...JSON.parse(readFileSync(path.join(folder, `${number}.json`), 'utf8')) });
  return found;
}

function sessionOf(graph: Graph, seed: number): Session {
  return createSession({
    graph,
    seed,
    batch: graph.inputs[0]?.shape[0] ?? 1,
    loss: 'mse_loss',
    optimizer: { target: 'torch.optim.SGD', args: { lr: 0 } },
    probes: [],
    kernels: readFileSync(fromPackage('dist', 'kernels.wasm')),
    memoryLimit: 3.5 * 2 ** 30,
  });
}

function compareOutputs(graph: Graph, weights: Weights): readonly (readonly [string, number])[] {
  const shape = outputShape(graph);
  const target: Tensor = { shape, dtype: 'float32', data: new Float32Array(shape.reduce((n, size) => n * size, 1)) };
  const inputs = graph.inputs.map((input, i): Tensor => {
    const { shape, data } = weights.tensors.get(`#input/${i}`) ?? { shape: [], data: new Float32Array() };
    return { shape, dtype: input.dtype, data };
  });
  const modes = ['eval', 'train'] as const;
  return modes.flatMap((mode) => {
    const expected = weights.tensors.get(`#${mode}`);
    if (expected === undefined) return [];
    const session = sessionOf(mode === 'train' ? withoutDropout(graph) : graph, 0);
    for (const [name, { data }] of matchWeights('w', weights, graph)) session.write(name, data);
    const { output } = session.evaluate(inputs, target, { mode });
    session.dispose();
    return [[mode, largestDifference(output, expected.data)] as const];
  });
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [apart, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (!(Math.abs(x - y) <= apart)) apart = Math.abs(x - y);
    size = Math.max(size, Math.abs(y));
  }
  return apart / (size || 1);
}

function compareStarts(model: string, graph: Graph, moments: Recorded['moments']): readonly Difference[] {
  const drawn = new Map<string, Float32Array[]>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const session = sessionOf(graph, seed);
    for (const { name, kind } of graph.tensors)
      if (kind === 'parameter') drawn.set(name, [...(drawn.get(name) ?? []), session.read(name)]);
    session.dispose();
  }
  return [...drawn].flatMap(([parameter, values]) => {
    const theirs = moments[parameter];
    return theirs === undefined ? [] : differences(momentsOf(values), theirs, model, parameter);
  });
}

function momentsOf(values: readonly Float32Array[]): Moments {
  let [count, sum] = [0, 0];
  for (const one of values) for (const value of one) [count, sum] = [count + 1, sum + value];
  const mean = sum / count;
  let [second, fourth] = [0, 0];
  for (const one of values)
    for (const value of one) {
      const square = (value - mean) ** 2;
      second += square;
      fourth += square * square;
    }
  return [count, mean, second / count, fourth / count];
}

function differences(ours: Moments, theirs: Moments, model: string, parameter: string): readonly Difference[] {
  const [n, m, v, f] = ours;
  const [count, mean, variance, fourth] = theirs;
  const scale = Math.abs(mean) + Math.sqrt(variance);
  // Numbers that are no draw: constants, tables of positions.
  if (variance <= 1e-12 * scale ** 2 || v <= 1e-12 * scale ** 2) {
    const same = Math.abs(m - mean) <= 1e-5 * (scale || 1) && Math.abs(v - variance) <= 1e-9 * (scale ** 2 || 1);
    return [{ model, parameter, what: 'constant', size: same ? 0 : Number.POSITIVE_INFINITY }];
  }
  const spread = Math.sqrt(Math.max(fourth - variance ** 2, 0) / count + Math.max(f - v ** 2, 0) / n);
  return [
    { model, parameter, what: 'mean', size: Math.abs(m - mean) / Math.sqrt(v / n + variance / count) },
    { model, parameter, what: 'variance', size: Math.abs(v - variance) / (spread || Number.EPSILON) },
  ];
}

function reportStarts(tests: readonly Difference[]): void {
  const limit = -normalQuantile(FALSE_ALARM / Math.max(tests.length, 1) / 2);
  const beyond = tests.filter(({ size }) => !(size <= limit));
  const shown = `${limit.toFixed(2)} standard errors, one false alarm in ${1 / FALSE_ALARM} runs`;
  console.log(`initialization: ${tests.length - beyond.length} of ${tests.length} tests pass (${shown})`);
  for (const { model, parameter, what, size } of beyond.slice(0, 40))
    console.log(`  ${what} of ${parameter} differs by ${size.toFixed(1)} standard errors  ${model}`);
}
