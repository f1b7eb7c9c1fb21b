import { expectArgument, expectRanks } from '../checks.ts';
import {
  celu,
  glu,
  hardshrink,
  log_softmax,
  logsigmoid,
  prelu,
  selu,
  softmax,
  softmin,
  softshrink,
  threshold,
} from '../compose/activation.ts';
import { type AttentionState, multiHeadAttention } from '../compose/attention.ts';
import { rrelu } from '../compose/random.ts';
import { init, zeros_ } from '../init.ts';
import { layer, parameter } from '../layer.ts';
import type { Ops, Unary } from '../ops.ts';
import { bool, float, ignored, int, oneOf, optionalInt, optionalTensor, tensor } from '../params.ts';

const inplace = bool(false);

export const ReLU = elementwise('ReLU', 'relu');
export const ReLU6 = elementwise('ReLU6', 'relu6');
export const SiLU = elementwise('SiLU', 'silu');
export const Mish = elementwise('Mish', 'mish');
export const Hardswish = elementwise('Hardswish', 'hardswish');
export const Hardsigmoid = elementwise('Hardsigmoid', 'hardsigmoid');
export const SELU = layer({
  name: 'torch.nn.SELU',
  args: { inplace },
  forward: (ops, { input }) => selu(ops, input),
});

export const Tanh = plain('Tanh', (ops, x) => ops.unary('tanh', x));
export const Sigmoid = plain('Sigmoid', (ops, x) => ops.unary('sigmoid', x));
export const Softsign = plain('Softsign', (ops, x) => ops.unary('softsign', x));
export const LogSigmoid = plain('LogSigmoid', logsigmoid);
export const Tanhshrink = plain('Tanhshrink', (ops, x) => ops.binary('sub', x, ops.unary('tanh', x)));

export const LeakyReLU = layer({
  name: 'torch.nn.LeakyReLU',
  args: { negative_slope: float(0.01), inplace },
  forward: (ops, { input }, _, { negative_slope }) => ops.leaky_relu(input, negative_slope),
});

export const RReLU = layer({
  name: 'torch.nn.RReLU',
  args: { lower: float(1 / 8), upper: float(1 / 3), inplace },
  forward: (ops, { input }, _, { lower, upper }, { training }) => rrelu(ops, input, lower, upper, training),
});

export const ELU = layer({
  name: 'torch.nn.ELU',
  args: { alpha: float(1), inplace },
  forward: (ops, { input }, _, { alpha }) => ops.elu(input, alpha),
});

export const CELU = layer({
  name: 'torch.nn.CELU',
  args: { alpha: float(1), inplace },
  forward: (ops, { input }, _, { alpha }) => celu(ops, input, alpha),
});

export const GELU = layer({
  name: 'torch.nn.GELU',
  args: { approximate: oneOf(['none', 'tanh'], 'none') },
  forward: (ops, { input }, _, { approximate }) => ops.gelu(input, approximate),
});

export const Hardtanh = layer({
  name: 'torch.nn.Hardtanh',
  args: { min_val: float(-1), max_val: float(1), inplace, min_value: ignored(), max_value: ignored() },
  forward: (ops, { input }, _, { min_val, max_val }) => ops.clamp(input, min_val, max_val),
});

export const Softplus = layer({
  name: 'torch.nn.Softplus',
  args: { beta: float(1), threshold: float(20) },
  forward: (ops, { input }, _, args) => ops.softplus(input, args.beta, args.threshold),
});

export const Softshrink = layer({
  name: 'torch.nn.Softshrink',
  args: { lambd: float(0.5) },
  forward: (ops, { input }, _, { lambd }) => softshrink(ops, input, lambd),
});

export const Hardshrink = layer({
  name: 'torch.nn.Hardshrink',
  args: { lambd: float(0.5) },
  forward: (ops, { input }, _, { lambd }) => hardshrink(ops, input, lambd),
});

export const Threshold = layer({
  name: 'torch.nn.Threshold',
  args: { threshold: float(), value: float(), inplace },
  forward: (ops, { input }, _, args) => threshold(ops, input, args.threshold, args.value),
});

export const GLU = layer({
  name: 'torch.nn.GLU',
  args: { dim: int(-1) },
  forward: (ops, { input }, _, { dim }) => glu(ops, input, dim),
});

export const Softmax = layer({
  name: 'torch.nn.Softmax',
  args: { dim: optionalInt() },
  forward: (ops, { input }, _, { dim }) => softmax(ops, input, dim),
});

export const LogSoftmax = layer({
  name: 'torch.nn.LogSoftmax',
  args: { dim: optionalInt() },
  forward: (ops, { input }, _, { dim }) => log_softmax(ops, input, dim),
});

export const Softmin = layer({
  name: 'torch.nn.Softmin',
  args: { dim: optionalInt() },
  forward: (ops, { input }, _, { dim }) => softmin(ops, input, dim),
});

/** Over the channels of (C, H, W) or (N, C, H, W). */
export const Softmax2d = layer({
  name: 'torch.nn.Softmax2d',
  args: {},
  check: ({ input }) => expectRanks('Softmax2d', input, [3, 4]),
  forward: (ops, { input }) => softmax(ops, input, -3),
});

export const PReLU = layer({
  name: 'torch.nn.PReLU',
  args: { num_parameters: int(1), init: float(0.25), device: ignored(), dtype: ignored() },
  state: (args) => ({ weight: parameter([args.num_parameters], init('constant_', { val: args.init })) }),
  forward: (ops, { input }, { weight }) => prelu(ops, input, weight),
});

export const MultiheadAttention = layer({
  name: 'torch.nn.MultiheadAttention',
  args: {
    embed_dim: int(),
    num_heads: int(),
    dropout: float(0),
    bias: bool(true),
    add_bias_kv: bool(false),
    add_zero_attn: bool(false),
    kdim: optionalInt(),
    vdim: optionalInt(),
    batch_first: bool(false),
    device: ignored(),
    dtype: ignored(),
  },
  call: {
    query: tensor(),
    key: tensor(),
    value: tensor(),
    key_padding_mask: optionalTensor(),
    need_weights: bool(true),
    attn_mask: optionalTensor(),
    average_attn_weights: bool(true),
    // Since PyTorch 2.0.
    is_causal: bool(false),
  },
  state({ embed_dim: E, num_heads, bias, add_bias_kv, kdim, vdim }) {
    expectArgument(
      num_heads > 0 && E % num_heads === 0,
      'MultiheadAttention expects embed_dim divisible by num_heads',
      `${E} and ${num_heads}`,
    );
    const joint = (kdim ?? E) === E && (vdim ?? E) === E;
    const xavier_uniform = init('xavier_uniform_');
    const projection = (width: number) => (joint ? null : parameter([E, width], xavier_uniform));
    return {
      in_proj_weight: joint ? parameter([3 * E, E], xavier_uniform) : null,
      q_proj_weight: projection(E),
      k_proj_weight: projection(kdim ?? E),
      v_proj_weight: projection(vdim ?? E),
      in_proj_bias: bias ? parameter([3 * E], zeros_) : null,
      bias_k: add_bias_kv ? parameter([1, 1, E], init('xavier_normal_')) : null,
      bias_v: add_bias_kv ? parameter([1, 1, E], init('xavier_normal_')) : null,
      // A Linear of its own; only its bias is initialized anew.
      'out_proj.weight': parameter([E, E], init('kaiming_uniform_', { a: Math.sqrt(5) })),
      'out_proj.bias': bias ? parameter([E], zeros_) : null,
    };
  },
  forward(ops, inputs, state, args, { training }) {
    const parts: AttentionState<(typeof state)['out_proj.weight']> = {
      ...state,
      out_proj_weight: state['out_proj.weight'],
      out_proj_bias: state['out_proj.bias'],
    };
    return multiHeadAttention(ops, inputs, parts, { ...args, ...inputs, dropout_p: args.dropout, training });
  },
});

function elementwise(name: string, op: Unary) {
  return layer({ name: `torch.nn.${name}`, args: { inplace }, forward: (ops, { input }) => ops.unary(op, input) });
}

function plain(name: string, body: <T>(ops: Ops<T>, x: T) => T) {
  return layer({ name: `torch.nn.${name}`, args: {}, forward: (ops, { input }) => body(ops, input) });
}
