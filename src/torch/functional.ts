// The calls a forward() makes: torch.*, torch.nn.functional.*, torch.Tensor.*, by family in torch/functional/.

import { activationFunctions } from './functional/activation.ts';
import { arithmeticFunctions } from './functional/arithmetic.ts';
import { attentionFunctions } from './functional/attention.ts';
import { conversionFunctions } from './functional/conversion.ts';
import { creationFunctions } from './functional/creation.ts';
import { indexingFunctions } from './functional/indexing.ts';
import { joiningFunctions } from './functional/joining.ts';
import { layerFunctions } from './functional/layers.ts';
import { linalgFunctions } from './functional/linalg.ts';
import { lossFunctions } from './functional/loss.ts';
import { marginFunctions } from './functional/margins.ts';
import { mathematicsFunctions } from './functional/mathematics.ts';
import { reductionFunctions } from './functional/reduction.ts';
import { reparametrizations } from './functional/reparametrization.ts';
import { samplingFunctions } from './functional/sampling.ts';
import { sortingFunctions } from './functional/sorting.ts';
import { viewFunctions } from './functional/views.ts';
import { windowFunctions } from './functional/windows.ts';
import type { TorchFunction } from './layer.ts';

export const functions: readonly TorchFunction[] = [
  ...arithmeticFunctions,
  ...reductionFunctions,
  ...viewFunctions,
  ...joiningFunctions,
  ...creationFunctions,
  ...conversionFunctions,
  ...activationFunctions,
  ...layerFunctions,
  ...reparametrizations,
  ...windowFunctions,
  ...attentionFunctions,
  ...lossFunctions,
  ...marginFunctions,
  ...indexingFunctions,
  ...sortingFunctions,
  ...mathematicsFunctions,
  ...linalgFunctions,
  ...samplingFunctions,
];
