// `npm run bench:analyzer [FILE.py …]`: from a keystroke to findings. Each file is checked whole, then a letter is
// typed and taken back in its middle, and what was parsed before is used again. Without a file, the rules' own
// pages make one of a thousand lines.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { checkText } from '../../../src/analysis/check-text.ts';
import { DEFAULT_SETTINGS } from '../../../src/analysis/settings.ts';
import { startParser } from '../../../src/cli/parser-files.ts';
import type { PythonParser } from '../../../src/python/parser.ts';

const KEYSTROKES = 200;
const WHOLE = 20;

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

function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function bench(parser: PythonParser, name: string, text: string): void {
  const whole = Array.from({ length: WHOLE }, () =>
    timed(() => checkText(parser, text, name, DEFAULT_SETTINGS).dispose()),
  );
  const middle = text.indexOf('\n', Math.floor(text.length / 2)) + 1;
  const typed = `${text.slice(0, middle)}x = 1\n${text.slice(middle)}`;
  let checked = checkText(parser, text, name, DEFAULT_SETTINGS);
  const strokes = Array.from({ length: KEYSTROKES }, (_, i) =>
    timed(() => {
      const next = checkText(parser, i % 2 === 0 ? typed : text, name, DEFAULT_SETTINGS, checked);
      checked.dispose();
      checked = next;
    }),
  );
  const lines = text.split('\n').length;
  const figures = [quantile(whole, 0.5), quantile(strokes, 0.5), quantile(strokes, 0.95)];
  const found = checked.findings.length;
  checked.dispose();
  console.log(
    `${name.padEnd(24)} ${String(lines).padStart(6)} ${String(found).padStart(9)} ${figures.map((ms) => ms.toFixed(1).padStart(12)).join('')}`,
  );
}

const parser = await startParser();
console.log('file                      lines  findings     whole p50  stroke p50  stroke p95   (ms)');
const files = process.argv.slice(2);
if (files.length === 0) bench(parser, "the rules' pages", pagesAsOneFile(1000));
for (const file of files) bench(parser, path.basename(file), readFileSync(file, 'utf8'));
