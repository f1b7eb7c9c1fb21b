// Running a function of this file in place: its parameters are the caller's values, its end is joined from
// its returns. Recursion and great depth give an unknown value and leave modes as they were.

import type { Call, FunctionDef } from '../../python/tree.ts';
import { dataOfArguments } from './effects.ts';
import type { CallArguments, Frame, Machine } from './frame.ts';
import type { State } from './state.ts';
import { join } from './statements.ts';
import { constant, NO_DATA, UNKNOWN, unknown, type Value } from './values.ts';

type FunctionValue = Extract<Value, { kind: 'function' }>;

const MAX_DEPTH = 10;

export function inline(
  machine: Machine,
  callee: FunctionValue,
  args: CallArguments,
  expression: Call,
  state: State,
  frame: Frame,
  onYield?: (state: State) => State | null,
): Value {
  const { def } = callee;
  const parent = machine.frameOf(callee.frame) ?? null;
  if (def.kind === 'lambda') return runLambda(machine, callee, args, expression, state, frame);
  if (isOnStack(frame, def) || frame.chain.length >= MAX_DEPTH) return unknown(dataOfArguments(args));
  machine.entered.add(def);
  const inner = machine.newFrame({
    scope: machine.names.scopeOf(def),
    parent,
    caller: frame,
    def,
    chain: [...frame.chain, expression],
    context: `${frame.context}${expression.start}/`,
    onYield: onYield ?? null,
  });
  bindArguments(machine, callee, args, inner, state);
  const outerGrad = state.gradOff;
  if (gradSwitch(machine, def)) state.gradOff = 'yes';
  const end = machine.run(def.body, state, inner);
  let result: { state: State; value: Value } | null = end && { state: end, value: constant(null) };
  for (const returned of inner.returns) result = result ? joinReturns(machine, result, returned) : returned;
  if (result) state.become(result.state);
  state.gradOff = outerGrad;
  return result?.value ?? UNKNOWN;
}

function joinReturns(machine: Machine, a: { state: State; value: Value }, b: { state: State; value: Value }) {
  b.state.gradOff = a.state.gradOff;
  const value = machine.objects.merge(a.value, b.value);
  return { state: join(machine, a.state, b.state) ?? a.state, value };
}

function isOnStack(frame: Frame, def: FunctionDef): boolean {
  for (let at: Frame | null = frame; at; at = at.caller) if (at.def === def) return true;
  return false;
}

/** `@torch.no_grad()` above the function. */
export function gradSwitch(machine: Machine, def: FunctionDef): boolean {
  const scope = machine.names.scopeOf(def).parent ?? machine.root.scope;
  return def.decorators.some((decorator) => {
    const name = machine.names.resolve(decorator.kind === 'call' ? decorator.callee : decorator, scope);
    return name === 'torch.no_grad' || name === 'torch.inference_mode';
  });
}

function runLambda(
  machine: Machine,
  callee: FunctionValue,
  args: CallArguments,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  const { def } = callee;
  if (def.kind !== 'lambda' || frame.chain.length >= MAX_DEPTH) return unknown(dataOfArguments(args));
  const inner = machine.newFrame({
    scope: machine.names.scopeOf(def),
    parent: machine.frameOf(callee.frame) ?? null,
    caller: frame,
    def: null,
    chain: [...frame.chain, expression],
    context: `${frame.context}${expression.start}/`,
    onYield: null,
  });
  def.params.forEach((param, i) => {
    state.setVariable(inner.id, param.name, args.positional[i] ?? UNKNOWN);
  });
  return machine.evaluate(def.body, state, inner);
}

function bindArguments(machine: Machine, callee: FunctionValue, args: CallArguments, inner: Frame, state: State): void {
  const { def, self } = callee;
  const isStatic =
    def.kind === 'function' &&
    def.decorators.some((decorator) => decorator.kind === 'name' && decorator.id === 'staticmethod');
  const positional = self && !isStatic ? [self, ...args.positional] : args.positional;
  let next = 0;
  for (const param of def.params) {
    if (param.stars === 1) {
      state.setVariable(inner.id, param.name, { kind: 'sequence', items: positional.slice(next), data: NO_DATA });
      next = positional.length;
      continue;
    }
    const given = args.named.get(param.name) ?? (param.keywordOnly || param.stars ? undefined : positional[next++]);
    state.setVariable(inner.id, param.name, given ?? defaultOf(machine, param, args, inner, state));
  }
}

function defaultOf(
  machine: Machine,
  param: FunctionDef['params'][number],
  args: CallArguments,
  inner: Frame,
  state: State,
): Value {
  if (param.stars === 2) return UNKNOWN;
  if (param.default && !args.open) return machine.evaluate(param.default, state, inner.parent ?? machine.root);
  return { kind: 'object', place: `param:${inner.context}${param.name}`, data: NO_DATA };
}
