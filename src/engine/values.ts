// The program before it has addresses: values, and steps that make values from values. Everything is
// functional; the only effects are on state (running statistics). A step knows how to write its instructions
// and how to write its own gradient, so that adding an op touches one file.

import { streamKey } from '../base/random.ts';
import type { DType, Ops, TensorType } from '../torch/ops.ts';
import type { KernelName, kernels } from './kernels/all.ts';
import type { KernelArgs } from './kernels/kernel.ts';

/** Where a value lives. A temporary gets its place from the memory plan. */
export type Home =
  | { readonly kind: 'temporary' }
  | { readonly kind: 'state'; readonly name: string }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly data: Float32Array | Int32Array };

export interface Value extends TensorType {
  readonly id: number;
  readonly size: number;
  readonly home: Home;
  /** Whether a gradient flows to it. */
  readonly needsGrad: boolean;
  /** The value whose memory this one is, under another shape. */
  readonly aliasOf: Value | null;
  /** The graph's node that made it; empty for what the engine adds. */
  readonly node: string;
}

export interface Emit {
  /** Byte address; 0 for an absent value. */
  at(value: Value | null): number;
  /** Byte address of the step's scratch memory. */
  readonly scratch: number;
  kernel<N extends KernelName>(name: N, args: KernelArgs<(typeof kernels)[N]['params']>): void;
}

/** The gradient `g` at relu's result `y`. */
export interface PassedRelu {
  readonly g: Value;
  readonly y: Value;
}

/** Two values of one shape. */
export interface Sum {
  readonly before: Value;
  readonly term: Value;
}

/** Parts of a value along one dimension, beside each other; the rest of it is zero. */
export interface Slices {
  readonly axis: number;
  readonly slices: readonly { readonly value: Value; readonly start: number; readonly end: number }[];
}

export type Gradients = readonly (Value | null)[];

export interface Step {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Elements of memory needed while it runs. */
  readonly scratch: number;
  /** Changes state, hence is kept even if nobody reads its outputs. */
  readonly effect: boolean;
  /** Output 0 may take the memory of an input of its size that is not read again. */
  readonly inPlace: boolean;
  readonly node: string;
  lower(emit: Emit): void;
  /** From the outputs' gradients to the inputs', by further steps. */
  readonly backward: ((grads: Gradients) => Gradients) | null;
  /** The same step with a relu on output 0, which becomes `y`. */
  readonly withRelu: ((y: Value) => Step) | null;
  /** The same step, of a gradient in input 0, where the gradient still has to pass the relu that made `y`. */
  readonly withReluGradient: ((passed: PassedRelu) => Step) | null;
  /** The same step, which adds its output 0 to `before` and so makes `sum`. */
  readonly withSum: ((before: Value, sum: Value) => Step) | null;
}

type StepParts = Pick<Step, 'inputs' | 'outputs' | 'lower'> & Partial<Step>;

export interface BuilderOptions {
  readonly seed: number;
  /** Training mode's batch statistics move the running ones. */
  readonly track: boolean;
  readonly gradients: boolean;
}

/** Collects a program's steps while layers run their forward on `ops`. */
export class Builder {
  readonly steps: Step[] = [];
  readonly ops: Ops<Value>;
  readonly options: BuilderOptions;
  /** The number of optimizer steps made, which names the random streams. */
  readonly stepCounter: Value;
  /** The graph's node being lowered. */
  node = '';
  #count = 0;
  #streams = 0;
  #recording = true;
  readonly #scalars = new Map<string, Value>();
  readonly #transposed = new Map<Value, Value>();
  readonly #relus = new Map<Value, Value>();
  readonly #reluGradients = new Map<Value, PassedRelu>();
  readonly #sums = new Map<Value, Sum>();
  readonly #slices = new Map<Value, Slices>();
  readonly #forms = new Map<string, Value>();

  constructor(options: BuilderOptions, opsOf: (builder: Builder) => Ops<Value>) {
    this.options = options;
    this.ops = opsOf(this);
    this.stepCounter = this.state('#step', [], 'int64', false);
  }

  state(name: string, shape: readonly number[], dtype: DType, needsGrad: boolean): Value {
    return this.#make({ shape, dtype }, { kind: 'state', name }, needsGrad);
  }

  input(index: number, type: TensorType, needsGrad = false): Value {
    return this.#make(type, { kind: 'input', index }, needsGrad);
  }

  constant(shape: readonly number[], dtype: DType, data: readonly number[]): Value {
    const words = dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data);
    return this.#make({ shape, dtype }, { kind: 'constant', data: words }, false);
  }

  scalar(value: number, dtype: DType): Value {
    const key = `${dtype} ${value}`;
    const known = this.#scalars.get(key) ?? this.constant([], dtype, [value]);
    this.#scalars.set(key, known);
    return known;
  }

  /** A temporary that the coming step makes from `from`; a gradient flows where it flows to one of them. */
  temporary(type: TensorType, from: readonly (Value | null)[] = []): Value {
    const needsGrad = type.dtype === 'float32' && from.some((value) => value?.needsGrad);
    return this.#make(type, { kind: 'temporary' }, needsGrad);
  }

  /** The same memory under another shape. */
  alias(value: Value, shape: readonly number[], needsGrad = value.needsGrad): Value {
    const { dtype, home, node } = value;
    return { ...this.#make({ shape, dtype }, home, needsGrad), aliasOf: value, node: this.node || node };
  }

  step({ inputs, outputs, lower, ...rest }: StepParts): Step {
    const step: Step = {
      scratch: 0,
      effect: false,
      inPlace: false,
      node: this.node,
      backward: null,
      withRelu: null,
      withReluGradient: null,
      withSum: null,
      ...rest,
      inputs,
      outputs,
      lower,
    };
    this.steps.push(step);
    return step;
  }

  /** The usual step: one output. */
  add(type: TensorType, parts: Omit<StepParts, 'outputs' | 'lower'> & { lower(emit: Emit, y: Value): void }): Value {
    const y = this.temporary(type, parts.inputs);
    const { lower, ...rest } = parts;
    this.step({ ...rest, outputs: [y], lower: (emit) => lower(emit, y) });
    return y;
  }

  /** Steps made inside have no gradient of their own. */
  withoutGradients(make: () => void): void {
    this.#recording = false;
    make();
    this.#recording = true;
  }

  /** Remembers that `y` is `x` with its last two dimensions exchanged, so that a product can read x. */
  noteTranspose(y: Value, x: Value): void {
    this.#transposed.set(y, x);
  }

  transposeOf(value: Value): Value | null {
    return this.#transposed.get(value) ?? null;
  }

  /** Remembers that `y` is relu(x). */
  noteRelu(y: Value, x: Value): void {
    this.#relus.set(y, x);
  }

  /** x where `value` is relu(x). */
  reluOf(value: Value): Value | null {
    return this.#relus.get(value) ?? null;
  }

  /** Remembers that `gradient` is that of a relu's input. */
  noteReluGradient(gradient: Value, passed: PassedRelu): void {
    this.#reluGradients.set(gradient, passed);
  }

  reluGradientOf(value: Value): PassedRelu | null {
    return this.#reluGradients.get(value) ?? null;
  }

  /** Remembers that `y` is a sum. */
  noteSum(y: Value, sum: Sum): void {
    this.#sums.set(y, sum);
  }

  sumOf(value: Value): Sum | null {
    return this.#sums.get(value) ?? null;
  }

  /** Remembers what `y` is made of. */
  noteSlices(y: Value, slices: Slices): void {
    this.#slices.set(y, slices);
  }

  slicesOf(value: Value): Slices | null {
    return this.#slices.get(value) ?? null;
  }

  /** What `make` gives, made once for all who ask for this form of `value`. */
  formOf(value: Value, form: string, make: () => Value): Value {
    const key = `${value.id} ${form}`;
    const known = this.#forms.get(key) ?? make();
    this.#forms.set(key, known);
    return known;
  }

  /** Key and name of a random stream of its own; the same for the same program. */
  stream(purpose: string): { readonly key0: number; readonly key1: number; readonly stream: number } {
    const [key0, key1] = streamKey(this.options.seed, purpose);
    this.#streams += 1;
    return { key0: key0 | 0, key1: key1 | 0, stream: this.#streams };
  }

  #make({ shape, dtype }: TensorType, home: Home, needsGrad: boolean): Value {
    this.#count += 1;
    return {
      id: this.#count,
      shape,
      dtype,
      size: sizeOf(shape),
      home,
      needsGrad: needsGrad && this.#recording && this.options.gradients,
      aliasOf: null,
      node: this.node,
    };
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The value whose memory it is. */
export function rootOf(value: Value): Value {
  let root = value;
  while (root.aliasOf !== null) root = root.aliasOf;
  return root;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Counted from the front; `dims` empty means all. */
export function normalizeDims(dims: readonly number[], rank: number): number[] {
  const all = dims.length === 0 ? Array.from({ length: rank }, (_, i) => i) : dims;
  return all.map((dim) => (dim < 0 ? dim + rank : dim)).filter((dim) => dim < rank);
}

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = new Array(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}
