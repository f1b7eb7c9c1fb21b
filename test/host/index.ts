// The entry that VS Code calls: runs the bundled suites beside it, says how they went, and writes the counts
// to the file the tool reads.

import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import Mocha from 'mocha';
import { HostReporter } from '../support/host-report.ts';

export function run(): Promise<void> {
  const only = (process.env['NORMLAB_TEST_ONLY'] ?? '').split(',').filter(Boolean);
  const mocha = new Mocha({ ui: 'tdd', reporter: HostReporter, timeout: 60_000 });
  const suites = readdirSync(__dirname).filter((file) => file.endsWith('.test.cjs'));
  // What begins with nothing loaded comes first.
  const order = (file: string) => (file.startsWith('activation') ? `0${file}` : `1${file}`);
  for (const file of suites.sort((a, b) => (order(a) < order(b) ? -1 : 1))) {
    if (only.length === 0 || only.some((name) => file.startsWith(name))) mocha.addFile(path.join(__dirname, file));
  }
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failures) => {
      const { passes = 0, failures: failed = failures } = runner.stats ?? {};
      const results = process.env['NORMLAB_TEST_RESULTS'];
      if (results) writeFileSync(results, JSON.stringify({ passed: passes, failed }));
      if (failures > 0) reject(new Error(`${failures} failed.`));
      else resolve();
    });
  });
}
