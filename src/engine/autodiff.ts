// Reverse-mode differentiation, once, when the program is made: walks the steps backwards and lets each write
// its gradient as further steps.

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
    gradients.set(input, before === undefined ? gradient : builder.ops.binary('add', before, gradient));
  }
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
 * Joins a relu to the product or normalization before it, where nothing else reads what is between, and in the same
 * way its gradient to that of the normalization.
 */
export function fuseRelus(steps: readonly Step[], builder: Builder, kept: ReadonlySet<Value>): Step[] {
  const readers = new Map<Value, number>();
  const makers = new Map<Value, number>();
  for (const [i, step] of steps.entries()) {
    for (const input of step.inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
    for (const output of step.outputs) makers.set(output, i);
  }
  const between = (value: Value) => !kept.has(rootOf(value)) && readers.get(value) === 1;
  const fused: (Step | null)[] = [...steps];
  for (const [i, step] of steps.entries()) {
    const y = step.outputs[0];
    const x = y === undefined ? null : builder.reluOf(y);
    const maker = x !== null && between(x) ? makers.get(x) : undefined;
    const join = maker === undefined ? null : (fused[maker]?.withRelu ?? null);
    if (maker === undefined || join === null) continue;
    fused[maker] = join(y);
    fused[i] = null;
  }
  for (const [i, step] of steps.entries()) {
    const g = step.withReluGradient === null ? undefined : step.inputs[0];
    const passed = g === undefined ? null : builder.reluGradientOf(g);
    const maker = g !== undefined && passed !== null && between(g) ? makers.get(g) : undefined;
    if (maker === undefined || passed === null || step.withReluGradient === null) continue;
    fused[i] = step.withReluGradient(passed);
    fused[maker] = null;
  }
  return fused.filter((step) => step !== null);
}
