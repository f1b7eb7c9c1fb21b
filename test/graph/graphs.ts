// Graphs the tests of this folder share.

import { GraphBuilder, sequential } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/graph.ts';

/** 10-20-1 with BatchNorm: 281 parameters. */
export function simpleNet(): Graph {
  return sequential('SimpleNet', { shape: [5, 10] }, [
    { class: 'torch.nn.Linear', path: 'fc1', args: { in_features: 10, out_features: 20 } },
    { class: 'torch.nn.BatchNorm1d', path: 'bn1', args: { num_features: 20 } },
    { class: 'torch.nn.ReLU', path: 'relu' },
    { class: 'torch.nn.Linear', path: 'fc2', args: { in_features: 20, out_features: 1 } },
  ]);
}

/** A residual block of a convolutional net, with a functional addition and a view whose size is the batch's. */
export function residualNet(): Graph {
  const net = new GraphBuilder('ResidualNet');
  const x = net.input({ shape: [2, 3, 8, 8] });
  const conv = { in_channels: 3, out_channels: 8, kernel_size: 3, padding: 1, bias: false };
  const first = net.layer(
    'bn1',
    'torch.nn.BatchNorm2d',
    { num_features: 8 },
    net.layer('conv1', 'torch.nn.Conv2d', conv, x),
  );
  const second = net.layer('block.conv', 'torch.nn.Conv2d', { ...conv, in_channels: 8 }, first);
  const normed = net.layer('block.bn', 'torch.nn.BatchNorm2d', { num_features: 8 }, second);
  const sum = net.call('torch.add', { input: normed, other: first });
  const flat = net.call('torch.Tensor.view', { input: net.call('torch.relu', { input: sum }), size: [2, -1] });
  return withBatch(net.finish(net.layer('fc', 'torch.nn.Linear', { in_features: 512, out_features: 10 }, flat)));
}

/** Tokens (B, T, C) through LayerNorm and attention. */
export function tokenNet(): Graph {
  const net = new GraphBuilder('TokenNet');
  const x = net.input({ name: 'tokens', shape: [2, 6], dtype: 'int64', range: [0, 15] });
  const h = net.layer('embedding', 'torch.nn.Embedding', { num_embeddings: 16, embedding_dim: 8 }, x);
  const n = net.layer('ln', 'torch.nn.LayerNorm', { normalized_shape: 8 }, h);
  const a = net.layer(
    'attn',
    'torch.nn.MultiheadAttention',
    { embed_dim: 8, num_heads: 2, batch_first: true },
    { query: n, key: n, value: n, need_weights: false },
  );
  return net.finish(net.call('torch.add', { input: h, other: a }));
}

/** The view's first size as a multiple of the batch, as the tracer writes it. */
function withBatch(graph: Graph): Graph {
  const nodes = graph.train.map((node) =>
    node.name === 'view' ? { ...node, args: { ...node.args, size: [{ batch: 1 }, -1] } } : node,
  );
  return { ...graph, train: nodes, eval: nodes };
}

export function parameterCount(graph: Graph): number {
  return graph.tensors
    .filter(({ kind }) => kind === 'parameter')
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}
