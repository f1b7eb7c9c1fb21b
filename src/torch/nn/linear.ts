import { expectVectorInput, uniform } from '../checks.ts';
import { init } from '../init.ts';
import { layer, parameter } from '../layer.ts';
import { bool, ignored, int, tensor } from '../params.ts';

export const Identity = layer({
  name: 'torch.nn.Identity',
  // It takes whatever the layer it stands for would take.
  args: { args: { ...ignored([]), varargs: true }, kwargs: { ...ignored(), keywordOnly: true, varkeywords: true } },
  forward: (_, { input }) => input,
});

export const Linear = layer({
  name: 'torch.nn.Linear',
  args: { in_features: int(), out_features: int(), bias: bool(true), device: ignored(), dtype: ignored() },
  state: ({ in_features, out_features, bias }) => ({
    weight: parameter([out_features, in_features], init('kaiming_uniform_', { a: Math.sqrt(5) })),
    bias: bias ? parameter([out_features], uniform(in_features)) : null,
  }),
  check({ input }, { in_features }) {
    expectVectorInput('Linear', input, in_features);
  },
  forward: (ops, { input }, { weight, bias }) => ops.linear(input, weight, bias),
});

export const Bilinear = layer({
  name: 'torch.nn.Bilinear',
  args: {
    in1_features: int(),
    in2_features: int(),
    out_features: int(),
    bias: bool(true),
    device: ignored(),
    dtype: ignored(),
  },
  call: { input1: tensor(), input2: tensor() },
  state: ({ in1_features, in2_features, out_features, bias }) => ({
    weight: parameter([out_features, in1_features, in2_features], uniform(in1_features)),
    bias: bias ? parameter([out_features], uniform(in1_features)) : null,
  }),
  check({ input1, input2 }, { in1_features, in2_features }) {
    expectVectorInput('Bilinear', input1, in1_features);
    expectVectorInput('Bilinear', input2, in2_features);
  },
  forward(ops, { input1, input2 }, { weight, bias }) {
    // y[o] = Σ x1[i] W[o, i, j] x2[j]: one product over i, then a weighted sum over j.
    const [out, in1, in2] = ops.type(weight).shape;
    const batch = ops.type(input1).shape.slice(0, -1);
    const columns = ops.reshape(ops.permute(weight, [1, 0, 2]), [in1, out * in2]);
    const products = ops.reshape(ops.matmul(input1, columns), [...batch, out, in2]);
    const weighted = ops.binary('mul', products, ops.reshape(input2, [...batch, 1, in2]));
    const sum = ops.sum(weighted, [batch.length + 1], false);
    return bias === null ? sum : ops.binary('add', sum, bias);
  },
});
