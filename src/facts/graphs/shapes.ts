// Which axes a tensor has, as far as layers and functions on its way say so. Shapes are forward facts; a
// layer that takes a tensor of unknown shape also says what it must have been. Sizes that are not known get
// a name of their own when the code asks for them, so that `x.view(B, C, -1)` is understood.

import {
  ANY_SHAPE,
  type Axis,
  type AxisLabel,
  type GraphNode,
  type LayerModule,
  type Shape,
  type Size,
  sizeOf,
  type Value,
} from './values.ts';
import { viewOf } from './views.ts';

const SPATIAL: Readonly<Record<number, readonly AxisLabel[]>> = { 1: ['L'], 2: ['H', 'W'], 3: ['D', 'H', 'W'] };

/** Of a node that was just made; its inputs are refined by what it asks of them. */
export function shapeOf(node: GraphNode): Shape {
  const [input] = node.inputs;
  switch (node.op) {
    case 'layer':
      return node.module && input ? shapeOfLayer(node.module, input) : ANY_SHAPE;
    case 'function':
      return input ? shapeOfFunction(node, input) : ANY_SHAPE;
    case 'join':
      return node.inputs.map(({ shape }) => shape).reduce(mergeShapes);
    default:
      return ANY_SHAPE;
  }
}

/** A tensor whose shape is unpacked into so many names has so many axes. */
export function refineRank(node: GraphNode, rank: number): readonly Size[] {
  const { open, axes } = node.shape;
  if (open && axes.length <= rank) {
    const front = Array.from({ length: rank - axes.length }, (): Axis => ({ label: '?', size: null }));
    node.shape = { open: false, axes: [...front, ...axes] };
  }
  return sizesOf(node)?.slice(0, rank) ?? [];
}

/** Each axis' size, by name where it is not known; null where the number of axes is not. */
export function sizesOf(node: GraphNode): readonly Size[] | null {
  if (node.shape.open) return null;
  const axes = node.shape.axes.map((axis, i) => (axis.size === null ? { ...axis, size: `#${node.id}[${i}]` } : axis));
  node.shape = { open: false, axes };
  return axes.map(({ size }) => size);
}

function shapeOfLayer(module: LayerModule, input: GraphNode): Shape {
  const { type, args } = module;
  const name = type.slice('torch.nn.'.length);
  const conv = /^(?:Lazy)?Conv(Transpose)?([123])d$/.exec(name);
  if (conv) return convolution(module, input, Number(conv[2]), conv[1] !== undefined);
  if (/^(?:NonDynamicallyQuantizable)?(?:Lazy)?Linear$/.test(name)) {
    refine(input, [{ label: 'C', size: sizeOf(args.get('in_features')) }]);
    return {
      ...input.shape,
      axes: [...input.shape.axes.slice(0, -1), { label: 'C', size: sizeOf(args.get('out_features')) }],
    };
  }
  const pool = /^(Adaptive)?(?:Max|Avg)Pool([123])d$/.exec(name);
  if (pool) return pooled(input, Number(pool[2]), pool[1] ? args.get('output_size') : undefined);
  if (name === 'Embedding')
    return { ...input.shape, axes: [...input.shape.axes, { label: 'C', size: sizeOf(args.get('embedding_dim')) }] };
  if (name === 'Flatten')
    return viewOf({ name: 'flatten', shape: input.shape, args: [args.get('start_dim') ?? one()], named: new Map() });
  const batchNorm = /^(?:BatchNorm|InstanceNorm)([23])d$/.exec(name);
  if (batchNorm) refine(input, channelsFirst(Number(batchNorm[1]), sizeOf(args.get('num_features'))));
  if (SAME.test(name)) return input.shape;
  if (/^(?:Upsample|ReflectionPad|ReplicationPad|ZeroPad|ConstantPad|Unfold|PixelShuffle|MaxUnpool|LPPool)/.test(name))
    return { ...input.shape, axes: input.shape.axes.map(({ label }) => ({ label, size: null })) };
  if (/^Transformer(?:En|De)coderLayer$/.test(name)) return sequenceOf(args, sizeOf(args.get('d_model')));
  return ANY_SHAPE;
}

/** Layers that change no size. */
const SAME =
  /^(?:\w*Norm(?:[123]d)?|\w*Dropout(?:[123]d)?|Identity|ReLU6?|LeakyReLU|PReLU|RReLU|ELU|CELU|SELU|GELU|SiLU|Mish|Tanh|Sigmoid|Softplus|Softsign|Softmax|LogSoftmax|LogSigmoid|Hard\w+|Tanhshrink|Softshrink|Threshold)$/;

const SAME_FUNCTION =
  /^(?:relu6?_?|leaky_relu_?|prelu|elu_?|celu|selu|gelu|silu_?|mish|tanh_?|sigmoid_?|softplus|softmax|log_softmax|logsigmoid|hard\w+|dropout[123]?d?|alpha_dropout|feature_dropout|layer_norm|batch_norm|instance_norm|group_norm|normalize|contiguous|clone|detach|float|half|double|bfloat16|to|cuda|cpu|type_as|exp|log|abs|sqrt|rsqrt|pow|square|neg|clamp_?|clip|masked_fill_?|nan_to_num|requires_grad_|sin|cos|cumsum|add_|mul_|sub_|div_)$/;

function one(): Value {
  return { kind: 'plain', value: 1, isDefault: false };
}

function channelsFirst(dimensions: number, channels: Size): readonly Axis[] {
  const spatial = (SPATIAL[dimensions] ?? []).map((label): Axis => ({ label, size: null }));
  return [{ label: 'N', size: null }, { label: 'C', size: channels }, ...spatial];
}

/** What a taker asks of its input, where that is not known otherwise. */
function refine(node: GraphNode, axes: readonly Axis[]): void {
  const { shape } = node;
  const isFull = axes.length > 1;
  if (shape.open && shape.axes.length <= axes.length) {
    node.shape = { open: !isFull, axes: mergeAxes(axes, shape.axes) };
  } else if (!shape.open && isFull && shape.axes.length === axes.length) {
    node.shape = { open: false, axes: mergeAxes(axes, shape.axes) };
  }
}

/** The known ones' own, filled up with what is asked; aligned at the end. */
function mergeAxes(asked: readonly Axis[], known: readonly Axis[]): readonly Axis[] {
  const shift = asked.length - known.length;
  return asked.map((axis, i) => {
    const own = i >= shift ? known[i - shift] : undefined;
    if (!own) return axis;
    return { label: own.label === '?' ? axis.label : own.label, size: own.size ?? axis.size };
  });
}

function convolution({ args }: LayerModule, input: GraphNode, dimensions: number, transposed: boolean): Shape {
  refine(input, channelsFirst(dimensions, sizeOf(args.get('in_channels'))));
  const spatial = input.shape.axes.slice(2).map(({ size }, i): Size => {
    if (transposed || typeof size !== 'number') return null;
    const [kernel, stride, padding] = ['kernel_size', 'stride', 'padding'].map((name, k) =>
      at(args.get(name), i, k === 1 ? 1 : 0),
    );
    if (kernel === null || stride === null || padding === null || args.has('dilation')) return null;
    return Math.floor((size + 2 * (padding ?? 0) - (kernel ?? 1)) / (stride ?? 1)) + 1;
  });
  const labels = SPATIAL[dimensions] ?? [];
  return {
    open: false,
    axes: [
      { label: 'N', size: input.shape.axes[0]?.size ?? null },
      { label: 'C', size: sizeOf(args.get('out_channels')) },
      ...labels.map((label, i): Axis => ({ label, size: spatial[i] ?? null })),
    ],
  };
}

/** The i-th of a number for each dimension, or the one number for all; `missing` where it is not written. */
function at(value: Value | undefined, i: number, missing: number): number | null {
  if (!value) return missing;
  const part = value.kind === 'list' ? value.items[i] : value;
  return part?.kind === 'plain' && typeof part.value === 'number' ? part.value : null;
}

function pooled(input: GraphNode, dimensions: number, target: Value | undefined): Shape {
  refine(input, channelsFirst(dimensions, null));
  const { axes, open } = input.shape;
  if (open || axes.length !== dimensions + 2) return ANY_SHAPE;
  return {
    open: false,
    axes: axes.map(({ label, size }, i) => ({ label, size: i < 2 ? size : target ? at(target, i - 2, 0) : null })),
  };
}

function sequenceOf(args: LayerModule['args'], features: Size): Shape {
  const first = args.get('batch_first');
  if (first && first.kind !== 'plain') return { open: true, axes: [{ label: 'C', size: features }] };
  const labels: readonly AxisLabel[] = first?.value === true ? ['N', 'L'] : ['L', 'N'];
  return {
    open: false,
    axes: [...labels.map((label): Axis => ({ label, size: null })), { label: 'C', size: features }],
  };
}

/** The outputs of a layer that has several. */
function partOf({ inputs, named }: GraphNode): Shape {
  const [whole] = inputs;
  const index = named.get('index');
  const module = whole?.module;
  if (!module || index?.kind !== 'plain' || index.value !== 0) return ANY_SHAPE;
  if (/^torch\.nn\.(?:LSTM|GRU|RNN)$/.test(module.type)) {
    const [given] = whole.inputs;
    // A PackedSequence has no time axis of its own.
    if (!given || given.op === 'unknown' || (!given.shape.open && given.shape.axes.length === 2)) return ANY_SHAPE;
    const { args } = module;
    const hidden = sizeOf(args.get('hidden_size'));
    const both = args.get('bidirectional');
    const isKnown = !args.has('proj_size') && (!both || both.kind === 'plain');
    const twice = both?.kind === 'plain' && both.value === true;
    return sequenceOf(
      args,
      !isKnown ? null : !twice ? hidden : typeof hidden === 'number' ? 2 * hidden : `(2*${hidden})`,
    );
  }
  if (module.type === 'torch.nn.MultiheadAttention')
    return sequenceOf(module.args, sizeOf(module.args.get('embed_dim')));
  return ANY_SHAPE;
}

function withoutSizes({ shape }: GraphNode): Shape {
  return { ...shape, axes: shape.axes.map(({ label }) => ({ label, size: null })) };
}

function shapeOfFunction(node: GraphNode, input: GraphNode): Shape {
  const { name, args, named } = node;
  if (SAME_FUNCTION.test(name)) return input.shape;
  if (name === 'part') return partOf(node);
  if (/^[-+*/]$/.test(name)) return combined(node);
  const pool = /^(adaptive_)?(?:max|avg)_pool([123])d$/.exec(name);
  if (pool) return pooled(input, Number(pool[2]), pool[1] ? (args[1] ?? named.get('output_size')) : undefined);
  if (/^(?:interpolate|upsample|pad)$/.test(name) && !input.shape.open && input.shape.axes.length > 2)
    return { open: false, axes: input.shape.axes.map(({ label, size }, i) => ({ label, size: i < 2 ? size : null })) };
  if (name === 'cat' || name === 'concat') return node.inputs.map(withoutSizes).reduce(mergeShapes);
  return viewOf({ name, shape: input.shape, args: args.slice(1), named });
}

/** A tensor and a number, or two of one shape; with anything else, what has the most axes keeps them. */
function combined({ inputs, args }: GraphNode): Shape {
  const [a, b] = inputs;
  if (!a) return ANY_SHAPE;
  if (b) return mergeShapes(a.shape, b.shape);
  const other = args.find((value) => value.kind !== 'tensor');
  if (other === undefined || other.kind === 'plain') return a.shape;
  return !a.shape.open && a.shape.axes.length > 2 ? a.shape : ANY_SHAPE;
}

function mergeShapes(a: Shape, b: Shape): Shape {
  if (a.open || b.open || a.axes.length !== b.axes.length) return ANY_SHAPE;
  return {
    open: false,
    axes: a.axes.map((axis, i) => {
      const other = b.axes[i];
      return {
        label: axis.label === other?.label ? axis.label : '?',
        size: axis.size === other?.size ? axis.size : null,
      };
    }),
  };
}
