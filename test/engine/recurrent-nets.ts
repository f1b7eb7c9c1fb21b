// Recurrent nets for tests and benchmarks, as graphs: a sequence of vectors (N, T, C), classified.

import { GraphBuilder } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/graph.ts';
import type { NodeRef, Values } from '../../src/torch/signature.ts';

const [STEPS, INPUT, HIDDEN, CLASSES] = [32, 64, 128, 10];

/** nn.LSTM over 32 steps of 64 numbers, 128 units; the last state to a linear head. */
export function lstm(batch: number): Graph {
  const builder = new GraphBuilder('Lstm');
  const x = builder.input({ shape: [batch, STEPS, INPUT] });
  const args = { input_size: INPUT, hidden_size: HIDDEN, batch_first: true };
  const { node } = builder.layer('rnn', 'torch.nn.LSTM', args, x);
  const last = builder.call('torch.select', { input: { node, index: 1 }, dim: 0, index: -1 });
  return builder.finish(linear(builder, 'fc', last, [HIDDEN, CLASSES]));
}

/** The same with LayerNorm on both products and on the cell state, written step by step as in PyTorch. */
export function normedLstm(batch: number): Graph {
  const builder = new GraphBuilder('NormedLstm');
  const call = (name: string, args: Values) => builder.call(`torch.${name}`, args);
  const norm = (path: string, size: number, input: NodeRef) =>
    builder.layer(path, 'torch.nn.LayerNorm', { normalized_shape: [size] }, input);
  const x = builder.input({ shape: [batch, STEPS, INPUT] });
  let h: NodeRef = call('zeros', { size: [batch, HIDDEN] });
  let c = h;
  for (let t = 0; t < STEPS; t++) {
    const step = call('select', { input: x, dim: 1, index: t });
    const given = norm('norm_x', 4 * HIDDEN, linear(builder, 'wx', step, [INPUT, 4 * HIDDEN], false));
    const kept = norm('norm_h', 4 * HIDDEN, linear(builder, 'wh', h, [HIDDEN, 4 * HIDDEN], false));
    const gates = call('add', { input: given, other: kept });
    const { node } = call('chunk', { input: gates, chunks: 4, dim: 1 });
    const [i, f, o] = [0, 1, 3].map((index) => call('sigmoid', { input: { node, index } }));
    const g = call('tanh', { input: { node, index: 2 } });
    if (i === undefined || f === undefined || o === undefined) throw new RangeError('A cell has four gates.');
    const fresh = call('mul', { input: i, other: g });
    c = call('add', { input: call('mul', { input: f, other: c }), other: fresh });
    h = call('mul', { input: o, other: call('tanh', { input: norm('norm_c', HIDDEN, c) }) });
  }
  return builder.finish(linear(builder, 'fc', h, [HIDDEN, CLASSES]));
}

function linear(
  builder: GraphBuilder,
  path: string,
  x: NodeRef,
  sizes: readonly [number, number],
  bias = true,
): NodeRef {
  const [in_features, out_features] = sizes;
  return builder.layer(path, 'torch.nn.Linear', { in_features, out_features, bias }, x);
}
