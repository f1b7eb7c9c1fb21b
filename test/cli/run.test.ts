import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { dataOf, planCell } from '../../src/lab/plan-cell.ts';
import { parseSidecar } from '../../src/lab/sidecar.ts';
import { readSpec } from '../../src/lab/spec.ts';
import { run } from '../../src/train/run.ts';
import { currentKernels } from '../engine/support.ts';

const root = path.resolve(import.meta.dirname, '../..');
const CELL = `model: {family: mlp, depth: 1, width: 8}
norm: [batch, none]
batch: [2, 16]
seeds: 2
steps: 40
lr: 0.05
expect:
  - train_eval_gap(batch, batch=2) > train_eval_gap(none, batch=2)`;

function notebook(cell: string, id = 'small'): string {
  return `---\nnorm-lab: 1\nseed: 3\n---\n# Small\n\n\`\`\`yaml norm-lab id=${id}\n${cell}\n\`\`\`\n`;
}

suite('normlab run', () => {
  let folder = '';
  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'run-'));
  });
  teardown(() => rmSync(folder, { recursive: true }));

  const file = () => path.join(folder, 'a.normlab.md');
  const cli = path.join(root, 'dist/cli.mjs');
  const normlab = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'run', file(), ...args], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  test('the plan first, then the grid, then the expectations; results are stored', async function () {
    this.timeout(60_000);
    writeFileSync(file(), notebook(CELL));
    const out = path.join(folder, 'out');
    const { status, stdout, stderr } = normlab('--check', '--out', out);
    assert.equal(status, 0, stderr + stdout);
    assert.match(stdout, /^small\nSweep of mlp 1×8\n8 runs: norm batch, none × batch 2, 16 × seed 3, 4\n/);
    assert.match(stdout, /val_loss, validation loss in eval mode\n {2}norm \\ batch +2 +16\n {2}batch +[\d.]+ ± /);
    assert.match(stdout, /✓ train_eval_gap\(batch, batch=2\) > .*\n {4}Holds: /);
    const [name = ''] = readdirSync(out);
    assert.match(name, /^small-[0-9a-f]{16}\.json$/);
    const { output } = parseSidecar(readFileSync(path.join(out, name), 'utf8'));
    assert.equal(output?.state, 'finished');
    assert.equal(output?.results.length, 8);
    // To the bit what the same plan gives in this process.
    const { spec } = readSpec(CELL, 3);
    assert.ok(spec);
    const plan = planCell(spec, { graph: null, data: dataOf(spec.data, null) });
    const [first] = plan.runs;
    assert.ok(first && plan.graphs[0]);
    const { simd, fused } = currentKernels();
    const kernels = { simd, fused, reference: null }[output?.provenance['kernels'] ?? ''];
    assert.ok(kernels !== undefined);
    const digits = readFileSync(path.join(root, 'media/data/digits.bin'));
    const quiet = { pause: async () => {}, now: () => 0, onObserved: () => {} };
    const here = await run({ graph: plan.graphs[0], spec: first, digits, kernels, ...quiet });
    assert.deepEqual(output?.results[0]?.summary, here.summary);
    assert.deepEqual(output?.results[0]?.observations, JSON.parse(JSON.stringify(here.observations)));
  });

  test('an expectation that fails is exit code 1 under --check only', function () {
    this.timeout(60_000);
    writeFileSync(file(), notebook(`${CELL.split('expect')[0]}expect: val_loss(none, batch=2) < 0`));
    assert.equal(normlab('--check').status, 1);
    const { status, stdout } = normlab();
    assert.equal(status, 0);
    assert.match(stdout, /✗ val_loss\(none, batch=2\) < 0\n {4}Does not hold: val_loss\(none, batch=2\) = [\d.]+ ± /);
  });

  test('what cannot be run is refused before anything runs', function () {
    this.timeout(60_000);
    const refused = (text: string, ...args: string[]) => {
      writeFileSync(file(), text);
      const { status, stdout, stderr } = normlab(...args);
      assert.deepEqual([status, stdout], [2, ''], stderr);
      return stderr;
    };
    assert.match(refused('```yaml norm-lab\nnorm: [bn]\n'), /opens in line 1 is never closed/);
    assert.match(refused(notebook('norm: [batch]\nbatch: [x]')), /cell `small`, line 2, column 9: `batch` expects/);
    assert.match(refused(notebook(CELL), '--cell', 'other'), /nothing to run in .*: its cells are `small`/);
    assert.match(refused(notebook('model: {file: ./missing.py}')), /missing\.py/);
    assert.match(refused('# Only prose\n'), /it has no lab cell/);
  });

  test('Ctrl+C keeps what is finished', async function () {
    this.timeout(60_000);
    const long = CELL.replace('steps: 40', 'steps: 100000').replace('batch: [2, 16]', 'batch: [16]');
    const quick = notebook(`${long}\n`.replace('seeds: 2', 'seeds: [0, 1, 2, 3, 4, 5]'));
    writeFileSync(file(), quick);
    const out = path.join(folder, 'out');
    const child = spawn(process.execPath, [cli, 'run', file(), '--out', out]);
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += String(text);
    });
    let stopped = 0;
    child.stdout.on('data', (text) => {
      stdout += String(text);
      if (!stopped && stdout.includes('data digits')) {
        stopped = performance.now() + 800;
        setTimeout(() => child.kill('SIGINT'), 800);
      }
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    const took = performance.now() - stopped;
    assert.equal(status, 2, stderr);
    assert.match(stderr, /cancelled; what was finished is kept/);
    assert.ok(took < 5000, `ended after ${took} ms`);
    const [name = ''] = readdirSync(out);
    const { output } = parseSidecar(readFileSync(path.join(out, name), 'utf8'));
    assert.equal(output?.state, 'partial');
    const last = output?.results.at(-1);
    assert.equal(last?.status, 'cancelled');
    assert.ok((last?.steps ?? 0) > 0 && (last?.observations.length ?? 0) > 0);
    assert.match(stdout, /\? train_eval_gap.*\n {4}Unknown: /);
  });
});
