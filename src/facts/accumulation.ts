// Optimizer steps that are taken every k-th batch, around a BatchNorm that still sees one batch at a time.

import type { Span } from '../base/finding.ts';
import type { Expression } from '../python/tree.ts';
import { type statementsOf, visitExpression } from '../python/walk.ts';
import type { SmallBatch } from './batches.ts';
import type { Facts } from './facts.ts';

export interface Accumulation {
  /** `(i + 1) % 4 == 0`. */
  readonly test: Span;
  /** 4; null where it is not known. */
  readonly factor: number | null;
  readonly batch: SmallBatch;
}

export function readAccumulations(facts: Facts): readonly Accumulation[] {
  const { text } = facts;
  if (!/%/.test(text) || !/\.step\(/.test(text) || !/BatchNorm|torchvision|timm/.test(text)) return [];
  const found = facts.places.statements.flatMap(({ statement, scope }): Accumulation[] => {
    if (statement.kind !== 'if' || statement.orelse.length > 0 || !stepsAndClears(statement.body, text)) return [];
    const divisor = divisorIn(statement.test);
    const factor = divisor && (facts.values.number(divisor, scope) ?? null);
    if (!divisor || (factor !== null && factor < 2)) return [];
    const { start, end } = statement.test;
    return facts.batches.slice(0, 1).map((batch) => ({ test: { start, end }, factor, batch }));
  });
  return found.slice(0, 1);
}

/** `optimizer.step()` and `zero_grad()`, and nothing that evaluates. */
function stepsAndClears(body: Parameters<typeof statementsOf>[0], text: string): boolean {
  const [first] = body;
  const last = body.at(-1);
  if (!first || !last) return false;
  const inside = text.slice(first.start, last.end);
  return /\.step\(/.test(inside) && /\.zero_grad\(/.test(inside) && !/\.backward\(|\.eval\(/.test(inside);
}

/** The k of `… % k == 0`. */
function divisorIn(test: Expression): Expression | null {
  let found: Expression | null = null;
  visitExpression(test, (part) => {
    if (part.kind === 'operation' && part.operators[0] === '%') found = part.operands[1] ?? null;
  });
  return found;
}
