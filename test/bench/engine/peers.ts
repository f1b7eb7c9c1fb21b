// Other engines in processes of their own, which answer `net steps` with milliseconds of CPU a step,
// or of the clock where they have several threads.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

export class Peer {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, command: string, args: readonly string[], threads = 1) {
    this.name = name;
    const count = String(threads);
    const environment = { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count };
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], env: environment });
    this.#process.on('error', () => undefined);
    this.#process.stdin?.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#process.stdout ?? process.stdin })[Symbol.asyncIterator]();
  }

  /** null where the peer is not there, or cannot do this net. */
  async measure(net: string, steps: number): Promise<number | null> {
    this.#process.stdin?.write(`${net} ${steps}\n`);
    // Libraries greet before they answer.
    for (let line = await this.#lines.next(); !line.done; line = await this.#lines.next()) {
      if (line.value === '-') return null;
      const milliseconds = Number(line.value);
      if (line.value.trim() !== '' && Number.isFinite(milliseconds)) return milliseconds;
    }
    return null;
  }

  close(): void {
    this.#process.stdin?.end();
  }
}

export function pytorch(python: string, threads: number): Peer {
  return new Peer('PyTorch', python, [path.join(import.meta.dirname, 'peer.py'), String(threads)], threads);
}

const LIBRARIES: Readonly<Record<string, string>> = {
  'jax-js': '@jax-js/jax',
  'tfjs-wasm': '@tensorflow/tfjs-backend-wasm',
  'tfjs-cpu': '@tensorflow/tfjs',
  'js-pytorch': 'js-pytorch',
};

/** Of the libraries in `folder`/node_modules. */
export function javascriptPeers(folder: string | undefined): readonly Peer[] {
  if (folder === undefined) return [];
  const script = path.join(import.meta.dirname, 'peer.mjs');
  return Object.entries(LIBRARIES)
    .filter(([, module]) => existsSync(path.join(folder, 'node_modules', module)))
    .map(([name]) => new Peer(name, process.execPath, [script, name, path.resolve(folder)]));
}
