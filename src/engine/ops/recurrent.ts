// A recurrent layer is one step of the program whatever the sequence's length: the input's products of all steps come
// in at once, and lowering writes one product with the state and one cell for each step in time.

import type { Ops, RecurrentInputs, RecurrentMode } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import type { Builder, Emit, Value } from '../values.ts';
import { family, type Sample } from './op.ts';
import { recurrentGradient } from './recurrent-gradient.ts';
import {
  at,
  type Layout,
  layoutOf,
  product,
  repeatRows,
  type Saved,
  scratchOf,
  stateBefore,
  timesOf,
} from './recurrent-steps.ts';

export default family({
  name: 'recurrent',
  ops: (b): Pick<Ops<Value>, 'recurrent'> => ({
    recurrent(inputs, options) {
      shapeOps.recurrent(inputs, options);
      return recurrent(b, inputs, options);
    },
  }),
  samples: [
    sample('RNN with tanh', 'RNN_TANH', {}),
    sample('RNN with relu, backwards in time', 'RNN_RELU', { reverse: true, h0: true }),
    sample('RNN of one step', 'RNN_TANH', { steps: 1, h0: true }),
    sample('LSTM', 'LSTM', {}),
    sample('LSTM from a state', 'LSTM', { h0: true, c0: true, bias: true }),
    sample('LSTM, backwards in time', 'LSTM', { reverse: true, c0: true, bias: true }),
    sample('LSTM, its cell states', 'LSTM', { cells: true, h0: true }),
    sample('LSTM with a projection', 'LSTM', { projected: true, h0: true, c0: true }),
    sample('LSTM with a projection, backwards in time', 'LSTM', { projected: true, reverse: true, bias: true }),
    sample('GRU', 'GRU', { bias: true }),
    sample('GRU without bias', 'GRU', {}),
    sample('GRU from a state, backwards in time', 'GRU', { reverse: true, h0: true, bias: true }),
    sample('GRU of one step', 'GRU', { steps: 1, h0: true, bias: true }),
  ],
});

interface Case {
  readonly steps?: number;
  readonly reverse?: boolean;
  readonly bias?: boolean;
  readonly projected?: boolean;
  readonly h0?: boolean;
  readonly c0?: boolean;
  /** The cell states are what is looked at. */
  readonly cells?: boolean;
}

function sample(name: string, mode: RecurrentMode, options: Case): Sample {
  const {
    steps = 4,
    reverse = false,
    bias = false,
    projected = false,
    h0 = false,
    c0 = false,
    cells = false,
  } = options;
  const [n, h] = [3, 5];
  const p = projected ? 2 : h;
  const width = h * { RNN_TANH: 1, RNN_RELU: 1, LSTM: 4, GRU: 3 }[mode];
  return {
    name,
    inputs: [[steps, n, width], [width, p], [width], [p, h], [n, p], [n, h]],
    run(ops, [x, weight_hh, bias_hh, weight_hr, hidden, cell]) {
      const [y, c] = ops.recurrent(
        {
          x,
          weight_hh,
          bias_hh: bias ? bias_hh : null,
          weight_hr: projected ? weight_hr : null,
          h0: h0 ? hidden : null,
          c0: c0 ? cell : null,
        },
        { mode, reverse },
      );
      return cells && c !== null ? c : y;
    },
  };
}

type Outputs = readonly [Value, Value | null];

function recurrent(b: Builder, inputs: RecurrentInputs<Value>, options: Parameters<typeof layoutOf>[1]): Outputs {
  const layout = layoutOf(inputs, options);
  const { x, weight_hh, bias_hh, weight_hr, h0, c0 } = inputs;
  const given = [x, weight_hh, bias_hh, weight_hr, h0, c0];
  const from = given.filter((value) => value !== null);
  const { steps, n, h, p, width, mode } = layout;
  const make = (size: number) => b.temporary({ shape: [steps, n, size], dtype: 'float32' }, from);
  const gated = mode === 'LSTM' || mode === 'GRU';
  const saved: Saved = {
    y: make(p),
    gates: gated ? make(width) : null,
    cells: gated ? make(h) : null,
    unprojected: weight_hr === null ? null : make(h),
  };
  // The input's products are not needed again; what the cells make of them may lie there.
  const outputs = [saved.gates, saved.y, saved.cells, saved.unprojected].filter((value) => value !== null);
  b.step({
    inputs: from,
    outputs,
    inPlace: true,
    scratch: scratchOf(layout, 0).elements,
    lower: (emit) => lower(emit, layout, inputs, saved),
    backward(grads) {
      const gradient = (value: Value | null) => (value === null ? null : (grads[outputs.indexOf(value)] ?? null));
      const gc = mode === 'LSTM' ? gradient(saved.cells) : null;
      const all = recurrentGradient(b, layout, { inputs, saved, gy: gradient(saved.y), gc });
      return [all.x, all.weight_hh, all.bias_hh, all.weight_hr, all.h0, all.c0].filter((_, i) => given[i] !== null);
    },
  });
  return [saved.y, mode === 'LSTM' ? saved.cells : null];
}

function lower(emit: Emit, layout: Layout, inputs: RecurrentInputs<Value>, saved: Saved): void {
  const { n, h, p, width, mode } = layout;
  const { bias_hh, weight_hr } = inputs;
  const scratch = scratchOf(layout, emit.scratch);
  // Once, as the product of every step in time would else do it.
  const weight = { n: width, k: p, ldb: p, b_transposed: 1 };
  emit.kernel('gemm_pack', { ...weight, b: emit.at(inputs.weight_hh), packed: scratch.weight });
  for (const t of timesOf(layout)) {
    const h0 = stateBefore(emit, layout, saved.y, inputs.h0, t);
    const [x, y] = [at(emit, layout, inputs.x, t), at(emit, layout, saved.y, t)];
    const r = h0 === 0 && bias_hh === null ? 0 : scratch.product;
    if (h0 !== 0) {
      const bias = emit.at(bias_hh);
      const sides = { a: h0, b: scratch.weight, b_packed: true };
      product(emit, { m: n, n: width, k: p, ...sides, c: r, bias, scratch: scratch.gemm });
    } else if (bias_hh !== null) repeatRows(emit, { rows: n, columns: width, x: emit.at(bias_hh), y: r });
    const [gates, cells] = [at(emit, layout, saved.gates, t), at(emit, layout, saved.cells, t)];
    if (mode === 'LSTM') {
      const c0 = stateBefore(emit, layout, saved.cells, inputs.c0, t);
      const whole = saved.unprojected === null ? y : at(emit, layout, saved.unprojected, t);
      emit.kernel('lstm_cell', { n, h, x, r, c0, gates, c: cells, y: whole });
      if (weight_hr === null) continue;
      const projection = { m: n, n: p, k: h, a: whole, b: emit.at(weight_hr), b_transposed: true, c: y };
      product(emit, { ...projection, scratch: scratch.gemm });
    } else if (mode === 'GRU') emit.kernel('gru_cell', { n, h, x, r, h0, gates, rn: cells, y });
    else emit.kernel('rnn_cell', { n: n * h, relu: Number(mode === 'RNN_RELU'), x, r, y });
  }
}
