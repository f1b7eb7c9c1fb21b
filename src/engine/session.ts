// A program with its state: parameters, buffers, optimizer. One crossing a step, no allocation in a step.

import { Cancelled, UserError } from '../base/errors.ts';
import { foldBatchNorm } from '../graph/fold-batchnorm.ts';
import type { Graph } from '../graph/graph.ts';
import type { DType } from '../torch/ops.ts';
import type { Rates } from '../torch/optim/optimizer.ts';
import type { Recipe } from '../torch/optim/recipe.ts';
import type { Value } from '../torch/signature.ts';
import { type Backend, type BackendName, referenceBackend, wasmBackend } from './backend.ts';
import { checkClasses, checkInput, guessTarget } from './check-batch.ts';
import { type Checkpoint, restoreState, saveState } from './checkpoint.ts';
import { findOptimizer } from './find-optimizer.ts';
import { type Arena, type Linked, link, wantsThreads } from './link.ts';
import type { LossArgs } from './loss.ts';
import { type Measured, type MeasuredUnits, Measurements, type Moments } from './measure.ts';
import { describeNode, ENDINGS, isReadable, type Kind, keyOf, probedFloats, trains } from './passes.ts';
import { makeProgram, type Program, type ProgramOptions } from './program.ts';
import type { StopWord } from './slices.ts';
import { State, stateBytes } from './state.ts';
import type { Threads } from './threads.ts';
import type { Crew } from './tickets.ts';
import { sameShape, sizeOf } from './values.ts';

/** A batch as it enters: float32 in a Float32Array, int64 and bool in an Int32Array. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Float32Array | Int32Array;
}

export interface SessionOptions {
  readonly graph: Graph;
  readonly seed: number;
  /** The batch size of `step`. Other sizes get a program of their own on first use. */
  readonly batch: number;
  readonly loss: 'cross_entropy' | 'mse_loss' | 'binary_cross_entropy_with_logits';
  readonly lossArgs?: LossArgs;
  readonly optimizer: { readonly target: string; readonly args: Readonly<Record<string, Value>> };
  /** Schedule, clipping, accumulation, averaging; none of them where it is not said. */
  readonly recipe?: Recipe;
  /** Nodes whose output (and its gradient) is measured and kept readable after a step. */
  readonly probes: readonly string[];
  /** The kernels' module; null runs the reference kernels. */
  readonly kernels: Uint8Array | null;
  /** Bytes the session may use; 2 GiB where it is not said. */
  readonly memoryLimit?: number;
  /** Ends a step or an evaluation between two instructions when another thread makes it other than 0. */
  readonly stop?: StopWord | null;
  /** Threads that share the work of a step where it is worth that; the numbers are the same without. */
  readonly threads?: Threads | null;
  /** Computes in float64, on the reference kernels; for tests of gradients. */
  readonly double?: boolean;
}

export interface Session {
  readonly backend: BackendName;
  /** Bytes of the engine's memory. */
  readonly bytes: number;
  /**
   * Forward, backward, optimizer step in training mode; the loss of this batch before the update. Where gradients
   * are accumulated, only every n-th call updates. Throws Cancelled where it was stopped inside; what it left
   * behind is the state of no step, and everything asked of the session then throws it again. A step that is not
   * `readable` computes the same without keeping the probed nodes, and is a little faster.
   */
  step(inputs: readonly Tensor[], target: Tensor, options?: { readonly readable?: boolean }): number;
  /** Forward and loss without update. `mode: 'train'` uses batch statistics; running ones move only when `track`. */
  evaluate(
    inputs: readonly Tensor[],
    target: Tensor,
    options: { readonly mode: 'train' | 'eval'; readonly track?: boolean },
  ): { readonly loss: number; readonly output: Float32Array };
  /** A parameter or buffer by state_dict's name; a copy. */
  read(name: string): Float32Array;
  write(name: string, data: Float32Array | Int32Array): void;
  /** A parameter's gradient after the last step; a copy. Zeros where no gradient reaches it. */
  gradient(name: string): Float32Array;
  /** A probed node's output, or its gradient, of the last step; a copy. */
  activation(
    node: string,
    of: 'output' | 'gradient',
  ): { readonly shape: readonly number[]; readonly data: Float32Array };
  measure(node: string, of: 'output' | 'gradient'): Measured;
  /** Of each unit of a probed node's output, which dimension `dim` counts. */
  measureUnits(node: string, dim: number): MeasuredUnits;
  /** Of a parameter, its gradient, or the optimizer's last update of it. */
  measureParameter(name: string, of: 'value' | 'gradient' | 'update'): Moments;
  /** A trained parameter's moving average, or any other tensor as it is; null where the recipe averages none. */
  readAverage(name: string): Float32Array | null;
  /** Everything the coming steps depend on; a copy. */
  save(): Checkpoint;
  /** Goes on where `checkpoint` was saved, to the bit. */
  restore(checkpoint: Checkpoint): void;
  /** The learning rate and momentum of the coming step. */
  readonly rates: Rates;
  /** The norm of all gradients before the last clipping by norm; null without it. */
  readonly gradientNorm: number | null;
  /** About how many nanoseconds a step takes, and how many floats probes and parameters have; from sizes alone. */
  readonly cost: { readonly step: number; readonly probed: number; readonly parameters: number };
  dispose(): void;
}

const DEFAULT_LIMIT = 2 ** 31;

/** Refuses, as a UserError, what cannot be computed (`engine/unsupported`) or does not fit (`engine/memory`). */
export function createSession(options: SessionOptions): Session {
  return new EngineSession(options);
}

interface Compiled extends Linked {
  readonly program: Program;
  readonly kind: Kind;
  readonly batch: number;
  readonly inputs: readonly number[];
  readonly target: number;
  readonly loss: number;
}

class EngineSession implements Session {
  readonly cost: Session['cost'];
  readonly #options: SessionOptions;
  readonly #limit: number;
  readonly #compiled = new Map<string, Compiled>();
  readonly #arena: Arena = { address: 0, bytes: 0 };
  readonly #measurements: Measurements;
  #backend: Backend | null;
  readonly #crew: Crew | null;
  readonly #state: State;
  #last: Compiled | null = null;
  #stopped = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#limit = options.memoryLimit ?? DEFAULT_LIMIT;
    const { graph, seed, kernels, optimizer } = options;
    // Made once before any memory, so that what cannot run is refused here.
    const kind = options.probes.length > 0 ? 'readable step' : 'step';
    const program = this.#make(kind, options.batch, guessTarget(options));
    const { kernel, bind } = findOptimizer(optimizer.target);
    const bound = { kernel, ...bind(optimizer.args) };
    const { recipe = {}, stop = null } = options;
    const state = { graph, seed, trained: [...program.gradients.keys()], optimizer: bound, recipe, stop };
    this.#refuseState(stateBytes(state));
    const threads = options.threads ?? null;
    const shared = threads !== null && threads.count > 1 && wantsThreads(program);
    this.#backend = kernels === null ? referenceBackend(options.double) : wasmBackend(kernels, { shared });
    this.#crew = crewOf(this.#backend, threads);
    this.#state = new State(this.#backend.memory, state);
    this.#measurements = new Measurements(() => this.#live);
    const { work } = this.#link(kind, program);
    const parameters = [...program.gradients.values()].reduce((sum, { size }) => sum + size, 0);
    this.cost = { step: work, probed: probedFloats(program), parameters };
  }

  get backend(): BackendName {
    return this.#live.name;
  }

  get bytes(): number {
    return this.#live.memory.bytes;
  }

  step(inputs: readonly Tensor[], target: Tensor, { readable = true }: { readonly readable?: boolean } = {}): number {
    const last = this.#state.waiting + 1 === (this.#options.recipe?.accumulate ?? 1);
    const kind = last ? 'step' : 'accumulate';
    const compiled = this.#prepare(
      readable && this.#options.probes.length > 0 ? `readable ${kind}` : kind,
      inputs,
      target,
    );
    this.#run(compiled);
    this.#state.waiting = last ? 0 : this.#state.waiting + 1;
    this.#state.batches += 1;
    if (last) this.#state.steps += 1;
    this.#last = compiled;
    return this.#live.memory.f[compiled.loss];
  }

  evaluate(
    inputs: readonly Tensor[],
    target: Tensor,
    { mode, track = false }: { readonly mode: 'train' | 'eval'; readonly track?: boolean },
  ): { readonly loss: number; readonly output: Float32Array } {
    const compiled = this.#prepare(mode === 'train' && track ? 'track' : mode, inputs, target);
    this.#run(compiled);
    const { output } = compiled.program;
    return { loss: this.#live.memory.f[compiled.loss], output: this.#copy(compiled.at(output), output) };
  }

  read(name: string): Float32Array {
    const tensor = this.#tensor(name);
    return this.#copy(this.#state.address(name), { size: sizeOf(tensor.shape), dtype: tensor.dtype });
  }

  write(name: string, data: Float32Array | Int32Array): void {
    const { shape, dtype } = this.#tensor(name);
    if (data.length !== sizeOf(shape))
      throw new UserError('engine/size', `\`${name}\` expects ${sizeOf(shape)} numbers, and got ${data.length}.`);
    const { f, i } = this.#live.memory;
    (dtype === 'float32' ? f : i).set(data, this.#state.address(name) >>> 2);
  }

  gradient(name: string): Float32Array {
    const size = sizeOf(this.#tensor(name).shape);
    if (!this.#state.isTrained(name)) return new Float32Array(size);
    return this.#copy(this.#state.gradientAddress(name), { size, dtype: 'float32' });
  }

  activation(node: string, of: 'output' | 'gradient') {
    const { value, address } = this.#probed(node, of);
    return { shape: value.shape, data: address === 0 ? new Float32Array(value.size) : this.#copy(address, value) };
  }

  measure(node: string, of: 'output' | 'gradient'): Measured {
    const { value, address } = this.#probed(node, of);
    if (value.dtype !== 'float32')
      throw new UserError('engine/dtype', `\`${node}\` is ${value.dtype}; only float32 is measured.`);
    return this.#measurements.of(address, value.size);
  }

  measureUnits(node: string, dim: number): MeasuredUnits {
    const { value, address } = this.#probed(node, 'output');
    if (value.dtype !== 'float32')
      throw new UserError('engine/dtype', `\`${node}\` is ${value.dtype}; only float32 is measured.`);
    return this.#measurements.unitsOf(address, value.shape, dim);
  }

  measureParameter(name: string, of: 'value' | 'gradient' | 'update'): Moments {
    const size = sizeOf(this.#tensor(name).shape);
    const trained = this.#state.isTrained(name);
    if (of === 'value') return this.#measurements.momentsOf(this.#state.address(name), size);
    const address = of === 'gradient' ? this.#state.gradientAddress(name) : this.#state.updateAddress(name);
    return this.#measurements.momentsOf(trained ? address : 0, size);
  }

  save(): Checkpoint {
    return saveState(this.#state, this.#live.memory);
  }

  restore(checkpoint: Checkpoint): void {
    restoreState(this.#state, this.#live.memory, checkpoint);
    this.#last = null;
  }

  get rates(): Rates {
    return this.#state.rates;
  }

  get gradientNorm(): number | null {
    return this.#state.gradientNorm;
  }

  readAverage(name: string): Float32Array | null {
    if (!this.#state.isTrained(name)) return this.#options.recipe?.ema === undefined ? null : this.read(name);
    const address = this.#state.averageAddress(name);
    return address === null ? null : this.#copy(address, { size: sizeOf(this.#tensor(name).shape), dtype: 'float32' });
  }

  dispose(): void {
    if (this.#backend !== null) this.#crew?.threads.detach(this.#crew.session);
    this.#backend = null;
    this.#last = null;
    this.#compiled.clear();
    this.#measurements.dispose();
  }

  get #live(): Backend {
    if (this.#stopped) throw new Cancelled();
    if (this.#backend === null) throw new RangeError('The session is disposed.');
    return this.#backend;
  }

  #run({ runnable, kind }: Compiled): void {
    if (trains(kind)) this.#state.beginStep();
    else this.#state.beginPass();
    if (runnable.run(this.#options.stop ?? null)) return;
    this.#stopped = true;
    this.dispose();
    throw new Cancelled();
  }

  /** The program for these shapes, with its inputs in place. */
  #prepare(kind: Kind, inputs: readonly Tensor[], target: Tensor): Compiled {
    const given = this.#options.graph.inputs;
    if (inputs.length !== given.length)
      throw new UserError('engine/input', `The model expects ${given.length} inputs, and got ${inputs.length}.`);
    let { batch } = this.#options;
    for (let i = 0; i < inputs.length; i++) if (given[i].batched) batch = inputs[i].shape[0];
    const compiled = this.#find(kind, batch, target);
    const { f, i: ints } = this.#live.memory;
    const { program } = compiled;
    for (let i = 0; i < inputs.length; i++) {
      checkInput(given[i], program.inputs[i].shape, inputs[i]);
      (inputs[i].dtype === 'float32' ? f : ints).set(inputs[i].data, compiled.inputs[i]);
    }
    if (this.#options.loss === 'cross_entropy') checkClasses(target, program, this.#options.lossArgs?.ignore_index);
    (target.dtype === 'float32' ? f : ints).set(target.data, compiled.target);
    return compiled;
  }

  #find(kind: Kind, batch: number, target: Tensor): Compiled {
    const last = this.#last;
    if (last !== null && last.kind === kind && last.batch === batch && sameType(last.program.target, target))
      return last;
    const known = this.#compiled.get(keyOf(kind, batch, target));
    return known ?? this.#link(kind, this.#make(kind, batch, target));
  }

  #make(kind: Kind, batch: number, target: Pick<Tensor, 'shape' | 'dtype'>): Program {
    const { graph, seed, loss, lossArgs = {}, probes } = this.#options;
    const step = trains(kind);
    const common: Omit<ProgramOptions, 'mode' | 'probes'> = {
      graph: kind === 'eval' ? foldBatchNorm(graph, batch) : graph,
      seed,
      batch,
      loss,
      lossArgs,
      target: { shape: target.shape, dtype: target.dtype },
      gradients: step,
      track: step || kind === 'track',
    };
    return makeProgram({ ...common, mode: kind === 'eval' ? 'eval' : 'train', probes: isReadable(kind) ? probes : [] });
  }

  #link(kind: Kind, program: Program): Compiled {
    const linked = link(program, {
      backend: this.#live,
      state: this.#state,
      arena: this.#arena,
      crew: this.#crew,
      limit: this.#limit,
      ending: ENDINGS[kind],
      describe: (node) => describeNode(this.#options.graph, node),
    });
    const { graph, batch: usual } = this.#options;
    const batch = program.inputs.find((_, i) => graph.inputs[i].batched)?.shape[0] ?? usual;
    const element = (value: Program['loss']) => linked.at(value) >>> 2;
    const compiled: Compiled = {
      ...linked,
      program,
      kind,
      batch,
      inputs: program.inputs.map(element),
      target: element(program.target),
      loss: element(program.loss),
    };
    this.#compiled.set(keyOf(kind, batch, program.target), compiled);
    return compiled;
  }

  #refuseState(bytes: number): void {
    if (bytes <= this.#limit) return;
    const largest = [...this.#options.graph.tensors].sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape))[0];
    throw new UserError(
      'engine/memory',
      `The model's state needs ${(bytes / 2 ** 20).toFixed(0)} MB, more than the limit of ${(this.#limit / 2 ** 20).toFixed(0)} MB; its largest tensor is \`${largest.name}\`.`,
    );
  }

  #tensor(name: string) {
    const tensor = this.#state.tensor(name);
    if (tensor === null) throw new UserError('engine/name', `The model has no parameter or buffer \`${name}\`.`);
    return tensor;
  }

  #probed(node: string, of: 'output' | 'gradient') {
    if (this.#last === null) throw new UserError('engine/step', 'Nothing is measured before the first step.');
    const probe = this.#last.program.probes.get(node);
    if (probe === undefined) {
      const why = this.#options.probes.includes(node) ? 'of a step that was not readable' : 'not among the probes';
      throw new UserError('engine/probe', `The node \`${node}\` is ${why}.`);
    }
    const value = of === 'output' ? probe.value : probe.gradient;
    return { value: value ?? probe.value, address: value === null ? 0 : this.#last.at(value) };
  }

  #copy(address: number, { size, dtype }: { readonly size: number; readonly dtype: DType }): Float32Array {
    const { f, i } = this.#live.memory;
    const at = address >>> 2;
    return Float32Array.from((dtype === 'float32' ? f : i).subarray(at, at + size));
  }
}

function crewOf({ shared, memory }: Backend, threads: Threads | null): Crew | null {
  if (shared === null || threads === null) return null;
  return { threads, session: threads.attach(shared, memory), scratch: { address: 0, bytes: 0 } };
}

function sameType(a: Pick<Tensor, 'shape' | 'dtype'>, b: Pick<Tensor, 'shape' | 'dtype'>): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}
