// A zip file of torch.save: a pickle of names, and each storage's numbers beside it. A state_dict is taken as it is;
// of a checkpoint, the dictionary with the most tensors; of a whole module, its parameters and buffers by their paths.
// Nothing of the file is executed.

import { unzipSync } from 'fflate';
import { UserError } from '../../base/errors.ts';
import { sizeOf } from '../data/dataset.ts';
import { READINGS, readNumbers, type StoredType } from '../numbers.ts';
import { Global, Made, Persistent, type Pickled, unpickle } from './pickle.ts';
import { unpackWeights } from './unpack-weights.ts';
import type { Weights, WeightTensor } from './weights.ts';

const STORAGES: Readonly<Record<string, StoredType>> = {
  DoubleStorage: 'f8',
  FloatStorage: 'f4',
  HalfStorage: 'f2',
  BFloat16Storage: 'bf2',
  LongStorage: 'i8',
  IntStorage: 'i4',
  ShortStorage: 'i2',
  CharStorage: 'i1',
  ByteStorage: 'u1',
  BoolStorage: 'b1',
};

const PICKLE = /(?:^|\/)data\.pkl$/;

export function isTorchFile(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return false;
  let found = false;
  try {
    unzipSync(bytes, {
      filter: ({ name }) => {
        found ||= PICKLE.test(name);
        return false;
      },
    });
  } catch {
    return false;
  }
  return found;
}

export function readTorchFile(file: string, bytes: Uint8Array): Weights {
  const entries = unpackWeights(file, bytes, () => true);
  const main = Object.keys(entries).find((name) => PICKLE.test(name)) ?? '';
  const reader = new TensorReader(file, entries, main.replace(/data\.pkl$/, ''));
  const found = reader.best(unpickle(file, entries[main] ?? new Uint8Array()));
  if (found.size === 0)
    throw new UserError(
      'weights/none',
      `\`${file}\` holds no tensors by name; expected a state_dict, a checkpoint with one, or a module.`,
    );
  return { tensors: found, metadata: {} };
}

class TensorReader {
  readonly #file: string;
  readonly #entries: Readonly<Record<string, Uint8Array>>;
  readonly #folder: string;

  constructor(file: string, entries: Readonly<Record<string, Uint8Array>>, folder: string) {
    this.#file = file;
    this.#entries = entries;
    this.#folder = folder;
  }

  /** Of every dictionary of tensors in `value`, the one with the most. */
  best(value: Pickled): ReadonlyMap<string, WeightTensor> {
    const own = value instanceof Made ? this.#module(value) : this.#tensors(value);
    const inner =
      value instanceof Map
        ? [...value.values()]
            .filter((item) => item instanceof Map || item instanceof Made)
            .map((item) => this.best(item))
        : [];
    return inner.reduce((most, one) => (one.size > most.size ? one : most), own);
  }

  #tensors(value: Pickled): Map<string, WeightTensor> {
    const found = new Map<string, WeightTensor>();
    if (!(value instanceof Map)) return found;
    for (const [name, item] of value) {
      const tensor = typeof name === 'string' && item instanceof Made ? this.#tensor(name, item) : null;
      if (tensor !== null) found.set(String(name), tensor);
    }
    return found;
  }

  /** A pickled nn.Module: its state's `_parameters`, `_buffers` and `_modules`. */
  #module({ state }: Made, path = ''): Map<string, WeightTensor> {
    const found = new Map<string, WeightTensor>();
    if (!(state instanceof Map)) return found;
    for (const key of ['_parameters', '_buffers'])
      for (const [name, tensor] of this.#tensors(state.get(key) ?? null)) found.set(path + name, tensor);
    const children = state.get('_modules');
    if (children instanceof Map)
      for (const [name, child] of children)
        if (child instanceof Made)
          for (const [inner, tensor] of this.#module(child, `${path}${String(name)}.`)) found.set(inner, tensor);
    return found;
  }

  /** null where `value` is no tensor. */
  #tensor(name: string, { callee, args }: Made): WeightTensor | null {
    if (!(callee instanceof Global)) return null;
    const function_ = callee.name.replace(/^torch\._utils\./, '');
    const [first] = args;
    if (/^_rebuild_parameter/.test(function_)) return first instanceof Made ? this.#tensor(name, first) : null;
    if (function_ !== '_rebuild_tensor_v2' || !(first instanceof Persistent) || !Array.isArray(first.id)) return null;
    const [, storage, key] = first.id;
    const [, offset, shape, strides] = args;
    const kind = storage instanceof Global ? storage.name.replace(/^torch\./, '') : '';
    const type = STORAGES[kind];
    if (type === undefined)
      throw new UserError(
        'weights/dtype',
        `\`${name}\` of \`${this.#file}\` lies in a \`${kind}\`; expected one of ${Object.keys(STORAGES).join(', ')}.`,
      );
    if (!isWhole(shape) || !isWhole(strides) || typeof offset !== 'number') return null;
    const bytes = this.#entries[`${this.#folder}data/${String(key)}`];
    if (bytes === undefined)
      throw new UserError('weights/short', `\`${this.#file}\` lacks the numbers of \`${name}\`; it is damaged.`);
    return { shape, data: this.#numbers({ name, type, shape, strides, offset }, bytes) };
  }

  #numbers({ name, type, shape, strides, offset }: View, bytes: Uint8Array): Float32Array | Int32Array {
    const stored = bytes.subarray(offset * READINGS[type].size);
    const file = this.#file;
    if (isContiguous(shape, strides)) return readNumbers({ file, name, type, shape }, stored);
    const reach = shape.reduce((sum, size, d) => sum + (size - 1) * (strides[d] as number), 1);
    const all = readNumbers({ file, name, type, shape: [reach] }, stored);
    const count = sizeOf(shape);
    const data = all instanceof Int32Array ? new Int32Array(count) : new Float32Array(count);
    for (let i = 0; i < count; i++) {
      let [rest, at] = [i, 0];
      for (let d = shape.length - 1; d >= 0; d--) {
        at += (rest % (shape[d] as number)) * (strides[d] as number);
        rest = Math.floor(rest / (shape[d] as number));
      }
      data[i] = all[at] as number;
    }
    return data;
  }
}

interface View {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** In elements. */
  readonly offset: number;
}

function isWhole(value: Pickled | undefined): value is number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && (one as number) >= 0);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && strides[d] !== expected) return false;
    expected *= shape[d] as number;
  }
  return true;
}
