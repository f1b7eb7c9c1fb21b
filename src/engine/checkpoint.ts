// A session's whole state as plain data, from which another session of the same model goes on to the bit.

import { UserError } from '../base/errors.ts';
import type { LinearMemory } from './memory.ts';
import type { State } from './state.ts';
import { sameShape, sizeOf } from './values.ts';

export interface Checkpoint {
  /** Optimizer steps made. */
  readonly steps: number;
  /** Batches trained on. */
  readonly batches: number;
  /** Batches whose gradients wait for the optimizer. */
  readonly waiting: number;
  /** The model's tensors by state_dict's names, and the optimizer's as `#exp_avg/fc1.weight`. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export function saveState(state: State, { f, i }: LinearMemory): Checkpoint {
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape, dtype, address } of state.stored()) {
    const [at, end] = [address >>> 2, (address >>> 2) + sizeOf(shape)];
    const data = dtype === 'float32' ? Float32Array.from(f.subarray(at, end)) : Int32Array.from(i.subarray(at, end));
    tensors.set(name, { shape, data });
  }
  const { steps, batches, waiting } = state;
  return { steps, batches, waiting, tensors };
}

/** Throws a UserError, before anything is written, where the checkpoint is of another model or optimizer. */
export function restoreState(state: State, { f, i }: LinearMemory, checkpoint: Checkpoint): void {
  const stored = state.stored();
  for (const { name, shape } of stored) {
    const found = checkpoint.tensors.get(name);
    if (found === undefined || !sameShape(found.shape, shape))
      throw new UserError(
        'engine/checkpoint',
        `The checkpoint ${found === undefined ? 'lacks' : `has the shape (${found.shape.join(', ')}) for`} \`${name}\`, which is (${shape.join(', ')}) here; it was saved with another model or optimizer.`,
      );
  }
  for (const { name, dtype, address } of stored)
    (dtype === 'float32' ? f : i).set(checkpoint.tensors.get(name)?.data ?? [], address >>> 2);
  state.steps = checkpoint.steps;
  state.batches = checkpoint.batches;
  state.waiting = checkpoint.waiting;
}
