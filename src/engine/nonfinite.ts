// The first operation of a step that makes NaN or infinity out of finite numbers. The step is made again from the
// state before it, operation by operation, and every result is looked at; a healthy step pays nothing for it.
//
// An operation that hands on an infinity it was given (a mask's, say) made none; one that makes NaN of infinities did.

import { Assembler, type Backend, referenceBackend, wasmBackend } from './backend.ts';
import { type Checkpoint, restoreState } from './checkpoint.ts';
import { findOptimizer } from './find-optimizer.ts';
import { type Linked, link } from './link.ts';
import { Measurements } from './measure.ts';
import type { Call } from './parts.ts';
import { makeProgram, type Program } from './program.ts';
import type { SessionOptions, Tensor } from './session.ts';
import { State } from './state.ts';
import type { Step, Value } from './values.ts';

export interface NonFinite {
  /** `given`: the batch or the state held it before anything was computed. */
  readonly phase: 'given' | 'forward' | 'backward' | 'update';
  /** The graph's node whose operation it was; the input or parameter where it was given or updated; '' for the loss. */
  readonly where: string;
  /** Of the numbers it made. */
  readonly nan: number;
  readonly inf: number;
  readonly count: number;
  /** The largest magnitude among the finite numbers that went in. */
  readonly largest: number;
}

export interface Batch {
  readonly inputs: readonly Tensor[];
  readonly target: Tensor;
}

/** null where everything stays finite. `before` is the state from which the step began. */
export function findNonFinite(options: SessionOptions, before: Checkpoint, batch: Batch): NonFinite | null {
  return new Search(options, before, batch).find();
}

interface Seen {
  readonly nan: number;
  readonly inf: number;
  readonly count: number;
  readonly largest: number;
}

class Search {
  readonly #options: SessionOptions;
  readonly #program: Program;
  readonly #backend: Backend;
  readonly #state: State;
  readonly #linked: Linked;
  readonly #measurements: Measurements;

  constructor(options: SessionOptions, before: Checkpoint, { inputs, target }: Batch) {
    const { graph, seed, loss, kernels, optimizer, recipe = {}, memoryLimit = Number.POSITIVE_INFINITY } = options;
    this.#options = options;
    this.#program = makeProgram({
      ...{ graph, seed, loss, mode: 'train', gradients: true, track: true, probes: [] },
      batch: batchOf(options, inputs),
      target: { shape: target.shape, dtype: target.dtype },
    });
    this.#backend = kernels === null ? referenceBackend(options.double) : wasmBackend(kernels);
    const { memory } = this.#backend;
    const { kernel, bind } = findOptimizer(optimizer.target);
    const trained = [...this.#program.gradients.keys()];
    this.#state = new State(memory, { graph, seed, trained, optimizer: { kernel, ...bind(optimizer.args) }, recipe });
    restoreState(this.#state, memory, before);
    this.#measurements = new Measurements(() => this.#backend);
    const common = { backend: this.#backend, state: this.#state, arena: { address: 0, bytes: 0 }, crew: null };
    const ending = before.waiting + 1 === (recipe.accumulate ?? 1) ? 'update' : 'accumulate';
    this.#linked = link(this.#program, { ...common, ending, limit: memoryLimit, describe: (node) => node });
    const { f, i } = memory;
    const put = (value: Value, { dtype, data }: Tensor) =>
      (dtype === 'float32' ? f : i).set(data, this.#linked.at(value) >>> 2);
    for (const [position, tensor] of inputs.entries()) put(this.#program.inputs[position], tensor);
    put(this.#program.target, target);
    this.#state.beginStep();
  }

  find(): NonFinite | null {
    return this.#given() ?? this.#computed() ?? this.#updated();
  }

  #given(): NonFinite | null {
    const { inputs } = this.#options.graph;
    for (const [i, value] of this.#program.inputs.entries()) {
      const seen = this.#look([value]);
      if (seen.nan + seen.inf > 0) return { ...seen, phase: 'given', where: inputs[i].name };
    }
    return this.#parameter('given');
  }

  #computed(): NonFinite | null {
    const { steps, loss } = this.#program;
    let phase: 'forward' | 'backward' = 'forward';
    for (const [i, step] of steps.entries()) {
      const into = this.#look(step.inputs);
      this.#run(this.#linked.lower(i));
      const out = this.#look(step.outputs);
      if (makes(into, out)) return { ...out, largest: into.largest, phase, where: step.node };
      if (isLoss(step, loss)) phase = 'backward';
    }
    return null;
  }

  #updated(): NonFinite | null {
    this.#run(this.#linked.ending);
    return this.#parameter('update');
  }

  #parameter(phase: 'given' | 'update'): NonFinite | null {
    for (const { name, dtype, shape } of this.#options.graph.tensors) {
      if (dtype !== 'float32') continue;
      const size = shape.reduce((product, one) => product * one, 1);
      const seen = this.#measure(this.#state.address(name), size);
      if (seen.nan + seen.inf > 0) return { ...seen, phase, where: name };
    }
    return null;
  }

  #run(calls: readonly Call[]): void {
    const assembler = new Assembler();
    for (const { name, args } of calls) assembler.kernel(name, args);
    this.#backend.load(assembler.finish()).run();
  }

  #look(values: readonly Value[]): Seen {
    const sum = { nan: 0, inf: 0, count: 0, largest: 0 };
    for (const value of values) {
      if (value.dtype !== 'float32' || value.size === 0) continue;
      const seen = this.#measure(this.#linked.at(value), value.size);
      sum.nan += seen.nan;
      sum.inf += seen.inf;
      sum.count += seen.count;
      sum.largest = Math.max(sum.largest, seen.largest);
    }
    return sum;
  }

  #measure(address: number, size: number): Seen {
    const { nan, inf, count, min, max } = this.#measurements.momentsOf(address, size);
    return { nan, inf, count, largest: Math.max(Math.abs(min), Math.abs(max)) };
  }
}

function makes(into: Seen, out: Seen): boolean {
  if (out.nan > 0) return into.nan === 0;
  return out.inf > 0 && into.nan + into.inf === 0;
}

function isLoss({ outputs }: Step, loss: Value): boolean {
  return outputs.includes(loss);
}

function batchOf({ graph, batch }: SessionOptions, inputs: readonly Tensor[]): number {
  const position = graph.inputs.findIndex(({ batched }) => batched);
  return inputs[position]?.shape[0] ?? batch;
}
