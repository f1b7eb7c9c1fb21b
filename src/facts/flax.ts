// Flax's linen modules, as far as BatchNorm's statistics go: they are a collection beside the parameters, a
// training step has to ask for it (`mutable`), take it and put it back.

import type { Span } from '../base/finding.ts';
import type { Argument, Call, Expression, FunctionDef } from '../python/tree.ts';
import type { CallFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { enclosing } from './loops.ts';

export interface FlaxFault {
  readonly kind: /** A training forward without `mutable`: Flax raises at the first update. */
    | 'not-mutable'
    /** The new statistics are returned, and dropped. */
    | 'dropped'
    /** A constant where the mode belongs. */
    | 'constant-mode';
  readonly span: Span;
  readonly call: Call;
  /** Of `constant-mode`: the argument, and the function's parameter that is the mode. */
  readonly argument: Argument | null;
  readonly mode: string | null;
}

const MODE = /^(?:train|training|is_train|is_training)$/;

export function readFlaxFaults(facts: Facts): readonly FlaxFault[] {
  if (!/\bBatchNorm\b|\bDropout\b/.test(facts.text)) return [];
  const hasNorm = facts.places.calls.some(({ name }) => name === 'flax.linen.BatchNorm');
  return [
    ...(hasNorm ? ofSteps(facts) : []),
    ...facts.places.calls.flatMap((place) => constantMode(place, facts) ?? []),
  ];
}

/** `model.apply(…)` and `state.apply_fn(…)`, in functions whose gradient is taken. */
function ofSteps(facts: Facts): readonly FlaxFault[] {
  const { text, places } = facts;
  if (!/\b(?:value_and_grad|grad)\(/.test(text)) return [];
  return places.statements.flatMap(({ statement, def }): FlaxFault[] => {
    const value = statement.kind === 'assign' || statement.kind === 'return' ? statement.value : null;
    if (!def || value?.kind !== 'call' || !isApply(value) || !trains(value)) return [];
    const span = { start: value.start, end: value.end };
    const mutable = value.args.find(({ name }) => name === 'mutable');
    if (!mutable) {
      if (value.args.some(({ stars }) => stars > 0)) return [];
      return [{ kind: 'not-mutable', span, call: value, argument: null, mode: null }];
    }
    if (statement.kind !== 'assign') return [];
    const [target] = statement.targets;
    const [, updates] = target?.kind === 'sequence' && target.items.length === 2 ? target.items : [];
    if (updates?.kind !== 'name' || isUsed(updates.id, statement.end, def, facts)) return [];
    return [
      { kind: 'dropped', span: { start: updates.start, end: updates.end }, call: value, argument: null, mode: null },
    ];
  });
}

function isApply({ callee }: Call): boolean {
  return callee.kind === 'attribute' && /^(?:apply|apply_fn)$/.test(callee.name);
}

/** It says so itself. */
function trains({ args }: Call): boolean {
  return args.some(
    ({ name, value }) =>
      value.kind === 'constant' &&
      ((name !== null && MODE.test(name) && value.value === true) ||
        (name === 'use_running_average' && value.value === false)),
  );
}

/** Anywhere below in the function, or in the functions around it. */
function isUsed(name: string, from: number, def: FunctionDef, { module, text }: Facts): boolean {
  const outermost = enclosing(module.body, def).find((statement) => statement.kind === 'function') ?? def;
  return new RegExp(`\\b${name}\\b`).test(text.slice(from, Math.max(def.end, outermost.end)));
}

/** `nn.BatchNorm(use_running_average=False)` in a `__call__` that is told the mode. */
function constantMode({ call, name, def }: CallFact, facts: Facts): FlaxFault | null {
  const wanted =
    name === 'flax.linen.BatchNorm' ? 'use_running_average' : name === 'flax.linen.Dropout' ? 'deterministic' : null;
  if (!wanted || def?.name !== '__call__') return null;
  const mode = def.params.find((param) => MODE.test(param.name))?.name;
  const argument = call.args.find((one) => one.name === wanted) ?? givenAtCall(call, wanted, facts);
  if (!mode || argument?.value.kind !== 'constant' || typeof argument.value.value !== 'boolean') return null;
  return { kind: 'constant-mode', span: { start: argument.start, end: argument.end }, call, argument, mode };
}

/** `nn.BatchNorm()(x, use_running_average=False)`. */
function givenAtCall(made: Call, wanted: string, { places }: Facts): Argument | undefined {
  const applied = places.statements
    .filter(({ statement }) => statement.start <= made.start && made.end <= statement.end)
    .flatMap(({ statement }) =>
      statement.kind === 'assign' || statement.kind === 'return' ? outerCalls(statement.value, made) : [],
    );
  return applied.flatMap(({ args }) => args).find(({ name }) => name === wanted);
}

function outerCalls(value: Expression | null, made: Call): readonly Call[] {
  return value?.kind === 'call' && value.callee === made ? [value] : [];
}
