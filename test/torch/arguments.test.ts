import assert from 'node:assert/strict';
import { UserError } from '../../src/base/errors.ts';
import { functions } from '../../src/torch/functional.ts';
import { fn, layer, leaves, parameter } from '../../src/torch/layer.ts';
import {
  describe as describeTorch,
  findFunction,
  findLayer,
  functionOutput,
  layerOutput,
} from '../../src/torch/lookup.ts';
import { all as layers } from '../../src/torch/nn/all.ts';
import type { Ops, TensorType } from '../../src/torch/ops.ts';
import { bool, dtypeOf, int, intPair, optionalTensor, tensor, tensorList } from '../../src/torch/params.ts';
import { bind, resolveBatches, show, type Values } from '../../src/torch/signature.ts';

const types: Readonly<Record<string, TensorType>> = {
  image: { shape: [8, 32, 28, 28], dtype: 'float32' },
  tokens: { shape: [2, 6], dtype: 'int64' },
};

function output(name: string, args: Values, input = 'image', training = true): readonly TensorType[] {
  const found = findLayer(name);
  assert.ok(found);
  return leaves(layerOutput(found, args, { input: { node: input } }, types, training));
}

function call(name: string, args: Values): readonly TensorType[] {
  const found = findFunction(name);
  assert.ok(found);
  return leaves(functionOutput(found.fn, args, types, true));
}

function message(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return `${error.code}: ${error.message}`;
  }
  return 'nothing was refused';
}

suite('torch: arguments', () => {
  test('an argument nobody knows is refused by name', () => {
    assert.equal(
      message(() => output('torch.nn.BatchNorm2d', { num_features: 32, momentun: 0.1 })),
      'torch/argument: `torch.nn.BatchNorm2d` has no argument `momentun`.',
    );
    // A name of JavaScript's own objects is none of Python's.
    assert.match(
      message(() => output('torch.nn.ReLU', { constructor: 1 })),
      /has no argument `constructor`/,
    );
  });

  test('a missing one, and one of another kind', () => {
    assert.equal(
      message(() => output('torch.nn.Linear', { in_features: 3 })),
      'torch/argument: `torch.nn.Linear` expects the argument `out_features`.',
    );
    assert.equal(
      message(() => output('torch.nn.Linear', { in_features: 3, out_features: 2.5 })),
      'torch/argument: `out_features` of `torch.nn.Linear` expects an integer, and got `2.5`.',
    );
    assert.equal(
      message(() => output('torch.nn.Conv2d', { in_channels: 3, out_channels: 4, kernel_size: [3, 3, 3] })),
      'torch/argument: `kernel_size` of `torch.nn.Conv2d` expects an integer or two integers, and got `[3, 3, 3]`.',
    );
    assert.equal(
      message(() => output('torch.nn.Conv2d', { in_channels: 3, out_channels: 4, kernel_size: 3, padding: 'full' })),
      "torch/argument: `padding` of `torch.nn.Conv2d` expects an integer or two integers, 'same' or 'valid', and got `'full'`.",
    );
    assert.equal(
      message(() => call('torch.add', { input: { node: 'image' }, other: 'one' })),
      "torch/argument: `other` of `torch.add` expects a tensor or a number, and got `'one'`.",
    );
  });

  test('what would compute something else is refused with the reason', () => {
    const conv = { in_channels: 32, out_channels: 4, kernel_size: 3, padding_mode: 'reflect' };
    assert.equal(
      message(() => output('torch.nn.ConvTranspose2d', conv)),
      "torch/argument: `padding_mode` of `torch.nn.ConvTranspose2d` expects 'zeros' (as PyTorch has it for transposed convolutions), and got `'reflect'`.",
    );
    assert.match(
      message(() => output('torch.nn.AdaptiveMaxPool2d', { output_size: 2, return_indices: true })),
      /expects False/,
    );
  });

  test("messages are in the layer's words", () => {
    assert.equal(
      message(() => output('torch.nn.BatchNorm2d', { num_features: 64 })),
      'shape/channels: BatchNorm2d expects 64 channels in dimension 1 of a 4-dimensional input, and got [8, 32, 28, 28].',
    );
    assert.equal(
      message(() => output('torch.nn.Conv1d', { in_channels: 32, out_channels: 4, kernel_size: 3 })),
      'shape/channels: Conv1d expects 32 channels in dimension 1 of a 3-dimensional input, and got [8, 32, 28, 28].',
    );
    assert.equal(
      message(() => output('torch.nn.Linear', { in_features: 6, out_features: 2 }, 'tokens')),
      'shape/dtype: Linear expects float32, and got int64.',
    );
    assert.equal(
      message(() => call('torch.cat', { tensors: [{ node: 'image' }, { node: 'tokens' }], dim: 1 })),
      'shape/size: cat expects tensors that differ in dimension 1 only, and got [8, 32, 28, 28] and [2, 6].',
    );
  });

  test('bits of integers are not taken for truth', () => {
    const args = { input: { node: 'tokens' }, other: { node: 'tokens' } };
    assert.equal(
      message(() => call('torch.Tensor.__and__', args)),
      'shape/dtype: bitwise_and expects bool; integers are not known yet, and got int64.',
    );
    assert.deepEqual(call('torch.logical_and', args), [{ shape: [2, 6], dtype: 'bool' }]);
  });

  test('infinities and dtypes are words', () => {
    const fill = { input: { node: 'image' }, mask: { node: 'mask' }, value: '-inf' };
    const found = findFunction('torch.masked_fill');
    assert.ok(found);
    const masked = functionOutput(found.fn, fill, { ...types, mask: { shape: [28], dtype: 'bool' } }, true);
    assert.deepEqual(masked, types['image']);
    assert.deepEqual(['torch.float32', 'torch.half', 'torch.int32', 'bool', 'torch.device', 3].map(dtypeOf), [
      'float32',
      'float32',
      'int64',
      'bool',
      null,
      null,
    ]);
    assert.equal(show([1, null, true, 'a', Number.NEGATIVE_INFINITY]), "[1, None, True, 'a', float('-inf')]");
  });

  test('a size that grows with the batch is resolved before it is bound', () => {
    const args = { input: { node: 'tokens' }, size: [{ batch: 2 }, -1] };
    assert.deepEqual(call('torch.Tensor.view', resolveBatches(args, 3)), [{ shape: [6, 2], dtype: 'int64' }]);
    assert.match(
      message(() => call('torch.Tensor.view', args)),
      /expects integers, and got `\[2 \* batch, -1\]`/,
    );
  });

  test('a function has one body under all its names', () => {
    const relu = findFunction('torch.relu');
    assert.equal(relu?.inPlace, false);
    assert.equal(findFunction('torch.Tensor.relu_')?.inPlace, true);
    assert.equal(findFunction('torch.Tensor.relu_')?.fn, relu?.fn);
    assert.equal(findFunction('torch.Tensor.__iadd__')?.fn, findFunction('torch.add')?.fn);
    assert.equal(findFunction('torch.nope'), null);
    assert.equal(findLayer('torch.nn.Nope'), null);
    const { fields } = findFunction('torch.max')?.fn ?? {};
    assert.deepEqual(fields, ['values', 'indices']);
  });

  test('the description is plain data, in positional order', () => {
    const description = describeTorch();
    assert.deepEqual(JSON.parse(JSON.stringify(description)), description);
    assert.deepEqual(
      description.layers['torch.nn.Linear']?.args.map(({ name }) => name),
      ['in_features', 'out_features', 'bias', 'device', 'dtype'],
    );
    assert.deepEqual(
      description.layers['torch.nn.MultiheadAttention']?.call.filter((one) => one.tensor).map(({ name }) => name),
      ['query', 'key', 'value', 'key_padding_mask', 'attn_mask'],
    );
    const view = description.functions['torch.Tensor.view'];
    assert.deepEqual(
      view?.args.map(({ name, varargs }) => [name, varargs]),
      [
        ['input', false],
        ['size', true],
      ],
    );
  });

  test('no name means two things', () => {
    const names = [
      ...layers.map(({ name }) => name),
      ...functions.flatMap(({ name, aliases, inPlace }) => [...new Set([name, ...aliases, ...inPlace])]),
    ];
    assert.deepEqual(
      names.filter((name, i) => names.indexOf(name) !== i),
      [],
    );
  });
});

suite('torch: a layer is a value', () => {
  const Scale = layer({
    name: 'test.Scale',
    args: { features: int(), bias: bool(true), window: intPair(1) },
    call: { input: tensor(), mask: optionalTensor(), rest: tensorList() },
    state: ({ features, bias }) => ({
      weight: parameter([features]),
      bias: bias ? parameter([features]) : null,
    }),
    forward(ops, { input, mask, rest }, { weight, bias }, { window }, { training }) {
      // What the compiler infers is part of the contract: these lines do not compile otherwise.
      const numbers: readonly number[] = window;
      const scaled = ops.binary('mul', input, weight);
      const shifted = bias === null ? scaled : ops.binary('add', scaled, bias);
      const masked = mask === null || !training ? shifted : ops.where(mask, shifted, numbers[0] ?? 0);
      return [masked, ...rest];
    },
  });

  test('state follows the arguments, and None is null', () => {
    assert.deepEqual(Object.keys(Scale.state({ features: 3 })), ['weight', 'bias']);
    assert.equal(Scale.state({ features: 3, bias: false })['bias'], null);
  });

  test('handles take the place of references, in lists too', () => {
    const log: string[] = [];
    const ops = {
      type: () => ({ shape: [], dtype: 'float32' }),
      binary: (op: string, a: string, b: string) => {
        log.push(`${op}(${a}, ${b})`);
        return op;
      },
    } as unknown as Ops<string>;
    const result = Scale.forward({
      ops,
      args: { features: 3 },
      inputs: { input: { node: 'x' }, rest: [{ node: 'y' }, { node: 'z', index: 1 }] },
      tensor: ({ node, index }) => `${node}${index ?? ''}`,
      state: { weight: 'w', bias: 'b' },
      training: true,
    });
    assert.deepEqual(log, ['mul(x, w)', 'add(mul, b)']);
    assert.deepEqual(result, ['add', 'y', 'z1']);
  });

  test('a function without tensors binds plain values only', () => {
    const answer = fn({
      name: 'test.answer',
      args: { n: int(42) },
      forward: (ops, { n }) => ops.constant({ kind: 'full', shape: [n], value: 0, dtype: 'float32' }),
    });
    assert.deepEqual(functionOutput(answer, {}, {}, false), { shape: [42], dtype: 'float32' });
    assert.deepEqual(bind('test.answer', { n: int(42) }, { n: 1 }), { n: 1 });
  });
});
