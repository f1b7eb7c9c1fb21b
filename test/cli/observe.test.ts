import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { blocks, ProgressBar, sparkline, table } from '../../src/cli/terminal.ts';

const root = path.resolve(import.meta.dirname, '../..');

function normlab(...args: string[]) {
  const cli = path.join(root, 'dist/cli.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr };
}

interface Report {
  readonly model: string;
  readonly steps: number;
  readonly losses: Readonly<Record<'train' | 'eval', readonly { step: number; value: number }[]>>;
  readonly layers: readonly { name: string; kind: string; line: number; histograms: readonly { bins: number[] }[] }[];
  readonly verdicts: readonly { rule: string; path: string; line: number; numbers: Record<string, number> }[];
}

suite('normlab observe', () => {
  test('the planted faults are measured; the same seed prints the same bytes', function () {
    this.timeout(60_000);
    const args = ['observe', 'examples/simple_net.py', '--format', 'json', '--seed', '4'];
    const first = normlab(...args);
    assert.equal(first.status, 1, first.stderr);
    assert.equal(normlab(...args).stdout, first.stdout);
    const report: Report = JSON.parse(first.stdout);
    assert.deepEqual([report.model, report.steps], ['SimpleNet', 300]);
    assert.equal(report.losses.train.length, 200);
    assert.deepEqual([report.losses.eval[0]?.step, report.losses.eval.at(-1)?.step], [0, 300]);
    assert.deepEqual(
      report.layers.map(({ name, kind }) => `${name} ${kind}`),
      ['fc1 torch.nn.Linear', 'bn1 torch.nn.BatchNorm1d', 'relu torch.nn.ReLU', 'fc2 torch.nn.Linear'],
    );
    assert.ok(report.layers.every(({ line, histograms }) => line > 0 && histograms[0]?.bins.length === 128));
    const { findings } = JSON.parse(normlab('check', 'examples/simple_net.py', '--format', 'json').stdout);
    for (const finding of findings) {
      const verdict = report.verdicts.find(({ rule }) => rule === finding.rule);
      assert.ok(verdict, `${finding.rule} is not measured`);
      assert.deepEqual([verdict.path, verdict.line], [finding.path, finding.line]);
      assert.ok(Object.values(verdict.numbers).every(Number.isFinite));
    }
    assert.equal(findings.length, 3);
  });

  test('nothing is measured where nothing is wrong', function () {
    this.timeout(60_000);
    const { status, stdout, stderr } = normlab('observe', 'examples/simple_net_fixed.py');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /batch 32, as in the code.*No fault measured\.\n$/s);
    assert.match(stdout, /validation loss, eval mode +[\d.]+ → [\d.]+ +[▁▂▃▄▅▆▇█]{9}/);
    assert.match(stdout, /bn1 +BatchNorm1d +line 15/);
  });

  test('what cannot be done is said in a sentence, with exit code 2', function () {
    this.timeout(60_000);
    const folder = mkdtempSync(path.join(tmpdir(), 'observe-'));
    try {
      const file = path.join(folder, 'none.py');
      writeFileSync(file, 'x = 1\n');
      const nothing = normlab('observe', file);
      assert.equal(nothing.status, 2);
      assert.match(nothing.stderr, /^normlab: [^\n]+\n$/);
      const data = normlab('observe', 'examples/simple_net_fixed.py', '--data', 'missing.csv');
      assert.deepEqual([data.status, data.stdout], [2, '']);
      assert.match(data.stderr, /There is no data file `missing.csv`/);
      const synthetic = normlab('observe', 'examples/simple_net_fixed.py', '--data', 'moons');
      assert.match(synthetic.stderr, /There is no synthetic set `moons`; expected one of `linear-teacher`/);
      assert.equal(synthetic.status, 2);
      assert.equal(normlab('observe', 'missing.py').status, 2);
      assert.equal(normlab('observe', 'examples/simple_net.py', '--steps', 'ten').status, 2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

suite('terminal', () => {
  test('curves and histograms', () => {
    assert.equal(sparkline([0, 1, 2, 3, Number.NaN, 7]), '▁▂▃▄·█');
    assert.equal(sparkline([5, 5]), '▁▁');
    assert.equal(sparkline(Array.from({ length: 1000 }, (_, i) => i)).length, 48);
    assert.equal(blocks({ bins: [0, 0, 1, 0, 8, 4, 0] }), '▁ █▄');
    assert.equal(blocks({ bins: [0, 0] }), '');
    assert.equal(
      table([
        ['a', '10'],
        ['bcd', '1'],
      ]),
      'a    10\nbcd   1',
    );
  });

  test('the bar is drawn in a terminal only, ten times a second at most, and cleared', () => {
    const written: string[] = [];
    const screen = (isTTY: boolean) => ({ isTTY, columns: 30, write: (text: string) => written.push(text) });
    const bar = new ProgressBar(screen(true));
    bar.update(0.5, 'a long text that does not fit', 1000);
    bar.update(0.6, '', 1050);
    bar.end();
    assert.equal(written.length, 2);
    assert.equal([...(written[0] ?? '')].length, '\r\u001b[K'.length + 29);
    assert.equal(written[1], '\r\u001b[K');
    new ProgressBar(screen(false)).update(0.5, 'x', 5000);
    assert.equal(written.length, 2);
  });
});
