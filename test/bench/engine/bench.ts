// Milliseconds a training step of five nets (float32, SGD with momentum), alternating with PyTorch on one thread
// where a Python has it: `npx tsx test/bench/engine/bench.ts [--rounds N] [--python PATH] [--kernels simd] [W1 …]`.
// Ratios are PyTorch's time over ours in the same round: above 1 the engine is faster. Other load on the machine
// falls on both, so ratios, their median and quartiles, say more than times.

import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Random } from '../../../src/base/random.ts';
import { createSession, type Session, type Tensor } from '../../../src/engine/session.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { cnn, encoder, mlp, resnet20 } from '../../engine/nets.ts';
import { currentKernels } from '../../engine/support.ts';

interface Workload {
  readonly name: string;
  readonly what: string;
  readonly graph: Graph;
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
    graph: mlp(5, [10, 20, 1]),
    classes: 1,
    steps: 2000,
    target: 50,
  },
  {
    name: 'W2',
    what: 'MLP 784-256-256-10, BatchNorm, batch 64',
    graph: mlp(64, [784, 256, 256, 10]),
    classes: 10,
    steps: 60,
    target: 0.5,
  },
  { name: 'W3', what: 'CNN on 1×28×28, batch 64', graph: cnn(64), classes: 10, steps: 6, target: 0.5 },
  { name: 'W4', what: 'ResNet-20 on 3×32×32, batch 32', graph: resnet20(32), classes: 10, steps: 1, target: 0.4 },
  { name: 'W5', what: 'Transformer encoder, d 128, batch 16', graph: encoder(16), classes: 10, steps: 2, target: 0.3 },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '15' },
    python: { type: 'string', default: '/usr/bin/python3' },
    kernels: { type: 'string', default: 'fused' },
  },
});

const compiled: Readonly<Record<string, Uint8Array>> = currentKernels();
const kernels = compiled[values.kernels] ?? null;
if (kernels === null) throw new Error('`--kernels` expects `fused` or `simd`.');

class Peer {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(python: string) {
    const script = path.join(import.meta.dirname, 'peer.py');
    const environment = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    this.#process = spawn(python, [script], { stdio: ['pipe', 'pipe', 'ignore'], env: environment });
    this.#process.on('error', () => undefined);
    this.#process.stdin?.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#process.stdout ?? process.stdin })[Symbol.asyncIterator]();
  }

  /** null where there is no PyTorch. */
  async measure(name: string, steps: number): Promise<number | null> {
    this.#process.stdin?.write(`${name} ${steps}\n`);
    const { value, done } = await this.#lines.next();
    return done ? null : Number(value);
  }

  close(): void {
    this.#process.stdin?.end();
  }
}

function prepare({ graph, classes }: Workload): { readonly session: Session; step(): number } {
  const shape = graph.inputs[0]?.shape ?? [];
  const batch = shape[0] ?? 1;
  const random = new Random(0, 'bench');
  const size = shape.reduce((product, one) => product * one, 1);
  const x: Tensor = { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => random.normal()) };
  const target: Tensor =
    classes === 1
      ? { shape: [batch, 1], dtype: 'float32', data: Float32Array.from({ length: batch }, () => random.normal()) }
      : { shape: [batch], dtype: 'int64', data: Int32Array.from({ length: batch }, (_, i) => i % classes) };
  const session = createSession({
    graph,
    seed: 0,
    batch,
    loss: classes === 1 ? 'mse_loss' : 'cross_entropy',
    optimizer: { target: 'torch.optim.SGD', args: { lr: 0.01, momentum: 0.9 } },
    probes: [],
    kernels,
  });
  return { session, step: () => session.step([x], target) };
}

function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

async function bench(workload: Workload, peer: Peer): Promise<void> {
  const { step, session } = prepare(workload);
  for (let i = 0; i < 3 * workload.steps; i++) step();
  const times: number[] = [];
  const theirs: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const start = performance.now();
    for (let i = 0; i < workload.steps; i++) step();
    const own = (performance.now() - start) / workload.steps;
    const other = await peer.measure(
      workload.name,
      Math.max(1, Math.round(workload.steps / (workload.target > 10 ? 20 : 1))),
    );
    times.push(own);
    if (other !== null) {
      theirs.push(other);
      ratios.push(other / own);
    }
  }
  const compared =
    ratios.length === 0
      ? 'no PyTorch to compare with'
      : `PyTorch ${quantile(theirs, 0.1).toFixed(3)} ms, ratio ${quantile(ratios, 0.5).toFixed(2)}× (${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}), target ${workload.target}×`;
  console.log(
    `${workload.name} ${workload.what}: ${quantile(times, 0.1).toFixed(4)} ms, ${compared}; ${(session.bytes / 2 ** 20).toFixed(1)} MB`,
  );
}

const peer = new Peer(values.python);
for (const workload of WORKLOADS)
  if (positionals.length === 0 || positionals.includes(workload.name)) await bench(workload, peer);
peer.close();
