// Other number formats, and what changes nothing that is computed: clone, contiguous, to a device.

import { fn, type TorchFunction } from '../layer.ts';
import type { DType } from '../ops.ts';
import { dtypeOf, ignored, keywordOnly, optionalDtype, tensor } from '../params.ts';
import { isNodeRef, type Param, type TensorSlot, type Value } from '../signature.ts';
import { methods } from './names.ts';

export const conversionFunctions: readonly TorchFunction[] = [
  cast('float', 'float32'),
  cast('double', 'float32'),
  cast('half', 'float32'),
  cast('bfloat16', 'float32'),
  cast('long', 'int64'),
  cast('int', 'int64'),
  cast('short', 'int64'),
  cast('bool', 'bool'),
  fn({
    name: 'torch.Tensor.to',
    // `to(dtype)`, `to(device)`, `to(device, dtype)` and `to(other)` share their first position.
    args: {
      input: tensor(),
      other: formatOrDevice(),
      dtype: optionalDtype(),
      non_blocking: ignored(false),
      copy: ignored(false),
      memory_format: ignored(),
      device: ignored(),
    },
    forward(ops, { input, other, dtype }) {
      if (dtype !== null) return ops.cast(input, dtype);
      if (typeof other === 'string')
        return dtypeOf(other) === null ? input : ops.cast(input, dtypeOf(other) ?? 'float32');
      return other === null ? input : ops.cast(input, ops.type(other).dtype);
    },
  }),
  fn({
    name: 'torch.Tensor.type',
    args: { input: tensor(), dtype: optionalDtype(), non_blocking: ignored(false) },
    forward: (ops, { input, dtype }) => (dtype === null ? input : ops.cast(input, dtype)),
  }),
  fn({
    name: 'torch.Tensor.type_as',
    args: { input: tensor(), other: tensor() },
    forward: (ops, { input, other }) => ops.cast(input, ops.type(other).dtype),
  }),
  fn({
    name: 'torch.clone',
    aliases: methods('clone', 'cpu'),
    args: { input: tensor(), memory_format: keywordOnly(ignored()) },
    forward: (_, { input }) => input,
  }),
  fn({
    name: 'torch.Tensor.contiguous',
    args: { input: tensor(), memory_format: ignored('torch.contiguous_format') },
    forward: (_, { input }) => input,
  }),
  fn({
    name: 'torch.Tensor.cuda',
    args: { input: tensor(), device: ignored(), non_blocking: ignored(false) },
    forward: (_, { input }) => input,
  }),
  fn({
    name: 'torch.Tensor.requires_grad_',
    args: { input: tensor(), mode: ignored(true) },
    forward: (_, { input }) => input,
  }),
  fn({
    name: 'torch.detach',
    aliases: methods('detach', 'data'),
    inPlace: methods('detach_'),
    args: { input: tensor() },
    forward: (ops, { input }) => ops.detach(input),
  }),
];

function cast(name: string, dtype: DType): TorchFunction {
  return fn({
    name: `torch.Tensor.${name}`,
    args: { input: tensor(), memory_format: ignored() },
    forward: (ops, { input }) => ops.cast(input, dtype),
  });
}

function formatOrDevice(): Param<TensorSlot | string | null> {
  const reference = tensor();
  return {
    ...reference,
    required: false,
    expects: 'a dtype, a device or a tensor',
    read(value: Value, name: string) {
      if (isNodeRef(value)) return reference.read(value, name);
      return typeof value === 'string' ? value : null;
    },
  };
}
