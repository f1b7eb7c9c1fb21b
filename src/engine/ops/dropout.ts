import type { Ops } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import type { Builder, Value } from '../values.ts';
import { family } from './op.ts';

const KINDS = ['uniform', 'normal', 'bernoulli'];

export default family({
  name: 'dropout',
  ops: (b): Pick<Ops<Value>, 'dropout' | 'random'> => ({
    dropout(x, p, training, per) {
      shapeOps.dropout(x, p, training, per);
      if (!training || p === 0) return x;
      if (p === 1) return b.ops.binary('mul', x, 0);
      const inner = per === 'element' ? 1 : x.size / (x.shape[0] * x.shape[1]);
      return dropped(b, x, { p, inner, ...b.stream('dropout') });
    },
    random(spec) {
      const type = shapeOps.random(spec);
      const p = spec.kind === 'bernoulli' ? spec.p : 0;
      const stream = b.stream('random');
      return b.add(type, {
        inputs: [b.stepCounter],
        lower: (emit, y) =>
          emit.kernel('random', {
            n: y.size,
            kind: KINDS.indexOf(spec.kind),
            y: emit.at(y),
            p,
            ...stream,
            step: emit.at(b.stepCounter),
          }),
      });
    },
  }),
  samples: [
    { name: 'dropout', inputs: [[5, 23]], run: (ops, [x]) => ops.dropout(x, 0.3, true, 'element') },
    { name: 'dropout of channels', inputs: [[2, 6, 3, 3]], run: (ops, [x]) => ops.dropout(x, 0.5, true, 'channel') },
    { name: 'dropout of everything', inputs: [[2, 3]], run: (ops, [x]) => ops.dropout(x, 1, true, 'element') },
    { name: 'dropout in evaluation', inputs: [[5, 7]], run: (ops, [x]) => ops.dropout(x, 0.3, false, 'element') },
    ...(['normal', 'uniform', 'bernoulli'] as const).map((kind) => ({
      name: `random ${kind}`,
      inputs: [[5, 7]],
      run: (ops: Ops<Value>, [x]: readonly Value[]) =>
        ops.binary('mul', x, ops.random({ kind, shape: [5, 7], p: 0.3 })),
    })),
  ],
});

interface Dropout {
  readonly p: number;
  readonly inner: number;
  readonly key0: number;
  readonly key1: number;
  readonly stream: number;
}

/** The gradient is the same dropping, drawn again from the same numbers: no mask is kept. */
function dropped(b: Builder, x: Value, options: Dropout): Value {
  return b.add(x, {
    inputs: [x, b.stepCounter],
    inPlace: true,
    lower: (emit, y) =>
      emit.kernel('dropout', {
        n: y.size,
        start: 0,
        ...options,
        x: emit.at(x),
        y: emit.at(y),
        step: emit.at(b.stepCounter),
      }),
    backward: ([g]) => [g && dropped(b, g, options), null],
  });
}
