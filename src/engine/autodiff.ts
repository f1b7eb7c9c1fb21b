// Reverse-mode differentiation, once, when the program is made: walks the steps backwards and lets each write
// its gradient as further steps.

import { joinSlices } from './ops/view.ts';
import { type Builder, rootOf, type Step, sameShape, type Value } from './values.ts';

/** Appends the steps that make d loss / d value, and gives the gradient of each value that has one. */
export function differentiate(builder: Builder, loss: Value): ReadonlyMap<Value, Value> {
  const gradients = new Map<Value, Value>();
  builder.withoutGradients(() => {
    gradients.set(loss, builder.scalar(1, 'float32'));
    for (const step of [...builder.steps].reverse()) differentiateStep(builder, step, gradients);
  });
  return gradients;
}

function differentiateStep(builder: Builder, step: Step, gradients: Map<Value, Value>): void {
  if (step.backward === null || !step.outputs.some((output) => output.needsGrad)) return;
  const incoming = step.outputs.map((output) => gradients.get(output) ?? null);
  if (incoming.every((gradient) => gradient === null)) return;
  builder.node = step.node;
  const outgoing = step.backward(incoming);
  for (const [i, input] of step.inputs.entries()) {
    const gradient = outgoing[i] ?? null;
    if (gradient === null || !input.needsGrad) continue;
    if (!sameShape(gradient.shape, input.shape))
      throw new RangeError(
        `A gradient of shape [${gradient.shape}] for a value of shape [${input.shape}] at ${step.node}.`,
      );
    const before = gradients.get(input);
    gradients.set(input, before === undefined ? gradient : added(builder, before, gradient));
  }
}

function added(builder: Builder, before: Value, term: Value): Value {
  const joined = joinSlices(builder, before, term);
  if (joined !== null) return joined;
  const sum = builder.ops.binary('add', before, term);
  builder.noteSum(sum, { before, term });
  return sum;
}

/** The steps that `wanted` or an effect depends on, in order. */
export function withoutDeadSteps(steps: readonly Step[], wanted: Iterable<Value>): Step[] {
  const live = new Set<Value>();
  const mark = (value: Value) => {
    for (let one: Value | null = value; one !== null; one = one.aliasOf) live.add(one);
  };
  for (const value of wanted) mark(value);
  const kept: Step[] = [];
  for (const step of [...steps].reverse()) {
    if (!step.effect && !step.outputs.some((output) => live.has(output))) continue;
    for (const input of step.inputs) mark(input);
    kept.push(step);
  }
  return kept.reverse();
}

/**
 * Joins steps where nothing else reads what is between: a relu to the product or normalization before it, its gradient
 * to that of the normalization, and to a product the sum with what was before.
 */
export function fuse(steps: readonly Step[], builder: Builder, kept: ReadonlySet<Value>): Step[] {
  const readers = new Map<Value, number>();
  const makers = new Map<Value, number>();
  for (const [i, step] of steps.entries()) {
    for (const input of step.inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
    for (const output of step.outputs) makers.set(output, i);
  }
  const fused: (Step | null)[] = [...steps];
  /** Takes two steps out and puts their union at one of their places. */
  const join = (between: Value, user: number, make: (maker: Step) => Step | null, place: 'first' | 'second') => {
    const first = makers.get(between);
    const maker = first === undefined ? null : fused[first];
    if (first === undefined || maker === null || kept.has(rootOf(between)) || readers.get(between) !== 1) return;
    const union = make(maker);
    if (union === null) return;
    fused[first] = null;
    fused[user] = null;
    fused[place === 'first' ? first : user] = union;
  };
  for (const [i, step] of steps.entries()) {
    const y = step.outputs[0];
    const x = y === undefined ? null : builder.reluOf(y);
    if (x !== null) join(x, i, ({ withRelu }) => withRelu?.(y) ?? null, 'first');
    const sum = y === undefined ? null : builder.sumOf(y);
    if (sum !== null) join(sum.term, i, ({ withSum }) => withSum?.(sum.before, y) ?? null, 'second');
    const passed = step.withReluGradient === null ? null : builder.reluGradientOf(step.inputs[0]);
    if (passed !== null) join(step.inputs[0], i, () => step.withReluGradient?.(passed) ?? null, 'second');
  }
  return fused.filter((step) => step !== null);
}
