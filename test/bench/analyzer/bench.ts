// `npm run bench:analyzer [-- [--tree FOLDER [--peers BIN]] [FILE.py …]]`: from a keystroke to findings. Each file is checked whole, then a letter is
// typed and taken back in its middle, and what was parsed before is used again. Times are the processor's, so
// that a busy machine says the same as a quiet one. Without a file, the rules' own pages make one of a thousand
// lines. Below each file: what of a keystroke goes to the parser, to every fact and to every rule, each without
// what it asked others for. At the end, all safe fixes of two thousand lines, as saving asks for them; with --tree,
// a folder from nothing and again (tree.ts).

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Checked, checkText } from '../../../src/analysis/check-text.ts';
import { applyToText, repair } from '../../../src/analysis/repair.ts';
import { all as rules } from '../../../src/analysis/rules/all.ts';
import { DEFAULT_SETTINGS } from '../../../src/analysis/settings.ts';
import { startParser } from '../../../src/cli/parser-files.ts';
import type { Facts } from '../../../src/facts/facts.ts';
import type { PythonParser } from '../../../src/python/parser.ts';
import { Stopwatch } from './stopwatch.ts';
import { benchTree } from './tree.ts';

const KEYSTROKES = 200;
const WARM_UP = 60;
const WHOLE = 20;
/** Milliseconds of a keystroke below which a fact or rule is not worth a line. */
const SHOWN = 0.05;

function pagesAsOneFile(lines: number): string {
  const folder = path.resolve(import.meta.dirname, '../../../src/analysis/rules');
  const blocks = readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => [...readFileSync(path.join(folder, file), 'utf8').matchAll(/```python\n(.*?)```/gs)])
    .map(([, code]) => code ?? '');
  const text: string[] = [];
  for (let i = 0; text.length < lines; i++) text.push(...(blocks[i % blocks.length] ?? '').split('\n'));
  return text.slice(0, lines).join('\n');
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Milliseconds of the processor, in this thread and in those that collect its garbage. */
function timed(work: () => void): number {
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

function bench(parser: PythonParser, name: string, text: string): void {
  const check = (version: string, previous?: Checked) => checkText(parser, version, name, DEFAULT_SETTINGS, previous);
  const whole = Array.from({ length: WHOLE }, () => timed(() => check(text).dispose()));
  const middle = text.indexOf('\n', Math.floor(text.length / 2)) + 1;
  const typed = `${text.slice(0, middle)}x = 1\n${text.slice(middle)}`;
  let checked = check(text);
  const stroke = (i: number) => {
    const next = check(i % 2 === 0 ? typed : text, checked);
    checked.dispose();
    checked = next;
  };
  for (let i = 0; i < WARM_UP; i++) stroke(i);
  const strokes = Array.from({ length: KEYSTROKES }, (_, i) => timed(() => stroke(i)));
  const watch = new Stopwatch();
  const undo = watchFacts(watch, checked.facts);
  for (let i = 0; i < KEYSTROKES; i++) watch.time('everything else', () => stroke(i));
  undo();
  const lines = text.split('\n').length;
  const figures = [quantile(whole, 0.5), quantile(strokes, 0.5), quantile(strokes, 0.95)];
  const found = checked.findings.length;
  checked.dispose();
  console.log(
    `${name.padEnd(24)} ${String(lines).padStart(6)} ${String(found).padStart(9)} ${figures.map((ms) => ms.toFixed(1).padStart(12)).join('')}`,
  );
  for (const [what, ms] of watch.perRound(KEYSTROKES))
    if (ms >= SHOWN) console.log(`${''.padEnd(8)}${what.padEnd(40)} ${ms.toFixed(2).padStart(8)}`);

  function watchFacts(by: Stopwatch, facts: Facts): () => void {
    const undoing = [
      ...by.watchGetters(Object.getPrototypeOf(facts)),
      by.watchMethod(Object.getPrototypeOf(facts), 'of', (read) => `facts.of(${nameOf(read)})`),
      by.watchMethod(parser, 'parse', () => 'parse'),
      ...rules.map((rule) => by.watchMethod(rule, 'check', () => `${rule.code} ${rule.name}`)),
    ];
    return () => {
      for (const one of undoing) one();
    };
  }
}

function nameOf(read: unknown): string {
  return typeof read === 'function' ? read.name : '?';
}

/** The version is checked when its fixes are asked for, as it is after a pause in typing. */
function benchFixAll(parser: PythonParser): void {
  const unused = '  # normlab: ignore[NL301] nothing';
  const half = pagesAsOneFile(1000);
  const text = `import torch${unused}\n${half}\n${half}`;
  const times: number[] = [];
  let fixed = 0;
  for (let i = 0; i < WARM_UP + KEYSTROKES / 2; i++) {
    const checked = checkText(parser, `${text}\n${'#'.repeat(i % 7)}`, 'long.py', DEFAULT_SETTINGS);
    const source = { text: checked.facts.text, cells: [] };
    const took = timed(() => {
      const repaired = repair(parser, checked, source, applyToText, 'long.py', DEFAULT_SETTINGS, new Set(['safe']));
      fixed = repaired.fixed;
      if (repaired.checked !== checked) repaired.checked.dispose();
    });
    checked.dispose();
    if (i >= WARM_UP) times.push(took);
  }
  const [p50, p95] = [quantile(times, 0.5), quantile(times, 0.95)];
  console.log(
    `\nfix all, ${text.split('\n').length} lines, ${fixed} fixes: p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)} ms of the processor`,
  );
}

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { tree: { type: 'string' }, peers: { type: 'string' } },
});
const parser = await startParser();
console.log('file                      lines  findings     whole p50  stroke p50  stroke p95   (ms of the processor)');
if (files.length === 0) bench(parser, "the rules' pages", pagesAsOneFile(1000));
for (const file of files) bench(parser, path.basename(file), readFileSync(file, 'utf8'));
benchFixAll(parser);
if (options.tree !== undefined) benchTree(path.resolve(options.tree), options.peers);
