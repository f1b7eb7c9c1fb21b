// The gradient of a recurrent layer: backwards through time one product and one cell for each step, then the
// weights' gradients in one product over all steps.

import type { RecurrentInputs } from '../../torch/ops.ts';
import type { Builder, Emit, Value } from '../values.ts';
import { contiguousCopy } from './elementwise.ts';
import { addUp, at, type Layout, product, type Saved, scratchOf, stateBefore, timesOf } from './recurrent-steps.ts';

interface Through {
  readonly inputs: RecurrentInputs<Value>;
  readonly saved: Saved;
  /** The gradients of the states and of an LSTM's cell states, where there are any. */
  readonly gy: Value | null;
  readonly gc: Value | null;
}

type Gradients = { readonly [K in keyof RecurrentInputs<Value>]: Value | null };

/** Of what a gradient flows to; null for the others. */
export function recurrentGradient(b: Builder, layout: Layout, through: Through): Gradients {
  const { inputs, saved } = through;
  const { bias_hh, weight_hr, h0, c0 } = inputs;
  const { steps, n, p, width, mode } = layout;
  const like = (value: Value | null, wanted = value?.needsGrad === true) =>
    value === null || !wanted ? null : b.temporary(value);
  const made: Made = {
    gx: b.temporary(inputs.x),
    // A GRU multiplies what the state gives to n before adding it, so that the two gradients differ there.
    gr: mode === 'GRU' ? b.temporary(inputs.x) : null,
    projected: weight_hr === null ? null : b.temporary(saved.y),
    h0: like(h0),
    c0: like(c0),
  };
  const { gates, cells, y } = saved;
  const read = [gates ?? y, through.gy, through.gc, y, cells, inputs.weight_hh, weight_hr, h0, c0];
  b.step({
    inputs: [...new Set(read.filter((value) => value !== null))],
    outputs: Object.values(made).filter((value) => value !== null),
    inPlace: true,
    scratch: scratchOf(layout, 0).elements,
    lower: (emit) => lower(emit, layout, through, made),
  });
  const gr = made.gr ?? made.gx;
  const rows = b.ops.reshape(gr, [steps * n, width]);
  return {
    x: made.gx,
    weight_hh: inputs.weight_hh.needsGrad ? weightGradient(b, layout, { gr, y, h0, like: inputs.weight_hh }) : null,
    bias_hh: bias_hh?.needsGrad ? b.ops.sum(rows, [0], false) : null,
    weight_hr:
      weight_hr?.needsGrad && made.projected !== null && saved.unprojected !== null
        ? projectionGradient(b, layout, { g: made.projected, x: saved.unprojected, p })
        : null,
    h0: made.h0,
    c0: made.c0,
  };
}

interface Made {
  /** First, as it may take the place of the gates. */
  readonly gx: Value;
  readonly gr: Value | null;
  /** The whole gradient of the projected states. */
  readonly projected: Value | null;
  readonly h0: Value | null;
  readonly c0: Value | null;
}

function lower(emit: Emit, layout: Layout, { inputs, saved, gy, gc }: Through, made: Made): void {
  const { n, h, p, width, mode } = layout;
  const scratch = scratchOf(layout, emit.scratch);
  const weight = { n: p, k: width, ldb: p, b_transposed: 0 };
  emit.kernel('gemm_pack', { ...weight, b: emit.at(inputs.weight_hh), packed: scratch.weight });
  const times = timesOf(layout).reverse();
  for (const [i, t] of times.entries()) {
    const first = Number(i === 0);
    const gh = i === 0 ? 0 : scratch.state;
    const place = (value: Value | null) => at(emit, layout, value, t);
    const outside = place(gy);
    const gx = place(made.gx);
    const gates = place(saved.gates);
    if (mode === 'LSTM') {
      const state = throughProjection(emit, layout, {
        outside,
        gh,
        t,
        weight_hr: inputs.weight_hr,
        to: made.projected,
      });
      const c0 = stateBefore(emit, layout, saved.cells, inputs.c0, t);
      const cells = { gates, c0, c: place(saved.cells), gc: place(gc), carry: scratch.carry, first };
      emit.kernel('lstm_cell_grad', { n, h, ...cells, ...state, gx });
    } else if (mode === 'GRU') {
      const h0 = stateBefore(emit, layout, saved.y, inputs.h0, t);
      const state = { h0, gy: outside, gh, carry: scratch.carry, first };
      emit.kernel('gru_cell_grad', { n, h, gates, rn: place(saved.cells), ...state, gx, gr: place(made.gr) });
    } else {
      const relu = Number(mode === 'RNN_RELU');
      emit.kernel('rnn_cell_grad', { n: n * h, relu, y: place(saved.y), gy: outside, gh, gx });
    }
    // What reaches the state before; at the beginning only where someone asks.
    if (i < times.length - 1 || made.h0 !== null)
      product(emit, {
        m: n,
        n: p,
        k: width,
        a: place(made.gr ?? made.gx),
        b: scratch.weight,
        b_packed: true,
        c: scratch.state,
        scratch: scratch.gemm,
      });
  }
  if (made.h0 !== null && mode === 'GRU')
    addUp(emit, n * p, { a: scratch.state, b: scratch.carry, y: emit.at(made.h0) });
  else if (made.h0 !== null) emit.kernel('copy', contiguousCopy({ n: n * p, x: scratch.state, y: emit.at(made.h0) }));
  if (made.c0 !== null) emit.kernel('copy', contiguousCopy({ n: n * h, x: scratch.carry, y: emit.at(made.c0) }));
}

interface Projected {
  readonly outside: number;
  readonly gh: number;
  readonly t: number;
  readonly weight_hr: Value | null;
  readonly to: Value | null;
}

/** Where the cell finds the gradients of o tanh(c): as they come, or through the projection's product. */
function throughProjection(emit: Emit, layout: Layout, { outside, gh, t, weight_hr, to }: Projected) {
  if (weight_hr === null || to === null) return { gy: outside, gh };
  const { n, h, p } = layout;
  const scratch = scratchOf(layout, emit.scratch);
  const sum = at(emit, layout, to, t);
  if (outside !== 0 && gh !== 0) addUp(emit, n * p, { a: outside, b: gh, y: sum });
  else if (outside === 0 && gh === 0) emit.kernel('fill', { n: n * p, value: 0, y: sum });
  else emit.kernel('copy', contiguousCopy({ n: n * p, x: outside === 0 ? gh : outside, y: sum }));
  product(emit, { m: n, n: h, k: p, a: sum, b: emit.at(weight_hr), c: scratch.hidden, scratch: scratch.gemm });
  return { gy: scratch.hidden, gh: 0 };
}

interface WeightGradient {
  readonly gr: Value;
  readonly y: Value;
  readonly h0: Value | null;
  readonly like: Value;
}

/** Σ over time of grᵀ (the state before): one product of the rows but the layer's first, and one of h0's. */
function weightGradient(b: Builder, layout: Layout, { gr, y, h0, like }: WeightGradient): Value {
  const { steps, n, p, width, reverse } = layout;
  return b.add(like, {
    inputs: [gr, y, ...(h0 === null ? [] : [h0])],
    scratch: scratchOf(layout, 0).elements,
    lower(emit, out) {
      const scratch = scratchOf(layout, emit.scratch);
      const c = emit.at(out);
      const shared = { m: width, n: p, a_transposed: true, scratch: scratch.gemm };
      const [from, to] = reverse ? [0, 1] : [1, 0];
      if (steps > 1) {
        const [a, states] = [at(emit, layout, gr, from), at(emit, layout, y, to)];
        const k = (steps - 1) * n;
        emit.kernel('gemm_pack', { n: p, k, ldb: p, b: states, b_transposed: 0, packed: scratch.states });
        product(emit, { ...shared, k, a, b: scratch.states, b_packed: true, c });
      }
      if (h0 !== null) {
        const a = at(emit, layout, gr, reverse ? steps - 1 : 0);
        product(emit, { ...shared, k: n, a, b: emit.at(h0), c: steps > 1 ? scratch.weight : c });
        if (steps > 1) addUp(emit, width * p, { a: c, b: scratch.weight, y: c });
      } else if (steps === 1) emit.kernel('fill', { n: width * p, value: 0, y: c });
    },
  });
}

/** gᵀ x over all rows: (P, H). */
function projectionGradient(
  b: Builder,
  layout: Layout,
  { g, x, p }: { readonly g: Value; readonly x: Value; readonly p: number },
): Value {
  const { steps, n, h } = layout;
  return b.add(
    { shape: [p, h], dtype: 'float32' },
    {
      inputs: [g, x],
      scratch: scratchOf(layout, 0).elements,
      lower: (emit, out) =>
        product(emit, {
          m: p,
          n: h,
          k: steps * n,
          a: emit.at(g),
          a_transposed: true,
          b: emit.at(x),
          c: emit.at(out),
          scratch: scratchOf(layout, emit.scratch).gemm,
        }),
    },
  );
}
