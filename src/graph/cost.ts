// What a pass costs: the ops of shape arithmetic, watched. Whatever a layer or function is made of is counted,
// so that nothing has a formula of its own.

import type { Ops, TensorType } from '../torch/ops.ts';
import { shapeOps } from '../torch/shape.ts';
import type { Graph } from './graph.ts';
import { type InferOptions, inferShapes } from './infer-shapes.ts';

/**
 * Multiplications with an addition in a forward pass of `batch` samples: of products, convolutions, attention and
 * recurrence, which are nearly all there is to a pass. Where the shapes of a node do not fit, those before it.
 */
export function multiplyAdds(graph: Graph, options: Pick<InferOptions, 'batch' | 'mode'>): number {
  let total = 0;
  inferShapes(graph, { ...options, ops: watch((count) => (total += count)) });
  return total;
}

function watch(add: (count: number) => void): Ops<TensorType> {
  return {
    ...shapeOps,
    matmul(a, b) {
      const out = shapeOps.matmul(a, b);
      add(size(out) * (a.shape.at(-1) ?? 1));
      return out;
    },
    linear(x, weight, bias) {
      const out = shapeOps.linear(x, weight, bias);
      add(size(out) * (weight.shape.at(-1) ?? 1));
      return out;
    },
    conv(x, weight, bias, options) {
      const out = shapeOps.conv(x, weight, bias, options);
      add(size(out) * size(weight, 1));
      return out;
    },
    conv_transpose(x, weight, bias, options) {
      add(size(x) * size(weight, 1));
      return shapeOps.conv_transpose(x, weight, bias, options);
    },
    scaled_dot_product_attention(q, k, v, mask, options) {
      const out = shapeOps.scaled_dot_product_attention(q, k, v, mask, options);
      add((size(q) + size(out)) * (k.shape.at(-2) ?? 1));
      return out;
    },
    recurrent(inputs, options) {
      const [output, cells] = shapeOps.recurrent(inputs, options);
      const [steps = 0, batch = 0] = output.shape;
      const weights = [inputs.weight_hh, inputs.weight_hr].reduce((sum, one) => sum + (one ? size(one) : 0), 0);
      add(steps * batch * weights);
      return [output, cells];
    },
  };
}

/** Elements, from dimension `from` on. */
function size({ shape }: TensorType, from = 0): number {
  return shape.slice(from).reduce((product, length) => product * length, 1);
}
