#!/usr/bin/env node
// Starts the bundled command line; in a source checkout that was never built, builds it first.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const bundle = new URL('../dist/cli.mjs', import.meta.url);
if (!existsSync(bundle) && existsSync(new URL('../src/cli/main.ts', import.meta.url))) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  if (!existsSync(new URL('../node_modules/esbuild', import.meta.url))) {
    console.error('normlab: expected its packages to be installed and found none; run `npm ci` first.');
    process.exit(2);
  }
  console.error('normlab: building once…');
  const { status } = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(2);
}
await import(bundle.href);
