// Whether the same steps give the same bytes with 1, 2 and 4 threads, on every Node named and in Chromium:
// `npx tsx test/bench/engine/same-bytes/main.ts [NODE…]`. Fails where they differ.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { findChromium, launchChromium } from '../../../../tools/chromium.ts';
import type { Digest } from './digest.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'same-bytes-'));
const kernels = ['kernels.wasm', 'kernels-fused.wasm'].map((name) => path.join(root, 'dist', name));

async function bundle(entry: string, name: string, platform: 'node' | 'browser'): Promise<string> {
  const outfile = path.join(folder, name);
  const entryPoints = [path.join(root, entry)];
  await build({ entryPoints, outfile, bundle: true, platform, format: 'esm', logLevel: 'error' });
  return outfile;
}

const bench = 'test/bench/engine/same-bytes';
const inNode = await bundle(`${bench}/in-node.ts`, 'in-node.mjs', 'node');
const thread = await bundle('src/worker/engine-thread.ts', 'thread.mjs', 'node');

function onNode(node: string): readonly [string, readonly Digest[]] {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const { stdout, stderr } = spawnSync(node, [inNode, thread, ...kernels], { encoding: 'utf8' });
  if (stderr !== '') process.stderr.write(stderr);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return [`Node ${version}`, lines.map((line) => JSON.parse(line))];
}

async function inChromium(program: string): Promise<readonly [string, readonly Digest[]]> {
  const files: Readonly<Record<string, string>> = {
    '/main.js': await bundle(`${bench}/in-browser.ts`, 'main.js', 'browser'),
    '/thread.js': await bundle(`${bench}/browser-thread.ts`, 'thread.js', 'browser'),
    ...Object.fromEntries(kernels.map((file, i) => [`/${i}.wasm`, file])),
  };
  const server = createServer(({ url = '' }, response) => {
    const file = files[url];
    // Memory is shared in pages that are isolated from all others.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    response.setHeader('Content-Type', url.endsWith('.js') ? 'text/javascript' : url === '/' ? 'text/html' : '');
    response.end(file === undefined ? '<!doctype html><title>Same bytes</title>' : readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchChromium(program);
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => process.stderr.write(`${error}\n`));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const found: readonly Digest[] = await page.evaluate(`(async () => {
      const load = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
      const modules = await Promise.all(['/0.wasm', '/1.wasm'].map(load));
      const worker = new Worker('/main.js', { type: 'module' });
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(modules);
      });
    })()`);
    return [`Chromium ${browser.version()}`, found];
  } finally {
    await browser.close();
    server.close();
  }
}

const chromium = findChromium();
const found = [process.execPath, ...process.argv.slice(2)].map(onNode);
if (chromium !== null) found.push(await inChromium(chromium));
const known = new Map<string, string>();
for (const [runtime, digests] of found)
  for (const { backend, threads, helped, hash } of digests) {
    const expected = known.get(backend) ?? hash;
    known.set(backend, expected);
    if (hash !== expected) process.exitCode = 1;
    const verdict = hash === expected ? '' : ` is not ${expected}`;
    process.stdout.write(`${runtime}, ${backend}, ${threads} threads (${helped} parts by others): ${hash}${verdict}\n`);
  }
if (found.some(([, digests]) => digests.length !== 6)) process.exitCode = 1;
rmSync(folder, { recursive: true });
