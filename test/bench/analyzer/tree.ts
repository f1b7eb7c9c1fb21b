// A folder of public code, checked by the built command: from nothing with one thread and with all, and again with what
// was kept. Beside it, in the same rounds, other linters as far as `--peers FOLDER` has them (the `bin` of a virtual
// environment). What another does is another thing than what this does; the ratio says what a user waits.

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const ROUNDS = 5;
const CLI = path.resolve(import.meta.dirname, '../../../dist/cli.mjs');

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  /** Before each round. */
  prepare?(): void;
}

interface Round {
  readonly seconds: number;
  readonly processor: number;
  readonly memory: number;
}

/** What a command took, by its parent's account: seconds of the clock and of the processor, megabytes at most. */
function measure(command: readonly string[], folder: string): Round {
  const script = `
    const { spawnSync } = require('node:child_process');
    const started = performance.now();
    const { status, error } = spawnSync(process.argv[1], process.argv.slice(2), { stdio: 'ignore' });
    const seconds = (performance.now() - started) / 1000;
    if (error || status === null) throw error ?? new Error('It was killed.');
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    console.log(JSON.stringify({ seconds, own: (userCPUTime + systemCPUTime) / 1e6, maxRSS }));`;
  const timed = ['-f', '%U %S %M', process.execPath, '-e', script, ...command];
  const result: SpawnSyncReturns<string> = spawnSync('/usr/bin/time', timed, { cwd: folder, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`Expected \`${command.join(' ')}\` to run: ${result.stderr}`);
  const { seconds, own } = JSON.parse(result.stdout);
  const [user = 0, system = 0, kilobytes = 0] = (result.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { seconds, processor: user + system - own, memory: kilobytes / 1024 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function countPython(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.py')).length;
}

function contenders(cache: string, peers: string | undefined): readonly Contender[] {
  const check = [process.execPath, CLI, 'check', '.', '--isolated', '--exit-zero', '--format', 'json'];
  const own: readonly Contender[] = [
    { name: 'cold, one thread', command: [...check, '--no-cache', '--threads', '1'] },
    { name: 'cold', command: [...check, '--no-cache'] },
    {
      name: 'cold, and kept',
      command: [...check, '--cache-dir', cache],
      prepare: () => rmSync(cache, { recursive: true, force: true }),
    },
    { name: 'warm', command: [...check, '--cache-dir', cache] },
  ];
  if (peers === undefined) return own;
  const bin = (name: string) => path.join(peers, name);
  const others: readonly Contender[] = [
    { name: 'ruff, no cache', command: [bin('ruff'), 'check', '.', '--no-cache', '--isolated', '--exit-zero', '-q'] },
    { name: 'TorchFix', command: [bin('torchfix'), '.', '--select', 'ALL'] },
    { name: 'pylint, all cores', command: [bin('pylint'), '-j0', '--recursive=y', '--exit-zero', '--score=n', '.'] },
  ];
  return [...own, ...others.filter(({ command: [program = ''] }) => existsSync(program))];
}

export function benchTree(folder: string, peers: string | undefined): void {
  if (!existsSync(CLI)) throw new Error('Expected dist/cli.mjs; run `npm run build` first.');
  const scratch = mkdtempSync(path.join(tmpdir(), 'normlab-bench-'));
  const files = countPython(folder);
  const all = contenders(path.join(scratch, 'cache'), peers);
  const rounds = new Map<Contender, Round[]>(all.map((one) => [one, []]));
  // A peer that takes minutes has one round.
  for (let i = 0; i < ROUNDS; i++)
    for (const one of all) {
      const before = rounds.get(one) ?? [];
      if ((before[0]?.seconds ?? 0) * (i + 1) > 120) continue;
      one.prepare?.();
      before.push(measure(one.command, folder));
    }
  rmSync(scratch, { recursive: true, force: true });
  const base = rounds.get(all[1] as Contender) ?? [];
  console.log(`\n${path.basename(folder)}: ${files} files, ${ROUNDS} rounds in turn, medians`);
  console.log(
    `${''.padEnd(20)}${['seconds', 'files/s', 'processor', 'MB', 'beside cold'].map((one) => one.padStart(12)).join('')}`,
  );
  for (const one of all) {
    const own = rounds.get(one) ?? [];
    const seconds = median(own.map((round) => round.seconds));
    const figures = [
      seconds.toFixed(2),
      (files / seconds).toFixed(0),
      median(own.map((round) => round.processor)).toFixed(2),
      Math.max(...own.map((round) => round.memory)).toFixed(0),
      `${median(own.map((round, i) => round.seconds / (base[i]?.seconds ?? Number.NaN))).toFixed(2)}×`,
    ];
    console.log(`${one.name.padEnd(20)}${figures.map((figure) => figure.padStart(12)).join('')}`);
  }
}
