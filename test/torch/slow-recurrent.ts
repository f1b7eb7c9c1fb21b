// A recurrent layer by its definition, one unit at a time.

import type { Ops } from '../../src/torch/ops.ts';
import { shapeOps } from '../../src/torch/shape.ts';
import { at, type Dense, make, sum } from './dense.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

export const slowRecurrent: Ops<Dense>['recurrent'] = (inputs, options) => {
  const { x, weight_hh, bias_hh, weight_hr, h0, c0 } = inputs;
  const [outputType, cellType] = shapeOps.recurrent(inputs, options);
  const [T = 0, N = 0, P = 0] = outputType.shape;
  const H = weight_hr?.shape[1] ?? P;
  const output = make(outputType, () => 0);
  const cells = make({ shape: [T, N, H], dtype: 'float32' }, () => 0);
  for (let n = 0; n < N; n++) {
    let h = Array.from({ length: P }, (_, i) => (h0 === null ? 0 : at(h0, [n, i])));
    let c = Array.from({ length: H }, (_, i) => (c0 === null ? 0 : at(c0, [n, i])));
    for (let step = 0; step < T; step++) {
      const t = options.reverse ? T - 1 - step : step;
      const given = (row: number) => at(x, [t, n, row]);
      const kept = (row: number) =>
        sum(h.map((value, i) => value * at(weight_hh, [row, i]))) + (bias_hh === null ? 0 : at(bias_hh, [row]));
      const both = (row: number) => given(row) + kept(row);
      const units = Array.from({ length: H }, (_, i) => i);
      let next: number[];
      if (options.mode === 'LSTM') {
        const before = c;
        c = units.map((i) => sigmoid(both(H + i)) * (before[i] ?? 0) + sigmoid(both(i)) * Math.tanh(both(2 * H + i)));
        next = units.map((i) => sigmoid(both(3 * H + i)) * Math.tanh(c[i] ?? 0));
      } else if (options.mode === 'GRU')
        next = units.map((i) => {
          const z = sigmoid(both(H + i));
          const fresh = Math.tanh(given(2 * H + i) + sigmoid(both(i)) * kept(2 * H + i));
          return (1 - z) * fresh + z * (h[i] ?? 0);
        });
      else next = units.map((i) => (options.mode === 'RNN_RELU' ? Math.max(0, both(i)) : Math.tanh(both(i))));
      const whole = next;
      if (weight_hr !== null)
        next = Array.from({ length: P }, (_, p) => sum(whole.map((value, i) => value * at(weight_hr, [p, i]))));
      h = next;
      for (const [i, value] of h.entries()) output.data[(t * N + n) * P + i] = value;
      for (const [i, value] of c.entries()) cells.data[(t * N + n) * H + i] = value;
    }
  }
  return [output, cellType === null ? null : cells];
};
