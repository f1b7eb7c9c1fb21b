// A run as the host would send it: a small net with BatchNorm, trained with a batch of 5 whose statistics the
// running ones do not follow, so that every chart has something to show. Made from a formula and a seed.

import { BIN_COUNT, binOfBits } from '../../src/base/bins.ts';
import type { Verdict } from '../../src/base/finding.ts';
import type { Histogram, Observation } from '../../src/lab/observation.ts';
import type { RunResult } from '../../src/lab/plan.ts';
import type { CellOutput, LayerView, ModelView, ViewState } from '../../src/protocol/messages.ts';

const PATH = '/project/examples/simple_net.py';

/** Numbers in [0, 1) and of the standard normal distribution, the same at every call with one seed. */
function chance(seed: number) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

const bits = new DataView(new ArrayBuffer(4));

export function histogramOf(values: readonly number[], of: { name: string; layer: string; step: number }): Histogram {
  const bins = new Array<number>(BIN_COUNT).fill(0);
  const finite = values.filter(Number.isFinite);
  let zeros = 0;
  for (const value of finite) {
    bits.setFloat32(0, value);
    if (Math.fround(value) === 0) zeros++;
    else {
      const bin = binOfBits(bits.getUint32(0));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
  }
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const std = Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length);
  return {
    ...of,
    kind: 'histogram',
    bins,
    count: values.length,
    zeros,
    nan: values.filter(Number.isNaN).length,
    inf: values.filter((value) => Math.abs(value) === Number.POSITIVE_INFINITY).length,
    mean,
    std,
    min: Math.min(...finite),
    max: Math.max(...finite),
  };
}

const LAYERS = [
  { path: 'fc1', class: 'torch.nn.Linear', line: 12, parameters: 220, shape: [5, 20] },
  { path: 'bn1', class: 'torch.nn.BatchNorm1d', line: 13, parameters: 40, shape: [5, 20] },
  { path: 'relu1', class: 'torch.nn.ReLU', line: 14, parameters: 0, shape: [5, 20] },
  { path: 'fc2', class: 'torch.nn.Linear', line: 15, parameters: 420, shape: [5, 20] },
  { path: 'bn2', class: 'torch.nn.BatchNorm1d', line: 16, parameters: 40, shape: [5, 20] },
  { path: 'relu2', class: 'torch.nn.ReLU', line: 17, parameters: 0, shape: [5, 20] },
  { path: 'fc3', class: 'torch.nn.Linear', line: 18, parameters: 210, shape: [5, 10] },
] as const;

function place(line: number) {
  return { path: PATH, line, column: 9, endLine: line, endColumn: 40 };
}

export const MODEL: ModelView = {
  name: 'SimpleNet',
  path: PATH,
  place: place(9),
  parameters: 930,
  layers: LAYERS.map(({ line, ...layer }): LayerView => ({ ...layer, place: place(line) })),
  fidelity: { exact: 7, approximated: 0, skipped: 0 },
  choices: ['Data digits', 'Batch 5', 'SGD(lr=0.05, momentum=0.9)', 'Seed 7', 'Input torch.randn(5, 64)'],
};

/** Dense at first, then every tenth step. */
export function keptSteps(last: number): number[] {
  const steps = [0, 1, 2, 3, 5, 8];
  for (let step = 10; step < last; step += 5) steps.push(step);
  return [...steps, last];
}

function lossesAt(step: number, normal: () => number): Observation[] {
  const base = 2.3 * Math.exp(-step / 70) + 0.32;
  const apart = 0.15 + 1.2 * (1 - Math.exp(-step / 120));
  const scalar = (name: string, value: number): Observation => ({ kind: 'scalar', name, layer: '', step, value });
  return [
    scalar('loss/train', base * Math.exp(0.22 * normal())),
    scalar('loss/eval-in-train-mode', base * 1.06 + 0.02 * normal()),
    scalar('loss/eval', base * 1.06 + apart + 0.05 * normal()),
    scalar('train-eval-gap', -apart + 0.05 * normal()),
    scalar('accuracy/eval-in-train-mode', 0.95 - 0.8 * Math.exp(-step / 60)),
    scalar('accuracy/eval', 0.7 - 0.55 * Math.exp(-step / 60) + 0.02 * normal()),
  ];
}

function layerAt(index: number, step: number, normal: () => number, uniform: () => number): Observation[] {
  const layer = LAYERS[index] ?? LAYERS[0];
  const kind = layer.path.replace(/\d/, '');
  const t = 1 - Math.exp(-step / 90);
  const scale = kind === 'bn' ? 1 + 0.3 * t : 0.35 * 0.8 ** index * (1 + 2.5 * t);
  const pre = Array.from({ length: 400 }, () => scale * normal() - (kind === 'relu' ? 0.4 * t * scale : 0));
  const values = kind === 'relu' ? pre.map((value) => Math.max(0, value)) : pre;
  const slope = 0.02 * 1.9 ** index * (1 - 0.6 * t);
  const gradients = Array.from({ length: 400 }, () =>
    kind === 'relu' && uniform() < 0.5 ? 0 : slope * normal() * 0.1,
  );
  const scalar = (name: string, value: number): Observation => ({
    kind: 'scalar',
    name,
    layer: layer.path,
    step,
    value,
  });
  const activation = histogramOf(values, { name: 'activation', layer: layer.path, step });
  const measured = [
    activation,
    histogramOf(gradients, { name: 'gradient', layer: layer.path, step }),
    scalar('activation-std', activation.std),
    ...(kind === 'relu' ? [activity(layer.path, step, t * (index > 3 ? 0.6 : 0.2), uniform)] : []),
    ...(kind === 'relu' ? [] : [scalar('gradient-norm', slope * (1 + 0.1 * normal()))]),
    ...(kind === 'fc' ? [scalar('update-ratio', -2.2 - 0.35 * index + 0.4 * (1 - t) + 0.08 * normal())] : []),
  ];
  return kind === 'bn' ? [...measured, ...statisticsAt(layer.path, index, step, t, normal)] : measured;
}

/** How often each of twenty units fired; the first `dead` of them never. */
function activity(layer: string, step: number, dead: number, uniform: () => number): Observation {
  const values = Array.from({ length: 20 }, (_, i) => (i < dead * 20 ? 0 : 0.2 + 0.6 * uniform()));
  return { kind: 'vector', name: 'unit-activity', layer, step, values };
}

function statisticsAt(layer: string, index: number, step: number, t: number, normal: () => number): Observation[] {
  const channels = Array.from({ length: 20 }, (_, i) => 0.6 + 0.05 * i);
  const vector = (name: string, values: number[]): Observation => ({ kind: 'vector', name, layer, step, values });
  const growth = 1 + (index > 2 ? 3 : 0.6) * t;
  return [
    vector(
      'running-mean',
      channels.map((c) => 0.2 * t * c),
    ),
    vector(
      'batch-mean',
      channels.map((c) => 0.2 * t * c * growth + 0.3 * normal()),
    ),
    vector(
      'running-var',
      channels.map((c) => 1 - t + c * t),
    ),
    vector(
      'batch-var',
      channels.map((c) => c * growth * Math.exp(0.3 * normal())),
    ),
    {
      kind: 'scalar',
      name: 'running-mean-drift',
      layer,
      step,
      value: 0.35 + (index > 2 ? 0.9 : 0.1) * t + 0.08 * normal(),
    },
    { kind: 'scalar', name: 'running-var-drift', layer, step, value: growth * Math.exp(0.15 * normal()) },
  ];
}

export function observationsUntil(last: number, steps = keptSteps(last)): Observation[] {
  const { normal, uniform } = chance(7);
  const once: Observation[] = [
    { kind: 'scalar', name: 'batch-mates/train', layer: '', step: last, value: 0.31 },
    { kind: 'scalar', name: 'batch-mates/eval', layer: '', step: last, value: 0 },
    { kind: 'scalar', name: 'reestimated-var-ratio', layer: 'bn2', step: last, value: 0.34 },
  ];
  const course = steps.flatMap((step) => [
    ...lossesAt(step, normal),
    { kind: 'scalar', name: 'gradient-norm', layer: '', step, value: 1.4 * Math.exp(-step / 150) + 0.1 } as const,
    ...LAYERS.flatMap((_, index) => layerAt(index, step, normal, uniform)),
  ]);
  return [...course, ...once];
}

export const VERDICTS: readonly Verdict[] = [
  {
    rule: 'NL204',
    name: 'small-batch-statistics',
    severity: 'warning',
    layer: 'bn2',
    place: place(16),
    message:
      'The variances of batches of 5 scatter by 41 %; `BatchNorm1d` normalizes with a different scale at every step.',
    numbers: { batch: 5, 'relative deviation': 0.41, threshold: 0.25 },
  },
  {
    rule: 'NL101',
    name: 'eval-path-in-train-mode',
    severity: 'error',
    layer: 'bn2',
    place: place(16),
    message:
      '`running_var` of `bn2` is 0.34 times the batch variance: in eval mode its output is 1.7 times as large as in training.',
    numbers: { 'running over batch': 0.34, threshold: 0.67, steps: 40 },
  },
  {
    rule: 'NL504',
    name: 'dead-units',
    severity: 'information',
    layer: 'relu2',
    place: place(17),
    message: '11 of 20 units of `relu2` gave zero for every row of the last 40 steps.',
    numbers: { dead: 0.55, threshold: 0.5 },
  },
];

export const RUN: NonNullable<ViewState['run']> = {
  id: 'observe',
  graph: 0,
  axes: {},
  seed: 7,
  batch: 5,
  steps: 300,
  optimizer: { target: 'torch.optim.SGD', args: { lr: 0.05, momentum: 0.9 } },
  loss: 'auto',
  data: { kind: 'digits' },
  observers: [],
};

export const FINISHED: ViewState = {
  model: MODEL,
  run: RUN,
  phase: 'finished',
  message: 'Finished after 300 steps.',
  step: 300,
  observations: observationsUntil(300),
  verdicts: VERDICTS,
  findings: [
    {
      path: PATH,
      line: 41,
      finding: {
        rule: 'NL101',
        name: 'eval-path-in-train-mode',
        span: { start: 900, end: 920 },
        severity: 'warning',
        confidence: 'definite',
        message:
          'The validation loop runs `model` in training mode, so `BatchNorm1d` uses and moves its batch statistics.',
        related: [],
      },
    },
  ],
};

export const EMPTY: ViewState = {
  model: null,
  run: null,
  phase: 'empty',
  message: '',
  step: 0,
  observations: [],
  verdicts: [],
  findings: [],
};

export function runningAt(step: number): ViewState {
  return {
    ...FINISHED,
    phase: 'running',
    message: 'Training for 300 steps.',
    step,
    observations: observationsUntil(step),
    verdicts: [],
  };
}

/** `depth` layers, each measured at every one of `steps`; histograms at sixty of them. */
export function deepView(depth: number, steps: number): ViewState {
  const { normal } = chance(3);
  const observations: Observation[] = [];
  const layers: LayerView[] = [];
  const shape = Array.from({ length: 300 }, () => normal());
  for (let i = 0; i < depth; i++) {
    const path = `blocks.${i >> 1}.${i % 2 === 0 ? 'conv' : 'bn'}`;
    layers.push({
      path,
      class: `torch.nn.${i % 2 === 0 ? 'Conv2d' : 'BatchNorm2d'}`,
      place: place(20 + i),
      parameters: 64,
      shape: [8, 16, 14, 14],
    });
    const histogram = histogramOf(
      shape.map((value) => value * 0.97 ** i),
      { name: 'activation', layer: path, step: 0 },
    );
    for (let step = 1; step <= steps; step++) {
      const scalar = (name: string, value: number) =>
        observations.push({ kind: 'scalar', name, layer: path, step, value });
      scalar('activation-std', 0.97 ** i * (1 + step / steps));
      scalar('gradient-norm', 0.01 * 1.03 ** i);
      if (i % 2 === 0) scalar('update-ratio', -3 + 0.1 * normal());
      else scalar('running-var-drift', 1 + (0.03 * i * step) / steps);
      if (step % (steps / 60) === 0) observations.push({ ...histogram, step });
    }
  }
  for (let step = 1; step <= steps; step++)
    observations.push({ kind: 'scalar', name: 'loss/train', layer: '', step, value: 2 * Math.exp(-step / 100) });
  return {
    ...FINISHED,
    model: { ...MODEL, name: 'DeepNet', layers },
    run: { ...RUN, id: 'deep', steps },
    step: steps,
    message: `Finished after ${steps} steps.`,
    observations,
    verdicts: [],
    findings: [],
  };
}

const NORMS = ['batch', 'layer', 'group', 'none'] as const;
const BATCHES = [2, 8, 32] as const;
const SEEDS = [0, 1, 2] as const;

/** The sweep's output after `ended` of its 36 runs. */
export function cellOutput(
  ended: number,
  state: CellOutput['state'] = ended < 36 ? 'running' : 'finished',
): CellOutput {
  const { normal } = chance(11);
  const runs = NORMS.flatMap((norm) =>
    BATCHES.flatMap((batch) =>
      SEEDS.map((seed) => ({
        id: `norm=${norm},batch=${batch},seed=${seed}`,
        axes: { norm, batch },
        seed,
        steps: 200,
      })),
    ),
  );
  const results = runs.slice(0, ended).map((run): RunResult => {
    const { norm, batch } = run.axes;
    const gap = norm === 'batch' ? 1.6 / batch : 0.01;
    const final = { batch: 0.28, layer: 0.33, group: 0.31, none: 0.52 }[norm] + gap + 0.02 * normal();
    const diverged = norm === 'none' && batch === 2 && run.seed === 2;
    const observations = Array.from({ length: 41 }, (_, i): Observation[] => {
      const step = i * 5;
      const fall = Math.exp(-step / (norm === 'none' ? 90 : 45));
      return [
        {
          kind: 'scalar',
          name: 'loss/train',
          layer: '',
          step,
          value: diverged && i > 20 ? Number.NaN : 2.2 * fall + final * (1 - fall) - gap * (1 - fall) + 0.05 * normal(),
        },
        {
          kind: 'scalar',
          name: 'loss/eval',
          layer: '',
          step,
          value: 2.3 * fall + final * (1 - fall) + 0.03 * normal(),
        },
      ];
    }).flat();
    return {
      run: run.id,
      status: diverged ? 'diverged' : 'finished',
      steps: diverged ? 102 : 200,
      observations,
      summary: diverged
        ? {}
        : { val_loss: final, train_eval_gap: gap * (1 + 0.1 * normal()), val_accuracy: 1 - final / 3 },
      reason: diverged ? 'The loss is not finite from step 102 on.' : '',
    };
  });
  const decided = ended >= 36;
  return {
    version: 1,
    cell: 'batch-sweep',
    title: 'Does BatchNorm need big batches?',
    axes: { norm: NORMS, batch: BATCHES },
    measures: ['val_loss', 'train_eval_gap', 'val_accuracy'],
    runs,
    results,
    expectations: [
      {
        text: 'val_loss(group, batch=2) < val_loss(batch, batch=2)',
        passed: decided ? true : null,
        detail: decided ? '0.31 < 1.09, over 3 seeds' : '',
      },
      {
        text: 'train_eval_gap(batch, batch=2) > train_eval_gap(batch, batch=32)',
        passed: decided ? true : null,
        detail: decided ? '0.81 > 0.05, over 3 seeds' : '',
      },
      {
        text: 'val_loss(none, batch=32) < val_loss(layer, batch=32)',
        passed: decided ? false : null,
        detail: decided ? '0.53 is not below 0.34' : '',
      },
    ],
    state,
    message: '',
    provenance: {
      seeds: '0, 1, 2',
      engine: 'Norm Lab 0.1.0',
      kernels: 'simd',
      specification: '3f9a1c0be2d44710',
      data: 'digits 9c1e66a0',
    },
  };
}
