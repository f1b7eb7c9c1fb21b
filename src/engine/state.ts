// What lasts from step to step: parameters, buffers, gradients, the optimizer's tensors. Trained parameters lie
// in one piece, in the same order as their gradients, so that the optimizer is one pass.

import { Random } from '../base/random.ts';
import type { Graph, TensorInfo } from '../graph/graph.ts';
import { nameBeside } from '../torch/dependent-fills.ts';
import { initialValues } from '../torch/init.ts';
import { findScheduler, type Schedule } from '../torch/optim/lr_scheduler.ts';
import type { BoundOptimizer, Optimizer, Rates } from '../torch/optim/optimizer.ts';
import type { Recipe } from '../torch/optim/recipe.ts';
import { kernels } from './kernels/all.ts';
import { align, type LinearMemory } from './memory.ts';
import type { Call } from './parts.ts';
import { type StopWord, throwIfStopped } from './slices.ts';
import { sizeOf } from './values.ts';

/** Words of the numbers of a step: the optimizer's, then those of what stands around it. */
const SCALARS = 24;
const SUM = 16;
const TAKE = 18;
const CLIP = 20;
const AVERAGE = 22;

export interface StateOptions {
  readonly graph: Graph;
  readonly seed: number;
  /** Names of the parameters that have a gradient. */
  readonly trained: readonly string[];
  /** The optimizer's kernel and its bound arguments. */
  readonly optimizer: BoundOptimizer & Pick<Optimizer, 'kernel'>;
  readonly recipe: Recipe;
  /** Ends the making of a large model's numbers. */
  readonly stop?: StopWord | null;
}

/** A tensor with its place in memory. */
export interface Stored extends Pick<TensorInfo, 'name' | 'shape' | 'dtype'> {
  readonly address: number;
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
  readonly #schedule: Schedule;
  /** Sums of gradients, and averages of parameters; 0 where the recipe asks for none. */
  readonly #sums: number;
  readonly #averages: number;
  /** Optimizer steps made. */
  steps = 0;
  /** Batches trained on: what chance is counted by. */
  batches = 0;
  /** Batches whose gradients wait for the optimizer. */
  waiting = 0;

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
    this.#slots = new Map(
      Object.entries(options.optimizer.slots).map(([name, start]) => [name, this.#reserveFilled(start)]),
    );
    const { schedule, accumulate = 1, ema } = options.recipe;
    this.#sums = accumulate > 1 ? memory.reserve(this.#bytes) : 0;
    this.#averages = ema === undefined ? 0 : memory.reserve(this.#bytes);
    const { rates } = options.optimizer;
    this.#schedule = schedule ? findScheduler(schedule.target).bind(schedule.args, rates) : () => rates;
    tensors.filter(({ name }) => !this.#trained.has(name)).forEach(place);
    this.#scalars = memory.reserve(4 * SCALARS);
    this.#addresses.set('#step', memory.reserve(4));
    for (const tensor of tensors) {
      throwIfStopped(options.stop ?? null);
      this.#initialize(tensor);
    }
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

  /** The moving average of a trained parameter; null where the recipe has none. */
  averageAddress(name: string): number | null {
    return this.#averages === 0 ? null : this.address(name) - this.#first + this.#averages;
  }

  /** Of the coming step. */
  get rates(): Rates {
    return this.#schedule(this.steps);
  }

  /** The norm of all gradients before the last clipping; null where they are not clipped by it. */
  get gradientNorm(): number | null {
    return this.#options.recipe.clip?.by === 'norm' ? this.#memory.f[(this.#scalars >>> 2) + CLIP + 1] : null;
  }

  /**
   * Everything that the coming steps depend on: the model's tensors by name, and the optimizer's beside them, as
   * `#exp_avg/fc1.weight`.
   */
  stored(): readonly Stored[] {
    const regions: [string, number][] = [...this.#slots];
    if (this.#sums !== 0) regions.push(['sums', this.#sums]);
    if (this.#averages !== 0) regions.push(['averages', this.#averages]);
    const own = [...this.#tensors.values()].map(
      (tensor): Stored => ({ ...tensor, address: this.address(tensor.name) }),
    );
    const beside = regions.flatMap(([region, start]) =>
      own
        .filter(({ name }) => this.#trained.has(name))
        .map(
          (tensor): Stored => ({
            ...tensor,
            name: `#${region}/${tensor.name}`,
            address: tensor.address - this.#first + start,
          }),
        ),
    );
    return [...own, ...beside];
  }

  /** What chance is counted by, where a pass reads it: all that one without an update needs. */
  beginPass(): void {
    this.#memory.i[this.address('#step') >>> 2] = this.batches;
  }

  /** Writes the coming step's numbers where its instructions read them. */
  beginStep(): void {
    this.beginPass();
    const { f } = this.#memory;
    const { optimizer, recipe } = this.#options;
    const at = this.#scalars >>> 2;
    f.set(optimizer.scalars(this.steps + 1, this.rates), at);
    const share = 1 / (recipe.accumulate ?? 1);
    f[at + SUM] = share;
    f[at + SUM + 1] = this.waiting === 0 ? 0 : 1;
    f[at + TAKE] = 1;
    f[at + TAKE + 1] = share;
    f[at + CLIP] = recipe.clip?.max ?? 0;
    const decay = this.steps === 0 ? 0 : (recipe.ema ?? 0);
    f[at + AVERAGE] = 1 - decay;
    f[at + AVERAGE + 1] = decay;
  }

  /** After backward, where the optimizer waits for further batches. */
  accumulation(): readonly Call[] {
    return [this.#axpby(this.#gradients, this.#sums, SUM)];
  }

  /** After backward: gradients gathered and clipped, the optimizer, the average. */
  update(): readonly Call[] {
    const { optimizer, recipe } = this.#options;
    const { kernel } = optimizer;
    const n = this.#bytes / 4;
    const [p, g, scalars] = [this.#first, this.#gradients, this.#scalars];
    const known: Record<string, number> = { n, p, g, update: this.#updates, scalars };
    const names = Object.keys(kernels[kernel].params);
    const args = Object.fromEntries(names.map((name) => [name, known[name] ?? this.#slots.get(name) ?? 0]));
    const steps: Call[] = [];
    if (this.#sums !== 0) steps.push(this.#axpby(this.#sums, g, TAKE));
    if (recipe.clip) steps.push({ name: `clip_grad_${recipe.clip.by}`, args: { n, g, scalars: scalars + 4 * CLIP } });
    steps.push({ name: kernel, args });
    if (this.#averages !== 0) steps.push(this.#axpby(p, this.#averages, AVERAGE));
    return steps;
  }

  /** y = a x + b y over all that is trained, a and b at `numbers` among the scalars. */
  #axpby(x: number, y: number, numbers: number): Call {
    return { name: 'axpby', args: { n: this.#bytes / 4, x, y, scalars: this.#scalars + 4 * numbers } };
  }

  #reserveFilled(value: number): number {
    const address = this.#memory.reserve(this.#bytes);
    this.#memory.f.fill(value, address >>> 2, (address + this.#bytes) >>> 2);
    return address;
  }

  #initialize(tensor: TensorInfo): void {
    const { name, dtype } = tensor;
    const values = this.#initial(tensor);
    const at = this.address(name) >>> 2;
    if (dtype === 'float32') this.#memory.f.set(values, at);
    else this.#memory.i.set(values, at);
  }

  #initial({ name, shape, init }: TensorInfo): Float32Array {
    return initialValues(init, shape, new Random(this.#options.seed, 'init', name), (relative) => {
      const other = this.#tensors.get(nameBeside(name, relative));
      if (other === undefined) throw new RangeError(`${name} starts from ${relative} beside it, which there is not.`);
      return { shape: other.shape, values: this.#initial(other) };
    });
  }
}

/** Bytes of the state before it is made. */
export function stateBytes({ graph, trained, optimizer, recipe }: Omit<StateOptions, 'seed' | 'stop'>): number {
  const names = new Set(trained);
  const around = Number((recipe.accumulate ?? 1) > 1) + Number(recipe.ema !== undefined);
  const copies = 3 + Object.keys(optimizer.slots).length + around;
  return graph.tensors.reduce(
    (sum, { name, shape }) => sum + align(4 * sizeOf(shape)) * (names.has(name) ? copies : 1),
    0,
  );
}
