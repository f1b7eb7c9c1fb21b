// A reader's thread for the tests, built from the sources as the product's is and shared by all files.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import esbuild from 'esbuild';
import type { Graph } from '../../src/graph/graph.ts';
import { Channel } from '../../src/protocol/channel.ts';
import type { NoContract, ReaderContract, ReadResult } from '../../src/protocol/messages.ts';
import { threadPort } from '../../src/worker/thread-port.ts';
import { build as buildPython } from '../../tools/build-python.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = path.join(root, 'out', 'test-reader');

export interface TestReader {
  readonly channel: Channel<NoContract, ReaderContract>;
  readonly thread: Worker;
}

let bundled: Promise<string> | undefined;
let shared: Promise<TestReader> | undefined;

async function bundle(): Promise<string> {
  mkdirSync(out, { recursive: true });
  await buildPython(path.join(root, 'dist'));
  const outfile = path.join(out, 'reader-worker.mjs');
  await esbuild.build({
    entryPoints: [path.join(root, 'src/worker/reader.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return outfile;
}

// The interpreter's files may have to be made first, which takes seconds.
suiteSetup(async function () {
  this.timeout(120_000);
  shared ??= startReader();
  await read('');
});

/** A thread of its own, for tests that may kill it. */
export async function startReader(seconds = 10): Promise<TestReader> {
  bundled ??= bundle();
  const assets = `${pathToFileURL(path.join(root, 'dist', 'python')).href}/`;
  const thread = new Worker(await bundled, { workerData: { assets, seconds } });
  const channel = new Channel<NoContract, ReaderContract>(threadPort(thread), {}, {});
  thread.on('error', (error) => channel.fail(error));
  // The thread lives as long as the tests do; it must not keep them alive.
  thread.unref();
  return { thread, channel };
}

export interface Options {
  readonly construct?: string;
  readonly input?: string;
  /** Further files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly roots?: readonly string[];
  readonly packages?: readonly string[];
  readonly entry?: string;
  readonly reader?: TestReader;
}

export async function read(text: string, options: Options = {}): Promise<ReadResult> {
  shared ??= startReader();
  const { channel } = options.reader ?? (await shared);
  const {
    construct = null,
    input = null,
    entry = '/ws/model.py',
    roots = ['/ws'],
    files = {},
    packages = [],
  } = options;
  return channel.call('model/read', { files: { ...files, [entry]: text }, entry, roots, packages, construct, input });
}

/** The graph, or a failure that says why there is none. */
export async function readGraph(text: string, options: Options = {}): Promise<Graph> {
  const { graph, problems } = await read(text, options);
  if (graph === null) throw new Error(problems.map((p) => `${p.place?.line}: ${p.message}`).join('\n'));
  return graph;
}

/** `class Net(nn.Module)` with these two bodies. */
export function net(init: string, forward: string, before = ''): string {
  const indent = (body: string) =>
    body
      .trim()
      .split('\n')
      .map((line) => `        ${line}`)
      .join('\n');
  return `import torch
import torch.nn as nn
import torch.nn.functional as F
${before}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
${indent(init)}

    def forward(self, x):
${indent(forward)}
`;
}
