// Which rows are trained on, and in which order. Everything follows from the seed: the split, each epoch's
// shuffle. A last batch that is not full is dropped, as BatchNorm could not take one row.

import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import type { Tensor } from '../../engine/session.ts';
import { type Column, sizeOf, type Task } from './dataset.ts';

const VALIDATION_SHARE = 0.2;
/** They are passed several times in both modes; more would cost more than the training. */
const MOST_VALIDATION = 512;

export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** One fifth for validation, 512 rows at most, at least one batch on either side. */
export function split(count: number, batch: number, seed: number): Split {
  const order = new Random(seed, 'split').shuffle(Int32Array.from({ length: count }, (_, i) => i));
  const validation = Math.max(Math.min(Math.floor(count * VALIDATION_SHARE), MOST_VALIDATION), batch);
  if (count - validation < batch) {
    const message = `The data has ${count} rows; expected at least ${2 * batch} for training and validation with batches of ${batch}.`;
    throw new UserError('data/too-few', message);
  }
  return { train: order.subarray(validation), validation: order.subarray(0, validation) };
}

/** An endless row of batches: the rows reshuffled every epoch, the rest that fills no batch dropped. */
export class BatchOrder {
  readonly #rows: Int32Array;
  readonly #batch: number;
  readonly #seed: number;
  #epoch = 0;
  #at = 0;

  constructor(rows: Int32Array, batch: number, seed: number) {
    this.#rows = rows.slice();
    this.#batch = batch;
    this.#seed = seed;
    this.#shuffle();
  }

  /** Whole batches in an epoch. */
  get length(): number {
    return Math.floor(this.#rows.length / this.#batch);
  }

  next(): Int32Array {
    if (this.#at + this.#batch > this.#rows.length) {
      this.#epoch++;
      this.#shuffle();
    }
    this.#at += this.#batch;
    return this.#rows.slice(this.#at - this.#batch, this.#at);
  }

  #shuffle(): void {
    new Random(this.#seed, 'shuffle', '', this.#epoch).shuffle(this.#rows);
    this.#at = 0;
  }
}

/** The rows in whole batches, in the order they have. */
export function* wholeBatches(rows: Int32Array, batch: number): Generator<Int32Array> {
  for (let at = 0; at + batch <= rows.length; at += batch) yield rows.subarray(at, at + batch);
}

export interface Batch {
  readonly inputs: readonly Tensor[];
  readonly target: Tensor;
}

export function gather(task: Task, rows: Int32Array): Batch {
  return { inputs: task.inputs.map((column) => gatherColumn(column, rows)), target: gatherColumn(task.target, rows) };
}

function gatherColumn({ shape, dtype, data }: Column, rows: Int32Array): Tensor {
  const size = sizeOf(shape);
  const out = dtype === 'float32' ? new Float32Array(rows.length * size) : new Int32Array(rows.length * size);
  for (const [i, row] of rows.entries()) out.set(data.subarray(row * size, (row + 1) * size), i * size);
  return { shape: [rows.length, ...shape], dtype, data: out };
}
