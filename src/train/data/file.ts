// The user's own rows: .csv, .npy, .npz, or a text. What is the target is said by name, or found by the rules below.

import { UserError } from '../../base/errors.ts';
import { unpack } from '../archive.ts';
import { readCsv, readTarget } from './csv.ts';
import { type Dataset, sizeOf } from './dataset.ts';
import { type NpyArray, readNpy } from './npy.ts';
import { readText } from './text.ts';

/** In an .npz, the arrays that hold the target and the features, when no name is asked for. */
const TARGET_ARRAYS = ['y', 'target', 'targets', 'label', 'labels', 'y_train'];
const FEATURE_ARRAYS = ['x', 'X', 'data', 'features', 'images', 'inputs', 'x_train', 'X_train'];
const MOST_BYTES = 512 * 2 ** 20;

/** `target`: a column of a .csv, or an array of an .npz; null: by the names above, else the last column. */
export function readDataFile(name: string, bytes: Uint8Array, target: string | null): Dataset {
  if (bytes.length > MOST_BYTES) {
    const megabytes = Math.round(bytes.length / 2 ** 20);
    throw new UserError('data/size', `\`${name}\` has ${megabytes} MB; expected at most ${MOST_BYTES / 2 ** 20} MB.`);
  }
  const suffix = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase();
  switch (suffix) {
    case 'csv':
      return readCsv(name, decode(name, bytes), target);
    case 'npy':
      return fromTable(name, readNpy(name, bytes));
    case 'txt':
      return readText(name, decode(name, bytes));
    case 'npz':
      return fromArchive(name, bytes, target);
    default:
      throw new UserError('data/format', `\`${name}\` is not a file of rows; expected .csv, .npy, .npz or .txt.`);
  }
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError('data/csv', `\`${name}\` is not UTF-8 text; save it as UTF-8.`, { cause });
  }
}

/** One array: its last column is the target. */
function fromTable(name: string, array: NpyArray): Dataset {
  const [count, width] = array.shape;
  if (array.shape.length !== 2 || count === undefined || width === undefined || width < 2 || count < 1) {
    const found = `(${array.shape.join(', ')})`;
    throw new UserError(
      'data/npy',
      `\`${name}\` has shape ${found}; expected rows × columns, the last column the target.`,
    );
  }
  const features = new Float64Array(count * (width - 1));
  const last = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < width - 1; j++) features[i * (width - 1) + j] = array.data[i * width + j] as number;
    last[i] = array.data[i * width + width - 1] as number;
  }
  return dataset(
    name,
    [width - 1],
    features,
    { shape: [count], data: last, integer: array.integer },
    'the last column',
  );
}

function fromArchive(name: string, bytes: Uint8Array, asked: string | null): Dataset {
  const arrays = unzip(name, bytes);
  const list = [...arrays.keys()].map((key) => `\`${key}\``).join(', ') || 'none';
  const target = asked ?? TARGET_ARRAYS.find((key) => arrays.has(key));
  const y = target === undefined ? undefined : arrays.get(target);
  if (target === undefined || !y) {
    const wanted = asked === null ? TARGET_ARRAYS.map((key) => `\`${key}\``).join(' or ') : `\`${asked}\``;
    throw new UserError('data/target', `\`${name}\` has no array ${wanted}; its arrays are ${list}.`);
  }
  const rest = [...arrays.keys()].filter((key) => key !== target);
  const features = FEATURE_ARRAYS.find((key) => rest.includes(key)) ?? (rest.length === 1 ? rest[0] : undefined);
  const x = features === undefined ? undefined : arrays.get(features);
  if (!x) {
    const wanted = FEATURE_ARRAYS.map((key) => `\`${key}\``).join(', ');
    throw new UserError('data/features', `\`${name}\` has no array ${wanted}; its arrays are ${list}.`);
  }
  if (x.shape.length < 2 || y.shape.length < 1 || x.shape[0] !== y.shape[0]) {
    const found = `(${x.shape.join(', ')}) and (${y.shape.join(', ')})`;
    const message = `\`${name}\`: expected as many rows in \`${features}\` as in \`${target}\`, and got shapes ${found}.`;
    throw new UserError('data/rows', message);
  }
  return dataset(name, x.shape.slice(1), x.data, y, `\`${target}\``);
}

function unzip(name: string, bytes: Uint8Array): Map<string, NpyArray> {
  const message = `\`${name}\` is not an archive of arrays; save it with \`numpy.savez\`.`;
  const wanted = (file: string) => file.endsWith('.npy');
  const files = unpack(name, bytes, { most: MOST_BYTES, wanted, damaged: { code: 'data/npz', message } });
  const entries = Object.entries(files).map(
    ([file, data]) => [file.replace(/\.npy$/, ''), readNpy(`${name}/${file}`, data)] as const,
  );
  return new Map(entries);
}

function dataset(name: string, shape: readonly number[], x: Float64Array, y: NpyArray, from: string): Dataset {
  const count = y.shape[0] as number;
  const size = sizeOf(shape);
  const bad = x.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new UserError(
      'data/number',
      `\`${name}\`, row ${Math.floor(bad / size) + 1}: expected numbers, and got ${x[bad]}.`,
    );
  const width = sizeOf(y.shape.slice(1));
  const { target, note } =
    width === 1
      ? readTarget(Array.from(y.data, String), (i) => y.data[i] as number)
      : {
          target: { kind: 'value' as const, values: Float32Array.from(y.data), width },
          note: `${width} quantities a row`,
        };
  return {
    name,
    count,
    shape,
    features: Float32Array.from(x),
    target,
    note: `${count} rows of shape (${shape.join(', ')}); target ${from}, ${note}`,
  };
}
