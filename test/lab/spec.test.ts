import assert from 'node:assert/strict';
import { checkExpectations } from '../../src/lab/expect.ts';
import { parseExpectation } from '../../src/lab/expect-parser.ts';
import { hashBytes, hashValue, planHash } from '../../src/lab/hash.ts';
import type { Plan, RunResult, RunStatus } from '../../src/lab/plan.ts';
import { hashOfSidecar, parseSidecar, printSidecar, sidecarFolder, sidecarName } from '../../src/lab/sidecar.ts';
import { firstSeedOf, normName, readSpec } from '../../src/lab/spec.ts';
import { estimate, pairedDifference, tQuantile } from '../../src/lab/statistics.ts';

suite('lab specifications', () => {
  test('a full cell', () => {
    const { spec, problems } = readSpec(
      `kind: sweep
model: {family: cnn, depth: 4, width: 16}
norm: [bn, LayerNorm, GroupNorm, none]
groups: 4
batch: [2, 4]
lr: [0.1, 0.01]
seeds: 3
samples: 1000
optimizer: {name: Adam, weight_decay: 0.01}
accumulate: [1, 4]
schedule: {name: CosineAnnealingLR, T_max: 300}
clip_grad_norm: 1
ema: 0.99
data: {name: blobs, n: 500}
measure: [val_loss, train_eval_gap]
expect: val_loss(gn, batch=2) < val_loss(bn, batch=2)
`,
      7,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(spec, {
      kind: 'sweep',
      title: '',
      model: { kind: 'family', family: 'cnn', depth: 4, width: 16 },
      norm: ['batch', 'layer', 'group', 'none'],
      groups: 4,
      batch: [2, 4],
      lr: [0.1, 0.01],
      seeds: [7, 8, 9],
      budget: { kind: 'samples', amount: 1000 },
      optimizer: { target: 'torch.optim.Adam', args: { weight_decay: 0.01 } },
      accumulate: [1, 4],
      recipe: {
        schedule: { target: 'torch.optim.lr_scheduler.CosineAnnealingLR', args: { T_max: 300 } },
        clip: { by: 'norm', max: 1 },
        ema: 0.99,
      },
      data: { kind: 'synthetic', name: 'blobs', args: { n: 500 } },
      measure: ['val_loss', 'train_eval_gap'],
      expect: ['val_loss(gn, batch=2) < val_loss(bn, batch=2)'],
    });
  });

  test('an empty cell has defaults; a model file, data files and seeds by name', () => {
    assert.equal(readSpec('').spec?.kind, 'sweep');
    const { spec } = readSpec('model: {file: ./net.py, construct: Net()}\ndata: rows.csv\nseeds: [4, 9]\n');
    assert.deepEqual(spec?.model, { kind: 'file', file: './net.py', construct: 'Net()', input: null });
    assert.deepEqual(spec?.data, { kind: 'file', file: 'rows.csv', target: null });
    assert.deepEqual(spec?.seeds, [4, 9]);
    assert.deepEqual(spec?.norm, []);
    assert.equal(firstSeedOf('---\nnorm-lab: 1\nseed: 7\n---\n'), 7);
    assert.equal(firstSeedOf(''), 0);
  });

  const problem = (text: string) => {
    const { problems, spec } = readSpec(text);
    const [first] = problems;
    assert.ok(first, text);
    assert.equal(spec === null, first.severity === 'error');
    return `${first.severity} ${text.slice(first.span.start, first.span.end)}: ${first.message}`;
  };

  test('every problem stands at its key or value', () => {
    assert.equal(
      problem('norm: [batch, batchnrm]'),
      'error batchnrm: `norm` expects `batch`, `layer`, `group`, `instance`, `ghost-batch`, `batch-renorm`, `standardized` or `none`, and got `batchnrm`.',
    );
    assert.equal(
      problem('batches: [2]'),
      'warning batches: `batches` is not a key of a lab cell; it is kept and has no effect. Did you mean `batch`?',
    );
    assert.equal(problem('batch: []'), 'error []: 0 combinations: `batch` is empty.');
    assert.equal(problem('batch: [2, 2]'), 'error 2: `batch` has `2` twice.');
    assert.match(problem('batch: [0]'), /^error 0: `batch` expects whole numbers from 1/);
    assert.match(problem('steps: 10\nsamples: 10'), /^error 10: A cell expects `steps` or `samples`, not both/);
    assert.match(problem('measure: [loss]'), /^error loss: `measure` expects `val_loss`/);
    assert.match(problem('optimizer: lion'), /^error lion: `optimizer` expects `sgd`/);
    assert.match(
      problem('schedule: StepLR'),
      /^error StepLR: `torch.optim.lr_scheduler.StepLR` expects the argument `step_size`/,
    );
    assert.match(problem('schedule: ReduceLROnPlateau'), /not a function of the step alone/);
    assert.match(problem('schedule: 3'), /^error 3: `schedule` expects `{name: CosineAnnealingLR/);
    assert.match(problem('clip_grad_norm: 1\nclip_grad_value: 1'), /^error 1: A cell expects `clip_grad_norm` or/);
    assert.match(problem('ema: 1.5'), /^error 1.5: `ema` expects a decay below 1/);
    assert.match(problem('accumulate: 0'), /^error 0: `accumulate` expects whole numbers from 1/);
    assert.match(problem('expect:\n  - val_loss(bn) ~ 2'), /column 14: expected `<`, `<=`, `>` or `>=`, and got `~`/);
    assert.match(
      problem(
        'seeds: 200\nbatch: [1, 2]\nlr: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26]',
      ),
      /10400 runs/,
    );
    assert.match(problem('- a list'), /expects keys such as/);
    assert.match(problem('norm: [batch'), /^error .*The cell is not YAML/s);
  });

  test('a norm is known by all its names', () => {
    const names = ['bn', 'BatchNorm2d', 'batch', 'BN'].map(normName);
    assert.deepEqual(names, ['batch', 'batch', 'batch', 'batch']);
    assert.equal(normName('spectral'), null);
  });
});

function result(run: string, summary: Record<string, number>, status: RunStatus = 'finished'): RunResult {
  return { run, status, steps: 10, observations: [], summary, reason: '' };
}

suite('expectations', () => {
  const runs = ['batch', 'group'].flatMap((norm) =>
    [2, 32].flatMap((batch) => [0, 1].map((seed) => ({ id: `${norm}${batch}${seed}`, axes: { norm, batch }, seed }))),
  );
  const values: Record<string, number> = { batch2: 1, batch32: 0.25, group2: 0.5, group32: 0.25 };
  const results = runs.map(({ id, seed, axes }) =>
    result(id, { val_loss: (values[`${axes.norm}${axes.batch}`] ?? 0) + (seed === 0 ? 0.125 : -0.125) }),
  );
  const check = (text: string, given = results) => checkExpectations([text], runs, given)[0];

  test('means over seeds are compared, with their numbers', () => {
    assert.deepEqual(check('val_loss(gn, batch=2) < val_loss(batch, 2)'), {
      text: 'val_loss(gn, batch=2) < val_loss(batch, 2)',
      passed: true,
      detail:
        'Holds: val_loss(gn, batch=2) = 0.5 ± 1.588 (2 seeds); val_loss(batch, 2) = 1 ± 1.588 (2 seeds); difference by seed -0.5 ± 0.',
    });
    assert.equal(check('val_loss(bn, 32) < val_loss(gn, 32)')?.passed, false);
    assert.equal(check('val_loss(bn, 32) <= val_loss(gn, 32)')?.passed, true);
    assert.equal(check('val_loss(bn, 2) - val_loss(gn, 2) >= 2 * (0.5 - 0.25)')?.passed, true);
    assert.equal(check('-val_loss(bn, 2) / 2 > -0.5')?.passed, false);
    assert.equal(check('val_loss(norm=bn, batch=2, seed=0) > 1.1')?.passed, true);
  });

  test('what is not known is neither passed nor failed', () => {
    assert.match(check('val_loss(bn) < 1')?.detail ?? '', /selects 2 combinations; name one value of each axis/);
    assert.match(check('val_loss(ln, 2) < 1')?.detail ?? '', /selects no run/);
    assert.match(check('train_loss(bn, 2) < 1')?.detail ?? '', /was not measured/);
    assert.match(check('val_loss(bn, 2) < 1', results.slice(1))?.detail ?? '', /has not finished \(seed 0\)/);
    const diverged = [result('batch20', {}, 'diverged'), ...results.slice(1)];
    const found = check('val_loss(bn, 2) < 1', diverged);
    assert.equal(found?.passed, null);
    assert.match(found?.detail ?? '', /diverged \(seed 0, step 10\)/);
  });

  test('what cannot be read is refused with its column', () => {
    const message = (text: string) => parseExpectation(text).problem?.message;
    assert.equal(message('val_loss(bn'), 'In the expectation `val_loss(bn`, column 12: expected `)`, and got the end.');
    assert.match(message('loss(bn) < 2') ?? '', /column 1: expected one of val_loss/);
    assert.match(message('val_loss(bn) < 2 3') ?? '', /column 18: expected the end, and got `3`/);
    assert.match(message('val_loss(2=bn) < 2') ?? '', /expected an axis's name before `=`/);
  });
});

suite('statistics', () => {
  test("Student's interval of five numbers, by hand", () => {
    // mean 3, s² = 2.5, t(4) = 2.776: 2.776 · √(2.5 / 5) = 1.963.
    const { mean, half } = estimate([1, 2, 3, 4, 5]);
    assert.equal(mean, 3);
    assert.ok(Math.abs(half - 1.963) < 1e-3);
    assert.ok(Number.isNaN(estimate([1]).half));
  });

  test('quantiles beyond the table', () => {
    assert.ok(Math.abs(tQuantile(40) - 2.0211) < 1e-3);
    assert.ok(Math.abs(tQuantile(120) - 1.9799) < 1e-3);
  });

  test('paired by seed: what the seeds share falls out', () => {
    const a = new Map([
      [0, 1.1],
      [1, 5.1],
      [2, 9.1],
      [9, 3],
    ]);
    const b = new Map([
      [0, 1],
      [1, 5],
      [2, 9],
    ]);
    const { n, mean, half } = pairedDifference(a, b);
    assert.equal(n, 3);
    assert.ok(Math.abs(mean - 0.1) < 1e-12 && half < 1e-12);
  });
});

suite('results beside the notebook', () => {
  const output = {
    version: 1 as const,
    cell: 'a',
    title: '',
    axes: {},
    measures: [],
    runs: [],
    results: [result('r', { val_loss: Number.NaN, train_loss: Number.POSITIVE_INFINITY })],
    expectations: [],
    state: 'finished' as const,
    message: '',
    provenance: {},
  };

  test('numbers that JSON does not have come back', () => {
    assert.deepEqual(parseSidecar(printSidecar(output)).output, output);
  });

  test('newer and damaged ones are said, not used', () => {
    assert.match(parseSidecar(printSidecar(output).replace('"version":1', '"version":2')).message, /newer Norm Lab/);
    assert.match(parseSidecar('{').message, /damaged/);
    assert.match(parseSidecar('{"version":1}').message, /not of this kind/);
  });

  test('names are safe and carry cell and hash', () => {
    assert.equal(sidecarFolder('my notes.normlab.md'), '.normlab/my_notes');
    const name = sidecarName('../a b', '0123456789abcdef');
    assert.equal(name, '__a_b-0123456789abcdef.json');
    assert.equal(hashOfSidecar('a-0123456789abcdef.json', 'a'), '0123456789abcdef');
    assert.equal(hashOfSidecar('a-0123456789abcdef.json', 'b'), null);
  });

  test('the hash is stable, and sees every number but no line of source', () => {
    assert.equal(hashBytes(new Uint8Array()).length, 16);
    assert.equal(hashValue({ a: 1, b: [2] }), hashValue({ b: [2], a: 1 }));
    assert.notEqual(hashValue({ a: 1 }), hashValue({ a: 2 }));
    const plan = (line: number, lr: number): Plan => {
      const place = { path: 'a.py', line, column: 1, endLine: line, endColumn: 2 };
      const graph = {
        version: 1 as const,
        rootClass: 'N',
        construct: '',
        path: '',
        place,
        inputs: [],
        modules: [],
        tensors: [],
        train: [],
        eval: [],
        problems: [],
      };
      const run = {
        id: 'r',
        graph: 0,
        axes: {},
        seed: 0,
        batch: 1,
        steps: 1,
        optimizer: { target: 'torch.optim.SGD', args: { lr } },
        loss: 'auto' as const,
        data: { kind: 'digits' as const },
        observers: [],
      };
      return { version: 1, title: '', graphs: [graph], runs: [run] };
    };
    assert.equal(planHash(plan(3, 0.1)), planHash(plan(9, 0.1)));
    assert.notEqual(planHash(plan(3, 0.1)), planHash(plan(3, 0.2)));
  });
});
