import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NO_HINTS } from '../../src/base/hints.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { judge } from '../../src/lab/judge.ts';
import type { Observation } from '../../src/lab/observation.ts';
import type { RunSpec } from '../../src/lab/plan.ts';
import { type ObserveOverrides, planObserve } from '../../src/lab/plan-observe.ts';
import { type RunOptions, run } from '../../src/train/run.ts';
import { keptSteps } from '../../src/train/schedule.ts';
import { sequence, simpleNet } from './nets.ts';

const digits = readFileSync(path.resolve(import.meta.dirname, '../../media/data/digits.bin'));
const SGD = { ...NO_HINTS, optimizer: { target: 'torch.optim.SGD', args: { lr: 0.05 } } };

function specOf(graph: Graph, overrides: ObserveOverrides, observers?: readonly string[]): RunSpec {
  const [spec] = planObserve(graph, SGD, overrides).runs;
  assert.ok(spec);
  return observers ? { ...spec, observers } : spec;
}

function train(graph: Graph, spec: RunSpec, options: Partial<RunOptions> = {}) {
  const quiet = { pause: async () => {}, now: () => 0, onObserved: () => {} };
  return run({ graph, spec, digits, kernels: null, ...quiet, ...options });
}

function value(observations: readonly Observation[], name: string, layer: string, step: number): number {
  const found = observations.find((one) => one.name === name && one.layer === layer && one.step === step);
  assert.ok(found?.kind === 'scalar', `${name} of ${layer} at ${step}`);
  return found.value;
}

suite('a run', () => {
  test('the same specification makes the same bytes, another seed others', async () => {
    const graph = simpleNet();
    const spec = specOf(graph, { steps: 20, batch: 8 });
    const [a, b] = [await train(graph, spec), await train(graph, spec)];
    assert.equal(JSON.stringify(a), JSON.stringify(b));
    assert.equal(a.status, 'finished');
    const other = await train(graph, { ...spec, seed: 1 });
    assert.notEqual(JSON.stringify(other.summary), JSON.stringify(a.summary));
  });

  test('accumulated gradients are those of the large batch, unless a norm looks at the batch', async () => {
    const layers = (norm: boolean) =>
      sequence(
        [2, 10],
        [
          { name: 'fc1', class: 'Linear', args: { in_features: 10, out_features: 16 } },
          ...(norm ? [{ name: 'bn1', class: 'BatchNorm1d', args: { num_features: 16 } } as const] : []),
          { name: 'relu', class: 'ReLU' },
          { name: 'fc2', class: 'Linear', args: { in_features: 16, out_features: 1 } },
        ],
      );
    const losses = async (norm: boolean, batch: number, accumulate: number) => {
      const spec = specOf(layers(norm), { steps: 6, batch }, ['loss']);
      const { observations } = await train(layers(norm), { ...spec, recipe: { accumulate } });
      return observations.flatMap((one) => (one.name === 'loss/train' && one.kind === 'scalar' ? [one.value] : []));
    };
    const differ = (a: readonly number[], b: readonly number[]) =>
      Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0)) / Math.abs(value)));
    assert.ok(differ(await losses(false, 32, 1), await losses(false, 8, 4)) < 1e-4);
    assert.ok(differ(await losses(true, 32, 1), await losses(true, 8, 4)) > 1e-3);
  });

  test('an average of the parameters is measured beside them', async () => {
    const graph = simpleNet();
    const spec = { ...specOf(graph, { steps: 20, batch: 8 }, ['loss']), recipe: { ema: 0.5 } };
    const { summary } = await train(graph, spec);
    assert.ok(Number.isFinite(summary['val_loss_average']));
    assert.notEqual(summary['val_loss_average'], summary['val_loss']);
  });

  test('observing changes nothing: the losses are those of a run without observers', async () => {
    const graph = sequence(
      [2, 10],
      [
        { name: 'fc1', class: 'Linear', args: { in_features: 10, out_features: 16 } },
        { name: 'bn1', class: 'BatchNorm1d', args: { num_features: 16 } },
        { name: 'relu', class: 'ReLU' },
        { name: 'drop', class: 'Dropout', args: { p: 0.5 } },
        { name: 'fc2', class: 'Linear', args: { in_features: 16, out_features: 1 } },
      ],
    );
    const spec = specOf(graph, { steps: 30, batch: 8 });
    const full = await train(graph, spec);
    const bare = await train(graph, { ...spec, observers: ['loss'] });
    const losses = (observations: readonly Observation[]) =>
      observations.filter(({ name }) => name.startsWith('loss/') && !/without|after/.test(name));
    assert.deepEqual(losses(full.observations), losses(bare.observations));
    // Dropout's part is told apart: without it the training-mode loss is lower.
    const inTrain = value(full.observations, 'loss/eval-in-train-mode', '', 30);
    assert.ok(value(full.observations, 'loss/eval-without-dropout', '', 30) < inTrain);
  });

  test('cancelled between two steps: what was observed is kept', async () => {
    const graph = simpleNet();
    const abort = new AbortController();
    let now = 0;
    let delivered = 0;
    const result = await train(graph, specOf(graph, { steps: 1000, batch: 5 }, ['loss']), {
      signal: abort.signal,
      now: () => (now += 5),
      pause: async () => {},
      onObserved: (step, observations) => {
        delivered += observations.length;
        if (step >= 100) abort.abort();
      },
    });
    assert.equal(result.status, 'cancelled');
    assert.ok(result.steps >= 100 && result.steps <= 110, `stopped at ${result.steps}`);
    assert.ok(result.observations.length >= delivered && delivered > 20);
    assert.match(result.reason, /Stopped at step 10\d/);
  });

  test('divergence is a result with the step and the first layer', async () => {
    const graph = simpleNet();
    const spec = specOf(graph, { steps: 200, batch: 8, lr: 1e20 });
    const result = await train(graph, spec);
    assert.equal(result.status, 'diverged');
    assert.match(
      result.reason,
      /^The loss became (NaN|Infinity) at step \d+\. The first to make them was `\w+` \(\w+\), in the (forward|backward) pass of step \d+: /,
    );
    const [found] = judge([result], { graph, findings: [] });
    assert.equal(found?.rule, 'NL904');
    assert.ok(found?.layer !== '' && found?.place?.path === 'net.py');
  });

  test('the step that diverged is seen, whether it was to be kept or not', async () => {
    const graph = simpleNet();
    const seen = new Set<boolean>();
    for (const lr of [1e20, 300]) {
      const long = await train(graph, specOf(graph, { steps: 3000, batch: 8, lr }));
      assert.equal(long.status, 'diverged');
      const last = long.steps - 1;
      seen.add(keptSteps(3000).has(last));
      // As many steps: the last one is always kept.
      const short = await train(graph, specOf(graph, { steps: long.steps, batch: 8, lr }));
      const at = ({ observations }: typeof long) =>
        observations.filter(({ name, step }) => step === last && /^(activation|gradient)/.test(name));
      assert.ok(at(long).length > 8);
      assert.deepEqual(at(long), at(short));
    }
    assert.ok(seen.has(false));
  });

  test('what cannot begin is a UserError that says what was expected', async () => {
    const graph = simpleNet();
    const spec = specOf(graph, { steps: 1, batch: 1500 });
    await assert.rejects(train(graph, spec), { code: 'data/too-few', message: /at least 3000/ });
    await assert.rejects(train(graph, specOf(graph, { steps: 1 }), { digits: null }), { code: 'data/digits' });
  });
});

suite('observers, against slow and obvious versions', () => {
  const faulty = simpleNet({ faulty: true });

  test('units that start as copies are one, and their gradients have one direction', async () => {
    const { observations } = await train(faulty, specOf(faulty, { steps: 5, batch: 8 }));
    assert.equal(value(observations, 'distinct-units', 'fc1', 0), 1);
    assert.equal(value(observations, 'distinct-gradients', 'fc1', 0), 1);
    assert.ok(Math.abs(value(observations, 'unit-similarity', 'fc1', 0) - 1) < 1e-6);
    assert.ok(Math.abs(value(observations, 'unit-directions', 'fc1', 0) - 1) < 1e-6);
    const graph = simpleNet();
    const healthy = await train(graph, specOf(graph, { steps: 5, batch: 8 }));
    assert.equal(value(healthy.observations, 'distinct-units', 'fc1', 0), 20);
    assert.ok(value(healthy.observations, 'unit-directions', 'fc1', 0) > 3);
  });

  test('the batch mean of B rows is off by 1 / √B', async () => {
    const graph = simpleNet();
    for (const batch of [4, 16]) {
      const { summary } = await train(graph, specOf(graph, { steps: 2, batch }, ['running-stats']));
      const expected = 1 / Math.sqrt(batch);
      const noise = summary['batch_noise'] ?? 0;
      assert.ok(Math.abs(noise - expected) < 0.15 * expected, `batch ${batch}: ${noise} for ${expected}`);
    }
  });

  test('running statistics follow the batches as momentum 0.1 says', async () => {
    const graph = simpleNet();
    const { observations } = await train(graph, specOf(graph, { steps: 3, batch: 16 }, ['running-stats']));
    const vector = (name: string, step: number) => {
      const found = observations.find((one) => one.name === name && one.step === step);
      assert.ok(found?.kind === 'vector');
      return found.values;
    };
    let mean = vector('batch-mean', 0).map(() => 0);
    let variance = mean.map(() => 1);
    for (let step = 0; step < 3; step++) {
      const [batchMean, batchVar] = [vector('batch-mean', step), vector('batch-var', step)];
      mean = mean.map((m, i) => 0.9 * m + 0.1 * (batchMean[i] ?? 0));
      variance = variance.map((v, i) => 0.9 * v + 0.1 * (batchVar[i] ?? 0));
      for (const [i, m] of vector('running-mean', step).entries()) assert.ok(Math.abs(m - (mean[i] ?? 0)) < 1e-5);
      for (const [i, v] of vector('running-var', step).entries())
        assert.ok(Math.abs(v / (variance[i] ?? 1) - 1) < 1e-5);
    }
  });

  test('a unit whose bias is far below zero is dead', async () => {
    const parts = [
      { name: 'fc1', class: 'Linear', args: { in_features: 10, out_features: 8 } },
      { name: 'relu', class: 'ReLU' },
      { name: 'fc2', class: 'Linear', args: { in_features: 8, out_features: 1 } },
    ];
    const bias = { target: 'torch.nn.init.constant_', args: { val: -100 }, place: null };
    const dead = sequence(
      [4, 10],
      parts.map((part, i) => (i === 0 ? { ...part, init: { bias } } : part)),
    );
    const { observations } = await train(dead, specOf(dead, { steps: 2, batch: 16 }));
    assert.equal(value(observations, 'dead-share', 'relu', 0), 1);
    const alive = sequence([4, 10], parts);
    const healthy = await train(alive, specOf(alive, { steps: 2, batch: 16 }));
    assert.ok(value(healthy.observations, 'dead-share', 'relu', 0) < 1);
  });

  test('batch mates matter to BatchNorm in training mode only, and to LayerNorm never', async () => {
    const graph = simpleNet();
    const { observations } = await train(graph, specOf(graph, { steps: 10, batch: 4 }));
    assert.ok(value(observations, 'batch-mates/train', '', 10) > 0.1);
    assert.ok(value(observations, 'batch-mates/eval', '', 10) < 1e-6);
    const untracked = sequence(
      [4, 10],
      [
        { name: 'bn', class: 'BatchNorm1d', args: { num_features: 10, track_running_stats: false } },
        { name: 'fc', class: 'Linear', args: { in_features: 10, out_features: 1 } },
      ],
    );
    const leaking = await train(untracked, specOf(untracked, { steps: 10, batch: 4 }));
    assert.ok(value(leaking.observations, 'batch-mates/eval', '', 10) > 0.1);
    const found = judge([leaking], { graph: untracked, findings: [] }).map(({ rule }) => rule);
    assert.ok(found.includes('NL907'), found.join());
  });

  test('the global gradient norm is that of all layers together; an update is lr × gradient', async () => {
    const graph = simpleNet();
    const { observations } = await train(graph, specOf(graph, { steps: 4, batch: 8 }));
    const layers = ['fc1', 'bn1', 'fc2'].map((layer) => value(observations, 'gradient-norm', layer, 2));
    const together = Math.hypot(...layers);
    assert.ok(Math.abs(value(observations, 'gradient-norm', '', 2) / together - 1) < 1e-5);
    // ‖lr · gradient‖ / ‖weight‖, the weight as kaiming_uniform_ draws it: 200 numbers of variance 1 / 30.
    const update = 0.05 * value(observations, 'gradient-rms', 'fc1', 0) * Math.sqrt(200);
    const weight = update / 10 ** value(observations, 'update-ratio', 'fc1', 0);
    assert.ok(Math.abs(weight / Math.sqrt(200 / 30) - 1) < 0.1, `the weight's norm comes out as ${weight}`);
  });

  test('stopped inside a step: what was finished before is kept, and shown as cancelled', async () => {
    const graph = simpleNet();
    const spec = specOf(graph, { steps: 20, batch: 8 }, ['loss']);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const whole = await train(graph, spec);
    let asked = 0;
    // The clock is asked after every piece of work.
    const now = (at: number) => () => {
      if (++asked === at) Atomics.store(stop, 0, 1);
      return 0;
    };
    await train(graph, spec, { now: now(-1) });
    const before = asked;
    asked = 0;
    const result = await train(graph, spec, { stop, now: now(Math.floor(before / 2)) });
    assert.equal(result.status, 'cancelled');
    assert.ok(result.steps > 0 && result.steps < 20, `${result.steps} steps`);
    assert.equal(result.reason, `Stopped at step ${result.steps}.`);
    const finished = whole.observations.filter(({ step }) => step < result.steps);
    assert.deepEqual(
      result.observations.filter(({ name }) => name === 'loss/train'),
      finished.filter(({ name }) => name === 'loss/train'),
    );
  });

  test('a histogram counts every number once', async () => {
    const graph = simpleNet();
    const { observations } = await train(graph, specOf(graph, { steps: 3, batch: 8 }));
    const histograms = observations.filter((one) => one.kind === 'histogram');
    assert.ok(histograms.length > 0);
    for (const { bins, count, zeros, nan, inf } of histograms)
      assert.equal(bins.reduce((sum, n) => sum + n, 0) + zeros + nan + inf, count);
  });
});

suite("the example's faults", () => {
  const findings = [
    { rule: 'NL101', name: 'eval-path-in-train-mode', path: 'net.py', line: 40, message: '' },
    { rule: 'NL201', name: 'batchnorm-small-batch', path: 'net.py', line: 6, message: '' },
    { rule: 'NL504', name: 'constant-weight-init', path: 'net.py', line: 5, message: 'of `fc1`' },
  ];

  for (const seed of [0, 3]) {
    test(`seed ${seed}: all three are measured, and none where nothing is wrong`, async () => {
      const faulty = simpleNet({ faulty: true });
      const spec = specOf(faulty, { batch: 5, seed });
      const found = judge([await train(faulty, spec)], { graph: faulty, findings, batch: 5 });
      for (const { rule } of findings) {
        const verdict = found.find((one) => one.rule === rule);
        assert.ok(verdict && Object.values(verdict.numbers).every(Number.isFinite), `${rule} is not measured`);
      }
      const fixed = simpleNet();
      const result = await train(fixed, specOf(fixed, { batch: 32, seed }));
      assert.deepEqual(judge([result], { graph: fixed, findings: [], batch: 32 }), []);
    });
  }
});
