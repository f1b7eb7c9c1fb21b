import type { ConvOptions, ConvTransposeOptions, Ops } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { convPlan } from '../kernels/conv.ts';
import type { Builder, Value } from '../values.ts';
import { family, type Sample } from './op.ts';

type Names = 'conv' | 'conv_transpose';

export default family({
  name: 'conv',
  ops: (b): Pick<Ops<Value>, Names> => ({
    conv(x, weight, bias, options) {
      const { shape } = shapeOps.conv(x, weight, bias, options);
      return convolution(b, { x, weight, bias, shape }, geometryOf(x.shape, shape, weight.shape, options));
    },
    conv_transpose(x, weight, bias, options) {
      const type = shapeOps.conv_transpose(x, weight, bias, options);
      // The gradient of the convolution that would give x from the output.
      const shape = geometryOf(type.shape, x.shape, weight.shape, options);
      const y = inputGradient(b, { gy: x, weight, bias, shape: type.shape }, shape);
      return y;
    },
  }),
  samples: [
    sample('conv1d', [2, 3, 9], [4, 3, 3], { stride: [1], padding: [1], dilation: [1], groups: 1 }),
    sample('conv2d', [2, 3, 7, 6], [5, 3, 3, 3], square(1, 1)),
    sample('conv2d, strided', [2, 3, 8, 7], [4, 3, 3, 3], square(2, 1)),
    sample('conv2d, 1×1', [2, 5, 4, 4], [6, 5, 1, 1], square(1, 0)),
    sample('conv2d, 1×1 strided', [2, 5, 5, 5], [6, 5, 1, 1], square(2, 0)),
    sample('conv2d, dilated', [1, 2, 9, 9], [3, 2, 3, 3], { ...square(1, 2), dilation: [2, 2] }),
    sample('conv2d, of few channels', [3, 3, 6, 11], [7, 3, 3, 3], square(1, 1)),
    sample('conv2d, of one channel', [2, 1, 9, 17], [16, 1, 3, 5], { ...square(1, 0), padding: [2, 1] }),
    sample('conv2d, of few channels, dilated', [2, 2, 8, 14], [5, 2, 2, 3], { ...square(1, 1), dilation: [2, 3] }),
    sample('conv2d, grouped', [2, 6, 5, 5], [4, 3, 3, 3], { ...square(1, 1), groups: 2 }),
    sample('conv2d, depthwise', [2, 4, 6, 6], [4, 1, 3, 3], { ...square(2, 1), groups: 4 }),
    sample('conv2d, depthwise, uneven', [3, 6, 5, 7], [6, 1, 3, 2], {
      stride: [1, 2],
      padding: [2, 1],
      dilation: [2, 1],
      groups: 6,
    }),
    sample('conv1d, depthwise', [2, 5, 9], [5, 1, 4], { stride: [1], padding: [3], dilation: [1], groups: 5 }),
    sample('conv2d, a depthwise multiplier', [2, 3, 5, 5], [6, 1, 3, 3], { ...square(1, 1), groups: 3 }),
    sample('conv2d, to few channels', [2, 13, 6, 5], [3, 13, 5, 5], square(1, 2)),
    sample('conv2d, a stride beyond the window', [2, 4, 9, 9], [6, 4, 2, 2], square(3, 0)),
    sample('conv2d, uneven', [2, 2, 6, 9], [3, 2, 2, 5], { ...square(1, 0), stride: [1, 3], padding: [0, 2] }),
    sample('conv2d, wide', [1, 3, 6, 21], [4, 3, 7, 7], square(2, 3)),
    // The fast kernels transform these: Winograd's rounding is coarser than a sum's.
    transformed('3×3', [2, 8, 8, 8], [8, 8, 3, 3], square(1, 1)),
    transformed('3×3, uneven', [1, 9, 6, 11], [13, 9, 3, 3], square(1, 1)),
    transformed('3×3 without padding', [3, 10, 7, 7], [9, 10, 3, 3], square(1, 0)),
    transformed('3×3, wide padding', [2, 8, 5, 6], [10, 8, 3, 3], square(1, 2)),
    transformed('3×3, grouped', [1, 18, 4, 9], [22, 9, 3, 3], { ...square(1, 1), groups: 2 }),
    sample('conv3d', [1, 2, 4, 5, 5], [3, 2, 3, 3, 3], cube(1, 1)),
    sample('conv3d, strided', [1, 2, 5, 5, 4], [3, 2, 2, 3, 3], cube(2, 1)),
    transposed('conv_transpose1d', [2, 3, 6], [3, 4, 4], {
      stride: [2],
      padding: [1],
      dilation: [1],
      groups: 1,
      output_padding: [0],
    }),
    transposed('conv_transpose2d', [2, 4, 4, 3], [4, 3, 4, 4], { ...square(2, 1), output_padding: [0, 0] }),
    transposed('conv_transpose2d, padded and grouped', [1, 4, 3, 3], [4, 2, 3, 3], {
      ...square(2, 1),
      groups: 2,
      output_padding: [1, 1],
    }),
  ],
});

function sample(name: string, x: readonly number[], w: readonly number[], options: ConvOptions): Sample {
  return { name, inputs: [x, w, [w[0]]], run: (ops, [input, weight, bias]) => ops.conv(input, weight, bias, options) };
}

function transformed(name: string, x: readonly number[], w: readonly number[], options: ConvOptions): Sample {
  return { ...sample(`conv2d, ${name}`, x, w, options), tolerance: 5e-6 };
}

function transposed(name: string, x: readonly number[], w: readonly number[], options: ConvTransposeOptions): Sample {
  return {
    name,
    inputs: [x, w, [w[1] * options.groups]],
    run: (ops, [input, weight, bias]) => ops.conv_transpose(input, weight, bias, options),
  };
}

function square(stride: number, padding: number): ConvOptions {
  return { stride: [stride, stride], padding: [padding, padding], dilation: [1, 1], groups: 1 };
}

function cube(stride: number, padding: number): ConvOptions {
  const all = (size: number) => [size, size, size];
  return { stride: all(stride), padding: all(padding), dilation: all(1), groups: 1 };
}

/** The kernels' words, and what the fast ones need besides. */
interface Geometry {
  readonly words: Readonly<Record<'method' | 'columns' | 'samples' | keyof ReturnType<typeof sizesOf>, number>>;
  readonly scratch: number;
  readonly packed: number;
  readonly packedToInput: number;
}

function geometryOf(
  x: readonly number[],
  y: readonly number[],
  weight: readonly number[],
  options: ConvOptions,
): Geometry {
  const sizes = sizesOf(x, y, weight, options);
  const { method, columns, samples, ...memory } = convPlan(sizes);
  return { words: { ...sizes, method, columns, samples }, ...memory };
}

/** Missing spatial dimensions lead with size 1. */
function sizesOf(
  x: readonly number[],
  y: readonly number[],
  weight: readonly number[],
  { stride, padding, dilation, groups }: ConvOptions,
) {
  const three = (sizes: readonly number[], missing: number) => [...new Array(3 - sizes.length).fill(missing), ...sizes];
  const [id, ih, iw] = three(x.slice(2), 1);
  const [od, oh, ow] = three(y.slice(2), 1);
  const [kd, kh, kw] = three(weight.slice(2), 1);
  const [sd, sh, sw] = three(stride, 1);
  const [pd, ph, pw] = three(padding, 0);
  const [dd, dh, dw] = three(dilation, 1);
  const sizes = { n: x[0], ci: x[1], id, ih, iw, co: y[1], od, oh, ow, kd, kh, kw };
  return { ...sizes, sd, sh, sw, pd, ph, pw, dd, dh, dw, groups };
}

/** The weights as the fast kernels read them: arranged once, for all parts of a call. */
function packedWeight(b: Builder, weight: Value, { words, packed, packedToInput }: Geometry, toInput: boolean): Value {
  const value = b.temporary({ shape: [toInput ? packedToInput : packed], dtype: 'float32' });
  b.step({
    inputs: [weight],
    outputs: [value],
    scratch: 256,
    lower: (emit) =>
      emit.kernel('conv_pack', {
        ...words,
        to_input: Number(toInput),
        w: emit.at(weight),
        packed: emit.at(value),
        scratch: emit.scratch,
      }),
  });
  return value;
}

function present(value: Value | null): Value[] {
  return value === null ? [] : [value];
}

interface Convolution {
  readonly x: Value;
  readonly weight: Value;
  readonly bias: Value | null;
  readonly shape: readonly number[];
}

function convolution(b: Builder, { x, weight, bias, shape }: Convolution, sizes: Geometry): Value {
  const packed = packedWeight(b, weight, sizes, false);
  return b.add(
    { shape, dtype: 'float32' },
    {
      inputs: [x, weight, packed, ...present(bias)],
      scratch: sizes.scratch,
      lower: (emit, y) =>
        emit.kernel('conv', {
          ...sizes.words,
          x: emit.at(x),
          w: emit.at(weight),
          packed: emit.at(packed),
          bias: emit.at(bias),
          y: emit.at(y),
          scratch: emit.scratch,
        }),
      backward: ([g]) => {
        if (g === null) return [];
        return [
          x.needsGrad ? inputGradient(b, { gy: g, weight, bias: null, shape: x.shape }, sizes) : null,
          weight.needsGrad ? weightGradient(b, x, g, weight, sizes) : null,
          null,
          bias?.needsGrad ? channelSum(b, g) : null,
        ];
      },
    },
  );
}

interface InputGradient {
  readonly gy: Value;
  readonly weight: Value;
  readonly bias: Value | null;
  readonly shape: readonly number[];
}

/** The gradient at a convolution's input; as a function of its own, the transposed convolution. */
function inputGradient(b: Builder, { gy, weight, bias, shape }: InputGradient, sizes: Geometry): Value {
  const packed = packedWeight(b, weight, sizes, true);
  return b.add(
    { shape, dtype: 'float32' },
    {
      inputs: [gy, weight, packed, ...present(bias)],
      scratch: sizes.scratch,
      lower: (emit, gx) =>
        emit.kernel('conv_grad_input', {
          ...sizes.words,
          gy: emit.at(gy),
          w: emit.at(weight),
          packed: emit.at(packed),
          bias: emit.at(bias),
          gx: emit.at(gx),
          scratch: emit.scratch,
        }),
      backward: ([g]) => {
        if (g === null) return [];
        return [
          gy.needsGrad ? convolution(b, { x: g, weight, bias: null, shape: gy.shape }, sizes) : null,
          weight.needsGrad ? weightGradient(b, g, gy, weight, sizes) : null,
          null,
          bias?.needsGrad ? channelSum(b, g) : null,
        ];
      },
    },
  );
}

function weightGradient(b: Builder, x: Value, gy: Value, weight: Value, { words, scratch }: Geometry): Value {
  return b.add(weight, {
    inputs: [x, gy],
    scratch,
    lower: (emit, gw) =>
      emit.kernel('conv_grad_weight', {
        ...words,
        x: emit.at(x),
        gy: emit.at(gy),
        gw: emit.at(gw),
        scratch: emit.scratch,
      }),
  });
}

function channelSum(b: Builder, g: Value): Value {
  const dims = g.shape.map((_, i) => i).filter((i) => i !== 1);
  return b.ops.sum(g, dims, false);
}
