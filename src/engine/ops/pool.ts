import type { AvgPoolOptions, MaxPoolOptions, Ops, PoolOptions, TensorType } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import { type Builder, type Emit, sizeOf, type Value } from '../values.ts';
import { family } from './op.ts';

type Names = 'max_pool' | 'avg_pool' | 'adaptive_avg_pool' | 'adaptive_max_pool' | 'interpolate';

export default family({
  name: 'pool',
  ops: (b): Pick<Ops<Value>, Names> => ({
    max_pool(x, options) {
      const type = shapeOps.max_pool(x, options);
      const [dd, dh, dw] = three(options.dilation, 1);
      const sizes = { ...sizesOf(x.shape, type.shape), ...windowOf(options), dd, dh, dw };
      return maximum(b, x, type, (emit, y, index) =>
        emit.kernel('max_pool', { ...sizes, x: emit.at(x), y: emit.at(y), index: emit.at(index) }),
      );
    },
    adaptive_max_pool(x, output_size) {
      const type = shapeOps.adaptive_max_pool(x, output_size);
      const sizes = sizesOf(x.shape, type.shape);
      return maximum(b, x, type, (emit, y, index) =>
        emit.kernel('adaptive_max_pool', { ...sizes, x: emit.at(x), y: emit.at(y), index: emit.at(index) }),
      );
    },
    avg_pool(x, options) {
      const type = shapeOps.avg_pool(x, options);
      const count_include_pad = Number(options.count_include_pad);
      const sizes = { ...sizesOf(x.shape, type.shape), ...windowOf(options), count_include_pad };
      return linear(b, x, type, {
        forward: (emit, y) => emit.kernel('avg_pool', { ...sizes, x: emit.at(x), y: emit.at(y) }),
        backward: (emit, g, gx) => emit.kernel('avg_pool_grad', { ...sizes, gy: emit.at(g), gx: emit.at(gx) }),
      });
    },
    adaptive_avg_pool(x, output_size) {
      const type = shapeOps.adaptive_avg_pool(x, output_size);
      const sizes = sizesOf(x.shape, type.shape);
      if (sizes.od * sizes.oh * sizes.ow === 1) {
        const dims = x.shape.map((_, i) => i).slice(2);
        return b.ops.mean(x, dims, true);
      }
      return linear(b, x, type, {
        forward: (emit, y) => emit.kernel('adaptive_avg_pool', { ...sizes, x: emit.at(x), y: emit.at(y) }),
        backward: (emit, g, gx) => emit.kernel('adaptive_avg_pool_grad', { ...sizes, gy: emit.at(g), gx: emit.at(gx) }),
      });
    },
    interpolate(x, size, mode, align_corners) {
      const type = shapeOps.interpolate(x, size, mode, align_corners);
      const { nc, ih, iw, oh, ow } = sizesOf(x.shape, type.shape);
      const sizes = { nc, ih, iw, oh, ow, bilinear: Number(mode === 'bilinear'), align_corners: Number(align_corners) };
      return linear(b, x, type, {
        forward: (emit, y) => emit.kernel('interpolate', { ...sizes, x: emit.at(x), y: emit.at(y) }),
        backward: (emit, g, gx) => emit.kernel('interpolate_grad', { ...sizes, gy: emit.at(g), gx: emit.at(gx) }),
      });
    },
  }),
  samples: [
    { name: 'max_pool2d', inputs: [[2, 3, 6, 6]], run: (ops, [x]) => ops.max_pool(x, max([2, 2], [2, 2], [0, 0])) },
    {
      name: 'max_pool2d, overlapping and padded',
      inputs: [[2, 3, 7, 6]],
      run: (ops, [x]) => ops.max_pool(x, max([3, 3], [2, 2], [1, 1])),
    },
    {
      name: 'max_pool2d, dilated, ceil_mode',
      inputs: [[1, 2, 8, 9]],
      run: (ops, [x]) => ops.max_pool(x, { ...max([2, 3], [2, 2], [0, 1]), dilation: [2, 1], ceil_mode: true }),
    },
    { name: 'max_pool1d', inputs: [[2, 3, 9]], run: (ops, [x]) => ops.max_pool(x, max([3], [2], [0])) },
    {
      name: 'max_pool3d',
      inputs: [[1, 2, 4, 4, 4]],
      run: (ops, [x]) => ops.max_pool(x, max([2, 2, 2], [2, 2, 2], [0, 0, 0])),
    },
    { name: 'avg_pool2d', inputs: [[2, 3, 6, 6]], run: (ops, [x]) => ops.avg_pool(x, avg([2, 2], [2, 2], [0, 0])) },
    {
      name: 'avg_pool2d, padding left out, ceil_mode',
      inputs: [[2, 2, 6, 7]],
      run: (ops, [x]) => ops.avg_pool(x, { ...avg([3, 3], [2, 2], [1, 1]), count_include_pad: false, ceil_mode: true }),
    },
    {
      name: 'avg_pool2d, padding counted, ceil_mode',
      inputs: [[2, 2, 6, 7]],
      run: (ops, [x]) => ops.avg_pool(x, { ...avg([3, 3], [2, 2], [1, 1]), ceil_mode: true }),
    },
    { name: 'adaptive_avg_pool2d to one', inputs: [[2, 3, 5, 4]], run: (ops, [x]) => ops.adaptive_avg_pool(x, [1, 1]) },
    { name: 'adaptive_avg_pool2d', inputs: [[2, 3, 5, 7]], run: (ops, [x]) => ops.adaptive_avg_pool(x, [2, 3]) },
    { name: 'adaptive_max_pool2d', inputs: [[2, 3, 5, 7]], run: (ops, [x]) => ops.adaptive_max_pool(x, [2, null]) },
    {
      name: 'interpolate, nearest',
      inputs: [[2, 2, 3, 4]],
      run: (ops, [x]) => ops.interpolate(x, [6, 7], 'nearest', false),
    },
    {
      name: 'interpolate, bilinear',
      inputs: [[2, 2, 3, 4]],
      run: (ops, [x]) => ops.interpolate(x, [6, 7], 'bilinear', false),
    },
    {
      name: 'interpolate, bilinear, align_corners',
      inputs: [[2, 2, 5, 4]],
      run: (ops, [x]) => ops.interpolate(x, [3, 7], 'bilinear', true),
    },
  ],
});

function max(kernel_size: readonly number[], stride: readonly number[], padding: readonly number[]): MaxPoolOptions {
  return { kernel_size, stride, padding, dilation: kernel_size.map(() => 1), ceil_mode: false };
}

function avg(kernel_size: readonly number[], stride: readonly number[], padding: readonly number[]): AvgPoolOptions {
  return { kernel_size, stride, padding, ceil_mode: false, count_include_pad: true };
}

/** Missing spatial dimensions lead. */
function three(sizes: readonly number[], missing: number): number[] {
  return [...new Array<number>(3 - sizes.length).fill(missing), ...sizes];
}

function sizesOf(x: readonly number[], y: readonly number[]) {
  const [id, ih, iw] = three(x.slice(2), 1);
  const [od, oh, ow] = three(y.slice(2), 1);
  return { nc: x[0] * x[1], id, ih, iw, od, oh, ow };
}

function windowOf({ kernel_size, stride, padding }: PoolOptions) {
  const [kd, kh, kw] = three(kernel_size, 1);
  const [sd, sh, sw] = three(stride, 1);
  const [pd, ph, pw] = three(padding, 0);
  return { kd, kh, kw, sd, sh, sw, pd, ph, pw };
}

function maximum(b: Builder, x: Value, type: TensorType, lower: (emit: Emit, y: Value, index: Value) => void): Value {
  const [y, index] = [b.temporary(type, [x]), b.temporary({ shape: type.shape, dtype: 'int64' })];
  const nc = x.shape[0] * x.shape[1];
  b.step({
    inputs: [x],
    outputs: [y, index],
    lower: (emit) => lower(emit, y, index),
    backward: ([g]) => [
      g &&
        b.add(x, {
          inputs: [g, index],
          lower: (emit, gx) =>
            emit.kernel('max_pool_grad', {
              nc,
              inputs: sizeOf(x.shape.slice(2)),
              outputs: sizeOf(type.shape.slice(2)),
              index: emit.at(index),
              gy: emit.at(g),
              gx: emit.at(gx),
            }),
        }),
    ],
  });
  return y;
}

interface Linear {
  forward(emit: Emit, y: Value): void;
  backward(emit: Emit, g: Value, gx: Value): void;
}

/** A linear map of x: its gradient needs nothing but the output's. */
function linear(b: Builder, x: Value, type: TensorType, { forward, backward }: Linear): Value {
  return b.add(type, {
    inputs: [x],
    lower: forward,
    backward: ([g]) => [g && b.add(x, { inputs: [g], lower: (emit, gx) => backward(emit, g, gx) })],
  });
}
