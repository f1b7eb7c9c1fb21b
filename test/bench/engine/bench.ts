// Milliseconds of CPU a training step of a few nets (float32, SGD with momentum), alternating with PyTorch on one
// thread where a Python has it, and products of matrices against the most this processor can do:
//   npx tsx test/bench/engine/bench.ts [--rounds N] [--peers FOLDER] [--python PATH] [--kernels simd] [--wide]
//                                      [--threads N] [--inference] [--profile] [W1 … gemm]
// FOLDER is where `npm i @jax-js/jax @tensorflow/tfjs @tensorflow/tfjs-backend-wasm js-pytorch` was run, or some of it.
// Ratios are PyTorch's time over ours in the same round: above 1 the engine is faster. Other load on the machine
// falls on both, so ratios, their median and quartiles, say more than times. `--inference` takes
// one sample through the nets in eval mode, `--profile` shows time by kernel instead. `--threads` gives engine and
// PyTorch as many threads each; times are then the clock's, which only a quiet machine makes worth reading.
// `--wide` lets V8 merge pairs of 128-bit operations. The first line says with which kernels the figures were made.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { Random } from '../../../src/base/random.ts';
import { Assembler, wasmBackend } from '../../../src/engine/backend.ts';
import { gemmScratch } from '../../../src/engine/kernels/gemm.ts';
import { createSession, type Session, type Tensor } from '../../../src/engine/session.ts';
import type { Threads } from '../../../src/engine/threads.ts';
import { widened } from '../../../src/engine/wide.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { startThreads } from '../../../src/worker/start-threads.ts';
import { mergeVectors } from '../../../src/worker/vectors.ts';
import { cnn, encoder, mlp, resnet20 } from '../../engine/nets.ts';
import { lstm, normedLstm } from '../../engine/recurrent-nets.ts';
import { currentKernels } from '../../engine/support.ts';
import { fastest, measurePeak, type Peak } from './peak.ts';
import { javascriptPeers, type Peer, pytorch } from './peers.ts';
import { Profile } from './profile.ts';

interface Workload {
  readonly name: string;
  readonly what: string;
  graph(batch: number): Graph;
  readonly batch: number;
  /** Its graph is of the batch it was made for. */
  readonly traced?: 'exactly';
  readonly classes: number;
  /** Steps a round. */
  readonly steps: number;
  /** The ratio to reach. */
  readonly target: number;
}

const WORKLOADS: readonly Workload[] = [
  {
    name: 'W1',
    what: 'MLP 10-20-1, BatchNorm, batch 5',
    graph: (batch) => mlp(batch, [10, 20, 1]),
    batch: 5,
    classes: 1,
    steps: 2000,
    target: 50,
  },
  {
    name: 'W2',
    what: 'MLP 784-256-256-10, BatchNorm, batch 64',
    graph: (batch) => mlp(batch, [784, 256, 256, 10]),
    batch: 64,
    classes: 10,
    steps: 60,
    target: 1.2,
  },
  { name: 'W3', what: 'CNN on 1×28×28, batch 64', graph: cnn, batch: 64, classes: 10, steps: 6, target: 1.3 },
  {
    name: 'W4',
    what: 'ResNet-20 on 3×32×32, batch 32',
    graph: resnet20,
    batch: 32,
    classes: 10,
    steps: 1,
    target: 0.9,
  },
  {
    name: 'W5',
    what: 'Transformer encoder, d 128, batch 16',
    graph: encoder,
    batch: 16,
    classes: 10,
    steps: 2,
    target: 0.8,
  },
  {
    name: 'W6',
    what: 'LSTM 64-128 over 32 steps, batch 32',
    graph: lstm,
    batch: 32,
    classes: 10,
    steps: 4,
    target: 1.4,
  },
  {
    name: 'W6N',
    what: 'LSTM with LayerNorm, as W6',
    graph: normedLstm,
    batch: 32,
    traced: 'exactly',
    classes: 10,
    steps: 2,
    target: 4,
  },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '15' },
    python: { type: 'string', default: '/usr/bin/python3' },
    kernels: { type: 'string', default: 'fused' },
    profile: { type: 'boolean', default: false },
    inference: { type: 'boolean', default: false },
    wide: { type: 'boolean', default: false },
    threads: { type: 'string', default: '1' },
    peers: { type: 'string' },
  },
});

const compiled: Readonly<Record<string, Uint8Array>> = currentKernels();
const plain = compiled[values.kernels];
if (plain === undefined) throw new Error('`--kernels` expects `fused` or `simd`.');
const wide = values.wide ? widened(plain, mergeVectors) : null;
if (values.wide && wide === null) throw new Error('This Node does not merge operations, or not to the same bits.');
const kernels = wide ?? plain;
const threadCount = Number(values.threads);
if (!Number.isInteger(threadCount) || threadCount < 1) throw new Error('`--threads` expects a whole number from 1 on.');
const threads = threadCount > 1 ? await threadsOf(threadCount) : null;

/** JavaScript peers take their time: fewer steps, and not in every round. */
const SLOWER = 40;
const SLOW_ROUNDS = 3;

/** Batches that are taken in turn: a net that has learned its only one divides numbers of no size. */
const BATCHES = 16;

interface Prepared {
  readonly session: Session;
  step(): void;
}

/** Training, or the inference of one sample. */
function prepare({ graph: make, batch: usual, classes, traced }: Workload, inference: boolean): Prepared {
  const batch = inference ? 1 : usual;
  // Normalization over a batch is traced with more than one sample, a cell's state of zeros with as many as there are.
  const graph = make(inference && traced === 'exactly' ? 1 : usual);
  const shape = [batch, ...(graph.inputs[0]?.shape.slice(1) ?? [])];
  const random = new Random(0, 'bench');
  const size = shape.reduce((product, one) => product * one, 1);
  const normal = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const batches = Array.from({ length: BATCHES }, (): { readonly x: Tensor; readonly target: Tensor } => {
    const x: Tensor = { shape, dtype: 'float32', data: normal(size) };
    if (classes === 1) return { x, target: { shape: [batch, 1], dtype: 'float32', data: normal(batch) } };
    const labels = Int32Array.from({ length: batch }, () => Math.floor(random.uniform(0, classes)));
    return { x, target: { shape: [batch], dtype: 'int64', data: labels } };
  });
  const session = createSession({
    graph,
    seed: 0,
    batch: graph.inputs[0]?.shape[0] ?? usual,
    loss: classes === 1 ? 'mse_loss' : 'cross_entropy',
    optimizer: { target: 'torch.optim.SGD', args: { lr: 0.01, momentum: 0.9 } },
    probes: [],
    kernels,
    threads,
  });
  let steps = 0;
  const step = () => {
    const taken = batches[steps++ % BATCHES];
    if (taken === undefined) return;
    if (inference) session.evaluate([taken.x], taken.target, { mode: 'eval' });
    else session.step([taken.x], taken.target);
  };
  return { session, step };
}

function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Milliseconds of this process's CPU; with several threads, of the clock. */
function cpu(): number {
  if (threads !== null) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function bench(workload: Workload, peer: Peer, others: readonly Peer[], inference: boolean): Promise<void> {
  const { step, session } = prepare(workload, inference);
  const count = workload.steps * (inference ? Math.min(20, workload.batch) : 1);
  for (let i = 0; i < 3 * count; i++) step();
  await settled();
  const times: number[] = [];
  const theirs: number[] = [];
  const ratios: number[] = [];
  const slow = new Map(others.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < Number(values.rounds); round++) {
    const start = cpu();
    for (let i = 0; i < count; i++) step();
    const own = (cpu() - start) / count;
    const slower = workload.target > 10 ? 20 : 1;
    const name = inference ? `${workload.name}/1` : workload.name;
    const other = await peer.measure(name, Math.max(1, Math.round(count / slower)));
    times.push(own);
    if (other !== null) {
      theirs.push(other);
      ratios.push(other / own);
    }
    if (inference || round >= SLOW_ROUNDS) continue;
    for (const one of others) {
      const theirs = await one.measure(workload.name, Math.ceil(count / SLOWER));
      if (theirs !== null) slow.get(one.name)?.push(theirs / own);
    }
  }
  const target = inference ? '' : `, target ${workload.target}×`;
  const compared =
    ratios.length === 0
      ? 'no PyTorch to compare with'
      : `PyTorch ${quantile(theirs, 0.1).toFixed(3)} ms, ratio ${quantile(ratios, 0.5).toFixed(2)}× (${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)})${target}`;
  console.log(
    `${workload.name} ${inference ? 'inference of one sample' : workload.what}: ${quantile(times, 0.1).toFixed(4)} ms, ${compared}; ${(session.bytes / 2 ** 20).toFixed(1)} MB`,
  );
  for (const [name, found] of slow)
    if (found.length > 0)
      console.log(
        `   ${name}: ratio ${quantile(found, 0.5).toFixed(1)}× (${quantile(found, 0.25).toFixed(1)}–${quantile(found, 0.75).toFixed(1)})`,
      );
  session.dispose();
}

/** Compiling goes on in other threads for a while. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300));
}

async function showProfile(workload: Workload, peak: () => Peak): Promise<void> {
  const profile = new Profile();
  const uninstall = profile.install();
  const { step } = prepare(workload, values.inference);
  uninstall();
  for (let i = 0; i < 3 * workload.steps; i++) step();
  await settled();
  const { gigaflops, gigabytes } = peak();
  for (let i = 0; i < Math.max(Number(values.rounds), workload.steps); i++) profile.round(step);
  const entries = profile.entries();
  const all = entries.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  console.log(
    `${workload.name} ${workload.what}: ${all.toFixed(3)} ms a step; at most ${gigaflops.toFixed(1)} GFLOP/s, ${gigabytes.toFixed(1)} GB/s`,
  );
  for (const { name, sizes, calls, milliseconds, flops, bytes } of entries.slice(0, 40)) {
    const rate = flops > 0 ? flops / milliseconds / 1e6 : bytes / milliseconds / 1e6;
    const share = (100 * rate) / (flops > 0 ? gigaflops : gigabytes);
    const figures = `${rate.toFixed(1)} ${flops > 0 ? 'GFLOP/s' : 'GB/s   '} ${share.toFixed(0).padStart(4)} %`;
    console.log(
      `${((100 * milliseconds) / all).toFixed(1).padStart(5)} % ${milliseconds.toFixed(3).padStart(8)} ms ${String(calls).padStart(4)}× ${figures.padStart(22)}  ${name} ${sizes}`,
    );
  }
}

/** Square products against the processor's peak, measured in turn. */
function benchProducts(peak: () => Peak, module: Uint8Array): void {
  const peaks: number[] = [];
  const rates = new Map<number, number[]>();
  const works = [64, 128, 256, 512].map((size) => ({ size, work: squareProduct(module, size) }));
  for (let round = 0; round < Number(values.rounds); round++) {
    peaks.push(peak().gigaflops);
    for (const { size, work } of works) {
      const repeats = Math.ceil(2e7 / size ** 3);
      const milliseconds = fastest(() => {
        for (let i = 0; i < repeats; i++) work();
      }, 3);
      rates.set(size, [...(rates.get(size) ?? []), (2 * size ** 3 * repeats) / milliseconds / 1e6]);
    }
  }
  console.log(`peak: ${quantile(peaks, 0.5).toFixed(1)} GFLOP/s of multiply-adds in 128 bits`);
  for (const [size, found] of rates) {
    const share = quantile(
      found.map((rate, i) => rate / (peaks[i] ?? Number.NaN)),
      0.5,
    );
    console.log(
      `gemm ${size}×${size}×${size}: ${quantile(found, 0.5).toFixed(1)} GFLOP/s, ${(100 * share).toFixed(0)} % of it`,
    );
  }
}

function squareProduct(module: Uint8Array, size: number): () => void {
  const backend = wasmBackend(module);
  const { memory } = backend;
  const random = new Random(0, 'gemm');
  const [a, b, c] = [0, 1, 2].map(() => memory.reserve(4 * size * size));
  for (const address of [a, b])
    for (let i = 0; i < size * size; i++) memory.f[((address ?? 0) >>> 2) + i] = random.normal();
  const assembler = new Assembler();
  const strides = { lda: size, ldb: size, ldc: size, a_stride: 0, a_transposed: 0, b_stride: 0, b_transposed: 0 };
  const sizes = { batch: 1, m: size, n: size, k: size, ...strides, b_packed: 0 };
  const scratch = memory.reserve(4 * gemmScratch(size, size, size));
  assembler.kernel('gemm', {
    ...sizes,
    a: a ?? 0,
    b: b ?? 0,
    c: c ?? 0,
    bias: 0,
    alpha: 1,
    relu: 0,
    accumulate: 0,
    scratch,
  });
  const program = backend.load(assembler.finish());
  return () => program.run();
}

async function main(module: Uint8Array): Promise<void> {
  const peak = await measurePeak(values.kernels === 'fused');
  for (let i = 0; i < 3; i++) peak();
  await settled();
  const shared = threads === null ? '' : `; ${threads.count} threads each, by the clock`;
  console.log(
    `Node ${process.versions.node}, V8 ${process.versions.v8}; kernels: ${wasmBackend(module).name}${shared}`,
  );
  const wanted = WORKLOADS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  if (values.profile) {
    for (const workload of wanted) await showProfile(workload, peak);
    return;
  }
  if (positionals.length === 0 || positionals.includes('gemm')) benchProducts(peak, module);
  const peer = pytorch(values.python, threadCount);
  const others = values.inference ? [] : javascriptPeers(values.peers);
  for (const workload of wanted) await bench(workload, peer, others, values.inference);
  for (const one of [peer, ...others]) one.close();
  threads?.dispose();
}

/** The engine's threads as the extension starts them, of a script bundled for the occasion. */
async function threadsOf(count: number): Promise<Threads> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-threads-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const outfile = path.join(folder, 'engine-thread.mjs');
  const entryPoints = [path.resolve(import.meta.dirname, '../../../src/worker/engine-thread.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  return startThreads(count, outfile);
}

await main(kernels);
