// Layers with state that forward() makes anew at every call and uses at once: nothing registers them, nothing
// trains them, and no mode reaches them.

import type { Call, Expression, FunctionDef, Statement } from '../python/tree.ts';
import { ownExpressions, statementsOf, visitExpression } from '../python/walk.ts';
import type { CallFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { isBatchNorm, isDropout, isInstanceNorm, isWeighted } from './knowledge.ts';
import { isSelfAttribute } from './layers.ts';
import type { ClassFact } from './modules.ts';

export interface FreshLayer {
  readonly made: CallFact;
  readonly owner: ClassFact;
  readonly kind: 'statistics' | 'weights' | 'affine' | 'dropout';
  /** `nn.LayerNorm(8)(x)`: the call of what was just made; null where it has a name in between. */
  readonly applied: Call | null;
}

const WORTH_A_LOOK =
  /\b(?:\w*Norm(?:[123]d)?|Linear|Bilinear|Conv\w*[123]d|LSTM\w*|GRU\w*|RNN\w*|\w*Dropout[123]?d?|Embedding)\(/;

export function readFreshLayers(facts: Facts): readonly FreshLayer[] {
  if (!/\bdef forward\b/.test(facts.text) || !WORTH_A_LOOK.test(facts.text)) return [];
  const reached = new Map<ClassFact, ReadonlySet<FunctionDef>>();
  const isReached = (owner: ClassFact, def: FunctionDef): boolean => {
    const known = reached.get(owner) ?? reachedFrom(owner);
    reached.set(owner, known);
    return known.has(def);
  };
  return facts.places.calls.flatMap((made): FreshLayer[] => {
    const { owner, def, name, call, statement } = made;
    if (!owner?.isModule || !def || def.name === '__init__') return [];
    const kind = kindOf(made, facts);
    if (!kind || !isReached(owner, def)) return [];
    if (isKept(statement)) return [];
    const applied = appliedIn(statement, call);
    if (!applied && !isCalledByName(statement, call, def, facts)) return [];
    return name === '' ? [] : [{ made, owner, kind, applied }];
  });
}

function kindOf({ name, args, scope, call }: CallFact, { values }: Facts): FreshLayer['kind'] | null {
  if (call.args.some(({ stars }) => stars > 0)) return null;
  const flag = (option: string) => {
    const given = args.values.get(option);
    return given ? values.fold(given, scope)?.value : undefined;
  };
  if (isDropout(name)) return flag('p') === 0 ? null : 'dropout';
  if (isWeighted(name) || name === 'torch.nn.Embedding') return 'weights';
  return kindOfNorm(name, flag);
}

/** null for a norm that has neither weight nor statistics, and for what is none. */
function kindOfNorm(name: string, flag: (option: string) => unknown): FreshLayer['kind'] | null {
  const isInstance = isInstanceNorm(name);
  const tracks = isInstance ? flag('track_running_stats') === true : flag('track_running_stats') !== false;
  const hasWeight = isInstance
    ? flag('affine') === true
    : flag('affine') !== false && flag('elementwise_affine') !== false;
  if (!isInstance && !isBatchNorm(name))
    return /^torch\.nn\.(?:LayerNorm|GroupNorm|RMSNorm)$/.test(name) && hasWeight ? 'affine' : null;
  return tracks ? 'statistics' : hasWeight ? 'affine' : null;
}

/** forward() and the methods of the class it calls. */
function reachedFrom(owner: ClassFact): ReadonlySet<FunctionDef> {
  const found = new Set<FunctionDef>();
  const visit = (def: FunctionDef | undefined) => {
    if (!def || found.has(def)) return;
    found.add(def);
    for (const statement of statementsOf(def.body))
      for (const own of ownExpressions(statement))
        visitExpression(own, (part) => {
          if (part.kind === 'call' && part.callee.kind === 'attribute' && isSelfAttribute(part.callee))
            visit(owner.methods.get(part.callee.name));
        });
  };
  visit(owner.methods.get('forward'));
  return found;
}

/** `self.norm = …`, guarded or not, is made to be kept; so is what goes into a container or is returned. */
function isKept(statement: Statement): boolean {
  if (statement.kind !== 'assign') return false;
  return statement.targets.some(({ kind }) => kind !== 'name');
}

/** `made(x)`, with moves to a device in between. */
function appliedIn(statement: Statement, made: Call): Call | null {
  let found: Call | null = null;
  for (const own of ownExpressions(statement))
    visitExpression(own, (part) => {
      if (part.kind === 'call' && isMoved(part.callee, made)) found = part;
    });
  return found;
}

function isMoved(callee: Expression, made: Call): boolean {
  if (callee === made) return true;
  const isMove =
    callee.kind === 'call' &&
    callee.callee.kind === 'attribute' &&
    /^(?:to|cuda|cpu|float|half|double|type)$/.test(callee.callee.name);
  return isMove && callee.callee.kind === 'attribute' && isMoved(callee.callee.object, made);
}

/** `norm = nn.LayerNorm(8)`, then `norm(x)` and nothing else. */
function isCalledByName(statement: Statement, made: Call, def: FunctionDef, { text }: Facts): boolean {
  if (statement.kind !== 'assign' || !statement.value || !(statement.value === made || isMoved(statement.value, made)))
    return false;
  const [target] = statement.targets;
  if (target?.kind !== 'name' || statement.targets.length > 1) return false;
  const after = text.slice(statement.end, def.end);
  const uses = [...after.matchAll(new RegExp(`\\b${target.id}\\b(\\()?`, 'g'))];
  return uses.length > 0 && uses.every(([, called]) => called !== undefined);
}
