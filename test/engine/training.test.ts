// What stands around an optimizer, as PyTorch recorded it: schedules, clipping, accumulation, averages.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createSession } from '../../src/engine/session.ts';
import { findScheduler, SCHEDULERS } from '../../src/torch/optim/lr_scheduler.ts';
import type { Recipe } from '../../src/torch/optim/recipe.ts';
import type { Values } from '../../src/torch/signature.ts';
import { mlp } from './nets.ts';
import { currentKernels, relativeError } from './support.ts';

interface Run {
  readonly optimizer: { readonly target: string; readonly args: Values };
  readonly recipe: Recipe;
  readonly start: Readonly<Record<string, { readonly data: readonly number[] }>>;
  readonly batches: readonly (readonly [readonly number[], readonly number[]])[];
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly end: Readonly<Record<string, readonly number[]>>;
  readonly average: Readonly<Record<string, readonly number[]>> | null;
}

interface Recorded {
  readonly schedules: readonly {
    readonly target: string;
    readonly args: Values;
    readonly rates: readonly (readonly [number, number])[];
  }[];
  readonly runs: readonly Run[];
}

const recorded: Recorded = JSON.parse(readFileSync(new URL('../oracle/training.json', import.meta.url), 'utf8'));
const kernels = currentKernels();

suite('schedules: the rates of every step as PyTorch', () => {
  for (const { target, args, rates } of recorded.schedules)
    test(`${target.split('.').at(-1)} ${JSON.stringify(args)}`, () => {
      const schedule = findScheduler(target).bind(args, { lr: 0.1, momentum: 0.9 });
      for (const [step, [lr, momentum]] of rates.entries()) {
        const now = schedule(step);
        assert.ok(Math.abs(now.lr - lr) <= 1e-9, `step ${step}: ${now.lr}, not ${lr}`);
        assert.ok(Math.abs((now.momentum ?? 0) - momentum) <= 1e-9, `step ${step}: ${now.momentum}, not ${momentum}`);
      }
    });

  test('every schedule has a record', () => {
    const names = new Set(recorded.schedules.map(({ target }) => target));
    assert.deepEqual(
      SCHEDULERS.map(({ name }) => name).filter((name) => !names.has(name)),
      [],
    );
  });

  test('what is no function of the step is refused by name', () => {
    assert.throws(() => findScheduler('torch.optim.lr_scheduler.ReduceLROnPlateau'), {
      code: 'schedule/unknown',
      message: /ReduceLROnPlateau.*expected `StepLR`/,
    });
    const own = { lr: 0.1, momentum: null };
    const cycle = findScheduler('torch.optim.lr_scheduler.OneCycleLR');
    assert.throws(() => cycle.bind({ max_lr: 1 }, own), { code: 'schedule/total' });
    assert.throws(() => cycle.bind({ max_lr: 1, total_steps: 5 }, own)(5), { code: 'schedule/over' });
    const cyclic = findScheduler('torch.optim.lr_scheduler.CyclicLR');
    assert.throws(() => cyclic.bind({ base_lr: 0.1, max_lr: 1 }, own), { code: 'schedule/momentum' });
  });
});

suite('recipes: eight optimizer steps as PyTorch', () => {
  for (const run of recorded.runs)
    for (const [backend, module] of [
      ['reference', null],
      ['simd', kernels.simd],
      ['fused', kernels.fused],
    ] as const)
      test(`${run.optimizer.target} ${JSON.stringify(run.recipe)} (${backend})`, () => {
        const graph = mlp(5, [10, 20, 1]);
        const { optimizer, recipe } = run;
        const session = createSession({
          ...{ graph, seed: 0, batch: 5, loss: 'mse_loss', optimizer, recipe, probes: [], kernels: module },
        });
        for (const [name, { data }] of Object.entries(run.start)) session.write(name, Float32Array.from(data));
        const norms: number[] = [];
        for (const [i, [x, y]] of run.batches.entries()) {
          const loss = session.step([{ shape: [5, 10], dtype: 'float32', data: Float32Array.from(x) }], {
            shape: [5, 1],
            dtype: 'float32',
            data: Float32Array.from(y),
          });
          assert.ok(relativeError([loss], [run.losses[i] ?? Number.NaN]) <= 1e-4, `batch ${i}: ${loss}`);
          if ((i + 1) % (recipe.accumulate ?? 1) === 0 && session.gradientNorm !== null)
            norms.push(session.gradientNorm);
        }
        assert.equal(norms.length, run.norms.length);
        if (norms.length > 0) assert.ok(relativeError(norms, run.norms) <= 1e-4);
        for (const [name, expected] of Object.entries(run.end))
          assert.ok(relativeError(session.read(name), expected) <= 1e-4, `${name} differs`);
        if (run.average === null) assert.equal(session.readAverage('fc1.weight'), null);
        for (const [name, expected] of Object.entries(run.average ?? {}))
          assert.ok(relativeError(session.readAverage(name) ?? [], expected) <= 1e-4, `the average of ${name} differs`);
        session.dispose();
      });

  test('a schedule that is over can still be evaluated', () => {
    const schedule = { target: 'torch.optim.lr_scheduler.OneCycleLR', args: { max_lr: 0.1, total_steps: 2 } };
    const optimizer = { target: 'torch.optim.SGD', args: { lr: 0.1 } };
    const session = createSession({
      ...{ graph: mlp(5, [10, 20, 1]), seed: 0, batch: 5, loss: 'mse_loss', optimizer, recipe: { schedule } },
      ...{ probes: [], kernels: null },
    });
    const x = [{ shape: [5, 10], dtype: 'float32', data: new Float32Array(50).map((_, i) => i % 7) }] as const;
    const y = { shape: [5, 1], dtype: 'float32', data: new Float32Array(5) } as const;
    session.step(x, y);
    session.step(x, y);
    assert.ok(Number.isFinite(session.evaluate(x, y, { mode: 'eval' }).loss));
    assert.throws(() => session.step(x, y), { code: 'schedule/over' });
  });
});
