// Norms that train in float16: a model that is halved in a file that trains it, and norms of one's own that
// square what they are given without widening it first.

import type { Call, Expression } from '../python/tree.ts';
import { ownExpressions, visitExpression } from '../python/walk.ts';
import type { StatementFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { normFamily } from './graphs/queries.ts';
import { layersWithin } from './inits/layers.ts';
import type { ClassFact } from './modules.ts';

export interface HalfNorm {
  readonly call: Call;
  /** The halved model; of a norm of one's own, its class. */
  readonly name: string;
  /** Where the square is taken; null where it is the model's own norms that train in float16. */
  readonly square: Expression | null;
}

export function readHalfNorms(facts: Facts): readonly HalfNorm[] {
  if (!/\.half\(\)/.test(facts.text) || /autocast|GradScaler|\bamp\b|bfloat16/.test(facts.text)) return [];
  const halved = facts.places.statements.flatMap((place) => halvesIn(place, facts));
  return halved.flatMap(({ call, fact, name }): HalfNorm[] => {
    const own = facts.classes.all.flatMap((norm) => squareOf(norm, facts));
    const used = own.filter(({ norm }) => makes(fact, norm, facts));
    if (used.length > 0) return used.map(({ norm, square }) => ({ call, name: norm.name, square }));
    const hasNorms = layersWithin(fact, facts).some(({ type }) => normFamily(type) !== null);
    // At inference PyTorch's norms add up in float32.
    return hasNorms && trains(facts) && !restores(facts) ? [{ call, name, square: null }] : [];
  });
}

function halvesIn(place: StatementFact, facts: Facts): readonly { call: Call; fact: ClassFact; name: string }[] {
  const found: { call: Call; fact: ClassFact; name: string }[] = [];
  for (const own of ownExpressions(place.statement))
    visitExpression(own, (part) => {
      if (
        part.kind !== 'call' ||
        part.callee.kind !== 'attribute' ||
        part.callee.name !== 'half' ||
        part.args.length > 0
      )
        return;
      const fact = facts.receivers.of(part.callee.object, place)?.fact;
      const { start, end } = part.callee.object;
      if (fact) found.push({ call: part, fact, name: facts.text.slice(start, end) });
    });
  return found;
}

function trains({ text }: Facts): boolean {
  return /\.backward\(/.test(text) && /\.step\(/.test(text);
}

/** Norms are taken back to float32. */
function restores({ text }: Facts): boolean {
  return /isinstance\([^)]*Norm[^)]*\)+[^\n]*:\s*\n?\s*\w+(?:\.\w+)*\.float\(\)|\.float\(\)[^\n]*Norm|keep_batchnorm_fp32|master_param|copy\.deepcopy/.test(
    text,
  );
}

function makes(whole: ClassFact, part: ClassFact, facts: Facts): boolean {
  return whole === part || layersWithin(whole, facts).some(({ type }) => type === part.name);
}

/** `x.pow(2).mean(…)` or `x ** 2` in the forward() of a class that is named a norm and never widens. */
function squareOf(norm: ClassFact, facts: Facts): readonly { norm: ClassFact; square: Expression }[] {
  const forward = norm.isModule && /norm/i.test(norm.name) ? norm.methods.get('forward') : undefined;
  if (!forward || /\.float\(\)|float32|\.double\(\)|\.type\(|upcast/.test(facts.text.slice(forward.start, forward.end)))
    return [];
  const inputs = new Set(forward.params.slice(1).map(({ name }) => name));
  const squares: Expression[] = [];
  for (const place of facts.places.statements)
    if (place.def === forward)
      for (const own of ownExpressions(place.statement))
        visitExpression(own, (part) => {
          if (isSquare(part, inputs)) squares.push(part);
        });
  const [square] = squares;
  return square ? [{ norm, square }] : [];
}

function isSquare(part: Expression, inputs: ReadonlySet<string>): boolean {
  const isInput = (item: Expression | undefined) => item?.kind === 'name' && inputs.has(item.id);
  const isTwo = (item: Expression | undefined) => item?.kind === 'number' && item.value === 2;
  if (part.kind === 'operation')
    return part.operators[0] === '**' && isInput(part.operands[0]) && isTwo(part.operands[1]);
  if (part.kind !== 'call' || part.callee.kind !== 'attribute') return false;
  const { name, object } = part.callee;
  return (
    isInput(object) && ((name === 'pow' && isTwo(part.args[0]?.value)) || (name === 'square' && part.args.length === 0))
  );
}
