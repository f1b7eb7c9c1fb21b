// Digests on the Node that runs this: `node in-node.mjs THREAD KERNELS…`, as lines of JSON.

import { readFileSync } from 'node:fs';
import process from 'node:process';
import { startThreads } from '../../../../src/worker/start-threads.ts';
import { allowFused } from '../../../../src/worker/vectors.ts';
import { digest } from './digest.ts';

allowFused();
const [script = '', ...modules] = process.argv.slice(2);
for (const file of modules)
  for (const count of [1, 2, 4]) {
    const threads = count === 1 ? null : startThreads(count, script);
    process.stdout.write(`${JSON.stringify(digest(readFileSync(file), threads))}\n`);
    threads?.dispose();
  }
