// Numbers as files store them, little-endian.

import { UserError } from '../base/errors.ts';
import { sizeOf } from './data/dataset.ts';

/** Kind and bytes, as NumPy writes them; `bf2` is bfloat16. */
export type StoredType = 'f8' | 'f4' | 'f2' | 'bf2' | 'i8' | 'i4' | 'i2' | 'i1' | 'u4' | 'u2' | 'u1' | 'b1';

export interface Reading {
  /** Bytes. */
  readonly size: number;
  /** A whole number or a truth value. */
  readonly whole: boolean;
  read(view: DataView, at: number): number;
}

export const READINGS: Readonly<Record<StoredType, Reading>> = {
  f8: { size: 8, whole: false, read: (view, at) => view.getFloat64(at, true) },
  f4: { size: 4, whole: false, read: (view, at) => view.getFloat32(at, true) },
  f2: { size: 2, whole: false, read: (view, at) => half(view.getUint16(at, true)) },
  bf2: { size: 2, whole: false, read: brain },
  i8: { size: 8, whole: true, read: (view, at) => Number(view.getBigInt64(at, true)) },
  i4: { size: 4, whole: true, read: (view, at) => view.getInt32(at, true) },
  i2: { size: 2, whole: true, read: (view, at) => view.getInt16(at, true) },
  i1: { size: 1, whole: true, read: (view, at) => view.getInt8(at) },
  u4: { size: 4, whole: true, read: (view, at) => view.getUint32(at, true) },
  u2: { size: 2, whole: true, read: (view, at) => view.getUint16(at, true) },
  u1: { size: 1, whole: true, read: (view, at) => view.getUint8(at) },
  b1: { size: 1, whole: true, read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
};

/** IEEE 754 half precision. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
function brain(view: DataView, at: number): number {
  word.setUint32(0, view.getUint16(at, true) << 16);
  return word.getFloat32(0);
}

interface Stored {
  readonly file: string;
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
}

/** As the engine has them: float32, or int32 for whole numbers. */
export function readNumbers({ file, name, type, shape }: Stored, bytes: Uint8Array): Float32Array | Int32Array {
  const { size, whole, read } = READINGS[type];
  const count = sizeOf(shape);
  if (bytes.length < count * size)
    throw new UserError(
      'weights/short',
      `\`${name}\` of \`${file}\` has ${bytes.length} bytes; expected ${count * size} for the shape (${shape.join(', ')}). The file is damaged.`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = whole ? new Int32Array(count) : new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = read(view, i * size);
  return data;
}
