// Repeated forwards of the same input in training mode, whose spread is what is asked for: Monte Carlo
// dropout by `train()` of the whole model.

import type { Span } from '../base/finding.ts';
import type { Call, Expression, Statement } from '../python/tree.ts';
import { ownExpressions, visitExpression } from '../python/walk.ts';
import type { Facts } from './facts.ts';
import type { Sensitivity } from './layers.ts';
import { enclosing } from './loops.ts';

export interface Sampling {
  readonly call: Call;
  readonly receiver: string;
  /** The `train()` of the whole model. */
  readonly write: Span;
  readonly sensitivity: Sensitivity;
}

/** Those that switch BatchNorm as well. */
export function readSamplings(facts: Facts): readonly Sampling[] {
  return facts.of(readAllSamplings).filter(({ sensitivity }) => sensitivity.batchNorm > 0 && sensitivity.dropout > 0);
}

/** Of any model: what is asked for is its Dropout, as far as anybody can see. */
export function readAllSamplings(facts: Facts): readonly Sampling[] {
  const { text } = facts;
  if (!/\brange\(/.test(text) || !/\.train\(/.test(text) || !/\.(?:mean|std|var)\b|\bstack\b/.test(text)) return [];
  if (!/\bno_grad\b|\binference_mode\b|\.detach\(/.test(text)) return [];
  const { modes } = facts;
  const found: Sampling[] = [];
  for (const one of modes.occurrences) {
    const { call, mode, explicit, write, trained, sensitivity } = one;
    if (mode !== 'T' || !explicit || !write || trained || found.some((other) => other.call === call)) continue;
    if (modes.occurrences.some((other) => other.call === call && other.mode !== 'T')) continue;
    if (isRepeated(call, facts))
      found.push({ call, write, sensitivity, receiver: text.slice(call.callee.start, call.callee.end) });
  }
  return found;
}

/** In a loop or comprehension over `range(…)` that does not change the arguments, with a mean of it afterwards. */
function isRepeated(call: Call, { module, text }: Facts): boolean {
  const chain = enclosing(module.body, call);
  const around = chain.findLast((statement) => statement.kind === 'function');
  const after = text.slice(call.end, around?.end ?? text.length);
  if (!/\.(?:mean|std|var)\b|\bstack\b/.test(after)) return false;
  const innermost = chain.at(-1);
  const rounds = innermost ? comprehensionsOf(innermost, call) : [];
  const loop = chain.findLast((statement) => statement.kind === 'for');
  if (loop?.kind === 'for') rounds.push({ target: loop.target, iterable: loop.iterable });
  const [inner] = rounds;
  return inner !== undefined && isRange(inner.iterable) && !uses(call, inner.target, text);
}

function comprehensionsOf(statement: Statement, call: Call): { target: Expression; iterable: Expression }[] {
  const found: { target: Expression; iterable: Expression }[] = [];
  for (const own of ownExpressions(statement))
    visitExpression(own, (part) => {
      if (part.kind === 'comprehension' && part.start <= call.start && call.end <= part.end)
        found.unshift(...part.clauses.slice(0, 1));
    });
  return found;
}

function isRange(iterable: Expression): boolean {
  return iterable.kind === 'call' && iterable.callee.kind === 'name' && iterable.callee.id === 'range';
}

function uses(call: Call, target: Expression, text: string): boolean {
  if (target.kind !== 'name') return true;
  return new RegExp(`\\b${target.id}\\b`).test(text.slice(call.start, call.end));
}
