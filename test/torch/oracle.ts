// What tools/record-torch.py recorded, and the tensors it was recorded with.

import { readFileSync } from 'node:fs';
import type { DType } from '../../src/torch/ops.ts';
import { elements } from '../../src/torch/shapes/arithmetic.ts';
import type { Values } from '../../src/torch/signature.ts';
import type { Dense } from './dense.ts';

export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  /** Integers lie below it. */
  readonly below?: number;
  readonly positive?: boolean;
  /** Below 1, for probabilities. */
  readonly unit?: boolean;
}

export interface Case {
  readonly layer?: string;
  readonly function?: string;
  readonly args: Values;
  readonly training?: boolean;
  readonly inputs?: Values;
  readonly types: Readonly<Record<string, TensorSpec>>;
}

export interface Recorded {
  readonly error?: string;
  readonly outputs?: readonly { readonly shape: number[]; readonly dtype: DType; readonly data: (number | string)[] }[];
  /** Shapes of state_dict. */
  readonly state?: Readonly<Record<string, number[]>>;
  /** Running statistics after the call. */
  readonly after?: Readonly<Record<string, number[]>>;
}

export const cases: readonly Case[] = read('torch-cases.json');
export const recorded: readonly Recorded[] = read('torch-results.json');

/** The same numbers as `make` of tools/record-torch.py gives for this key. */
export function tensorOf(key: string, spec: TensorSpec): Dense {
  const phase = [...key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const values = Array.from({ length: elements(spec.shape) }, (_, i) => Math.sin(1 + 1.7 * i + 0.37 * phase));
  const { shape, dtype = 'float32', below = 3 } = spec;
  if (dtype === 'int64') return { shape, dtype, data: values.map((v) => Math.floor(Math.abs(v) * 1000) % below) };
  if (dtype === 'bool') return { shape, dtype, data: values.map((v) => Number(v > 0)) };
  if (!spec.positive) return { shape, dtype, data: values.map(Math.fround) };
  return { shape, dtype, data: values.map((v) => Math.fround((Math.abs(v) + 0.1) * (spec.unit ? 0.8 : 1))) };
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../oracle/${name}`, import.meta.url), 'utf8'));
}
