import type { BatchNormOptions, BatchNormState, Ops } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { type Builder, type Emit, type Gradients, type Step, sizeOf, type Value } from '../values.ts';
import { family, type Sample } from './op.ts';

type Names = 'batch_norm' | 'instance_norm' | 'group_norm' | 'layer_norm' | 'rms_norm';

/** float32's, which PyTorch takes where rms_norm's eps is None. */
const FLOAT_EPS = 1.1920928955078125e-7;

export default family({
  name: 'norm',
  ops: (b): Pick<Ops<Value>, Names> => ({
    batch_norm(x, state, options) {
      shapeOps.batch_norm(x, state, options);
      return batchNorm(b, x, state, options);
    },
    instance_norm(x, state, options) {
      shapeOps.instance_norm(x, state, options);
      const frozen = !options.useBatchStatistics && state.running_mean !== null;
      return frozen ? batchNorm(b, x, state, options) : instanceNorm(b, x, state, options);
    },
    group_norm(x, num_groups, weight, bias, eps) {
      shapeOps.group_norm(x, num_groups, weight, bias, eps);
      return groupNorm(b, x, { groups: num_groups, weight, bias, eps }).y;
    },
    layer_norm(x, normalized_shape, weight, bias, eps) {
      shapeOps.layer_norm(x, normalized_shape, weight, bias, eps);
      return rowNorm(b, x, { d: sizeOf(normalized_shape), weight, bias, eps, centered: true });
    },
    rms_norm(x, normalized_shape, weight, eps) {
      shapeOps.rms_norm(x, normalized_shape, weight, eps);
      const d = sizeOf(normalized_shape);
      return rowNorm(b, x, { d, weight, bias: null, eps: eps ?? FLOAT_EPS, centered: false });
    },
  }),
  samples: [
    batchSample('batch_norm of features', [5, 7]),
    batchSample('batch_norm of images', [3, 4, 5, 5]),
    batchSample('batch_norm of a wide image', [2, 3, 3, 37]),
    {
      name: 'batch_norm with running statistics',
      inputs: [[3, 4, 5], [4], [4], [4], { shape: [4], low: 0.5, high: 2 }],
      run: (ops, [x, weight, bias, running_mean, running_var]) =>
        ops.batch_norm(
          x,
          { weight, bias, running_mean, running_var, num_batches_tracked: null },
          { ...training, useBatchStatistics: false },
        ),
    },
    {
      name: 'batch_norm and relu',
      inputs: [[6, 5], [5], [5]],
      run: (ops, [x, weight, bias]) => ops.unary('relu', ops.batch_norm(x, { ...untracked, weight, bias }, training)),
    },
    {
      name: 'batch_norm without affine',
      inputs: [[4, 3, 6]],
      run: (ops, [x]) => ops.batch_norm(x, { ...untracked, weight: null, bias: null }, training),
    },
    {
      name: 'instance_norm',
      inputs: [[3, 4, 5, 6], [4], [4]],
      run: (ops, [x, weight, bias]) => ops.instance_norm(x, { ...untracked, weight, bias }, training),
    },
    {
      name: 'group_norm',
      inputs: [[3, 6, 5, 3], [6], [6]],
      run: (ops, [x, weight, bias]) => ops.group_norm(x, 2, weight, bias, 1e-5),
    },
    {
      name: 'group_norm without affine',
      inputs: [[3, 6, 4]],
      run: (ops, [x]) => ops.group_norm(x, 3, null, null, 1e-5),
    },
    {
      name: 'group_norm of features',
      inputs: [[5, 12], [12], [12]],
      run: (ops, [x, weight, bias]) => ops.group_norm(x, 4, weight, bias, 1e-5),
    },
    {
      name: 'layer_norm',
      inputs: [[3, 5, 19], [19], [19]],
      run: (ops, [x, weight, bias]) => ops.layer_norm(x, [19], weight, bias, 1e-5),
    },
    {
      name: 'layer_norm over two dimensions',
      inputs: [[4, 3, 8]],
      run: (ops, [x]) => ops.layer_norm(x, [3, 8], null, null, 1e-5),
    },
    {
      name: 'rms_norm',
      inputs: [[6, 19], [19]],
      run: (ops, [x, weight]) => ops.rms_norm(x, [19], weight, null),
    },
  ],
});

const training: BatchNormOptions = { useBatchStatistics: true, momentum: 0.1, eps: 1e-5 };
const untracked = { running_mean: null, running_var: null, num_batches_tracked: null };

function batchSample(name: string, shape: readonly number[]): Sample {
  return {
    name,
    inputs: [shape, [shape[1]], [shape[1]]],
    run: (ops, [x, weight, bias]) => ops.batch_norm(x, { ...untracked, weight, bias }, training),
  };
}

function channelsOf(x: Value) {
  return { n: x.shape[0], c: x.shape[1], s: sizeOf(x.shape.slice(2)) };
}

function present(...values: readonly (Value | null)[]): Value[] {
  return values.filter((value) => value !== null);
}

/** No samples, no statistics: PyTorch counts the batch, and leaves the running ones as they are. */
function emptyBatch(b: Builder, x: Value, { weight, bias, num_batches_tracked }: BatchNormState<Value>): Value {
  if (num_batches_tracked !== null) b.ops.assign(num_batches_tracked, b.ops.binary('add', num_batches_tracked, 1));
  const alongChannels = (vector: Value) => b.ops.reshape(vector, [vector.size, ...x.shape.slice(2).map(() => 1)]);
  const scaled = weight === null ? x : b.ops.binary('mul', x, alongChannels(weight));
  return bias === null ? scaled : b.ops.binary('add', scaled, alongChannels(bias));
}

function batchNorm(b: Builder, x: Value, state: BatchNormState<Value>, options: BatchNormOptions): Value {
  if (x.size === 0 && options.useBatchStatistics) return emptyBatch(b, x, state);
  const { weight, bias, running_mean, running_var } = state;
  const frozen = !options.useBatchStatistics;
  const moves = !frozen && b.options.track && running_mean !== null;
  const tracked = moves ? state.num_batches_tracked : null;
  const sizes = channelsOf(x);
  const inputs = [x, ...present(weight, bias, running_mean, running_var, tracked)];
  const vector = { shape: [sizes.c], dtype: 'float32' } as const;
  const means = { shape: [2, sizes.c], dtype: 'float32' } as const; // Each in two float32.
  const [y, mean, invstd] = [b.temporary(x, inputs), b.temporary(means), b.temporary(vector)];
  const lower = (emit: Emit, out: Value, relu: boolean) => {
    const [runningMean, runningVar] = frozen || moves ? [emit.at(running_mean), emit.at(running_var)] : [0, 0];
    const shared = {
      ...sizes,
      first: 0,
      taken: sizes.c,
      x: emit.at(x),
      weight: emit.at(weight),
      bias: emit.at(bias),
      y: emit.at(out),
      mean: emit.at(mean),
      invstd: emit.at(invstd),
      running_mean: runningMean,
      running_var: runningVar,
      eps: options.eps,
      relu: Number(relu),
    };
    if (frozen) emit.kernel('batch_norm_eval', shared);
    // PyTorch's None; without a count there is nothing to average cumulatively.
    else {
      const momentum = options.momentum ?? (tracked === null ? 0 : -1);
      emit.kernel('batch_norm', { ...shared, num_batches_tracked: emit.at(tracked), momentum });
    }
  };
  const step: Step = b.step({
    inputs,
    outputs: [y, mean, invstd],
    inPlace: false,
    effect: moves,
    lower: (emit) => lower(emit, y, false),
    backward: ([g]: Gradients) => {
      if (g === null) return [];
      const grads = batchNormGradient(b, { x, weight, bias, mean, invstd, g, frozen });
      return [grads.gx, ...(weight === null ? [] : [grads.gw]), ...(bias === null ? [] : [grads.gb])];
    },
    withRelu: (fused) => ({
      ...step,
      outputs: [fused, mean, invstd],
      withRelu: null,
      lower: (emit) => lower(emit, fused, true),
    }),
  });
  return y;
}

interface BatchNormGradient {
  readonly x: Value;
  readonly weight: Value | null;
  readonly bias: Value | null;
  readonly mean: Value;
  readonly invstd: Value;
  readonly g: Value;
  readonly frozen: boolean;
}

/** Makes the gradients that are wanted in one step; the others are absent. */
function batchNormGradient(b: Builder, { x, weight, bias, mean, invstd, g, frozen }: BatchNormGradient) {
  const wanted = (value: Value | null) => (value?.needsGrad ? b.temporary(value) : null);
  const [gx, gw, gb] = [wanted(x), wanted(weight), wanted(bias)];
  const lower = (emit: Emit, gradient: Value, y: Value | null) =>
    emit.kernel('batch_norm_grad', {
      ...channelsOf(x),
      first: 0,
      taken: channelsOf(x).c,
      x: emit.at(x),
      weight: emit.at(weight),
      mean: emit.at(mean),
      invstd: emit.at(invstd),
      y: emit.at(y),
      gy: emit.at(gradient),
      gx: emit.at(gx),
      gw: emit.at(gw),
      gb: emit.at(gb),
      frozen: Number(frozen),
    });
  const others = [x, ...present(weight), mean, invstd];
  const step: Step = b.step({
    inputs: [g, ...others],
    outputs: present(gx, gw, gb),
    inPlace: gx !== null,
    lower: (emit) => lower(emit, g, null),
    withReluGradient: (passed) => ({
      ...step,
      inputs: [passed.g, ...others, passed.y],
      withReluGradient: null,
      lower: (emit) => lower(emit, passed.g, passed.y),
    }),
  });
  return { gx, gw, gb };
}

interface GroupNorm {
  readonly groups: number;
  readonly weight: Value | null;
  readonly bias: Value | null;
  readonly eps: number;
}

function groupNorm(b: Builder, x: Value, { groups, weight, bias, eps }: GroupNorm) {
  const sizes = { ...channelsOf(x), groups };
  const inputs = [x, ...present(weight, bias)];
  const rows = { shape: [sizes.n * groups], dtype: 'float32' } as const;
  const [y, mean, variance] = [b.temporary(x, inputs), b.temporary(rows), b.temporary(rows)];
  b.step({
    inputs,
    outputs: [y, mean, variance],
    lower: (emit) =>
      emit.kernel('group_norm', {
        ...sizes,
        x: emit.at(x),
        weight: emit.at(weight),
        bias: emit.at(bias),
        y: emit.at(y),
        mean: emit.at(mean),
        variance: emit.at(variance),
        eps,
      }),
    backward: ([g]) => {
      if (g === null) return [];
      const [gx, gw, gb] = [b.temporary(x), weight && b.temporary(weight), bias && b.temporary(bias)];
      b.step({
        inputs: [g, x, ...present(weight), mean, variance],
        outputs: present(gx, gw, gb),
        inPlace: true,
        lower: (emit) =>
          emit.kernel('group_norm_grad', {
            ...sizes,
            x: emit.at(x),
            weight: emit.at(weight),
            mean: emit.at(mean),
            variance: emit.at(variance),
            gy: emit.at(g),
            gx: emit.at(gx),
            gw: emit.at(gw),
            gb: emit.at(gb),
            eps,
          }),
      });
      return present(gx, gw, gb);
    },
  });
  return { y, mean, variance };
}

function instanceNorm(b: Builder, x: Value, state: BatchNormState<Value>, options: BatchNormOptions): Value {
  const { weight, bias, running_mean, running_var } = state;
  const sizes = channelsOf(x);
  const { y, mean, variance } = groupNorm(b, x, { groups: sizes.c, weight, bias, eps: options.eps });
  if (running_mean !== null && running_var !== null && b.options.track) {
    b.step({
      inputs: [mean, variance, running_mean, running_var],
      outputs: [],
      effect: true,
      lower: (emit) =>
        emit.kernel('instance_stats', {
          ...sizes,
          mean: emit.at(mean),
          variance: emit.at(variance),
          running_mean: emit.at(running_mean),
          running_var: emit.at(running_var),
          momentum: options.momentum ?? 0,
        }),
    });
  }
  return y;
}

interface RowNorm {
  readonly d: number;
  readonly weight: Value | null;
  readonly bias: Value | null;
  readonly eps: number;
  /** layer_norm subtracts the mean, rms_norm does not. */
  readonly centered: boolean;
}

function rowNorm(b: Builder, x: Value, { d, weight, bias, eps, centered }: RowNorm): Value {
  const rows = x.size / d;
  const inputs = [x, ...present(weight, bias)];
  const vector = { shape: [rows], dtype: 'float32' } as const;
  const [y, invstd] = [b.temporary(x, inputs), b.temporary(vector)];
  const mean = centered ? b.temporary(vector) : null;
  b.step({
    inputs,
    outputs: [y, invstd, ...present(mean)],
    lower: (emit) => {
      const shared = {
        rows,
        d,
        x: emit.at(x),
        weight: emit.at(weight),
        y: emit.at(y),
        invstd: emit.at(invstd),
        eps,
      };
      if (centered) emit.kernel('layer_norm', { ...shared, bias: emit.at(bias), mean: emit.at(mean) });
      else emit.kernel('rms_norm', shared);
    },
    backward: ([g]) => {
      if (g === null) return [];
      const [gx, gw, gb] = [b.temporary(x), weight && b.temporary(weight), bias && b.temporary(bias)];
      b.step({
        inputs: [g, x, ...present(weight, mean), invstd],
        outputs: present(gx, gw, gb),
        inPlace: true,
        lower: (emit) =>
          emit.kernel('layer_norm_grad', {
            rows,
            d,
            x: emit.at(x),
            weight: emit.at(weight),
            mean: emit.at(mean),
            invstd: emit.at(invstd),
            gy: emit.at(g),
            gx: emit.at(gx),
            gw: emit.at(gw),
            gb: emit.at(gb),
          }),
      });
      return present(gx, gw, gb);
    },
  });
  return y;
}
