// Holds what is built against its budget; raising one is a decision with a reason in the commit.

import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const KB = 1000;

/** Bytes, unpacked, of a file or a folder of dist/. */
const BUDGETS: Readonly<Record<string, number>> = {
  'extension.cjs': 60 * KB,
  'language.cjs': 560 * KB,
  'lab.cjs': 400 * KB,
  'models.cjs': 40 * KB,
  'engine-worker.mjs': 450 * KB,
  'engine-thread.mjs': 60 * KB,
  'kernels.wasm': 100 * KB,
  'kernels-fused.wasm': 100 * KB,
  'reader-worker.mjs': 360 * KB,
  'cli.mjs': 1000 * KB,
  'panel.js': 360 * KB,
  'renderer.js': 240 * KB,
  'web-tree-sitter.wasm': 240 * KB,
  'tree-sitter-python.wasm': 460 * KB,
  python: 14_000 * KB,
};

const dist = path.resolve(import.meta.dirname, '..', 'dist');

function size(file: string): number {
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(file).reduce((sum, name) => sum + size(path.join(file, name)), 0);
}

let over = 0;
for (const [name, budget] of Object.entries(BUDGETS)) {
  const file = path.join(dist, name);
  const bytes = existsSync(file) ? size(file) : Number.NaN;
  const fits = bytes <= budget;
  if (!fits) over++;
  const figure = Number.isNaN(bytes) ? 'missing' : `${(bytes / KB).toFixed(0)} kB`;
  console.log(`${fits ? '✓' : '✗'} ${name.padEnd(26)} ${figure.padStart(9)} of ${(budget / KB).toFixed(0)} kB`);
}
if (over > 0) {
  console.error(`${over} of ${Object.keys(BUDGETS).length} parts are missing or over their budget.`);
  process.exitCode = 1;
}
