// What a model costs as it grows, what observing costs, and what sessions leave behind:
// `npx tsx --expose-gc test/bench/engine/limits.ts [scale] [large] [probes] [sessions] [threads]`. CPU time, best of rounds.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Random } from '../../../src/base/random.ts';
import { createSession, type Session, type SessionOptions, type Tensor } from '../../../src/engine/session.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import type { DataSpec } from '../../../src/lab/plan.ts';
import { OBSERVERS } from '../../../src/lab/plan-observe.ts';
import { adapt } from '../../../src/train/data/adapt.ts';
import { BatchOrder, gather, split } from '../../../src/train/data/batches.ts';
import { load } from '../../../src/train/data/load.ts';
import { layersOf } from '../../../src/train/layers.ts';
import type { Observer, Watched } from '../../../src/train/observer.ts';
import { all } from '../../../src/train/observers/all.ts';
import { keptSteps, mostKept } from '../../../src/train/schedule.ts';
import { startThreads } from '../../../src/worker/start-threads.ts';
import { cnn, encoder, languageModel, mlp, resnet, resnet20, resnet50 } from '../../engine/nets.ts';
import { currentKernels } from '../../engine/support.ts';

const dist = path.resolve(import.meta.dirname, '../../../dist');
const kernels = currentKernels().fused;
const wanted = process.argv.slice(2);
const asked = (name: string) => wanted.length === 0 || wanted.includes(name);
const say = (line: string) => process.stdout.write(`${line}\n`);

interface Trained {
  readonly session: Session;
  step(): void;
}

function train(graph: Graph, more: Partial<SessionOptions> = {}): Trained {
  const shape = graph.inputs[0]?.shape ?? [];
  const [batch = 1] = shape;
  const random = new Random(0, 'bench');
  const size = shape.reduce((product, one) => product * one, 1);
  const x: Tensor = { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => random.normal()) };
  const y: Tensor = { shape: [batch], dtype: 'int64', data: Int32Array.from({ length: batch }, (_, i) => i % 10) };
  const optimizer = { target: 'torch.optim.SGD', args: { lr: 0.01, momentum: 0.9 } };
  const options = { graph, seed: 0, batch, loss: 'cross_entropy', optimizer, probes: [], kernels } as const;
  const session = createSession({ ...options, ...more });
  return { session, step: () => session.step([x], y) };
}

/** Milliseconds of CPU, the least of some rounds of about a tenth of a second. */
function cost(work: () => void, rounds = 5): number {
  work();
  const once = () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  const times = Math.max(1, Math.min(200, Math.round(100 / Math.max(0.01, once()))));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < times; i++) work();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000 / times);
  }
  return best;
}

/** Milliseconds of CPU of several pieces of work, measured in turn. */
function alternating(works: readonly (() => void)[]): number[] {
  const best = works.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < 4; round++)
    for (const [i, work] of works.entries()) best[i] = Math.min(best[i] ?? 0, cost(work, 2));
  return best;
}

function scale(): void {
  const deep = (blocks: number) => () =>
    resnet([8, 16, 16, 16], { channels: 16, size: 3, stride: 1, pool: false }, [[16, blocks, 1]], 10);
  const series: readonly (readonly [string, readonly number[], (size: number) => () => Graph])[] = [
    ['ResNet-20, batch', [8, 16, 32, 64], (batch) => () => resnet20(batch)],
    ['Transformer, batch', [4, 8, 16, 32], (batch) => () => encoder(batch)],
    ['residual blocks', [4, 8, 16, 32], deep],
  ];
  for (const [what, sizes, make] of series) {
    const points = sizes.map((size) => {
      const { session, step } = train(make(size)());
      const found = { size, ms: cost(step), bytes: session.bytes };
      session.dispose();
      return found;
    });
    // What one more costs between two sizes, against the same over the whole range: 1 is linear.
    const slope = (a: { size: number; ms: number }, b: { size: number; ms: number }) =>
      (b.ms - a.ms) / (b.size - a.size);
    const [first, last] = [points[0], points[points.length - 1]];
    if (first === undefined || last === undefined) continue;
    const slopes = points.slice(1).map((point, i) => slope(points[i] ?? first, point) / slope(first, last));
    const costs = points.map(
      ({ size, ms, bytes }) => `${size}: ${ms.toFixed(2)} ms, ${(bytes / 2 ** 20).toFixed(0)} MB`,
    );
    say(`${what} ${costs.join('; ')}; slopes ${slopes.map((one) => one.toFixed(2)).join(', ')}`);
  }
}

/** Large nets on real rows: the memory they take, and whether they learn. */
function large(): void {
  const root = path.resolve(import.meta.dirname, '../../..');
  const digits = readFileSync(path.join(root, 'media/data/digits.bin'));
  // What this repository says of itself.
  const texts = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/layers.md'].map((name) =>
    readFileSync(path.join(root, name)),
  );
  const text: DataSpec = { kind: 'file', name: 'text.txt', bytes: Buffer.concat(texts), target: null };
  const vocabulary = load(text, null).vocabulary ?? 0;
  const sizes = { batch: 8, tokens: 64, width: 384, heads: 6, hidden: 1536, classes: vocabulary };
  const warm = { target: 'torch.optim.lr_scheduler.LinearLR', args: { start_factor: 0.1, total_iters: 10 } };
  const adam = (lr: number) => ({ target: 'torch.optim.AdamW', args: { lr } });
  learns(
    'ResNet-50 at 64×64, batch 8',
    resnet50(8, 64),
    { kind: 'digits' },
    { digits, optimizer: adam(3e-4), recipe: {} },
  );
  learns('Transformer, 64 tokens, batch 8', languageModel(sizes, 6), text, {
    ...{ digits, optimizer: adam(1e-3) },
    recipe: { schedule: warm, clip: { by: 'norm', max: 1 } },
  });
}

interface Learning extends Required<Pick<SessionOptions, 'optimizer' | 'recipe'>> {
  readonly digits: Uint8Array;
}

function learns(what: string, graph: Graph, data: DataSpec, { digits, ...around }: Learning): void {
  const task = adapt(load(data, digits), graph, 'auto');
  const batch = graph.inputs[0]?.shape[0] ?? 1;
  const order = new BatchOrder(split(task.count, batch, 0).train, batch, 0);
  const session = createSession({ ...around, graph, seed: 0, batch, loss: task.loss, probes: [], kernels });
  const losses = Array.from({ length: 60 }, () => {
    const { inputs, target } = gather(task, order.next());
    return session.step(inputs, target);
  });
  const mean = (from: number) => losses.slice(from, from + 5).reduce((sum, loss) => sum + loss, 0) / 5;
  const parameters = graph.tensors.filter(({ kind }) => kind === 'parameter').map(({ shape }) => shape);
  const count = parameters.reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0);
  say(
    `${what}: ${(count / 1e6).toFixed(1)} million parameters, ${(session.bytes / 2 ** 20).toFixed(0)} MB; loss, five steps' mean: ${[0, 15, 30, 55].map((from) => mean(from).toFixed(2)).join(', ')}`,
  );
  session.dispose();
}

/** A run's usual length. */
const STEPS = 300;

/** What the observers do at a kept step, and the step's being readable, beside a step: once, and over a whole run. */
async function probes(): Promise<void> {
  const nets: Readonly<Record<string, Graph>> = {
    W2: mlp(64, [784, 256, 256, 10]),
    W3: cnn(64),
    W4: resnet20(32),
    W5: encoder(16),
  };
  const observers = (all as readonly Observer[]).filter(({ name }) => OBSERVERS.includes(name));
  for (const [name, graph] of Object.entries(nets)) {
    const layers = layersOf(graph);
    const probes = [...new Set(observers.flatMap((observer) => observer.probes?.(layers) ?? []))];
    const { session, step } = train(graph, { probes });
    const plain = train(graph);
    const watched = { graph, layers, session, spec: { steps: STEPS } } as unknown as Watched;
    const watches = observers.map((observer) => observer.watch(watched));
    step();
    const [without = 0, readable = 0] = alternating([plain.step, step]);
    const looking = cost(() => {
      for (const watch of watches) void watch.kept?.(0);
    });
    const once = looking + Math.max(0, readable - without);
    const shares = [60, STEPS, 1000].map((steps) => {
      const kept = keptSteps(steps, mostKept(steps, session.cost)).size;
      return `${((100 * once * kept) / (steps * without)).toFixed(1)} % of ${steps} steps (${kept} kept)`;
    });
    say(
      `${name}: step ${without.toFixed(2)} ms, estimated ${(session.cost.step / 1e6).toFixed(2)}; readable ${readable.toFixed(2)}; ${probes.length} nodes and all parameters observed once ${looking.toFixed(2)} ms; together ${((100 * once) / without).toFixed(0)} % of a step, ${shares.join(', ')}`,
    );
    session.dispose();
    plain.session.dispose();
  }
}

async function sessions(): Promise<void> {
  const graph = mlp(5, [10, 20, 10]);
  for (let i = 0; i <= 10_000; i++) {
    const { session, step } = train(graph);
    step();
    session.dispose();
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (i % 2500 === 0) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const { rss, heapUsed } = process.memoryUsage();
      say(`${i} sessions: ${(rss / 2 ** 20).toFixed(0)} MB resident, ${(heapUsed / 2 ** 20).toFixed(0)} MB of heap`);
    }
  }
}

function threads(): void {
  const pool = startThreads(2, path.join(dist, 'engine-thread.mjs'));
  for (const [name, graph] of [
    ['W3', cnn(64)],
    ['W4', resnet20(32)],
    ['W5', encoder(16)],
  ] as const) {
    const [one, two] = [train(graph), train(graph, { threads: pool })];
    const ratios: number[] = [];
    for (let round = 0; round < 12; round++) {
      const [alone, together] = [one, two].map(({ step }) => {
        const start = performance.now();
        for (let i = 0; i < 3; i++) step();
        return performance.now() - start;
      });
      if (round > 1) ratios.push((alone ?? 0) / (together ?? 1));
    }
    ratios.sort((a, b) => a - b);
    say(
      `${name}: two threads are ${(ratios[5] ?? 0).toFixed(2)} times as fast as one (wall clock, ${ratios[0]?.toFixed(2)}–${ratios[9]?.toFixed(2)})`,
    );
    one.session.dispose();
    two.session.dispose();
  }
  pool.dispose();
}

if (asked('scale')) scale();
if (asked('large')) large();
if (asked('probes')) await probes();
if (asked('threads')) threads();
if (asked('sessions')) await sessions();
