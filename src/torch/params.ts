// The kinds of argument PyTorch's signatures are made of. A constructor without a default makes a required
// argument. What JSON cannot say is a string: `inf`, `-inf`, `nan`; a dtype is `torch.float32` or `float32`.

import { UserError } from '../base/errors.ts';
import type { DType } from './ops.ts';
import { isBatchMultiple, isList, isNodeRef, type Param, show, type TensorSlot, type Value } from './signature.ts';

const MISMATCH = Symbol('mismatch');
type Parse<T> = (value: Value) => T | typeof MISMATCH;

export function int(fallback?: number): Param<number> {
  return param('an integer', readInt, fallback);
}

export function float(fallback?: number): Param<number> {
  return param('a number', readFloat, fallback);
}

export function bool(fallback?: boolean): Param<boolean> {
  return param('True or False', readBool, fallback);
}

export function string(fallback?: string): Param<string> {
  return param('a string', (value) => (typeof value === 'string' ? value : MISMATCH), fallback);
}

export function optionalInt(fallback: number | null = null): Param<number | null> {
  return param('an integer or None', orNone(readInt), fallback);
}

export function optionalFloat(fallback: number | null = null): Param<number | null> {
  return param('a number or None', orNone(readFloat), fallback);
}

export function optionalBool(fallback: boolean | null = null): Param<boolean | null> {
  return param('True, False or None', orNone(readBool), fallback);
}

/** One of a few words. */
export function oneOf<const W extends string>(words: readonly W[], fallback?: NoInfer<W>): Param<W> {
  const expects = words.map((word) => `'${word}'`).join(' or ');
  return param(expects, (value) => words.find((word) => word === value) ?? MISMATCH, fallback);
}

/** Any number of integers; a single one stands for a list of one. */
export function ints(fallback?: readonly number[] | number): Param<readonly number[]> {
  return param('integers', readInts, fallback);
}

export function optionalInts(fallback: readonly number[] | null = null): Param<readonly number[] | null> {
  return param('integers or None', orNone(readInts), fallback);
}

/** A shape or a list of dimensions, also as separate arguments: `x.view(2, -1)`. */
export function intVarargs(fallback?: readonly number[]): Param<readonly number[]> {
  return { ...param('integers', readInts, fallback), varargs: true };
}

/** `n` integers; a single one stands for all of them. */
export function intTuple(n: number, fallback?: number | readonly number[]): Param<readonly number[]> {
  return param(tupleOf(n), readTuple(n), fallback);
}

export function intPair(fallback?: number | readonly number[]): Param<readonly number[]> {
  return intTuple(2, fallback);
}

export function optionalIntTuple(n: number, fallback: number | null = null): Param<readonly number[] | null> {
  return param(`${tupleOf(n)} or None`, orNone(readTuple(n)), fallback);
}

/** `n` integers or None each, as adaptive pooling's output size; one value stands for all. */
export function sizeTuple(n: number): Param<readonly (number | null)[]> {
  return param(`${tupleOf(n)}, each may be None`, (value) => {
    const items = isList(value) ? value : Array.from({ length: n }, () => value);
    const sizes = items.map(orNone(readInt));
    return sizes.length === n ? complete(sizes) : MISMATCH;
  });
}

export function optionalFloats(fallback: readonly number[] | null = null): Param<readonly number[] | null> {
  return param('numbers or None', orNone(readFloats), fallback);
}

/** A convolution's padding: integers, or a word. */
export function paddingOf(n: number): Param<readonly number[] | 'same' | 'valid'> {
  const numbers = readTuple(n);
  return param(
    `${tupleOf(n)}, 'same' or 'valid'`,
    (value) => (value === 'same' || value === 'valid' ? value : numbers(value)),
    0,
  );
}

export function tensor(): Param<TensorSlot> {
  return { ...param('a tensor', readTensor), tensor: true };
}

export function optionalTensor(): Param<TensorSlot | null> {
  return { ...param('a tensor or None', orNone(readTensor), null), tensor: true };
}

export function tensorOrNumber(): Param<TensorSlot | number> {
  return {
    ...param('a tensor or a number', (value) => (isNodeRef(value) ? readTensor(value) : readNumber(value))),
    tensor: true,
  };
}

/** Lengths, as a tensor or as a tuple. */
export function tensorOrInts(): Param<TensorSlot | readonly number[]> {
  return {
    ...param('a tensor or integers', (value) => (isNodeRef(value) ? readTensor(value) : readInts(value))),
    tensor: true,
  };
}

export function optionalTensorOrNumber(): Param<TensorSlot | number | null> {
  const one = tensorOrNumber();
  return { ...one, required: false, read: (value, name) => (value === null ? null : one.read(value, name)) };
}

export function tensorList(): Param<readonly TensorSlot[]> {
  const parse: Parse<readonly TensorSlot[]> = (value) =>
    isList(value) && value.length > 0 ? complete(value.map(readTensor)) : MISMATCH;
  return { ...param('a non-empty list of tensors', parse), tensor: true };
}

/** `n` tensors, as an LSTM's pair of states. */
export function optionalTensors(n: number): Param<readonly TensorSlot[] | null> {
  const parse: Parse<readonly TensorSlot[]> = (value) =>
    isList(value) && value.length === n ? complete(value.map(readTensor)) : MISMATCH;
  return { ...param(`${n} tensors or None`, orNone(parse), null), tensor: true };
}

/** Any number of tensors, also as separate arguments: `torch.einsum('ij,jk', a, b)`. */
export function tensorVarargs(): Param<readonly TensorSlot[]> {
  return { ...tensorList(), varargs: true };
}

/** Number formats the engine has; wider and narrower ones compute as the nearest of them. */
export function dtypeOf(value: Value): DType | null {
  if (typeof value !== 'string') return null;
  return DTYPES[value.replace(/^torch\./, '')] ?? null;
}

export function optionalDtype(fallback: DType | null = null): Param<DType | null> {
  return param('a dtype or None', (value) => (value === null ? null : (dtypeOf(value) ?? MISMATCH)), fallback);
}

/** A number, True or False as a number; `None` is refused. */
export function scalar(fallback?: number): Param<number> {
  return param('a number', readNumber, fallback);
}

/** Nested lists of numbers, as `torch.tensor([[1, 2], [3, 4]])` takes. */
export function data(): Param<Value> {
  return param('a number or nested lists of numbers', (value) => (isData(value) ? value : MISMATCH));
}

/** Accepted and without effect on what is computed: `device`, `inplace`, `requires_grad`. */
export function ignored(fallback: Value = null): Param<Value> {
  return param('anything', (value) => value, fallback);
}

/** Accepted only as PyTorch's default; another value would compute something else and is refused by name. */
export function onlyDefault(fallback: Value, reason = ''): Param<Value> {
  const expects = `${show(fallback)}${reason === '' ? '' : ` (${reason})`}`;
  return param(expects, (value) => (show(value) === show(fallback) ? value : MISMATCH), fallback);
}

export function keywordOnly<T>(inner: Param<T>): Param<T> {
  return { ...inner, keywordOnly: true };
}

/** A parameter from a parser of its own; the parser returns undefined for what it does not accept. */
export function custom<T>(expects: string, parse: (value: Value) => T | undefined, fallback?: Value): Param<T> {
  return param(
    expects,
    (value) => {
      const parsed = parse(value);
      return parsed === undefined ? MISMATCH : parsed;
    },
    fallback,
  );
}

function param<T>(expects: string, parse: Parse<T>, fallback?: Value): Param<T> {
  return {
    required: fallback === undefined,
    default: fallback === undefined ? null : fallback,
    tensor: false,
    keywordOnly: false,
    varargs: false,
    varkeywords: false,
    expects,
    read(value, name) {
      const parsed = parse(value);
      if (parsed === MISMATCH)
        throw new UserError('torch/argument', `${name} expects ${expects}, and got \`${show(value)}\`.`);
      return parsed;
    },
  };
}

const DTYPES: Readonly<Record<string, DType>> = {
  float32: 'float32',
  float: 'float32',
  float64: 'float32',
  double: 'float32',
  float16: 'float32',
  half: 'float32',
  bfloat16: 'float32',
  int64: 'int64',
  long: 'int64',
  int32: 'int64',
  int: 'int64',
  int16: 'int64',
  short: 'int64',
  int8: 'int64',
  uint8: 'int64',
  bool: 'bool',
};

function readInt(value: Value): number | typeof MISMATCH {
  return typeof value === 'number' && Number.isInteger(value) ? value : MISMATCH;
}

function readFloat(value: Value): number | typeof MISMATCH {
  if (typeof value === 'number') return value;
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  if (value === '-inf') return Number.NEGATIVE_INFINITY;
  return value === 'nan' ? Number.NaN : MISMATCH;
}

function readNumber(value: Value): number | typeof MISMATCH {
  return typeof value === 'boolean' ? Number(value) : readFloat(value);
}

function readBool(value: Value): boolean | typeof MISMATCH {
  if (value === 0 || value === 1) return value === 1;
  return typeof value === 'boolean' ? value : MISMATCH;
}

function readInts(value: Value): readonly number[] | typeof MISMATCH {
  return complete((isList(value) ? value : [value]).map(readInt));
}

function readFloats(value: Value): readonly number[] | typeof MISMATCH {
  return complete((isList(value) ? value : [value]).map(readFloat));
}

function readTuple(n: number): Parse<readonly number[]> {
  return (value) => {
    if (!isList(value)) return complete(Array.from({ length: n }, () => readInt(value)));
    // PyTorch expands a list of one as it does a single integer.
    const items = value.length === 1 ? Array.from({ length: n }, () => value[0] as Value) : value;
    return items.length === n ? complete(items.map(readInt)) : MISMATCH;
  };
}

// A reference keeps the slot until `fillSlots` puts a handle there; no other code can tell.
function readTensor(value: Value): TensorSlot | typeof MISMATCH {
  return isNodeRef(value) ? (value as unknown as TensorSlot) : MISMATCH;
}

function orNone<T>(parse: Parse<T>): Parse<T | null> {
  return (value) => (value === null ? null : parse(value));
}

function complete<T>(items: readonly (T | typeof MISMATCH)[]): readonly T[] | typeof MISMATCH {
  return items.includes(MISMATCH) ? MISMATCH : (items as readonly T[]);
}

function isData(value: Value): boolean {
  if (isList(value)) return value.every(isData);
  return (
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (!isBatchMultiple(value) && readFloat(value) !== MISMATCH)
  );
}

function tupleOf(n: number): string {
  if (n === 1) return 'an integer';
  return `an integer or ${['', '', 'two', 'three', 'four'][n] ?? String(n)} integers`;
}
