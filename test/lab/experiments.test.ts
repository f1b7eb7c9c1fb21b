// Every experiment's page holds a cell; it is planned and run here, and its expectations hold.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { toCellOutput } from '../../src/lab/cell-output.ts';
import { all } from '../../src/lab/experiments/all.ts';
import { SYNTHETIC_SHAPES } from '../../src/lab/families.ts';
import type { Plan, RunResult } from '../../src/lab/plan.ts';
import { dataOf, planCell, printPlan } from '../../src/lab/plan-cell.ts';
import { OBSERVERS } from '../../src/lab/plan-observe.ts';
import { parseSidecar, printSidecar } from '../../src/lab/sidecar.ts';
import { readSpec } from '../../src/lab/spec.ts';
import { makeSynthetic, SYNTHETIC_NAMES } from '../../src/train/data/synthetic.ts';
import { all as observers } from '../../src/train/observers/all.ts';
import { run } from '../../src/train/run.ts';

const folder = path.resolve(import.meta.dirname, '../..');
const digits = readFileSync(path.join(folder, 'media/data/digits.bin'));

function cellOf(name: string): string {
  const page = readFileSync(path.join(folder, `src/lab/experiments/${name}.md`), 'utf8');
  return /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';
}

function planOf(text: string): Plan {
  const { spec, problems } = readSpec(text);
  assert.deepEqual(problems, []);
  assert.ok(spec);
  return planCell(spec, { graph: null, data: dataOf(spec.data, null) });
}

async function runAll(plan: Plan): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const spec of plan.runs) {
    const graph = plan.graphs[spec.graph];
    assert.ok(graph);
    const pause = async () => {};
    results.push(await run({ graph, spec, digits, kernels: null, pause, now: () => 0, onObserved: () => {} }));
  }
  return results;
}

suite('experiments', () => {
  for (const experiment of all) {
    test(`${experiment.name}: its page's cell runs, and its expectations hold`, async function () {
      this.timeout(20_000);
      const text = cellOf(experiment.name);
      const { spec } = readSpec(text);
      assert.equal(spec?.kind, experiment.name);
      const plan = planOf(text);
      const results = await runAll(plan);
      assert.ok(results.every((result) => result.status === 'finished'));
      const { measure = [], expect = [] } = spec ?? {};
      const question = { cell: 'a', plan, measure, expect, results, state: 'finished' as const, message: '' };
      const output = toCellOutput({ ...question, version: '0.0.0', backend: 'reference' });
      assert.ok(output.expectations.length > 0);
      for (const { text: line, passed, detail } of output.expectations)
        assert.equal(passed, true, `${line}: ${detail}`);
      assert.deepEqual(parseSidecar(printSidecar(output)).output, output);
    });
  }

  test('a plan is the product of its axes, with ids that say so, and prints', () => {
    const plan = planOf(cellOf('sweep'));
    assert.equal(plan.runs.length, 2 * 2 * 2);
    assert.equal(plan.graphs.length, 2);
    assert.equal(plan.runs[0]?.id, 'norm=batch,batch=2,seed=0');
    assert.deepEqual(plan.runs[0]?.axes, { norm: 'batch', batch: 2 });
    assert.deepEqual([...new Set(plan.runs.map((one) => one.steps))], [750, 94]);
    assert.equal(
      printPlan(plan),
      [
        'Sweep of mlp 2×32',
        '8 runs: norm batch, layer × batch 2, 16 × seed 0, 1',
        '3,376 steps and 12,016 samples in all',
        'torch.optim.SGD(lr=0.05), data digits',
      ].join('\n'),
    );
  });

  test('the lab names observers that exist, and every one of them', () => {
    const known = observers.map((observer) => observer.name);
    assert.deepEqual([...OBSERVERS].sort(), [...known].sort());
  });

  test('the shapes families are built for are those of the synthetic sets', () => {
    assert.deepEqual(Object.keys(SYNTHETIC_SHAPES).sort(), [...SYNTHETIC_NAMES].sort());
    for (const [name, { features, outputs }] of Object.entries(SYNTHETIC_SHAPES)) {
      const { shape, target } = makeSynthetic(name, {}, 0);
      assert.deepEqual(shape, [features], name);
      assert.equal(target.kind === 'class' ? target.classes : 1, outputs, name);
    }
  });
});
