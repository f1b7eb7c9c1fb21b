import { expectArgument } from '../checks.ts';
import { embeddingBag } from '../compose/embedding-bag.ts';
import { init } from '../init.ts';
import { layer, parameter } from '../layer.ts';
import { bool, float, ignored, int, oneOf, onlyDefault, optionalInt, optionalTensor, tensor } from '../params.ts';

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
  state: (args) => stateOf('Embedding', args),
  forward: (ops, { input }, { weight }, { padding_idx, num_embeddings }) =>
    ops.embedding(input, weight, padding_idx !== null && padding_idx < 0 ? padding_idx + num_embeddings : padding_idx),
});

export const EmbeddingBag = layer({
  name: 'torch.nn.EmbeddingBag',
  args: {
    num_embeddings: int(),
    embedding_dim: int(),
    max_norm: onlyDefault(null, 'renormalizing rows is not known yet'),
    norm_type: float(2),
    scale_grad_by_freq: onlyDefault(false, 'scaling gradients by frequency is not known yet'),
    mode: oneOf(['sum', 'mean', 'max'], 'mean'),
    sparse: bool(false),
    _weight: onlyDefault(null),
    include_last_offset: bool(false),
    padding_idx: optionalInt(),
    device: ignored(),
    dtype: ignored(),
  },
  call: { input: tensor(), offsets: optionalTensor(), per_sample_weights: optionalTensor() },
  state: (args) => stateOf('EmbeddingBag', args),
  forward: (ops, inputs, { weight }, { mode, include_last_offset, padding_idx }) =>
    embeddingBag(ops, { ...inputs, weight, mode, include_last_offset, padding_idx }),
});

function stateOf(
  name: string,
  args: { readonly num_embeddings: number; readonly embedding_dim: number; readonly padding_idx: number | null },
) {
  const { num_embeddings, embedding_dim, padding_idx } = args;
  const shape = [num_embeddings, embedding_dim];
  if (padding_idx === null) return { weight: parameter(shape, init('normal_')) };
  expectArgument(
    padding_idx >= -num_embeddings && padding_idx < num_embeddings,
    `${name} expects padding_idx within its ${num_embeddings} rows`,
    String(padding_idx),
  );
  const row = { target: 'torch.Tensor.index_fill_', args: { dim: 0, index: [padding_idx], value: 0 } };
  return { weight: parameter(shape, init('normal_'), row) };
}
