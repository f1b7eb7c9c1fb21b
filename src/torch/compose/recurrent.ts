// Recurrent layers: what torch.nn.RNN, LSTM and GRU do over layers and directions, and their cells over one step.
// Inside, time is dimension 0: (T, N, C).

import type { Ops, RecurrentMode } from '../ops.ts';
import { misfit, type Shape, same } from '../shapes/arithmetic.ts';
import { cat, flatten, range, select, shapeOf, stack, transpose } from './views.ts';

export interface RecurrentArguments {
  readonly mode: RecurrentMode;
  readonly name: string;
  readonly input_size: number;
  readonly hidden_size: number;
  readonly num_layers: number;
  readonly batch_first: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly proj_size: number;
  readonly training: boolean;
}

/** Parameters by PyTorch's names, `weight_ih_l0_reverse`. */
export type RecurrentState<T> = Readonly<Record<string, T | null>>;

export interface RecurrentCall<T> {
  readonly input: T;
  /** (layers · directions, N, …), without N where the input has no batch; zeros where null. */
  readonly h0: T | null;
  readonly c0: T | null;
  /** (N): only so many steps of each sequence count, the rest is padding; all where null. */
  readonly lengths: T | null;
}

/** The last layer's states of every step, and the last states of every layer and direction. */
export interface RecurrentResult<T> {
  readonly output: T;
  readonly h_n: T;
  readonly c_n: T | null;
}

export function recurrentLayer<T>(
  ops: Ops<T>,
  call: RecurrentCall<T>,
  state: RecurrentState<T>,
  args: RecurrentArguments,
): RecurrentResult<T> {
  const { input, lengths } = call;
  const shape = shapeOf(ops, input);
  const batched = expectInput(shape, args);
  const timeFirst = batched
    ? args.batch_first
      ? transpose(ops, input, 0, 1)
      : input
    : ops.reshape(input, [shape[0], 1, shape[1]]);
  const [, N] = shapeOf(ops, timeFirst);
  const [h0, c0] = expectStates(ops, call, args, batched ? N : null);
  const packed = lengths === null ? null : packing(ops, lengths, shapeOf(ops, timeFirst));
  const directions = args.bidirectional ? ['', '_reverse'] : [''];
  const hidden: T[] = [];
  const cells: T[] = [];
  let x = timeFirst;
  for (let layer = 0; layer < args.num_layers; layer++) {
    const both = directions.map((suffix, direction) => {
      const k = layer * directions.length + direction;
      const initial = { h0: h0 && select(ops, h0, 0, k), c0: c0 && select(ops, c0, 0, k) };
      return oneDirection(ops, x, weightsOf(state, `l${layer}${suffix}`), {
        ...initial,
        mode: args.mode,
        reverse: direction === 1,
        packed,
      });
    });
    for (const { h_n, c_n } of both) {
      hidden.push(h_n);
      if (c_n !== null) cells.push(c_n);
    }
    const outputs = both.map(({ output }) => output);
    x = outputs.length === 1 ? outputs[0] : cat(ops, outputs, 2);
    if (layer < args.num_layers - 1) x = ops.dropout(x, args.dropout, args.training, 'element');
  }
  const masked = packed === null ? x : ops.where(packed.inside, x, 0);
  const unbatch = (value: T, dim: number) => (batched ? value : select(ops, value, dim, 0));
  return {
    output: args.batch_first && batched ? transpose(ops, masked, 0, 1) : unbatch(masked, 1),
    h_n: unbatch(stack(ops, hidden, 0), 1),
    c_n: cells.length === 0 ? null : unbatch(stack(ops, cells, 0), 1),
  };
}

/** One step of (N, input) or (input): the next state, and an LSTM's next cell state. */
export function recurrentCell<T>(
  ops: Ops<T>,
  { input, h0, c0 }: Omit<RecurrentCall<T>, 'lengths'>,
  state: RecurrentState<T>,
  args: Pick<RecurrentArguments, 'mode' | 'name' | 'input_size' | 'hidden_size'>,
): readonly [T, T | null] {
  const { name, input_size, hidden_size } = args;
  const shape = shapeOf(ops, input);
  if ((shape.length !== 1 && shape.length !== 2) || shape[shape.length - 1] !== input_size)
    throw misfit('channels', `${name} expects an input of shape [N, ${input_size}] or [${input_size}]`, shape);
  const wanted = [...shape.slice(0, -1), hidden_size];
  for (const initial of [h0, c0])
    if (initial !== null && !same(shapeOf(ops, initial), wanted))
      throw misfit('size', `${name} expects a state of shape [${wanted.join(', ')}]`, shapeOf(ops, initial));
  const N = shape.length === 2 ? shape[0] : 1;
  const rows = (value: T | null) => value && ops.reshape(value, [N, hidden_size]);
  const x = ops.reshape(input, [1, N, input_size]);
  const initial = { h0: rows(h0), c0: rows(c0), mode: args.mode, reverse: false, packed: null };
  const { h_n, c_n } = oneDirection(ops, x, weightsOf(state, ''), initial);
  return [ops.reshape(h_n, wanted), c_n && ops.reshape(c_n, wanted)];
}

function expectInput(shape: Shape, { name, input_size, batch_first }: RecurrentArguments): boolean {
  if ((shape.length !== 2 && shape.length !== 3) || shape[shape.length - 1] !== input_size) {
    const batched = batch_first ? '[N, T, C]' : '[T, N, C]';
    throw misfit('channels', `${name} expects an input of shape ${batched} or [T, C] with C = ${input_size}`, shape);
  }
  if (shape[batch_first && shape.length === 3 ? 1 : 0] === 0)
    throw misfit('size', `${name} expects a sequence of at least 1 step`, shape);
  return shape.length === 3;
}

/** With a batch: (layers · directions, N, …). */
function expectStates<T>(
  ops: Ops<T>,
  { h0, c0 }: RecurrentCall<T>,
  { name, num_layers, bidirectional, hidden_size, proj_size }: RecurrentArguments,
  N: number | null,
): readonly [T | null, T | null] {
  const count = num_layers * (bidirectional ? 2 : 1);
  const check = (what: string, value: T | null, size: number) => {
    if (value === null) return null;
    const wanted = N === null ? [count, size] : [count, N, size];
    if (!same(shapeOf(ops, value), wanted))
      throw misfit('size', `${name} expects ${what} of shape [${wanted.join(', ')}]`, shapeOf(ops, value));
    return N === null ? ops.reshape(value, [count, 1, size]) : value;
  };
  return [check('a hidden state', h0, proj_size || hidden_size), check('a cell state', c0, hidden_size)];
}

interface Weights<T> {
  readonly weight_ih: T;
  readonly weight_hh: T;
  readonly bias_ih: T | null;
  readonly bias_hh: T | null;
  readonly weight_hr: T | null;
}

function weightsOf<T>(state: RecurrentState<T>, suffix: string): Weights<T> {
  const get = (name: string) => state[suffix === '' ? name : `${name}_${suffix}`] ?? null;
  const [weight_ih, weight_hh] = [get('weight_ih'), get('weight_hh')];
  if (weight_ih === null || weight_hh === null) throw new RangeError(`A recurrent layer has no weights ${suffix}.`);
  return { weight_ih, weight_hh, bias_ih: get('bias_ih'), bias_hh: get('bias_hh'), weight_hr: get('weight_hr') };
}

interface Direction<T> {
  readonly mode: RecurrentMode;
  readonly reverse: boolean;
  readonly h0: T | null;
  readonly c0: T | null;
  readonly packed: Packing<T> | null;
}

function oneDirection<T>(ops: Ops<T>, x: T, weights: Weights<T>, direction: Direction<T>): RecurrentResult<T> {
  const { mode, reverse, h0, c0, packed } = direction;
  const { weight_ih, weight_hh, weight_hr, bias_ih, bias_hh } = weights;
  // Only a GRU treats the two biases differently.
  const together = mode !== 'GRU' && bias_ih !== null && bias_hh !== null;
  // A padded sequence goes backwards by turning its own steps around: its padding stays at the end.
  const turned = reverse && packed !== null;
  const products = ops.linear(
    turned ? packed.turn(x) : x,
    weight_ih,
    together ? ops.binary('add', bias_ih, bias_hh) : bias_ih,
  );
  const [states, cells] = ops.recurrent(
    { x: products, weight_hh, bias_hh: together ? null : bias_hh, weight_hr, h0, c0 },
    { mode, reverse: reverse && packed === null },
  );
  const T = shapeOf(ops, x)[0];
  const last = (value: T) => {
    if (packed !== null) return packed.last(value);
    return select(ops, value, 0, reverse ? 0 : T - 1);
  };
  return { output: turned ? packed.turn(states) : states, h_n: last(states), c_n: cells && last(cells) };
}

/** What the lengths of padded sequences mean for values of shape (T, N, …). */
interface Packing<T> {
  /** (T, N, 1): whether the step is one of the sequence's. */
  readonly inside: T;
  /** The steps within each length in the opposite order. */
  turn(x: T): T;
  /** At each sequence's last step: (N, …). */
  last(x: T): T;
}

function packing<T>(ops: Ops<T>, lengths: T, [steps, N]: Shape): Packing<T> {
  if (!same(shapeOf(ops, lengths), [N]))
    throw misfit('size', `A packed sequence expects one length for each of ${N} sequences`, shapeOf(ops, lengths));
  const t = ops.reshape(range(ops, steps), [steps, 1]);
  const inside = ops.binary('lt', t, lengths); // (T, N)
  const turned = ops.where(inside, ops.binary('sub', ops.binary('sub', lengths, t), 1), t);
  const position = (time: T) => ops.binary('add', ops.binary('mul', time, N), range(ops, N));
  const rows = (x: T, index: T, shape: Shape) =>
    ops.reshape(ops.index_select(flatten(ops, x, 0, 1), 0, index), [...shape, ...shapeOf(ops, x).slice(2)]);
  const order = ops.reshape(position(turned), [steps * N]);
  const ends = position(ops.binary('sub', lengths, 1));
  return {
    inside: ops.reshape(inside, [steps, N, 1]),
    turn: (x) => rows(x, order, [steps, N]),
    last: (x) => rows(x, ends, [N]),
  };
}
