// The calls a forward() makes: torch.*, torch.nn.functional.*, torch.Tensor.*, by family in torch/functional/.

import type { TorchFunction } from './layer.ts';

export const functions: readonly TorchFunction[] = [];
