// The validation rows passed in both modes, the same rows in both: what separates the two numbers is the
// mode alone. Batches have the run's size in training mode, where it matters.

import type { Session, Tensor } from '../engine/session.ts';
import { gather, wholeBatches } from './data/batches.ts';
import { sizeOf, type Task } from './data/dataset.ts';
import type { Watched } from './observer.ts';

export interface ModeResult {
  readonly loss: number;
  /** NaN without classes. */
  readonly accuracy: number;
}

export interface Validation {
  readonly eval: ModeResult;
  readonly train: ModeResult;
}

/** Small batches are passed together in eval mode, where the size changes nothing. */
const SMALLEST_PASS = 32;

const memory = new WeakMap<Session, { readonly step: number; readonly result: Promise<Validation> }>();

/** Observers that ask for the same step share one pass. */
export function validate(run: Watched, step: number): Promise<Validation> {
  const known = memory.get(run.session);
  if (known?.step === step) return known.result;
  const result = passBoth(run);
  memory.set(run.session, { step, result });
  return result;
}

async function passBoth(run: Watched): Promise<Validation> {
  return { eval: await pass(run, run.session, 'eval'), train: await pass(run, run.session, 'train') };
}

/** `track` lets the running statistics of `session` move, as a pass without eval() does. */
export async function pass(run: Watched, session: Session, mode: 'train' | 'eval', track = false): Promise<ModeResult> {
  let loss = 0;
  let right = 0;
  let count = 0;
  for (const rows of passes(run, mode)) {
    const { inputs, target } = gather(run.task, rows);
    const result = session.evaluate(inputs, target, { mode, track });
    loss += result.loss * rows.length;
    right += run.task.classes > 0 ? countRight(result.output, target, run.task) : 0;
    count += rows.length;
    await run.breathe();
  }
  const positions = count * sizeOf(run.task.target.shape);
  const classified = run.task.loss === 'cross_entropy';
  return { loss: loss / count, accuracy: classified ? right / positions : Number.NaN };
}

function* passes({ split, spec }: Watched, mode: 'train' | 'eval'): Generator<Int32Array> {
  const { batch } = spec;
  const used = split.validation.subarray(0, Math.floor(split.validation.length / batch) * batch);
  if (mode === 'train' || batch >= SMALLEST_PASS) {
    yield* wholeBatches(used, batch);
    return;
  }
  const large = batch * Math.ceil(SMALLEST_PASS / batch);
  const inLarge = Math.floor(used.length / large) * large;
  yield* wholeBatches(used.subarray(0, inLarge), large);
  yield* wholeBatches(used.subarray(inLarge), batch);
}

/** Where the largest of the logits is the target's. */
function countRight(
  output: Float32Array,
  { data, shape }: Tensor,
  { classes, channelsFirst }: Pick<Task, 'classes' | 'channelsFirst'>,
): number {
  const positions = sizeOf(shape);
  const width = output.length / positions;
  const places = channelsFirst ? sizeOf(shape.slice(1)) : 1;
  let right = 0;
  for (let i = 0; i < positions; i++) {
    const row = Math.floor(i / places) * width * places + (i % places);
    let best = 0;
    for (let c = 1; c < width; c++)
      if ((output[row + c * places] as number) > (output[row + best * places] as number)) best = c;
    if (best === data[i] && best < classes) right++;
  }
  return right;
}
