// Parameters made of unscaled random numbers that a matrix product uses as its weight:
// `self.w = nn.Parameter(torch.randn(a, b))`, `x @ self.w`.

import type { Scope } from '../python/names.ts';
import type { Call, Expression } from '../python/tree.ts';
import { ownExpressions, visitExpression } from '../python/walk.ts';
import type { Facts } from './facts.ts';
import { isSelfAttribute } from './layers.ts';
import type { ClassFact } from './modules.ts';

export interface RawWeight {
  readonly owner: ClassFact;
  readonly attribute: string;
  /** `torch.randn(a, b)`. */
  readonly call: Call;
  /** Its mean is not zero. */
  readonly isPositive: boolean;
  /** The size that is summed over, and its number where it is known. */
  readonly fan: Expression;
  readonly fanIn: number | null;
}

export function readRawWeights(facts: Facts): readonly RawWeight[] {
  if (!/Parameter\(\s*torch\.randn?\(/.test(facts.text)) return [];
  return facts.places.statements.flatMap(({ statement, scope, owner }): RawWeight[] => {
    const [target] = statement.kind === 'assign' ? statement.targets : [];
    if (statement.kind !== 'assign' || !owner?.isModule || target?.kind !== 'attribute' || !isSelfAttribute(target))
      return [];
    const made = statement.value && drawnIn(statement.value, scope, facts);
    if (!made || isRewritten(target.name, owner, statement.end, facts)) return [];
    const side = sideOf(target.name, owner, facts);
    const fan = side === 'rows' ? made.sizes.at(-2) : side === 'columns' ? made.sizes.at(-1) : undefined;
    if (!fan) return [];
    const fanIn = facts.values.number(fan, scope) ?? null;
    return [{ owner, attribute: target.name, call: made.call, isPositive: made.isPositive, fan, fanIn }];
  });
}

/** `nn.Parameter(torch.randn(a, b))`, trained, of two sizes or more. */
function drawnIn(
  value: Expression,
  scope: Scope,
  { names }: Facts,
): { call: Call; isPositive: boolean; sizes: readonly Expression[] } | null {
  if (value.kind !== 'call' || !/^torch\.nn\.(?:parameter\.)?Parameter$/.test(names.resolve(value.callee, scope) ?? ''))
    return null;
  const [given, trained] = value.args;
  if (given?.value.kind !== 'call' || trained) return null;
  const name = names.resolve(given.value.callee, scope);
  if (name !== 'torch.randn' && name !== 'torch.rand') return null;
  const sizes = given.value.args
    .filter((argument) => argument.name === null && argument.stars === 0)
    .map((argument) => argument.value);
  const [first] = sizes;
  const flat = sizes.length === 1 && first?.kind === 'sequence' ? first.items : sizes;
  return flat.length === 2 ? { call: given.value, isPositive: name === 'torch.rand', sizes: flat } : null;
}

/** Anything else that touches its values: through `self` in the class, by any name outside of it. */
function isRewritten(attribute: string, { def }: ClassFact, after: number, { text }: Facts): boolean {
  const inside = text.slice(after, def.end);
  const outside = text.slice(0, def.start) + text.slice(def.end);
  const writes = (tensor: string) =>
    new RegExp(`${tensor}\\b(?:\\.data)?(?:\\.\\w+_\\(|\\s*[*/]?=(?!=)|\\.data\\b)|\\w_\\([^()]*${tensor}\\b`);
  const all = /\bfor\b[^:\n]*\bparameters\(\)/.test(text.slice(def.start, def.end));
  return writes(`\\bself\\.${attribute}`).test(inside) || writes(`\\.${attribute}`).test(outside) || all;
}

/** `x @ self.w` sums over its rows, `F.linear(x, self.w)` over its columns; null where it is used otherwise too. */
function sideOf(attribute: string, owner: ClassFact, facts: Facts): 'rows' | 'columns' | null {
  const sides = new Set<'rows' | 'columns'>();
  let uses = 0;
  const isIt = (expression: Expression | undefined) =>
    expression?.kind === 'attribute' && isSelfAttribute(expression) && expression.name === attribute;
  for (const { expression, scope } of expressionsOf(owner, facts))
    visitExpression(expression, (part) => {
      if (isIt(part)) uses++;
      const side = sideIn(part, facts.names.resolve.bind(facts.names), scope, isIt);
      if (side) sides.add(side);
    });
  const [only] = sides;
  // The assignment is a use as well.
  return only && sides.size === 1 && uses === 2 ? only : null;
}

function sideIn(
  part: Expression,
  resolve: Facts['names']['resolve'],
  scope: Scope,
  isIt: (expression: Expression | undefined) => boolean,
): 'rows' | 'columns' | null {
  if (part.kind === 'operation') return part.operators[0] === '@' && isIt(part.operands[1]) ? 'rows' : null;
  if (part.kind !== 'call') return null;
  const name = resolve(part.callee, scope) ?? '';
  const [first, second] = part.args;
  if (name === 'torch.nn.functional.linear' && isIt(second?.value)) return 'columns';
  const isMethod = part.callee.kind === 'attribute' && /^(?:mm|matmul)$/.test(part.callee.name);
  return isIt(/^torch\.(?:mm|matmul)$/.test(name) ? second?.value : isMethod ? first?.value : undefined)
    ? 'rows'
    : null;
}

function* expressionsOf(owner: ClassFact, facts: Facts): Generator<{ expression: Expression; scope: Scope }> {
  for (const place of facts.places.statements)
    if (place.owner === owner && place.statement.kind !== 'function')
      for (const expression of ownExpressions(place.statement)) yield { expression, scope: place.scope };
}
