// `(x - x.mean(0)) / x.std(0)` in a module's forward(): statistics of the batch, without running ones.

import type { Expression } from '../python/tree.ts';
import { ownExpressions, visitExpression } from '../python/walk.ts';
import type { Facts } from './facts.ts';

export interface BatchStatistics {
  readonly expression: Expression;
  /** `x`. */
  readonly input: string;
  /** A deviation of 0 divides by 0. */
  readonly guarded: boolean;
}

/** Losses, returns and re-implementations of norms standardize a batch on purpose. */
const ON_PURPOSE = /loss|norm|criterion|advantage|reward|return|whiten|barlow|running_|register_buffer|momentum/i;

export function readBatchStatistics(facts: Facts): readonly BatchStatistics[] {
  if (!/\.std\(/.test(facts.text) || !/\.mean\(/.test(facts.text)) return [];
  return facts.places.statements.flatMap(({ statement, def, owner }): BatchStatistics[] => {
    if (!owner?.isModule || def?.name !== 'forward' || ON_PURPOSE.test(owner.name)) return [];
    // The word norm is in every model; the others decide for the class.
    if (/running_|register_buffer|momentum|barlow|whiten/i.test(facts.text.slice(owner.def.start, owner.def.end)))
      return [];
    const inputs = new Set(def.params.slice(1).map(({ name }) => name));
    const found: BatchStatistics[] = [];
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => {
        const guarded = part.kind === 'operation' ? standardizes(part, inputs) : null;
        if (part.kind === 'operation' && guarded) found.push({ expression: part, ...guarded });
      });
    return found;
  });
}

/** `(x - x.mean(0)) / x.std(0)` or `/ (x.std(0) + eps)`, of the model's input. */
function standardizes(
  { operators, operands }: Expression & { kind: 'operation' },
  inputs: ReadonlySet<string>,
): { input: string; guarded: boolean } | null {
  const [top, bottom] = operands;
  if (operators[0] !== '/' || top?.kind !== 'operation' || top.operators[0] !== '-' || !bottom) return null;
  const [data, mean] = top.operands;
  if (data?.kind !== 'name' || !inputs.has(data.id) || !mean || !isStatistic(mean, 'mean', data.id)) return null;
  if (isStatistic(bottom, 'std', data.id)) return { input: data.id, guarded: false };
  const isSum = bottom.kind === 'operation' && bottom.operators[0] === '+';
  return isSum && bottom.operands.some((part) => isStatistic(part, 'std', data.id))
    ? { input: data.id, guarded: true }
    : null;
}

/** Over the first axis: `mean(0)`, `mean(dim=0, keepdim=True)`, `mean((0, 2, 3))`, or over everything. */
function isStatistic(expression: Expression, name: string, input: string): boolean {
  if (expression.kind !== 'call' || expression.callee.kind !== 'attribute' || expression.callee.name !== name)
    return false;
  const { object } = expression.callee;
  const { args } = expression;
  const dim =
    args.find((argument) => argument.name === 'dim' || argument.name === 'axis') ??
    (args[0]?.name === null ? args[0] : undefined);
  const axes = dim?.value.kind === 'sequence' ? dim.value.items : dim ? [dim.value] : [];
  return (
    object.kind === 'name' &&
    object.id === input &&
    (!dim || axes.some((axis) => axis.kind === 'number' && axis.value === 0))
  );
}
