import { expectArgument } from '../checks.ts';
import { init } from '../init.ts';
import { layer, parameter } from '../layer.ts';
import { bool, float, ignored, int, onlyDefault, optionalInt } from '../params.ts';

export const Embedding = layer({
  name: 'torch.nn.Embedding',
  args: {
    num_embeddings: int(),
    embedding_dim: int(),
    padding_idx: optionalInt(),
    max_norm: onlyDefault(null, 'renormalizing rows is not known yet'),
    norm_type: float(2),
    scale_grad_by_freq: onlyDefault(false, 'scaling gradients by frequency is not known yet'),
    sparse: bool(false),
    _weight: onlyDefault(null),
    device: ignored(),
    dtype: ignored(),
  },
  state({ num_embeddings, embedding_dim, padding_idx }) {
    const shape = [num_embeddings, embedding_dim];
    if (padding_idx === null) return { weight: parameter(shape, init('normal_')) };
    expectArgument(
      padding_idx >= -num_embeddings && padding_idx < num_embeddings,
      `Embedding expects padding_idx within its ${num_embeddings} rows`,
      String(padding_idx),
    );
    const row = { target: 'torch.Tensor.index_fill_', args: { dim: 0, index: [padding_idx], value: 0 } };
    return { weight: parameter(shape, init('normal_'), row) };
  },
  forward: (ops, { input }, { weight }, { padding_idx, num_embeddings }) =>
    ops.embedding(input, weight, padding_idx !== null && padding_idx < 0 ? padding_idx + num_embeddings : padding_idx),
});
