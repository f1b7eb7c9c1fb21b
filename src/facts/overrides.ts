// What a module class makes of train(): nn.Module.eval() is train(False), so a train() that means something
// else takes eval() with it.

import type { Call, Expression, FunctionDef, Return, Statement } from '../python/tree.ts';
import { ownExpressions, statementsOf, visitExpression } from '../python/walk.ts';
import type { Facts } from './facts.ts';
import type { ClassFact } from './modules.ts';

export interface TrainOverride {
  readonly owner: ClassFact;
  readonly def: FunctionDef;
  readonly fault: /** It takes no mode, or its first parameter is something else. */
    | 'another-meaning'
    /** It switches no part. */
    | 'reaches-nothing'
    /** It calls the inherited `train()` without the mode it was given. */
    | 'drops-mode'
    /** It returns nothing, so `net.eval()` is None. */
    | 'returns-nothing';
  /** The inherited calls that lack the mode. */
  readonly calls: readonly Call[];
  /** Some code of the file calls `eval()` on an instance. */
  readonly evaluated: boolean;
}

const MODE_NAME = /^(?:mode|train(?:ing)?|is_train(?:ing)?|flag|enable[d]?|on|value|status|b|t|m|x|val)$/i;

export function readOverrides(facts: Facts): readonly TrainOverride[] {
  if (!/\bdef train\b/.test(facts.text)) return [];
  return facts.classes.all.flatMap((owner): TrainOverride[] => {
    const def = owner.methods.get('train');
    if (!def || !owner.isModule || def.decorators.length > 0 || facts.classes.method(owner, 'eval')) return [];
    const found = faultOf(def, owner, facts);
    return found ? [{ owner, def, ...found, evaluated: isEvaluated(owner, facts) }] : [];
  });
}

function faultOf(def: FunctionDef, owner: ClassFact, facts: Facts): Pick<TrainOverride, 'fault' | 'calls'> | null {
  const [, mode, ...others] = def.params;
  // `*args, **kwargs` are handed on as they are.
  if (def.params.some(({ stars }) => stars > 0)) return null;
  const text = facts.text.slice(def.start, def.end);
  if (!takesMode(mode, others, text)) return { fault: 'another-meaning', calls: [] };
  if (!mode || /\b(?:raise|pass)\b/.test(text)) return null;
  const inherited = inheritedCalls(def);
  if (inherited.length === 0) return reachesParts(text, owner) ? null : { fault: 'reaches-nothing', calls: [] };
  const bare = inherited.filter(({ args }) => args.length === 0);
  if (bare.length === inherited.length && bare.every((call) => def.body.some((statement) => isOnly(statement, call))))
    return { fault: 'drops-mode', calls: bare };
  return returns(def) ? null : { fault: 'returns-nothing', calls: [] };
}

function takesMode(
  mode: FunctionDef['params'][number] | undefined,
  others: FunctionDef['params'],
  text: string,
): boolean {
  if (!mode || others.some((param) => param.default === null)) return false;
  if (MODE_NAME.test(mode.name)) return true;
  const isFlag = mode.default?.kind === 'constant' && typeof mode.default.value === 'boolean';
  return isFlag || new RegExp(`\\.train\\(\\s*(?:mode\\s*=\\s*)?${mode.name}\\b`).test(text);
}

/** `super().train(…)` and `nn.Module.train(self, …)`; the second is always given something. */
function inheritedCalls(def: FunctionDef): readonly Call[] {
  const calls: Call[] = [];
  for (const part of partsOf(def))
    if (
      part.kind === 'call' &&
      part.callee.kind === 'attribute' &&
      part.callee.name === 'train' &&
      isBase(part.callee.object)
    )
      calls.push(part);
  return calls;
}

function isBase(object: Expression): boolean {
  if (object.kind === 'call') return object.callee.kind === 'name' && object.callee.id === 'super';
  return /^[A-Z]/.test(object.kind === 'attribute' ? object.name : object.kind === 'name' ? object.id : '');
}

function reachesParts(text: string, { layers, sensitivity }: ClassFact): boolean {
  const hasParts = layers.length > 0 && (sensitivity.batchNorm + sensitivity.dropout > 0 || sensitivity.unknown);
  return !hasParts || /\bsuper\b|\.(?:train|eval|apply|children|modules|_modules)\b|setattr/.test(text);
}

/** A statement of the method's own that is this call, with or without `return`. */
function isOnly(statement: Statement, call: Call): boolean {
  return (statement.kind === 'expression' || statement.kind === 'return') && statement.value === call;
}

function returns(def: FunctionDef): boolean {
  return [...statementsOf(def.body)].some((statement) => statement.kind === 'return' && (statement as Return).value);
}

function* partsOf(def: FunctionDef): Generator<Expression> {
  const found: Expression[] = [];
  for (const statement of statementsOf(def.body))
    for (const own of ownExpressions(statement)) visitExpression(own, (part) => found.push(part));
  yield* found;
}

function isEvaluated(owner: ClassFact, { places, receivers, text }: Facts): boolean {
  if (!/\.(?:eval\(\)|train\(False\))/.test(text)) return false;
  return places.statements.some((place) =>
    ownExpressions(place.statement).some((own) => {
      let found = false;
      visitExpression(own, (part) => {
        if (part.kind !== 'call' || part.callee.kind !== 'attribute' || part.callee.name !== 'eval') return;
        if (part.args.length === 0 && receivers.of(part.callee.object, place)?.fact === owner) found = true;
      });
      return found;
    }),
  );
}
