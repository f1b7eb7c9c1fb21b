// Whole nets for tests and benchmarks, as graphs.

import { GraphBuilder, type LayerStep, sequential } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/graph.ts';
import type { NodeRef, Values } from '../../src/torch/signature.ts';

const nn = (name: string, args: Values = {}, path?: string): LayerStep => ({
  class: `torch.nn.${name}`,
  args,
  ...(path === undefined ? {} : { path }),
});

/** Linear, BatchNorm, ReLU for each hidden width; a linear head. */
export function mlp(batch: number, widths: readonly number[], bias = true): Graph {
  const layers: LayerStep[] = [];
  for (let i = 0; i + 2 < widths.length; i++) {
    const [from = 1, to = 1] = widths.slice(i);
    layers.push(nn('Linear', { in_features: from, out_features: to, bias }, `fc${i + 1}`));
    layers.push(nn('BatchNorm1d', { num_features: to }, `bn${i + 1}`), nn('ReLU', {}, `relu${i + 1}`));
  }
  const [from = 1, to = 1] = widths.slice(-2);
  layers.push(nn('Linear', { in_features: from, out_features: to }, `fc${widths.length - 1}`));
  return sequential('MLP', { shape: [batch, widths[0] ?? 1] }, layers);
}

/** Three 3×3 convolutions, the last two strided, each with BatchNorm and ReLU; global average; linear. */
export function cnn(batch: number): Graph {
  const layers: LayerStep[] = [];
  for (const [i, [from, to, stride]] of [
    [1, 16, 1],
    [16, 32, 2],
    [32, 64, 2],
  ].entries()) {
    const args = {
      in_channels: from ?? 1,
      out_channels: to ?? 1,
      kernel_size: 3,
      stride: stride ?? 1,
      padding: 1,
      bias: false,
    };
    layers.push(nn('Conv2d', args, `conv${i}`), nn('BatchNorm2d', { num_features: to ?? 1 }, `bn${i}`), nn('ReLU'));
  }
  layers.push(
    nn('AdaptiveAvgPool2d', { output_size: 1 }),
    nn('Flatten'),
    nn('Linear', { in_features: 64, out_features: 10 }),
  );
  return sequential(
    'CNN',
    { shape: [batch, 1, 28, 28] },
    layers.map((layer, i) => ({ path: `layer${i}`, ...layer })),
  );
}

class Blocks {
  readonly builder: GraphBuilder;

  constructor(name: string) {
    this.builder = new GraphBuilder(name);
  }

  layer(path: string, name: string, args: Values, x: NodeRef): NodeRef {
    return this.builder.layer(path, `torch.nn.${name}`, args, x);
  }

  call(name: string, args: Values): NodeRef {
    return this.builder.call(name, args);
  }

  relu(x: NodeRef): NodeRef {
    return this.call('torch.relu', { input: x });
  }

  conv(
    paths: readonly [string, string],
    x: NodeRef,
    [from, to, size, stride]: readonly [number, number, number, number],
  ): NodeRef {
    const padding = (size - 1) / 2;
    const args = { in_channels: from, out_channels: to, kernel_size: size, stride, padding, bias: false };
    return this.layer(paths[1], 'BatchNorm2d', { num_features: to }, this.layer(paths[0], 'Conv2d', args, x));
  }
}

/** A residual net of basic blocks in stages: (channels, blocks, stride of the first). */
export function resnet(
  shape: readonly number[],
  stem: { readonly channels: number; readonly size: number; readonly stride: number; readonly pool: boolean },
  stages: readonly (readonly [number, number, number])[],
  classes: number,
): Graph {
  const blocks = new Blocks('ResNet');
  let x = blocks.builder.input({ shape });
  x = blocks.relu(blocks.conv(['conv1', 'bn1'], x, [shape[1] ?? 3, stem.channels, stem.size, stem.stride]));
  if (stem.pool) x = blocks.call('torch.nn.functional.max_pool2d', { input: x, kernel_size: 3, stride: 2, padding: 1 });
  let channels = stem.channels;
  for (const [i, [to, count, first]] of stages.entries())
    for (let j = 0; j < count; j++) {
      const path = `layer${i + 1}.${j}`;
      const stride = j === 0 ? first : 1;
      let y = blocks.relu(blocks.conv([`${path}.conv1`, `${path}.bn1`], x, [channels, to, 3, stride]));
      y = blocks.conv([`${path}.conv2`, `${path}.bn2`], y, [to, to, 3, 1]);
      if (stride !== 1 || channels !== to)
        x = blocks.conv([`${path}.downsample.0`, `${path}.downsample.1`], x, [channels, to, 1, stride]);
      x = blocks.relu(blocks.call('torch.add', { input: y, other: x }));
      channels = to;
    }
  x = blocks.layer('avgpool', 'AdaptiveAvgPool2d', { output_size: 1 }, x);
  x = blocks.call('torch.flatten', { input: x, start_dim: 1 });
  return blocks.builder.finish(blocks.layer('fc', 'Linear', { in_features: channels, out_features: classes }, x));
}

export const resnet20 = (batch: number) =>
  resnet(
    [batch, 3, 32, 32],
    { channels: 16, size: 3, stride: 1, pool: false },
    [
      [16, 3, 1],
      [32, 3, 2],
      [64, 3, 2],
    ],
    10,
  );

export const resnet18 = (batch: number, size: number) =>
  resnet(
    [batch, 3, size, size],
    { channels: 64, size: 7, stride: 2, pool: true },
    [
      [64, 2, 1],
      [128, 2, 2],
      [256, 2, 2],
      [512, 2, 2],
    ],
    10,
  );

/** Residual blocks of 1×1, 3×3 and 1×1 convolutions. */
export function resnet50(batch: number, size: number): Graph {
  const blocks = new Blocks('ResNet50');
  let x = blocks.builder.input({ shape: [batch, 3, size, size] });
  x = blocks.relu(blocks.conv(['conv1', 'bn1'], x, [3, 64, 7, 2]));
  x = blocks.call('torch.nn.functional.max_pool2d', { input: x, kernel_size: 3, stride: 2, padding: 1 });
  let channels = 64;
  for (const [i, [inner, count, first]] of (
    [
      [64, 3, 1],
      [128, 4, 2],
      [256, 6, 2],
      [512, 3, 2],
    ] as const
  ).entries())
    for (let j = 0; j < count; j++) {
      const path = `layer${i + 1}.${j}`;
      const stride = j === 0 ? first : 1;
      let y = blocks.relu(blocks.conv([`${path}.conv1`, `${path}.bn1`], x, [channels, inner, 1, 1]));
      y = blocks.relu(blocks.conv([`${path}.conv2`, `${path}.bn2`], y, [inner, inner, 3, stride]));
      y = blocks.conv([`${path}.conv3`, `${path}.bn3`], y, [inner, 4 * inner, 1, 1]);
      if (j === 0)
        x = blocks.conv([`${path}.downsample.0`, `${path}.downsample.1`], x, [channels, 4 * inner, 1, stride]);
      x = blocks.relu(blocks.call('torch.add', { input: y, other: x }));
      channels = 4 * inner;
    }
  x = blocks.layer('avgpool', 'AdaptiveAvgPool2d', { output_size: 1 }, x);
  x = blocks.call('torch.flatten', { input: x, start_dim: 1 });
  return blocks.builder.finish(blocks.layer('fc', 'Linear', { in_features: channels, out_features: 10 }, x));
}

/** The recorded small residual net. */
export function oracleResnet(batch: number): Graph {
  const blocks = new Blocks('ResNet');
  let x = blocks.builder.input({ shape: [batch, 2, 12, 12] });
  x = blocks.relu(blocks.conv(['conv1', 'bn1'], x, [2, 6, 3, 1]));
  x = blocks.call('torch.nn.functional.max_pool2d', { input: x, kernel_size: 3, stride: 2, padding: 1 });
  let y = blocks.relu(blocks.conv(['conv2', 'bn2'], x, [6, 8, 3, 2]));
  y = blocks.conv(['conv3', 'bn3'], y, [8, 8, 3, 1]);
  x = blocks.relu(blocks.call('torch.add', { input: y, other: blocks.conv(['down', 'bn4'], x, [6, 8, 1, 2]) }));
  x = blocks.call('torch.nn.functional.adaptive_avg_pool2d', { input: x, output_size: 1 });
  x = blocks.call('torch.flatten', { input: x, start_dim: 1 });
  return blocks.builder.finish(blocks.layer('fc', 'Linear', { in_features: 8, out_features: 3 }, x));
}

interface TransformerOptions {
  readonly batch: number;
  readonly tokens: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly classes: number;
}

/** The recorded small language model: pre-LN, causal attention, token and position embeddings. */
export function oracleTransformer(batch: number): Graph {
  const options = { batch, tokens: 6, width: 8, heads: 2, hidden: 24, classes: 11 };
  const blocks = new Blocks('Transformer');
  const { builder } = blocks;
  const range = [0, 10] as const;
  const tokens = builder.input({ name: 'tokens', shape: [batch, 6], dtype: 'int64', range });
  const positions = builder.input({ name: 'positions', shape: [batch, 6], dtype: 'int64', range: [0, 5] });
  const token = blocks.layer('token', 'Embedding', { num_embeddings: 11, embedding_dim: 8 }, tokens);
  const position = blocks.layer('position', 'Embedding', { num_embeddings: 6, embedding_dim: 8 }, positions);
  const paths = {
    norm1: 'norm1',
    norm2: 'norm2',
    query: 'query',
    key: 'key',
    value: 'value',
    out: 'out',
    up: 'up',
    down: 'down',
  };
  const x = block(blocks, blocks.call('torch.add', { input: token, other: position }), options, {
    paths,
    causal: true,
  });
  const normed = blocks.layer('norm3', 'LayerNorm', { normalized_shape: [8] }, x);
  return builder.finish(blocks.layer('head', 'Linear', { in_features: 8, out_features: 11 }, normed));
}

/** An encoder over vectors: pre-LN blocks, mean over time, linear. */
export function encoder(batch: number): Graph {
  const options = { batch, tokens: 64, width: 128, heads: 4, hidden: 512, classes: 10 };
  const blocks = new Blocks('Encoder');
  let x = blocks.builder.input({ shape: [batch, options.tokens, options.width] });
  for (let i = 0; i < 2; i++) x = block(blocks, x, options, { paths: pathsOf(`blocks.${i}`), causal: false });
  x = blocks.call('torch.mean', { input: x, dim: [1] });
  return blocks.builder.finish(blocks.layer('head', 'Linear', { in_features: 128, out_features: 10 }, x));
}

/** A language model of pre-LN blocks with causal attention. */
export function languageModel(options: TransformerOptions, layers: number): Graph {
  const { batch, tokens, width, classes } = options;
  const blocks = new Blocks('LanguageModel');
  const { builder } = blocks;
  const ids = builder.input({ name: 'tokens', shape: [batch, tokens], dtype: 'int64', range: [0, classes - 1] });
  let x = blocks.layer('token', 'Embedding', { num_embeddings: classes, embedding_dim: width }, ids);
  for (let i = 0; i < layers; i++) x = block(blocks, x, options, { paths: pathsOf(`blocks.${i}`), causal: true });
  const normed = blocks.layer('norm', 'LayerNorm', { normalized_shape: [width] }, x);
  return builder.finish(blocks.layer('head', 'Linear', { in_features: width, out_features: classes }, normed));
}

function pathsOf(prefix: string): Paths {
  const names = ['norm1', 'norm2', 'query', 'key', 'value', 'out', 'up', 'down'] as const;
  return Object.fromEntries(names.map((name) => [name, `${prefix}.${name}`])) as Paths;
}

type Paths = Readonly<Record<'norm1' | 'norm2' | 'query' | 'key' | 'value' | 'out' | 'up' | 'down', string>>;

function block(
  blocks: Blocks,
  input: NodeRef,
  { tokens, width, heads, hidden }: TransformerOptions,
  { paths, causal }: { readonly paths: Paths; readonly causal: boolean },
): NodeRef {
  const linear = (path: string, x: NodeRef, from: number, to: number) =>
    blocks.layer(path, 'Linear', { in_features: from, out_features: to, bias: path !== paths.key }, x);
  const norm = (path: string, x: NodeRef) => blocks.layer(path, 'LayerNorm', { normalized_shape: [width] }, x);
  const y = norm(paths.norm1, input);
  const split = (path: string) => {
    const size = [-1, tokens, heads, width / heads];
    const views = blocks.call('torch.Tensor.view', { input: linear(path, y, width, width), size });
    return blocks.call('torch.transpose', { input: views, dim0: 1, dim1: 2 });
  };
  const [query, key, value] = [split(paths.query), split(paths.key), split(paths.value)];
  const attended = blocks.call('torch.nn.functional.scaled_dot_product_attention', {
    query,
    key,
    value,
    is_causal: causal,
  });
  const back = blocks.call('torch.transpose', { input: attended, dim0: 1, dim1: 2 });
  const joined = blocks.call('torch.reshape', { input: back, shape: [-1, tokens, width] });
  const x = blocks.call('torch.add', { input, other: linear(paths.out, joined, width, width) });
  const up = blocks.call('torch.nn.functional.gelu', { input: linear(paths.up, norm(paths.norm2, x), width, hidden) });
  return blocks.call('torch.add', { input: x, other: linear(paths.down, up, hidden, width) });
}
