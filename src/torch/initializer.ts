// What one initialization is, and the fills that torch.nn.init and the tensors' own methods share.

import { UserError } from '../base/errors.ts';
import { type Bound, bind, isList, type Params, show, type Value, type Values } from './signature.ts';

/** Uniform in [0, 1) and standard normal numbers. */
export interface RandomStream {
  uniform(): number;
  normal(): number;
}

/** What another tensor of the model starts with, by its name from this one's: `weight_v`, `../original`. */
export type Beside = (name: string) => { readonly shape: readonly number[]; readonly values: Float32Array };

export interface Initializer {
  /** `torch.nn.init.kaiming_uniform_`. */
  readonly name: string;
  /** Without the tensor that is filled. */
  readonly args: Params;
  /** Overwrites or changes `values`, laid out in rows of `shape`. */
  fill(values: Float32Array, shape: readonly number[], args: Values, random: RandomStream, beside: Beside): void;
}

export function initializer<P extends Params>(
  name: string,
  args: P,
  fill: (values: Float32Array, shape: readonly number[], args: Bound<P>, random: RandomStream, beside: Beside) => void,
): Initializer {
  return {
    name,
    args,
    fill: (values, shape, given, random, beside) => fill(values, shape, bind(name, args, given), random, beside),
  };
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function each(values: Float32Array, next: (value: number, i: number) => number): void {
  for (let i = 0; i < values.length; i++) values[i] = next(values[i], i);
}

export function eye(values: Float32Array, shape: readonly number[]): void {
  if (shape.length !== 2) throw new UserError('torch/init', `eye_ expects a matrix, and got shape ${show(shape)}.`);
  values.fill(0);
  for (let i = 0; i < Math.min(shape[0], shape[1]); i++) values[i * shape[1] + i] = 1;
}

/** A number fills all; a flat or nested list gives each. */
export function copy(values: Float32Array, shape: readonly number[], { data }: { readonly data: Value }): void {
  const flat: number[] = [];
  flatten(data, flat);
  if (flat.length !== 1 && flat.length !== values.length)
    throw new UserError('torch/init', `A tensor of shape ${show(shape)} cannot hold ${flat.length} numbers.`);
  each(values, (_, i) => flat[flat.length === 1 ? 0 : i]);
}

export function indexFill(
  values: Float32Array,
  shape: readonly number[],
  { dim, index, value }: { readonly dim: number; readonly index: readonly number[]; readonly value: number },
): void {
  const inner = elements(shape.slice(dim + 1));
  const wanted = new Set(index.map((i) => (i < 0 ? i + shape[dim] : i)));
  each(values, (old, i) => (wanted.has(Math.floor(i / inner) % shape[dim]) ? value : old));
}

function flatten(value: Value, into: number[]): void {
  if (isList(value)) for (const item of value) flatten(item, into);
  else into.push(typeof value === 'string' ? FLOATS[value] : Number(value));
}

const FLOATS: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};
