// Runs a plan in the engine's worker, until it ends or Ctrl+C: what is finished by then is kept.

import process from 'node:process';
import { type Command, InvalidArgumentError } from 'commander';
import { Cancelled } from '../base/errors.ts';
import type { Plan, RunResult } from '../lab/plan.ts';
import type { EngineSettings, RunProgress } from '../protocol/messages.ts';
import { startEngine } from './workers.ts';

export interface PlanRun {
  /** In the order they ended. */
  readonly results: readonly RunResult[];
  readonly cancelled: boolean;
  readonly backend: string;
}

/** Time for a cancelled run to say where it stopped. */
const LAST_WORD_MS = 1000;

export function addEngineOptions(command: Command): Command {
  return command
    .option('--threads <n>', 'threads a step may use; 0 is one less than there are cores', whole(0), 0)
    .option('--memory <megabytes>', 'memory a run may use', whole(1), 2048);
}

/** Reads a whole number for commander. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least}.`);
  };
}

export async function runPlan(
  plan: Plan,
  settings: EngineSettings,
  onProgress: (progress: RunProgress, ended: number) => void,
): Promise<PlanRun> {
  const results: RunResult[] = [];
  const abort = new AbortController();
  let lastWord = () => {};
  const engine = startEngine(
    {
      'run/observed': (progress) => onProgress(progress, results.length),
      'run/ended': (result) => {
        results.push(result);
        if (result.status === 'cancelled') lastWord();
      },
    },
    settings,
  );
  const interrupt = () => {
    engine.stop();
    abort.abort();
  };
  process.once('SIGINT', interrupt);
  try {
    const { backend } = await engine.channel.call('plan/run', plan, { signal: abort.signal });
    return { results, cancelled: false, backend };
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LAST_WORD_MS);
      lastWord = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return { results, cancelled: true, backend: '' };
  } finally {
    process.off('SIGINT', interrupt);
    await engine.close();
  }
}
