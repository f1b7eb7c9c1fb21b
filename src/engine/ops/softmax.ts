import type { Ops } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { type Builder, normalizeDims, type Value } from '../values.ts';
import { family } from './op.ts';
import { around } from './reduce.ts';

type Names = 'softmax' | 'log_softmax';

export default family({
  name: 'softmax',
  ops: (b): Pick<Ops<Value>, Names> => ({
    softmax: (x, dim) => softmax(b, x, dim, 0),
    log_softmax(x, dim) {
      const along = around(shapeOps.log_softmax(x, dim).shape, normalizeDims([dim], x.shape.length));
      const y = b.temporary(x, [x]);
      b.step({
        inputs: [x],
        outputs: [y],
        inPlace: true,
        lower: (emit) => emit.kernel('log_softmax', { ...along, x: emit.at(x), y: emit.at(y) }),
        backward: ([g]) => [g && gradient(b, 'log_softmax_grad', y, g, along)],
      });
      return y;
    },
  }),
  samples: [
    { name: 'softmax', inputs: [[4, 37]], run: (ops, [x]) => ops.softmax(x, -1) },
    { name: 'softmax over channels', inputs: [[2, 5, 3]], run: (ops, [x]) => ops.softmax(x, 1) },
    { name: 'log_softmax', inputs: [[4, 37]], run: (ops, [x]) => ops.log_softmax(x, 1) },
    { name: 'log_softmax over channels', inputs: [[2, 5, 3]], run: (ops, [x]) => ops.log_softmax(x, 1) },
  ],
});

/** `causal` T: row r of each T sees its first r + 1 entries only; 0: all. */
export function softmax(b: Builder, x: Value, dim: number, causal: number): Value {
  const along = around(shapeOps.softmax(x, dim).shape, normalizeDims([dim], x.shape.length));
  const y = b.temporary(x, [x]);
  b.step({
    inputs: [x],
    outputs: [y],
    inPlace: true,
    lower: (emit) => emit.kernel('softmax', { ...along, causal, x: emit.at(x), y: emit.at(y) }),
    backward: ([g]) => [g && gradient(b, 'softmax_grad', y, g, along)],
  });
  return y;
}

function gradient(
  b: Builder,
  kernel: 'softmax_grad' | 'log_softmax_grad',
  y: Value,
  g: Value,
  along: ReturnType<typeof around>,
): Value {
  return b.add(y, {
    inputs: [g, y],
    inPlace: true,
    lower: (emit, gx) => emit.kernel(kernel, { ...along, y: emit.at(y), gy: emit.at(g), gx: emit.at(gx) }),
  });
}
