import type { Ops } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { type Builder, sameShape, sizeOf, type Value } from '../values.ts';
import { family } from './op.ts';

type Names = 'cross_entropy' | 'nll_loss' | 'mse_loss' | 'binary_cross_entropy_with_logits';

export default family({
  name: 'loss',
  ops: (b): Pick<Ops<Value>, Names> => ({
    cross_entropy(input, target, options) {
      shapeOps.cross_entropy(input, target, options);
      return classLoss(b, input, target, { ...options, kernel: 'cross_entropy' });
    },
    nll_loss(input, target, options) {
      shapeOps.nll_loss(input, target, options);
      return classLoss(b, input, target, { ...options, label_smoothing: 0, kernel: 'nll_loss' });
    },
    mse_loss(input, target, reduction) {
      shapeOps.mse_loss(input, target, reduction);
      if (!sameShape(input.shape, target.shape)) {
        const squares = b.ops.unary('square', b.ops.binary('sub', input, target));
        return reduction === 'mean' ? b.ops.mean(squares, [], false) : b.ops.sum(squares, [], false);
      }
      return meanSquares(b, input, b.ops.cast(target, 'float32'), reduction === 'mean' ? input.size : 1);
    },
    binary_cross_entropy_with_logits(input, target, reduction) {
      shapeOps.binary_cross_entropy_with_logits(input, target, reduction);
      return logitLoss(b, input, b.ops.cast(target, 'float32'), reduction === 'mean' ? input.size : 1);
    },
  }),
  samples: [
    {
      name: 'cross_entropy',
      inputs: [[5, 7], classes([5], 7)],
      run: (ops, [x, t]) => ops.cross_entropy(x, t, options()),
    },
    {
      name: 'cross_entropy of pixels',
      inputs: [[2, 4, 3, 3], classes([2, 3, 3], 4)],
      run: (ops, [x, t]) => ops.cross_entropy(x, t, { ...options(), reduction: 'sum' }),
    },
    {
      name: 'cross_entropy, weighed, smoothed, ignoring',
      inputs: [[6, 4], classes([6], 4), { shape: [4], low: 0.5, high: 2 }],
      run: (ops, [x, t, weight]) =>
        ops.cross_entropy(x, t, { ...options(), weight: ops.detach(weight), ignore_index: 2, label_smoothing: 0.2 }),
    },
    {
      name: 'nll_loss',
      inputs: [[5, 4], classes([5], 4)],
      run: (ops, [x, t]) => ops.nll_loss(ops.log_softmax(x, 1), t, options()),
    },
    {
      name: 'mse_loss',
      inputs: [
        [3, 37],
        [3, 37],
      ],
      run: (ops, [x, y]) => ops.mse_loss(x, y, 'mean'),
    },
    {
      name: 'mse_loss, summed',
      inputs: [
        [3, 5],
        [3, 1],
      ],
      run: (ops, [x, y]) => ops.mse_loss(x, y, 'sum'),
    },
    {
      name: 'binary_cross_entropy_with_logits',
      inputs: [[4, 9], { shape: [4, 9], low: 0, high: 1 }],
      run: (ops, [x, y]) => ops.binary_cross_entropy_with_logits(x, ops.detach(y), 'mean'),
    },
  ],
});

function classes(shape: readonly number[], high: number) {
  return { shape, dtype: 'int64', low: 0, high } as const;
}

function options() {
  return { weight: null, ignore_index: -100, reduction: 'mean', label_smoothing: 0 } as const;
}

interface ClassLoss {
  readonly kernel: 'cross_entropy' | 'nll_loss';
  readonly weight: Value | null;
  readonly ignore_index: number;
  readonly reduction: 'mean' | 'sum';
  readonly label_smoothing: number;
}

const SCALAR = { shape: [], dtype: 'float32' } as const;

function classLoss(b: Builder, x: Value, target: Value, given: ClassLoss): Value {
  const { weight } = given;
  const single = x.shape.length === 1;
  const [n, c] = single ? [1, x.shape[0]] : x.shape;
  const s = single ? 1 : sizeOf(x.shape.slice(2));
  const words = {
    n,
    c,
    s,
    ignore: given.ignore_index,
    mean: Number(given.reduction === 'mean'),
    smoothing: given.label_smoothing,
  };
  const inputs = [x, target, ...(weight === null ? [] : [weight])];
  const [loss, total] = [b.temporary(SCALAR, [x]), b.temporary(SCALAR)];
  const fused = given.kernel === 'cross_entropy';
  const logp = fused ? b.temporary(x) : x;
  b.step({
    inputs,
    outputs: fused ? [loss, total, logp] : [loss, total],
    lower: (emit) => {
      const args = {
        ...words,
        target: emit.at(target),
        weight: emit.at(weight),
        logp: emit.at(logp),
        total: emit.at(total),
        loss: emit.at(loss),
      };
      if (fused) emit.kernel('log_softmax', { outer: n, n: c, inner: s, x: emit.at(x), y: args.logp });
      emit.kernel('nll_loss', args);
    },
    backward: ([g]) => {
      if (g === null) return [];
      const gx = b.add(x, {
        inputs: [g, target, total, ...(fused ? [logp] : []), ...(weight === null ? [] : [weight])],
        lower: (emit, out) => {
          const args = {
            ...words,
            target: emit.at(target),
            weight: emit.at(weight),
            total: emit.at(total),
            gy: emit.at(g),
            gx: emit.at(out),
          };
          if (fused) emit.kernel('cross_entropy_grad', { ...args, logp: emit.at(logp) });
          else emit.kernel('nll_loss_grad', args);
        },
      });
      return [gx];
    },
  });
  return loss;
}

function meanSquares(b: Builder, x: Value, target: Value, over: number): Value {
  const gradient = (g: Value, like: Value, sign: number) =>
    b.add(like, {
      inputs: [g, x, target],
      lower: (emit, gx) =>
        emit.kernel('mse_loss_grad', {
          n: x.size,
          over,
          sign,
          x: emit.at(x),
          target: emit.at(target),
          gy: emit.at(g),
          gx: emit.at(gx),
        }),
    });
  return b.add(SCALAR, {
    inputs: [x, target],
    lower: (emit, loss) =>
      emit.kernel('mse_loss', { n: x.size, over, x: emit.at(x), target: emit.at(target), loss: emit.at(loss) }),
    backward: ([g]) => [
      g && x.needsGrad ? gradient(g, x, 1) : null,
      g && target.needsGrad ? gradient(g, target, -1) : null,
    ],
  });
}

function logitLoss(b: Builder, x: Value, target: Value, over: number): Value {
  return b.add(SCALAR, {
    inputs: [x, target],
    lower: (emit, loss) =>
      emit.kernel('bce_with_logits', { n: x.size, over, x: emit.at(x), target: emit.at(target), loss: emit.at(loss) }),
    backward: ([g]) => [
      g &&
        b.add(x, {
          inputs: [g, x, target],
          lower: (emit, gx) =>
            emit.kernel('bce_with_logits_grad', {
              n: x.size,
              over,
              x: emit.at(x),
              target: emit.at(target),
              gy: emit.at(g),
              gx: emit.at(gx),
            }),
        }),
      // ∂/∂t = −x, for targets that are learned themselves.
      g && target.needsGrad ? b.ops.binary('mul', b.ops.unary('neg', x), b.ops.binary('div', g, over)) : null,
    ],
  });
}
