// Milliseconds from a question to a model's graph, in a worker as the editor has it:
//   npx tsx test/bench/reader/bench.ts [--rounds N]
// Cold is a new worker up to its first graph. Warm reads alternate between the models; medians and quartiles. Memory is
// what the process grew by from before the first worker to after the last read.

import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { fromPackage, startReader } from '../../../src/cli/workers.ts';
import type { ReadRequest } from '../../../src/protocol/messages.ts';

interface Model {
  readonly name: string;
  /** Milliseconds. */
  readonly target: number;
  readonly request: ReadRequest;
}

const COLD_TARGET = 2000;
const MEMORY_TARGET = 250;

function torchvision(factory: string): ReadRequest {
  const entry = '/models/net.py';
  const files = { [entry]: `from torchvision.models import ${factory}\n` };
  return { files, entry, roots: ['/models'], construct: `${factory}()`, input: 'torch.randn(1, 3, 224, 224)' };
}

function example(): ReadRequest {
  const entry = '/examples/simple_net.py';
  const files = { [entry]: readFileSync(fromPackage('examples/simple_net.py'), 'utf8') };
  return { files, entry, roots: ['/examples'], construct: 'SimpleNet()', input: 'torch.randn(5, 10)' };
}

const MODELS: readonly Model[] = [
  { name: 'MLP', target: 30, request: example() },
  { name: 'ResNet-50', target: 120, request: torchvision('resnet50') },
  { name: 'DenseNet-121', target: 200, request: torchvision('densenet121') },
];

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } });
const rounds = Number(values.rounds);

async function read(reader: ReturnType<typeof startReader>, { name, request }: Model): Promise<number> {
  const start = performance.now();
  const { graph, problems } = await reader.channel.call('model/read', request);
  if (graph === null) throw new Error(`${name} is not read: ${problems[0]?.message ?? 'no reason is given'}`);
  return performance.now() - start;
}

function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function tell(name: string, times: readonly number[], target: number): void {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(times, q).toFixed(0));
  console.log(`${name.padEnd(14)} ${middle} ms (${low}–${high}), target ${target} ms`);
}

const before = process.memoryUsage().rss;
const cold: number[] = [];
for (let round = 0; round < Math.ceil(rounds / 3); round++) {
  const start = performance.now();
  const reader = startReader();
  await read(reader, MODELS[0] as Model);
  cold.push(performance.now() - start);
  await reader.close();
}
tell('cold', cold, COLD_TARGET);
const reader = startReader();
const times = new Map<string, number[]>(MODELS.map(({ name }) => [name, []]));
for (let round = -2; round < rounds; round++)
  for (const model of MODELS) {
    const milliseconds = await read(reader, model);
    if (round >= 0) times.get(model.name)?.push(milliseconds);
  }
for (const { name, target } of MODELS) tell(name, times.get(name) ?? [], target);
console.log(`memory         ${((process.memoryUsage().rss - before) / 1e6).toFixed(0)} MB, target ${MEMORY_TARGET} MB`);
await reader.close();
