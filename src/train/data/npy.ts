// NumPy's array files, versions 1 to 3. The header is a Python dictionary of three known keys; the data
// follow in C or Fortran order.

import { UserError } from '../../base/errors.ts';
import { READINGS, type StoredType } from '../numbers.ts';
import { sizeOf } from './dataset.ts';

export interface NpyArray {
  readonly shape: readonly number[];
  /** In C order, whatever the file's. */
  readonly data: Float64Array;
  /** Whole numbers or truth values, as the file declares them. */
  readonly integer: boolean;
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

/** NumPy has no bfloat16. */
const TYPES = Object.keys(READINGS).filter((type) => type !== 'bf2') as readonly StoredType[];

/** `\x93NUMPY` */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

export function readNpy(name: string, bytes: Uint8Array): NpyArray {
  const header = readHeader(name, bytes);
  const order = header.descr[0] as string;
  const type = TYPES.find((one) => one === header.descr.slice(1));
  if (order === '>')
    throw broken(name, `holds big-endian numbers (\`${header.descr}\`); save it with \`array.astype('<f4')\``);
  if (type === undefined)
    throw broken(
      name,
      `holds \`${header.descr}\`; expected one of ${TYPES.join(', ')}, as \`array.astype('f4')\` writes`,
    );
  const { size, whole, read } = READINGS[type];
  const count = sizeOf(header.shape);
  const needed = header.dataStart + count * size;
  if (bytes.length < needed)
    throw broken(name, `ends after ${bytes.length} bytes; expected ${needed} for shape (${header.shape.join(', ')})`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stored = new Float64Array(count);
  for (let i = 0; i < count; i++) stored[i] = read(view, header.dataStart + i * size);
  const data = header.fortran ? toRowOrder(stored, header.shape) : stored;
  return { shape: header.shape, data, integer: whole };
}

function broken(name: string, what: string): UserError {
  return new UserError('data/npy', `\`${name}\` ${what}.`);
}

function readHeader(name: string, bytes: Uint8Array): Header {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw broken(name, 'is not an array of NumPy');
  const major = bytes[6] as number;
  if (major < 1 || major > 3) throw broken(name, `has version ${major} of the format; expected 1, 2 or 3`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (major > 1 && bytes.length < 12) throw broken(name, 'ends inside its header');
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = major === 1 ? 10 : 12;
  const dataStart = start + length;
  if (dataStart > bytes.length) throw broken(name, 'ends inside its header');
  const text = new TextDecoder('utf-8').decode(bytes.subarray(start, dataStart));
  const descr = /'descr'\s*:\s*'([<>|=][a-zA-Z]\d+)'/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || shape === undefined) {
    throw broken(name, 'has a header that is not of one plain array; save columns as one number type');
  }
  const sizes = shape.split(',').filter((part) => part.trim() !== '');
  return { descr, fortran: fortran === 'True', shape: sizes.map(Number), dataStart };
}

function toRowOrder(stored: Float64Array, shape: readonly number[]): Float64Array {
  const data = new Float64Array(stored.length);
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    let at = 0;
    for (let d = shape.length - 1; d >= 0; d--) at = at * (shape[d] as number) + (index[d] as number);
    data[i] = stored[at] as number;
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      if ((index[d] as number) < (shape[d] as number)) break;
      index[d] = 0;
    }
  }
  return data;
}

/** Version 1 in C order: float32 as `<f4`, whole numbers as `<i8`. */
export function writeNpy({
  shape,
  data,
}: {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}): Uint8Array {
  const float = data instanceof Float32Array;
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${float ? '<f4' : '<i8'}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const size = float ? 4 : 8;
  const bytes = new Uint8Array(10 + length + size * data.length);
  bytes.set([...MAGIC, 1, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, length, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), 10);
  for (const [i, value] of data.entries())
    if (float) view.setFloat32(10 + length + size * i, value, true);
    else view.setBigInt64(10 + length + size * i, BigInt(value), true);
  return bytes;
}
