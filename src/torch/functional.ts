// The calls a forward() makes: torch.*, torch.nn.functional.*, torch.Tensor.*, by family in torch/functional/.

import { activationFunctions } from './functional/activation.ts';
import { arithmeticFunctions } from './functional/arithmetic.ts';
import { attentionFunctions } from './functional/attention.ts';
import { conversionFunctions } from './functional/conversion.ts';
import { creationFunctions } from './functional/creation.ts';
import { layerFunctions } from './functional/layers.ts';
import { lossFunctions } from './functional/loss.ts';
import { reductionFunctions } from './functional/reduction.ts';
import { viewFunctions } from './functional/views.ts';
import { windowFunctions } from './functional/windows.ts';
import type { TorchFunction } from './layer.ts';

export const functions: readonly TorchFunction[] = [
  ...arithmeticFunctions,
  ...reductionFunctions,
  ...viewFunctions,
  ...creationFunctions,
  ...conversionFunctions,
  ...activationFunctions,
  ...layerFunctions,
  ...windowFunctions,
  ...attentionFunctions,
  ...lossFunctions,
];
