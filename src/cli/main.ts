// `normlab`: the command line. Exit codes: 0 clean, 1 findings or a failed expectation, 2 could not do it.

import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { Command } from 'commander';
import { Cancelled, UserError } from '../base/errors.ts';
import { addCheck } from './check.ts';
import { serveChecks } from './check-worker.ts';
import { addConfig } from './config.ts';
import { addObserve } from './observe.ts';
import { addRead } from './read.ts';
import { addExplain, addRules } from './rules.ts';
import { addRun } from './run.ts';
import { fromPackage } from './workers.ts';

function version(): string {
  return JSON.parse(readFileSync(fromPackage('package.json'), 'utf8')).version;
}

function commandLine(): Command {
  const program = new Command('normlab')
    .description(
      'Normalization, train/eval mode, batch size and initialization faults of PyTorch code, found and measured.',
    )
    .version(version())
    .showHelpAfterError('(normlab --help lists the commands)')
    .exitOverride();
  addCheck(program);
  addConfig(program);
  addRead(program);
  addObserve(program);
  addRun(program);
  addRules(program);
  addExplain(program);
  return program;
}

/** What went wrong, in words for a terminal, and the exit code it stands for. */
function failure(error: unknown): { message: string; code: number } {
  if (error instanceof UserError) return { message: `normlab: ${error.message}`, code: 2 };
  if (error instanceof Cancelled) return { message: 'normlab: cancelled; what was finished is kept.', code: 2 };
  if (error instanceof Error && 'exitCode' in error) return { message: '', code: error.exitCode === 0 ? 0 : 2 };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message: `normlab: an internal error; please report it.\n${detail}`, code: 2 };
}

try {
  if (parentPort) await serveChecks(parentPort, workerData.index);
  else await commandLine().parseAsync();
} catch (error) {
  const { message, code } = failure(error);
  if (message) console.error(message);
  process.exitCode = code;
}
