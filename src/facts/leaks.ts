// Statistics for scaling that are taken from data held out for testing: a scaler fitted before the split, or
// fitted again on the test part.

import type { Span } from '../base/finding.ts';
import type { Scope } from '../python/names.ts';
import type { Block, Call, Expression, Statement } from '../python/tree.ts';
import { innerBlocks, ownExpressions, visitExpression } from '../python/walk.ts';
import type { Facts } from './facts.ts';

export interface Leak {
  readonly kind: /** `scaler.fit_transform(X)` and then `train_test_split(X)`. */
    | 'before'
    /** `scaler.fit_transform(X_test)`. */
    | 'again'
    /** `X = (X - X.mean()) / X.std()` and then the split. */
    | 'by hand';
  readonly span: Span;
  /** The scaler, or the data. */
  readonly name: string;
  /** The split. */
  readonly split: Span;
  /** The method's name, of `again`. */
  readonly method: Span | null;
}

const SCALER =
  /^sklearn\.preprocessing\.(?:\w+\.)?(?:StandardScaler|MinMaxScaler|MaxAbsScaler|RobustScaler|PowerTransformer|QuantileTransformer)$/;
const SPLIT = /^sklearn\.model_selection\.(?:\w+\.)?train_test_split$/;

export function readLeaks(facts: Facts): readonly Leak[] {
  if (!/train_test_split\(/.test(facts.text)) return [];
  const blocks: { block: Block; scope: Scope }[] = [{ block: facts.module.body, scope: facts.names.module }];
  for (const { statement } of facts.places.statements)
    if (statement.kind === 'function') blocks.push({ block: statement.body, scope: facts.names.scopeOf(statement) });
  return blocks.flatMap(({ block, scope }) => new LeakReader(facts, scope).read(block));
}

interface Fitted {
  readonly kind: 'before' | 'by hand';
  readonly span: Span;
  readonly name: string;
}

class LeakReader {
  readonly #facts: Facts;
  readonly #scope: Scope;
  /** Names whose values were scaled by statistics of all of them. */
  readonly #whole = new Map<string, Fitted>();
  readonly #scalers = new Set<string>();
  /** Names of the test parts, and the split they come from. */
  readonly #held = new Map<string, Span>();
  readonly #leaks: Leak[] = [];

  constructor(facts: Facts, scope: Scope) {
    this.#facts = facts;
    this.#scope = scope;
  }

  /** In order; what happens under a condition is not certain. */
  read(block: Block): readonly Leak[] {
    for (const statement of block) {
      this.#again(statement);
      if (statement.kind === 'assign' && statement.value) this.#assign(statement.targets, statement.value);
      else if (innerBlocks(statement).length > 0) this.#forget(statement);
    }
    return this.#leaks;
  }

  #assign(targets: readonly Expression[], value: Expression): void {
    const split = this.#splitIn(value);
    if (split) {
      this.#split(split, targets);
      return;
    }
    const made = value.kind === 'call' ? this.#nameOf(value.callee) : null;
    const fitted = this.#fitted(value);
    for (const target of targets) {
      if (target.kind !== 'name') continue;
      this.#whole.delete(target.id);
      this.#held.delete(target.id);
      if (made && SCALER.test(made)) this.#scalers.add(target.id);
      else this.#scalers.delete(target.id);
      if (fitted) this.#whole.set(target.id, fitted);
    }
  }

  /** `scaler.fit_transform(X)`, `(X - X.mean()) / X.std()`, and what keeps the samples in their order. */
  #fitted(value: Expression): Fitted | null {
    const { start, end } = value;
    if (value.kind === 'name') return this.#whole.get(value.id) ?? null;
    if (value.kind === 'operation') return this.#standardized(value);
    if (value.kind !== 'call') return null;
    const { callee, args } = value;
    if (callee.kind === 'attribute' && callee.name === 'fit_transform' && this.#isScaler(callee.object)) {
      const [data] = args;
      return data?.value.kind === 'name' && !this.#held.has(data.value.id) && !/train/i.test(data.value.id)
        ? { kind: 'before', span: { start, end }, name: this.#text(callee.object) }
        : null;
    }
    const keeps =
      /^torch\.(?:tensor|from_numpy|FloatTensor|as_tensor)$|^numpy\.(?:array|asarray)$|^pandas\.DataFrame$/.test(
        this.#nameOf(callee) ?? '',
      );
    return keeps && args[0] ? this.#fitted(args[0].value) : null;
  }

  #standardized(value: Expression & { kind: 'operation' }): Fitted | null {
    const [top, bottom] = value.operands;
    const [data, mean] = top?.kind === 'operation' && top.operators[0] === '-' ? top.operands : [];
    if (value.operators[0] !== '/' || data?.kind !== 'name' || !mean || !bottom || /train/i.test(data.id)) return null;
    const isOf = (part: Expression, names: RegExp) =>
      part.kind === 'call' &&
      part.callee.kind === 'attribute' &&
      names.test(part.callee.name) &&
      part.callee.object.kind === 'name' &&
      part.callee.object.id === data.id &&
      isOverSamples(part);
    const isBottom =
      isOf(bottom, /^std$/) ||
      (bottom.kind === 'operation' && bottom.operands[0] !== undefined && isOf(bottom.operands[0], /^(?:std|max)$/));
    return isOf(mean, /^(?:mean|min)$/) && isBottom
      ? { kind: 'by hand', span: { start: value.start, end: value.end }, name: data.id }
      : null;
  }

  #isScaler(expression: Expression): boolean {
    if (expression.kind === 'name') return this.#scalers.has(expression.id);
    return expression.kind === 'call' && SCALER.test(this.#nameOf(expression.callee) ?? '');
  }

  #splitIn(value: Expression): Call | null {
    return value.kind === 'call' && SPLIT.test(this.#nameOf(value.callee) ?? '') ? value : null;
  }

  /** `X_train, X_test, y_train, y_test = train_test_split(X, y)`: every second is held out. */
  #split(call: Call, targets: readonly Expression[]): void {
    const [first] = call.args;
    const span = { start: call.start, end: call.end };
    const fitted = first?.value.kind === 'name' ? this.#whole.get(first.value.id) : undefined;
    if (fitted) this.#leaks.push({ ...fitted, split: span, method: null });
    const [target] = targets;
    const [, held] = target?.kind === 'sequence' ? target.items : [];
    if (held?.kind === 'name') this.#held.set(held.id, span);
  }

  /** `scaler.fit_transform(X_test)`, of what the split held out. */
  #again(statement: Statement): void {
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => {
        if (part.kind !== 'call' || part.callee.kind !== 'attribute' || !/^fit(?:_transform)?$/.test(part.callee.name))
          return;
        const [data] = part.args;
        const split = data?.value.kind === 'name' ? this.#held.get(data.value.id) : undefined;
        if (!split || !data || !this.#isScaler(part.callee.object)) return;
        const { end } = part.callee;
        const method = part.callee.name === 'fit_transform' ? { start: end - 'fit_transform'.length, end } : null;
        this.#leaks.push({
          kind: 'again',
          span: { start: part.start, end: part.end },
          name: this.#text(data.value),
          split,
          method,
        });
      });
  }

  /** What a branch or a loop may have assigned is not known behind it. */
  #forget(statement: Statement): void {
    const inner = innerBlocks(statement).flat();
    for (const one of inner) {
      if (one.kind === 'assign')
        for (const target of one.targets) if (target.kind === 'name') this.#whole.delete(target.id);
      this.#forget(one);
    }
  }

  #nameOf(callee: Expression): string | null {
    return this.#facts.names.resolve(callee, this.#scope);
  }

  #text({ start, end }: Span): string {
    return this.#facts.text.slice(start, end);
  }
}

/** Over the samples or over all: `mean()`, `mean(axis=0)`; not within each sample. */
function isOverSamples({ args }: Call): boolean {
  const [first] = args;
  const axis = args.find(({ name }) => name === 'axis' || name === 'dim') ?? (first?.name === null ? first : undefined);
  return !axis || (axis.value.kind === 'number' && axis.value.value === 0);
}
