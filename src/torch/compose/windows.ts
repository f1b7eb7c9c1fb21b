// Convolution and pooling as PyTorch takes them: unbatched inputs, padding by a word, defaults by None.

import type { AvgPoolOptions, Ops } from '../ops.ts';
import { elements, misfit, type Shape, windows } from '../shapes/arithmetic.ts';
import { constant, rankOf, shapeOf, stack } from './views.ts';

/** Gives an input without a batch one of 1, and takes it away again. */
export function batched<T>(ops: Ops<T>, x: T, rank: number, body: (x: T) => T): T {
  if (rankOf(ops, x) !== rank - 1) return body(x);
  const y = body(ops.reshape(x, [1, ...shapeOf(ops, x)]));
  return ops.reshape(y, shapeOf(ops, y).slice(1));
}

export interface ConvArguments {
  readonly stride: Shape;
  readonly padding: Shape | 'same' | 'valid';
  readonly dilation: Shape;
  readonly groups: number;
}

export function conv<T>(ops: Ops<T>, input: T, weight: T, bias: T | null, args: ConvArguments): T {
  const { stride, padding, dilation, groups } = args;
  return batched(ops, input, stride.length + 2, (x) => {
    if (padding !== 'same') {
      const sides = padding === 'valid' ? stride.map(() => 0) : padding;
      return ops.conv(x, weight, bias, { stride, padding: sides, dilation, groups });
    }
    if (stride.some((one) => one !== 1)) throw misfit('argument', "padding='same' expects a stride of 1", stride);
    const sides = sidesOf('same', shapeOf(ops, weight).slice(2), dilation);
    const even = sides.every(([before, after]) => before === after);
    const none = stride.map(() => 0);
    if (even) return ops.conv(x, weight, bias, { stride, padding: sides.map(([side]) => side), dilation, groups });
    return ops.conv(ops.pad(x, [[0, 0], [0, 0], ...sides], 0), weight, bias, {
      stride,
      padding: none,
      dilation,
      groups,
    });
  });
}

/** (before, after) for each dimension; an odd total of `same` pads one more at the end, as PyTorch does. */
export function sidesOf(
  padding: Shape | 'same' | 'valid',
  kernel: Shape,
  dilation: Shape,
): readonly (readonly [number, number])[] {
  if (padding === 'valid') return kernel.map(() => [0, 0]);
  if (padding !== 'same') return padding.map((side) => [side, side]);
  return kernel.map((size, i) => {
    const total = dilation[i] * (size - 1);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  });
}

export interface ConvTransposeArguments {
  readonly stride: Shape;
  readonly padding: Shape;
  readonly output_padding: Shape;
  readonly dilation: Shape;
  readonly groups: number;
}

export function convTranspose<T>(ops: Ops<T>, input: T, weight: T, bias: T | null, args: ConvTransposeArguments): T {
  const { output_padding, stride, dilation } = args;
  if (output_padding.some((extra, i) => extra >= Math.max(stride[i], dilation[i])))
    throw misfit('argument', 'conv_transpose expects output_padding below stride or dilation', output_padding);
  return batched(ops, input, stride.length + 2, (x) => ops.conv_transpose(x, weight, bias, args));
}

/** The padding that gives `size`, as ConvTranspose's `output_size` asks for it. */
export function outputPadding(
  input: Shape,
  kernel: Shape,
  size: readonly number[],
  args: Pick<ConvTransposeArguments, 'stride' | 'padding' | 'dilation'>,
): Shape {
  const spatial = size.slice(-kernel.length);
  const smallest = kernel.map(
    (k, i) =>
      (input[input.length - kernel.length + i] - 1) * args.stride[i] -
      2 * args.padding[i] +
      args.dilation[i] * (k - 1) +
      1,
  );
  const padding = spatial.map((wanted, i) => wanted - smallest[i]);
  if (padding.some((extra, i) => extra < 0 || extra >= args.stride[i]))
    throw misfit(
      'argument',
      `output_size expects sizes from [${smallest.join(', ')}] on, below one stride more`,
      spatial,
    );
  return padding;
}

export interface PoolArguments {
  readonly kernel_size: Shape;
  /** null: the kernel's. */
  readonly stride: Shape | null;
  readonly padding: Shape;
  readonly ceil_mode: boolean;
}

export function maxPool<T>(ops: Ops<T>, input: T, args: PoolArguments & { readonly dilation: Shape }): T {
  const stride = args.stride ?? args.kernel_size;
  return batched(ops, input, stride.length + 2, (x) => ops.max_pool(x, { ...args, stride }));
}

export function avgPool<T>(
  ops: Ops<T>,
  input: T,
  args: PoolArguments & { readonly count_include_pad: boolean; readonly divisor_override?: number | null },
): T {
  const { kernel_size, padding, ceil_mode, count_include_pad, divisor_override = null } = args;
  const stride = args.stride ?? kernel_size;
  return batched(ops, input, stride.length + 2, (x) => {
    const options: AvgPoolOptions = { kernel_size, stride, padding, ceil_mode, count_include_pad };
    if (divisor_override === null) return ops.avg_pool(x, options);
    // With a fixed divisor every window is a sum over the input; zeros around it are counted as such.
    if (ceil_mode) throw misfit('argument', 'avg_pool expects ceil_mode=False with divisor_override', 'ceil_mode=True');
    const sum = ops.avg_pool(x, { ...options, count_include_pad: true });
    return ops.binary('mul', sum, elements(kernel_size) / divisor_override);
  });
}

/** (Σ xᵖ over each window)^(1/p) of what is positive; no padding. */
export function lpPool<T>(
  ops: Ops<T>,
  input: T,
  {
    norm_type,
    kernel_size,
    ...args
  }: Pick<PoolArguments, 'stride' | 'ceil_mode'> & {
    readonly norm_type: number;
    readonly kernel_size: Shape;
  },
): T {
  const padding = kernel_size.map(() => 0);
  const powers = norm_type === 2 ? ops.unary('square', input) : ops.binary('pow', input, norm_type);
  const mean = avgPool(ops, powers, { ...args, kernel_size, padding, count_include_pad: true });
  const sum = ops.binary('mul', ops.unary('relu', mean), elements(kernel_size));
  return ops.binary('pow', sum, 1 / norm_type);
}

/** Columns of windows: (N, C, H, W) → (N, C · kernel, windows). */
export function unfold<T>(
  ops: Ops<T>,
  input: T,
  args: { readonly kernel_size: Shape; readonly dilation: Shape; readonly padding: Shape; readonly stride: Shape },
): T {
  return batched(ops, input, 4, (x) => {
    const { kernel_size, dilation, padding, stride } = args;
    const [N, C, ...sizes] = shapeOf(ops, x);
    const counts = sizes.map((size, i) =>
      windows(size, { kernel: kernel_size[i], stride: stride[i], padding: padding[i], dilation: dilation[i] }),
    );
    if (counts.some((count) => count < 1))
      throw misfit(
        'window',
        `unfold expects an input at least as large as its window [${kernel_size.join(', ')}]`,
        sizes,
      );
    const padded = ops.pad(x, [[0, 0], [0, 0], ...padding.map((side) => [side, side] as const)], 0);
    const taps: T[] = [];
    for (let i = 0; i < kernel_size[0]; i++)
      for (let j = 0; j < kernel_size[1]; j++) {
        const top = i * dilation[0];
        const left = j * dilation[1];
        const rows = ops.slice(padded, 2, top, top + (counts[0] - 1) * stride[0] + 1, stride[0]);
        taps.push(ops.slice(rows, 3, left, left + (counts[1] - 1) * stride[1] + 1, stride[1]));
      }
    return ops.reshape(stack(ops, taps, 2), [N, C * elements(kernel_size), elements(counts)]);
  });
}

/** x / (k + alpha · mean of squares over `size` neighboring channels) ** beta. */
export function localResponseNorm<T>(
  ops: Ops<T>,
  x: T,
  args: { readonly size: number; readonly alpha: number; readonly beta: number; readonly k: number },
): T {
  const { size, alpha, beta, k } = args;
  const [N, C, ...rest] = shapeOf(ops, x);
  if (C === undefined || rest.length === 0)
    throw misfit('rank', 'local_response_norm expects an input of at least 3 dimensions', shapeOf(ops, x));
  const rows = ops.reshape(ops.unary('square', x), [N, 1, C, elements(rest)]);
  const padded = ops.pad(
    rows,
    [
      [0, 0],
      [0, 0],
      [Math.floor(size / 2), Math.floor((size - 1) / 2)],
      [0, 0],
    ],
    0,
  );
  const mean = ops.avg_pool(padded, {
    kernel_size: [size, 1],
    stride: [1, 1],
    padding: [0, 0],
    ceil_mode: false,
    count_include_pad: true,
  });
  const scale = ops.binary(
    'pow',
    ops.binary('add', ops.binary('mul', ops.reshape(mean, [N, C, ...rest]), alpha), k),
    beta,
  );
  return ops.binary('div', x, scale);
}

/** Columns of windows back into an image, where they overlap summed: the transpose of `unfold`. */
export function fold<T>(
  ops: Ops<T>,
  input: T,
  args: {
    readonly output_size: Shape;
    readonly kernel_size: Shape;
    readonly dilation: Shape;
    readonly padding: Shape;
    readonly stride: Shape;
  },
): T {
  return batched(ops, input, 3, (x) => {
    const { output_size, kernel_size, dilation, padding, stride } = args;
    const [N, rows, columns] = shapeOf(ops, x);
    const taps = elements(kernel_size);
    const counts = output_size.map((size, i) =>
      windows(size, { kernel: kernel_size[i], stride: stride[i], padding: padding[i], dilation: dilation[i] }),
    );
    const C = rows / taps;
    if (!Number.isInteger(C) || elements(counts) !== columns)
      throw misfit(
        'size',
        `fold expects (N, C * ${taps}, ${elements(counts)}) for an output of [${output_size.join(', ')}]`,
        shapeOf(ops, x),
      );
    // Each tap is a channel that a transposed convolution puts in its place of the window.
    const eye = Array.from({ length: taps * taps }, (_, i) => Number(i % taps === Math.floor(i / taps)));
    const weight = constant(ops, [taps, 1, ...kernel_size], eye);
    const images = ops.reshape(x, [N * C, taps, ...counts]);
    const output_padding = outputPadding(counts, kernel_size, output_size, { stride, padding, dilation });
    const folded = ops.conv_transpose(images, weight, null, { stride, padding, dilation, output_padding, groups: 1 });
    return ops.reshape(folded, [N, C, ...output_size]);
  });
}
