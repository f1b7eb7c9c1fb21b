// Forward calls of one sample, `net(x.unsqueeze(0))` or `net(torch.randn(1, …))`, in training mode, of modules
// with a BatchNorm that then has one value a channel.

import type { Call, Expression } from '../python/tree.ts';
import { statementsOf } from '../python/walk.ts';
import type { Facts } from './facts.ts';
import { type NormNode, readNorms } from './graphs/queries.ts';

export interface SingleForward {
  readonly call: Call;
  /** As the code spells it. */
  readonly receiver: string;
  /** The first norm it cannot pass. */
  readonly norm: NormNode;
  readonly isInference: boolean;
}

export function readSingleForwards(facts: Facts): readonly SingleForward[] {
  if (!/BatchNorm/.test(facts.text) || !/unsqueeze\(|\(\s*\(?\s*1\s*,/.test(facts.text)) return [];
  // torchsummary's own two samples, and eval mode, are its business.
  const norms = facts.of(readNorms).filter(({ family, node }) => family === 'batch' && hasOnePlace(node));
  if (norms.length === 0) return [];
  const { occurrences, objects } = facts.modes;
  const found = new Map<number, SingleForward>();
  for (const { call, place, mode, trained } of occurrences) {
    const fact = objects.get(place)?.fact;
    const norm = norms.find(({ graph }) => graph.fact !== null && graph.fact === fact);
    const input = call.args[0]?.value;
    if (mode !== 'T' || !norm || !input || !isOne(input, call, facts)) continue;
    const receiver = facts.text.slice(call.callee.start, call.callee.end);
    found.set(call.start, { call, receiver, norm, isInference: !trained });
  }
  // A pass that should be in eval mode is told of as one; one call in two modes is not certain.
  const passes = facts.loops.passes.map(({ call }) => call.start);
  const others = occurrences.filter(({ mode }) => mode !== 'T').map(({ call }) => call.start);
  return [...found.values()].filter(({ call }) => !others.includes(call.start) && !passes.includes(call.start));
}

/** Two axes, or places that are known to be one. */
function hasOnePlace({ inputs }: NormNode['node']): boolean {
  const { open, axes } = inputs[0]?.shape ?? { open: true, axes: [] };
  return !open && axes.length >= 2 && axes.slice(2).every(({ size }) => size === 1) && axes[0]?.label === 'N';
}

/** A batch of one, by the expression itself or by the one assignment of its name. */
function isOne(input: Expression, call: Call, facts: Facts): boolean {
  if (input.kind === 'name') {
    const values = assignedTo(input.id, call, facts);
    const [only] = values;
    return values.length === 1 && only !== undefined && only.kind !== 'name' && isOne(only, call, facts);
  }
  if (input.kind !== 'call') return false;
  const { callee, args } = input;
  const first = args[0]?.value;
  if (callee.kind === 'attribute' && callee.name === 'unsqueeze') return isNumber(first, 0);
  if (callee.kind === 'attribute' && /^(?:to|cuda|cpu|float|half)$/.test(callee.name))
    return isOne(callee.object, call, facts);
  const place = facts.places.calls.find((known) => known.call === input);
  if (!place || !/^torch\.(?:randn?|zeros|ones|empty)$/.test(place.name))
    return place?.name === 'torch.autograd.Variable' && !!first && isOne(first, call, facts);
  return isNumber(first?.kind === 'sequence' ? first.items[0] : args.length > 1 ? first : undefined, 1);
}

function isNumber(expression: Expression | undefined, value: number): boolean {
  return expression?.kind === 'number' && expression.value === value;
}

/** What the name is given in the function or file the call stands in. */
function assignedTo(name: string, call: Call, facts: Facts): readonly Expression[] {
  const around = facts.places.statements.filter(
    ({ statement }) => statement.kind === 'function' && statement.start <= call.start && call.end <= statement.end,
  );
  const innermost = around.at(-1)?.statement;
  const body = innermost?.kind === 'function' ? innermost.body : facts.module.body;
  const isParam = innermost?.kind === 'function' && innermost.params.some((param) => param.name === name);
  const values: Expression[] = [];
  for (const statement of statementsOf(body)) {
    if (statement.kind === 'for' && mentions(statement.target, name)) return [];
    if (statement.kind !== 'assign' || !statement.value) continue;
    for (const target of statement.targets)
      if (mentions(target, name)) values.push(target.kind === 'name' ? statement.value : target);
  }
  return isParam ? [] : values;
}

function mentions(target: Expression, name: string): boolean {
  return target.kind === 'name'
    ? target.id === name
    : target.kind === 'sequence' && target.items.some((item) => mentions(item, name));
}
