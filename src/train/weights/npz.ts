// NumPy's archive: a zip file of .npy files, named as the tensors are.

import { zipSync } from 'fflate';
import { UserError } from '../../base/errors.ts';
import { readNpy, writeNpy } from '../data/npy.ts';
import { unpackWeights } from './unpack-weights.ts';
import type { Weights, WeightTensor } from './weights.ts';

export function isNpz(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

export function readNpz(file: string, bytes: Uint8Array): Weights {
  const entries = unpackWeights(file, bytes, (name) => name.endsWith('.npy'));
  const tensors = new Map<string, WeightTensor>();
  for (const [entry, content] of Object.entries(entries)) {
    const { shape, data, integer } = readNpy(`${file}/${entry}`, content);
    tensors.set(entry.slice(0, -4), { shape, data: integer ? Int32Array.from(data) : Float32Array.from(data) });
  }
  if (tensors.size === 0) throw new UserError('weights/npz', `\`${file}\` has no arrays; expected .npy files in it.`);
  return { tensors, metadata: {} };
}

/** float32 as `<f4`, whole numbers as `<i8`, stored without compression as numpy.savez does. */
export function writeNpz(tensors: Weights['tensors']): Uint8Array {
  const entries: Record<string, Uint8Array> = {};
  for (const [name, tensor] of tensors) entries[`${name}.npy`] = writeNpy(tensor);
  // A fixed local time: the same tensors make the same bytes.
  return zipSync(entries, { level: 0, mtime: '1980-01-01T12:00' });
}
