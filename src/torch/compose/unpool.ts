// Where the largest of each window lies, and the way back: pooling with indices, and unpooling.

import type { Ops } from '../ops.ts';
import { elements, misfit, type Shape } from '../shapes/arithmetic.ts';
import { scatter } from './scatter.ts';
import { constant, full, shapeOf, stack } from './views.ts';
import { batched, maxPool, type PoolArguments } from './windows.ts';

/** Below every number of a model. */
const LOWEST = -3.4e38;

type LargestArguments = PoolArguments & { readonly dilation: Shape };

/** The largest of each window, and their places in the flattened image. */
export function maxPoolWithIndices<T>(ops: Ops<T>, input: T, args: LargestArguments): readonly [T, T] {
  const n = args.kernel_size.length;
  return [maxPool(ops, input, args), batched(ops, input, n + 2, (x) => places(ops, ops.detach(x), args))];
}

function places<T>(ops: Ops<T>, x: T, args: LargestArguments): T {
  const { kernel_size, padding, dilation } = args;
  const stride = args.stride ?? kernel_size;
  const sizes = shapeOf(ops, x).slice(2);
  const counts = shapeOf(ops, maxPool(ops, x, args)).slice(2);
  const reach = counts.map((count, i) => (count - 1) * stride[i] + dilation[i] * (kernel_size[i] - 1) + 1);
  const sides = sizes.map((size, i) => [padding[i], Math.max(0, reach[i] - size - padding[i])] as const);
  const padded = ops.pad(x, [[0, 0], [0, 0], ...sides], LOWEST);
  const strides = sizes.map((_, i) => elements(sizes.slice(i + 1)));
  const taps = corners(kernel_size);
  const seen = taps.map((tap) =>
    tap.reduce((part, at, i) => {
      const start = at * dilation[i];
      return ops.slice(part, i + 2, start, start + (counts[i] - 1) * stride[i] + 1, stride[i]);
    }, padded),
  );
  const chosen = ops.argmax(stack(ops, seen, 2), 2, false);
  const offsets = taps.map((tap) => tap.reduce((sum, at, i) => sum + at * dilation[i] * strides[i], 0));
  const starts = corners(counts).map((window) =>
    window.reduce((sum, at, i) => sum + (at * stride[i] - padding[i]) * strides[i], 0),
  );
  const shape = shapeOf(ops, chosen);
  const within = ops.index_select(
    constant(ops, [taps.length], offsets, 'int64'),
    0,
    ops.reshape(chosen, [elements(shape)]),
  );
  return ops.binary('add', ops.reshape(within, shape), constant(ops, counts, starts, 'int64'));
}

/** Every index of a shape, in order. */
function corners(shape: Shape): readonly Shape[] {
  return shape.reduce<readonly Shape[]>(
    (found, size) => found.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

export function maxUnpool<T>(
  ops: Ops<T>,
  input: T,
  indices: T,
  args: {
    readonly kernel_size: Shape;
    readonly stride: Shape | null;
    readonly padding: Shape;
    readonly output_size: Shape | null;
  },
): T {
  const { kernel_size, padding } = args;
  const n = kernel_size.length;
  const shape = shapeOf(ops, input);
  if (shape.join() !== shapeOf(ops, indices).join())
    throw misfit('size', 'max_unpool expects indices of the shape of its input', shape, shapeOf(ops, indices));
  const stride = args.stride ?? kernel_size;
  const usual = shape.slice(-n).map((size, i) => (size - 1) * stride[i] - 2 * padding[i] + kernel_size[i]);
  const sizes = args.output_size?.slice(-n) ?? usual;
  if (sizes.some((size, i) => Math.abs(size - usual[i]) >= stride[i]))
    throw misfit('argument', `max_unpool expects sizes within a stride of [${usual.join(', ')}]`, sizes);
  const lead = shape.slice(0, -n);
  const flat = [...lead, elements(shape.slice(-n))];
  const empty = full(ops, [...lead, elements(sizes)], 0);
  const put = scatter(ops, empty, lead.length, ops.reshape(indices, flat), ops.reshape(input, flat));
  return ops.reshape(put, [...lead, ...sizes]);
}
