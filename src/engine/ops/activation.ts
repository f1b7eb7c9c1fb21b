import type { Ops, Unary } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { ACTIVATIONS, type Activation, activationCode } from '../kernels/activation.ts';
import type { Builder, Value } from '../values.ts';
import { cast } from './elementwise.ts';
import { family, type Sample } from './op.ts';

type Names = 'unary' | 'leaky_relu' | 'elu' | 'softplus' | 'gelu' | 'clamp';

/** Functions that want positive arguments. */
const POSITIVE: readonly Unary[] = ['log', 'sqrt', 'rsqrt', 'reciprocal'];
const UNARY = Object.keys(ACTIVATIONS).slice(0, Object.keys(ACTIVATIONS).indexOf('leaky_relu')) as readonly Unary[];

export default family({
  name: 'activation',
  ops: (b): Pick<Ops<Value>, Names> => ({
    unary(op, x) {
      const { dtype } = shapeOps.unary(op, x);
      return cast(b, activation(b, op, cast(b, x, 'float32')), dtype);
    },
    leaky_relu: (x, negative_slope) => activation(b, 'leaky_relu', x, negative_slope),
    elu: (x, alpha) => activation(b, 'elu', x, alpha),
    softplus: (x, beta, threshold) => activation(b, 'softplus', x, beta, threshold),
    gelu: (x, approximate) => activation(b, approximate === 'tanh' ? 'gelu_tanh' : 'gelu', x),
    clamp: (x, min, max) =>
      cast(
        b,
        activation(b, 'clamp', cast(b, x, 'float32'), min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY),
        x.dtype,
      ),
  }),
  samples: [
    ...UNARY.filter((op) => op !== 'floor' && op !== 'sign').map(
      (op): Sample => ({
        name: op,
        inputs: [POSITIVE.includes(op) ? { shape: [3, 37], low: 0.3, high: 3 } : { shape: [3, 37], low: -5, high: 5 }],
        run: (ops, [x]) => ops.unary(op, x),
      }),
    ),
    { name: 'leaky_relu', inputs: [[3, 37]], run: (ops, [x]) => ops.leaky_relu(x, 0.2) },
    { name: 'elu', inputs: [[3, 37]], run: (ops, [x]) => ops.elu(x, 1.3) },
    { name: 'softplus', inputs: [{ shape: [3, 37], low: -9, high: 9 }], run: (ops, [x]) => ops.softplus(x, 2, 10) },
    { name: 'gelu', inputs: [{ shape: [3, 37], low: -5, high: 5 }], run: (ops, [x]) => ops.gelu(x, 'none') },
    { name: 'gelu, tanh', inputs: [{ shape: [3, 37], low: -5, high: 5 }], run: (ops, [x]) => ops.gelu(x, 'tanh') },
    { name: 'clamp', inputs: [[3, 37]], run: (ops, [x]) => ops.clamp(x, -0.5, 1) },
    { name: 'clamp, one side', inputs: [[3, 37]], run: (ops, [x]) => ops.clamp(x, null, 0.3) },
  ],
});

export function activation(b: Builder, name: Activation, x: Value, alpha = 0, beta = 0): Value {
  const op = activationCode(name);
  const y = b.temporary(x, [x]);
  if (name === 'relu') b.noteRelu(y, x);
  b.step({
    inputs: [x],
    outputs: [y],
    inPlace: true,
    lower: (emit) => emit.kernel('unary', { op, n: y.size, x: emit.at(x), y: emit.at(y), alpha, beta }),
    backward: ([g]) => {
      if (g === null) return [null];
      const saved = ACTIVATIONS[name].saves === 'x' ? x : y;
      const gradient = b.add(x, {
        inputs: [g, saved],
        inPlace: true,
        lower: (emit, gx) =>
          emit.kernel('unary_grad', {
            op,
            n: gx.size,
            saved: emit.at(saved),
            gy: emit.at(g),
            gx: emit.at(gx),
            alpha,
            beta,
          }),
      });
      if (name === 'relu') b.noteReluGradient(gradient, { g, y });
      return [gradient];
    },
  });
  return y;
}
