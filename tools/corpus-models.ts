// Reads models of public repositories and compares with what PyTorch says of them: `npm run corpus:models -- DIR`.
// DIR holds the files and `models.jsonl` with PyTorch's numbers (or `--manifest FILE` names it). One line a model;
// a model counts when parameters, buffers, output shape and module counts are all equal.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { modelJson } from '../src/cli/read.ts';
import { fromPackage } from '../src/cli/workers.ts';
import { Channel } from '../src/protocol/channel.ts';
import type { NoContract, ReaderContract, ReadResult } from '../src/protocol/messages.ts';
import { threadPort } from '../src/worker/thread-port.ts';

interface Entry {
  readonly id: string;
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
  readonly construct: string;
  readonly example_input: string;
  readonly total_params?: number;
  readonly trainable_params?: number;
  readonly buffer_elements?: number;
  readonly output_shape?: unknown;
  readonly module_counts?: Readonly<Record<string, number>>;
  readonly leaf_module_counts?: Readonly<Record<string, number>>;
}

const SECONDS = 60;
const [directory, flag, named] = process.argv.slice(2);
if (directory === undefined) {
  console.error('usage: npm run corpus:models -- DIR [--manifest FILE]');
  process.exit(2);
}
const manifest = flag === '--manifest' && named !== undefined ? named : path.join(directory, 'models.jsonl');
const entries = readFileSync(manifest, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Entry)
  .filter((entry) => existsSync(fileOf(entry)));

function fileOf({ repo, commit, path: file }: Entry): string {
  return path.resolve(directory ?? '.', `${repo.replace('/', '__')}@${commit.slice(0, 8)}`, file);
}

function pythonFiles(root: string, into: Record<string, string> = {}): Record<string, string> {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const full = path.join(root, entry.name);
    if (entry.isDirectory()) pythonFiles(full, into);
    else if (entry.name.endsWith('.py')) into[full] = readFileSync(full, 'utf8');
  }
  return into;
}

interface Outcome {
  readonly verdict: 'equal' | 'differs' | 'unread' | 'no truth';
  readonly reason: string;
  readonly milliseconds: number;
}

let worker = start();

function start() {
  const thread = new Worker(fromPackage('dist', 'reader-worker.mjs'));
  return { thread, channel: new Channel<NoContract, ReaderContract>(threadPort(thread), {}, {}) };
}

async function readEntry(entry: Entry): Promise<{ result: ReadResult | null; error: string }> {
  const file = fileOf(entry);
  const root = file.slice(0, file.length - entry.path.length - 1);
  const request = {
    files: pythonFiles(root),
    entry: file,
    roots: [root],
    construct: entry.construct,
    input: entry.example_input,
  };
  try {
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`took more than ${SECONDS} s`)), SECONDS * 1000).unref();
    });
    return { result: await Promise.race([worker.channel.call('model/read', request), late]), error: '' };
  } catch (error) {
    await worker.thread.terminate();
    worker = start();
    return { result: null, error: (error as Error).message };
  }
}

function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function compare(entry: Entry, { graph, problems }: ReadResult): Omit<Outcome, 'milliseconds'> {
  if (graph === null) {
    const problem = problems.at(-1);
    const line = problem?.place ? ` (${path.basename(problem.place.path)}:${problem.place.line})` : '';
    return { verdict: entry.total_params === undefined ? 'no truth' : 'unread', reason: `${problem?.message}${line}` };
  }
  if (entry.total_params === undefined) return { verdict: 'no truth', reason: '' };
  const found = modelJson(graph);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['parameters', found.totalParams, entry.total_params],
    ['trainable', found.trainableParams, entry.trainable_params],
    ['buffers', found.bufferElements, entry.buffer_elements],
    ['output', found.outputShape, entry.output_shape],
    ['modules', found.moduleCounts, entry.module_counts],
    ['leaves', found.leafModuleCounts, entry.leaf_module_counts],
  ];
  const wrong = pairs.filter(([, a, b]) => sorted(a) !== sorted(b));
  const reason = wrong.map(([name, a, b]) => `${name}: ${sorted(a)} and PyTorch ${sorted(b)}`).join('; ');
  return { verdict: wrong.length === 0 ? 'equal' : 'differs', reason };
}

let equal = 0;
let known = 0;
for (const entry of entries) {
  const began = performance.now();
  const { result, error } = await readEntry(entry);
  const outcome = result ? compare(entry, result) : ({ verdict: 'unread', reason: error } as const);
  if (entry.total_params !== undefined) known++;
  if (outcome.verdict === 'equal') equal++;
  const time = `${Math.round(performance.now() - began)} ms`.padStart(8);
  console.log(
    `${entry.id}  ${outcome.verdict.padEnd(8)} ${time}  ${entry.construct.slice(0, 40).padEnd(40)}  ${outcome.reason.slice(0, 300)}`,
  );
}
console.log(`${equal} of ${known} models are as PyTorch says.`);
await worker.thread.terminate();
