import type { Ops } from '../../torch/ops.ts';
import { shapeOps } from '../../torch/shape.ts';
import type { Value } from '../values.ts';
import { matmul } from './matmul.ts';
import { family } from './op.ts';
import { softmax } from './softmax.ts';

export default family({
  name: 'attention',
  ops: (b): Pick<Ops<Value>, 'scaled_dot_product_attention'> => ({
    scaled_dot_product_attention(q, k, v, mask, { causal, scale, dropout_p }) {
      shapeOps.scaled_dot_product_attention(q, k, v, mask, { causal, scale, dropout_p });
      const { ops } = b;
      const rank = k.shape.length;
      const order = k.shape.map((_, i) => (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
      const size = q.shape[q.shape.length - 1];
      const products = matmul(b, q, ops.permute(k, order), scale ?? 1 / Math.sqrt(size));
      const scores =
        mask === null
          ? products
          : mask.dtype === 'bool'
            ? ops.where(mask, products, Number.NEGATIVE_INFINITY)
            : ops.binary('add', products, mask);
      const weights = softmax(b, scores, -1, causal ? q.shape[q.shape.length - 2] : 0);
      return ops.matmul(ops.dropout(weights, dropout_p, dropout_p > 0, 'element'), v);
    },
  }),
  samples: [
    {
      name: 'attention',
      inputs: [
        [2, 3, 5, 4],
        [2, 3, 6, 4],
        [2, 3, 6, 7],
      ],
      run: (ops, [q, k, v]) => ops.scaled_dot_product_attention(q, k, v, null, options(false)),
    },
    {
      name: 'causal attention',
      inputs: [
        [2, 2, 6, 4],
        [2, 2, 6, 4],
        [2, 2, 6, 4],
      ],
      run: (ops, [q, k, v]) => ops.scaled_dot_product_attention(q, k, v, null, options(true)),
    },
    {
      name: 'attention with an added mask and a scale',
      inputs: [
        [2, 5, 4],
        [2, 5, 4],
        [2, 5, 4],
        [5, 5],
      ],
      run: (ops, [q, k, v, mask]) =>
        ops.scaled_dot_product_attention(q, k, v, mask, { causal: false, scale: 0.3, dropout_p: 0 }),
    },
    {
      name: 'attention with a bool mask',
      inputs: [
        [2, 5, 4],
        [2, 5, 4],
        [2, 5, 4],
      ],
      run: (ops, [q, k, v]) => {
        const data = Array.from({ length: 25 }, (_, i) => Number(i % 3 !== 1));
        const mask = ops.constant({ kind: 'data', shape: [5, 5], data, dtype: 'bool' });
        return ops.scaled_dot_product_attention(q, k, v, mask, options(false));
      },
    },
  ],
});

function options(causal: boolean) {
  return { causal, scale: null, dropout_p: 0 };
}
