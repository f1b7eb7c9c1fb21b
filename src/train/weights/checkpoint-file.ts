// A session's state as a safetensors file: state_dict's names for the model, so that PyTorch loads it too, and names
// that begin with `#` for the optimizer's.

import { UserError } from '../../base/errors.ts';
import type { Checkpoint } from '../../engine/checkpoint.ts';
import { writeSafetensors } from './safetensors.ts';
import type { Weights } from './weights.ts';

const COUNTS = ['steps', 'batches', 'waiting'] as const;

export function writeCheckpoint({ tensors, ...counts }: Checkpoint): Uint8Array {
  const metadata = Object.fromEntries(COUNTS.map((name) => [name, String(counts[name])]));
  return writeSafetensors({ tensors, metadata });
}

/** `file` is the name, for messages. */
export function readCheckpoint(file: string, { tensors, metadata }: Weights): Checkpoint {
  const count = (name: (typeof COUNTS)[number]) => {
    const value = Number(metadata[name] ?? Number.NaN);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new UserError(
      'weights/checkpoint',
      `\`${file}\` has weights but no training to go on with; expected a file that \`--save\` wrote.`,
    );
  };
  return { steps: count('steps'), batches: count('batches'), waiting: count('waiting'), tensors };
}
