// A file of tensors by name: safetensors, NumPy's .npz, or what torch.save wrote. Which of them it is, its first bytes
// say. Values come as the engine stores them: float32, or int32 for whole numbers and truth values.

import { UserError } from '../../base/errors.ts';
import { isNpz, readNpz } from './npz.ts';
import { isSafetensors, readSafetensors } from './safetensors.ts';
import { isTorchFile, readTorchFile } from './torch-file.ts';

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export interface Weights {
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** What a safetensors file says about itself; empty for the others. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** `name` is the file's, for messages. Throws a UserError that says what was expected and found. */
export function readWeights(name: string, bytes: Uint8Array): Weights {
  if (isTorchFile(bytes)) return readTorchFile(name, bytes);
  if (isNpz(bytes)) return readNpz(name, bytes);
  if (isSafetensors(bytes)) return readSafetensors(name, bytes);
  throw new UserError(
    'weights/format',
    `\`${name}\` is no file of weights: expected safetensors, .npz, or a zip file of torch.save (PyTorch 1.6 or newer).`,
  );
}
