// Milliseconds from asking to the end of a run whose steps take a second: `npx tsx test/bench/engine/cancel.ts [--rounds N]`.
// The engine's worker trains ResNet-18 on 3×64×64 images, 16 a step, and is stopped at moments spread over a step.

import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Cancelled } from '../../../src/base/errors.ts';
import { NO_HINTS } from '../../../src/base/hints.ts';
import type { RunResult } from '../../../src/lab/plan.ts';
import { planObserve } from '../../../src/lab/plan-observe.ts';
import { Channel } from '../../../src/protocol/channel.ts';
import type { EngineContract, NoContract, WorkerStart } from '../../../src/protocol/messages.ts';
import { threadPort } from '../../../src/worker/thread-port.ts';
import { resnet18 } from '../../engine/nets.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '12' } } });
const graph = resnet18(16, 64);
const observe = planObserve(graph, NO_HINTS, { data: { kind: 'digits' }, steps: 1000, batch: 16 });
const plan = { ...observe, runs: observe.runs.map((run) => ({ ...run, observers: ['loss'] })) };
const stop = new Int32Array(new SharedArrayBuffer(4));
const workerData: WorkerStart = { stop: stop.buffer };
const worker = new Worker(path.resolve(import.meta.dirname, '../../../dist/engine-worker.mjs'), { workerData });
let ended = (_: RunResult) => {};
let started = () => {};
const channel = new Channel<NoContract, EngineContract>(
  threadPort(worker),
  {},
  { 'run/observed': ({ step }) => step > 0 && started(), 'run/ended': (result) => ended(result) },
);

async function round(delay: number): Promise<number> {
  const abort = new AbortController();
  Atomics.store(stop, 0, 0);
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const end = new Promise<RunResult>((resolve) => {
    ended = resolve;
  });
  const call = channel.call('plan/run', plan, { signal: abort.signal }).catch((error) => {
    if (!(error instanceof Cancelled)) throw error;
  });
  await running;
  await new Promise((resolve) => setTimeout(resolve, delay));
  const asked = performance.now();
  Atomics.store(stop, 0, 1);
  abort.abort();
  const { status, reason } = await end;
  const took = performance.now() - asked;
  if (status !== 'cancelled') throw new Error(`The run ended by itself: ${status}. ${reason}`);
  await call;
  return took;
}

const times: number[] = [];
for (let i = 0; i < Number(values.rounds); i++) times.push(await round(173 * i));
times.sort((a, b) => a - b);
const at = (q: number) => (times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? 0).toFixed(1);
process.stdout.write(`cancel to ended: median ${at(0.5)} ms, 90 % ${at(0.9)} ms, worst ${at(1)} ms\n`);
await worker.terminate();
