// What lasts from step to step: parameters, buffers, gradients, the optimizer's tensors. Trained parameters lie
// in one piece, in the same order as their gradients, so that the optimizer is one pass.

import { Random } from '../base/random.ts';
import type { Graph, TensorInfo } from '../graph/graph.ts';
import { initialValues } from '../torch/init.ts';
import type { BoundOptimizer, Optimizer } from '../torch/optim/optimizer.ts';
import { type KernelName, kernels } from './kernels/all.ts';
import { align, type LinearMemory } from './memory.ts';
import { sizeOf } from './values.ts';

/** Words for the numbers of a step. */
const SCALARS = 16;

export interface StateOptions {
  readonly graph: Graph;
  readonly seed: number;
  /** Names of the parameters that have a gradient. */
  readonly trained: readonly string[];
  /** The optimizer's kernel and its bound arguments. */
  readonly optimizer: BoundOptimizer & Pick<Optimizer, 'kernel'>;
}

export class State {
  readonly #memory: LinearMemory;
  readonly #options: StateOptions;
  readonly #addresses = new Map<string, number>();
  readonly #tensors: ReadonlyMap<string, TensorInfo>;
  readonly #trained: ReadonlySet<string>;
  readonly #first: number;
  readonly #bytes: number;
  readonly #gradients: number;
  readonly #updates: number;
  readonly #slots: ReadonlyMap<string, number>;
  readonly #scalars: number;
  /** Optimizer steps made. */
  steps = 0;

  constructor(memory: LinearMemory, options: StateOptions) {
    this.#memory = memory;
    this.#options = options;
    this.#tensors = new Map(options.graph.tensors.map((tensor) => [tensor.name, tensor]));
    this.#trained = new Set(options.trained);
    const place = ({ name, shape }: TensorInfo) =>
      this.#addresses.set(name, memory.reserve(Math.max(4, 4 * sizeOf(shape))));
    const { tensors } = options.graph;
    this.#first = memory.reserve(0);
    tensors.filter(({ name }) => this.#trained.has(name)).forEach(place);
    this.#bytes = memory.reserve(0) - this.#first;
    this.#gradients = memory.reserve(this.#bytes);
    this.#updates = memory.reserve(this.#bytes);
    this.#slots = new Map(options.optimizer.slots.map((name) => [name, memory.reserve(this.#bytes)]));
    tensors.filter(({ name }) => !this.#trained.has(name)).forEach(place);
    this.#scalars = memory.reserve(4 * SCALARS);
    this.#addresses.set('#step', memory.reserve(4));
    for (const tensor of tensors) this.#initialize(tensor);
  }

  /** Of a parameter or buffer, or of `#step`. */
  address(name: string): number {
    const address = this.#addresses.get(name);
    if (address === undefined) throw new RangeError(`The model has no tensor ${name}.`);
    return address;
  }

  isTrained(name: string): boolean {
    return this.#trained.has(name);
  }

  gradientAddress(name: string): number {
    return this.address(name) - this.#first + this.#gradients;
  }

  updateAddress(name: string): number {
    return this.address(name) - this.#first + this.#updates;
  }

  tensor(name: string): TensorInfo | null {
    return this.#tensors.get(name) ?? null;
  }

  /** Writes the coming step's numbers where its instructions read them. */
  beginStep(): void {
    const { f } = this.#memory;
    const numbers = this.#options.optimizer.scalars(this.steps + 1);
    for (let i = 0; i < numbers.length; i++) f[(this.#scalars >>> 2) + i] = numbers[i];
    this.#memory.i[this.address('#step') >>> 2] = this.steps;
  }

  /** The optimizer's instruction. */
  update(): [KernelName, Record<string, number>] {
    const { kernel } = this.#options.optimizer;
    const known: Record<string, number> = {
      n: this.#bytes / 4,
      p: this.#first,
      g: this.#gradients,
      update: this.#updates,
      scalars: this.#scalars,
    };
    const names = Object.keys(kernels[kernel].params);
    return [kernel, Object.fromEntries(names.map((name) => [name, known[name] ?? this.#slots.get(name) ?? 0]))];
  }

  #initialize({ name, shape, dtype, init }: TensorInfo): void {
    const values = initialValues(init, shape, new Random(this.#options.seed, 'init', name));
    const at = this.address(name) >>> 2;
    if (dtype === 'float32') this.#memory.f.set(values, at);
    else this.#memory.i.set(values, at);
  }
}

/** Bytes of the state before it is made. */
export function stateBytes({ graph, trained, optimizer }: Omit<StateOptions, 'seed'>): number {
  const names = new Set(trained);
  const copies = 3 + optimizer.slots.length;
  return graph.tensors.reduce(
    (sum, { name, shape }) => sum + align(4 * sizeOf(shape)) * (names.has(name) ? copies : 1),
    0,
  );
}
