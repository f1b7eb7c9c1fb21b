// One step of a recurrent layer for `n` sequences of `h` units. `x` is what the step's input gives, `r` what the
// state before gives (with its bias; 0 where that state is zero). Backwards, `gy` is the gradient from outside the
// layer, `gh` the one from the coming step through its product; `carry` brings the part that does not go through a
// product from step to step, and is only written where `first`.

import { exp, tanh } from '../../base/elementary.ts';
import { address, int, kernel } from './kernel.ts';

const sigmoid = (x: number) => 1 / (1 + exp(-x));

/** y = tanh(x + r), or max(0, x + r) with `relu`. */
export const rnn_cell = kernel(
  { n: int, relu: int, x: address, r: address, y: address },
  ({ f }, { n, relu, x, r, y }) => {
    for (let j = 0; j < n; j++) {
      const sum = f[x + j] + (r === 0 ? 0 : f[r + j]);
      f[y + j] = relu !== 0 ? Math.max(sum, 0) : tanh(sum);
    }
  },
);

export const rnn_cell_grad = kernel(
  { n: int, relu: int, y: address, gy: address, gh: address, gx: address },
  ({ f }, { n, relu, y, gy, gh, gx }) => {
    for (let j = 0; j < n; j++) {
      const g = (gy === 0 ? 0 : f[gy + j]) + (gh === 0 ? 0 : f[gh + j]);
      const value = f[y + j];
      f[gx + j] = g * (relu !== 0 ? Number(value > 0) : 1 - value * value);
    }
  },
);

/** i, f, o = σ(x + r), g = tanh(x + r); c = f c0 + i g; y = o tanh(c). `gates` keeps (n, 4h): i, f, g, o. */
export const lstm_cell = kernel(
  { n: int, h: int, x: address, r: address, c0: address, gates: address, c: address, y: address },
  ({ f }, { n, h, x, r, c0, gates, c, y }) => {
    for (let row = 0; row < n; row++)
      for (let j = 0; j < h; j++) {
        const sum = (gate: number) => {
          const at = (row * 4 + gate) * h + j;
          return f[x + at] + (r === 0 ? 0 : f[r + at]);
        };
        const values = [sigmoid(sum(0)), sigmoid(sum(1)), tanh(sum(2)), sigmoid(sum(3))];
        for (let gate = 0; gate < 4; gate++) f[gates + (row * 4 + gate) * h + j] = values[gate];
        const at = row * h + j;
        const cell = values[1] * (c0 === 0 ? 0 : f[c0 + at]) + values[0] * values[2];
        f[c + at] = cell;
        f[y + at] = values[3] * tanh(cell);
      }
  },
);

/** `gc` is the gradient of c from outside; `carry` (n, h) is that of the state before. */
export const lstm_cell_grad = kernel(
  {
    n: int,
    h: int,
    gates: address,
    c0: address,
    c: address,
    gy: address,
    gh: address,
    gc: address,
    carry: address,
    first: int,
    gx: address,
  },
  ({ f }, { n, h, gates, c0, c, gy, gh, gc, carry, first, gx }) => {
    for (let row = 0; row < n; row++)
      for (let j = 0; j < h; j++) {
        const at = row * h + j;
        const gate = (k: number) => (row * 4 + k) * h + j;
        const [i, keep, g, o] = [0, 1, 2, 3].map((k) => f[gates + gate(k)]);
        const dy = (gy === 0 ? 0 : f[gy + at]) + (gh === 0 ? 0 : f[gh + at]);
        const t = tanh(f[c + at]);
        const later = (first !== 0 ? 0 : f[carry + at]) + (gc === 0 ? 0 : f[gc + at]);
        const dc = later + dy * o * (1 - t * t);
        f[gx + gate(0)] = dc * g * i * (1 - i);
        f[gx + gate(1)] = dc * (c0 === 0 ? 0 : f[c0 + at]) * keep * (1 - keep);
        f[gx + gate(2)] = dc * i * (1 - g * g);
        f[gx + gate(3)] = dy * t * o * (1 - o);
        f[carry + at] = dc * keep;
      }
  },
);

/** r, z = σ(x + r); n = tanh(x + r · rn); y = (1 − z) n + z h0. `gates` keeps (n, 3h): r, z, n; `rn` (n, h). */
export const gru_cell = kernel(
  { n: int, h: int, x: address, r: address, h0: address, gates: address, rn: address, y: address },
  ({ f }, { n, h, x, r, h0, gates, rn, y }) => {
    for (let row = 0; row < n; row++)
      for (let j = 0; j < h; j++) {
        const gate = (k: number) => (row * 3 + k) * h + j;
        const recurrent = (k: number) => (r === 0 ? 0 : f[r + gate(k)]);
        const reset = sigmoid(f[x + gate(0)] + recurrent(0));
        const z = sigmoid(f[x + gate(1)] + recurrent(1));
        const product = recurrent(2);
        const fresh = tanh(f[x + gate(2)] + reset * product);
        f[gates + gate(0)] = reset;
        f[gates + gate(1)] = z;
        f[gates + gate(2)] = fresh;
        const at = row * h + j;
        f[rn + at] = product;
        f[y + at] = (1 - z) * fresh + z * (h0 === 0 ? 0 : f[h0 + at]);
      }
  },
);

/** `gx` is the gradient of x, `gr` that of r; they differ in n. `carry` is what reaches h0 through z. */
export const gru_cell_grad = kernel(
  {
    n: int,
    h: int,
    gates: address,
    rn: address,
    h0: address,
    gy: address,
    gh: address,
    carry: address,
    first: int,
    gx: address,
    gr: address,
  },
  ({ f }, { n, h, gates, rn, h0, gy, gh, carry, first, gx, gr }) => {
    for (let row = 0; row < n; row++)
      for (let j = 0; j < h; j++) {
        const at = row * h + j;
        const gate = (k: number) => (row * 3 + k) * h + j;
        const [reset, z, fresh] = [0, 1, 2].map((k) => f[gates + gate(k)]);
        const later = (first !== 0 ? 0 : f[carry + at]) + (gh === 0 ? 0 : f[gh + at]);
        const dy = (gy === 0 ? 0 : f[gy + at]) + later;
        const dn = dy * (1 - z) * (1 - fresh * fresh);
        const dz = dy * ((h0 === 0 ? 0 : f[h0 + at]) - fresh) * z * (1 - z);
        const dr = dn * f[rn + at] * reset * (1 - reset);
        f[gx + gate(0)] = dr;
        f[gx + gate(1)] = dz;
        f[gx + gate(2)] = dn;
        f[gr + gate(0)] = dr;
        f[gr + gate(1)] = dz;
        f[gr + gate(2)] = dn * reset;
        f[carry + at] = dy * z;
      }
  },
);
