// safetensors (https://huggingface.co/docs/safetensors): eight bytes with the header's length, the header as JSON with
// each tensor's dtype, shape and place, then the numbers, little-endian, in C order.

import { UserError } from '../../base/errors.ts';
import { readNumbers, type StoredType } from '../numbers.ts';
import type { Weights, WeightTensor } from './weights.ts';

const TYPES: Readonly<Record<string, StoredType>> = {
  F64: 'f8',
  F32: 'f4',
  F16: 'f2',
  BF16: 'bf2',
  I64: 'i8',
  I32: 'i4',
  I16: 'i2',
  I8: 'i1',
  U8: 'u1',
  BOOL: 'b1',
};
const LONGEST_HEADER = 100_000_000;

export function isSafetensors(bytes: Uint8Array): boolean {
  const length = headerLength(bytes);
  return length !== null && length <= bytes.length - 8 && bytes[8] === 0x7b;
}

function headerLength(bytes: Uint8Array): number | null {
  if (bytes.length < 9) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return length > 1n && length <= LONGEST_HEADER ? Number(length) : null;
}

export function readSafetensors(file: string, bytes: Uint8Array): Weights {
  const length = headerLength(bytes) ?? 0;
  const header = parseHeader(file, bytes.subarray(8, 8 + length));
  const tensors = new Map<string, WeightTensor>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = stringsOf(entry);
    else tensors.set(name, readTensor(file, name, entry, bytes.subarray(8 + length)));
  }
  return { tensors, metadata };
}

function parseHeader(file: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return { ...header };
  } catch {
    // Said below.
  }
  throw new UserError('weights/safetensors', `\`${file}\` has a header that is not JSON; the file is damaged.`);
}

function stringsOf(entry: unknown): Readonly<Record<string, string>> {
  if (typeof entry !== 'object' || entry === null) return {};
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, String(value)]));
}

function readTensor(file: string, name: string, entry: unknown, data: Uint8Array): WeightTensor {
  const { dtype, shape, data_offsets: place } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !isNumbers(shape) || !isNumbers(place) || place.length !== 2)
    throw new UserError(
      'weights/safetensors',
      `\`${name}\` of \`${file}\` has no dtype, shape and place; the file is damaged.`,
    );
  const type = TYPES[dtype];
  if (type === undefined)
    throw new UserError(
      'weights/dtype',
      `\`${name}\` of \`${file}\` is ${dtype}; expected one of ${Object.keys(TYPES).join(', ')}.`,
    );
  const [start, end] = place as [number, number];
  return { shape, data: readNumbers({ file, name, type, shape }, data.subarray(start, end)) };
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

/** float32 as F32, whole numbers as I64, which is what PyTorch's own are. Tensors lie in the order given. */
export function writeSafetensors({ tensors, metadata }: Weights): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let size = 0;
  for (const [name, { shape, data }] of tensors) {
    const bytes = data.length * (data instanceof Float32Array ? 4 : 8);
    header[name] = { dtype: data instanceof Float32Array ? 'F32' : 'I64', shape, data_offsets: [size, size + bytes] };
    size += bytes;
  }
  const text = JSON.stringify(header);
  const unpadded = new TextEncoder().encode(text).length;
  // The numbers begin at a multiple of 8; spaces after the JSON are allowed.
  const head = new TextEncoder().encode(text + ' '.repeat((8 - (unpadded % 8)) % 8));
  const bytes = new Uint8Array(8 + head.length + size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let at = 8 + head.length;
  for (const { data } of tensors.values())
    for (const value of data) {
      if (data instanceof Float32Array) view.setFloat32(at, value, true);
      else view.setBigInt64(at, BigInt(value), true);
      at += data instanceof Float32Array ? 4 : 8;
    }
  return bytes;
}
