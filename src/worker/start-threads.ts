// The engine's threads in Node, and how many there should be.

import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { Threads } from '../engine/threads.ts';

/** `count` as a person asked for; 0 is one less than the machine has cores, and at least 1. */
export function startThreads(count: number, script: string): Threads {
  const threads = count > 0 ? count : Math.max(1, physicalCores() - 1);
  return new Threads(threads, (workerData) => {
    const worker = new Worker(script, { name: `norm lab engine ${workerData.lane}`, workerData });
    worker.unref();
    return { post: (message) => worker.postMessage(message) };
  });
}

/** Two threads of one core share its arithmetic: together they are no faster at it than one. */
function physicalCores(): number {
  const usable = availableParallelism();
  try {
    const cpus = '/sys/devices/system/cpu';
    const ofCpu = (name: string) => readFileSync(`${cpus}/${name}/topology/thread_siblings_list`, 'utf8');
    const cores = new Set(
      readdirSync(cpus)
        .filter((name) => /^cpu\d+$/.test(name))
        .map(ofCpu),
    );
    return Math.min(usable, cores.size);
  } catch {
    // Elsewhere nothing says it; Apple's processors and ARM's have one thread a core, most of Intel's and AMD's two.
    return process.arch === 'arm64' ? usable : Math.max(1, Math.floor(usable / 2));
  }
}
