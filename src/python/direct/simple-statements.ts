// Tokens → statements of one line.

import type { Expression, Import, ImportFrom, Sequence, Statement } from '../tree.ts';
import { ExpressionParser } from './expressions.ts';
import { checkTarget } from './primaries.ts';
import { KEYWORD, OPERATOR, unsure } from './scanner.ts';

const AUGMENTED = new Set(['+=', '-=', '*=', '/=', '@=', '//=', '%=', '**=', '>>=', '<<=', '&=', '^=', '|=']);

export class SimpleStatementParser extends ExpressionParser {
  protected simple(): Statement {
    const { start } = this;
    if (this.kind !== KEYWORD) return this.#expressionStatement(start);
    switch (this.word) {
      case 'return': {
        this.advance();
        const value = this.atStatementEnd ? null : this.expressions();
        return { kind: 'return', start, end: this.taken, value };
      }
      case 'import':
        return this.#import(start);
      case 'from':
        return this.#importFrom(start);
      case 'pass':
      case 'break':
      case 'continue': {
        const kind = this.word;
        this.advance();
        return { kind, start, end: this.taken, values: [] };
      }
      case 'raise':
        return this.#raise(start);
      case 'assert': {
        this.advance();
        const values = [this.expression()];
        while (this.is(',')) {
          this.advance();
          values.push(this.expression());
        }
        return { kind: 'assert', start, end: this.taken, values };
      }
      case 'del': {
        this.advance();
        const values = [this.expressions()];
        return { kind: 'delete', start, end: this.taken, values };
      }
      case 'global':
      case 'nonlocal': {
        this.advance();
        const names = [this.takeName()];
        while (this.is(',')) {
          this.advance();
          names.push(this.takeName());
        }
        return { kind: 'global', start, end: this.taken, names };
      }
      default:
        return this.#expressionStatement(start);
    }
  }

  protected get atStatementEnd(): boolean {
    return this.atLineEnd || this.is(';');
  }

  #raise(start: number): Statement {
    this.advance();
    const values: Expression[] = [];
    if (!this.atStatementEnd) {
      values.push(this.expressions());
      if (this.isKeyword('from')) {
        this.advance();
        values.push(this.expression());
      }
    }
    return { kind: 'raise', start, end: this.taken, values };
  }

  #dotted(): string {
    const { start } = this;
    this.takeName();
    while (this.is('.')) {
      this.advance();
      this.takeName();
    }
    return this.text.slice(start, this.taken);
  }

  #alias(): string | null {
    if (!this.isKeyword('as')) return null;
    this.advance();
    return this.takeName();
  }

  #import(start: number): Import {
    this.advance();
    const names: Import['names'][number][] = [];
    for (;;) {
      const path = this.#dotted();
      names.push({ path, alias: this.#alias() });
      if (!this.is(',')) break;
      this.advance();
    }
    return { kind: 'import', start, end: this.taken, names };
  }

  #importFrom(start: number): Statement {
    this.advance();
    const from = this.start;
    while (this.is('.') || this.is('...')) this.advance();
    if (this.atName) this.#dotted();
    const module = this.text.slice(from, this.taken);
    this.takeKeyword('import');
    if (module === '') unsure();
    const names: ImportFrom['names'][number][] = [];
    const spans: Expression[] = [];
    if (this.is('*')) {
      this.advance();
      return { kind: 'importFrom', start, end: this.taken, module, names: [{ name: '*', alias: null }] };
    }
    const bracketed = this.is('(');
    if (bracketed) this.open();
    for (;;) {
      const at = this.start;
      const name = this.#dotted();
      spans.push(nameList(at, this.taken, name));
      names.push({ name, alias: this.#alias() });
      if (!this.is(',')) break;
      this.advance();
      if (bracketed && this.is(')')) break;
    }
    if (bracketed) this.close(')');
    if (module !== '__future__') return { kind: 'importFrom', start, end: this.taken, module, names };
    if (names.some(({ alias, name }) => alias !== null || name.includes('.'))) unsure();
    return { kind: 'pass', start, end: this.taken, values: spans };
  }

  #expressionStatement(start: number): Statement {
    if (this.isKeyword('yield')) {
      const value = this.yieldOrExpressions();
      return { kind: 'expression', start, end: this.taken, value };
    }
    const word = this.atName ? this.word : '';
    const first = this.element();
    this.#checkSoft(word, first);
    const items = this.is(',') ? this.#more(first) : [first];
    const end = this.taken;
    const list: Expression = items.length > 1 ? { kind: 'sequence', start, end, type: 'tuple', items } : first;
    if (this.atStatementEnd) {
      // As an element of a list without brackets, the grammar has `*x.shape` otherwise; a comma may join lines.
      if (this.text.charCodeAt(end - 1) === 44) unsure();
      if (items.some((item) => item.kind === 'starred' && item.value.kind !== 'name')) unsure();
      return { kind: 'expression', start, end, value: list };
    }
    const isList = end > first.end || items.length > 1;
    const left: Expression = isList ? { kind: 'sequence', start, end, type: 'tuple', items } : first;
    if (first.start !== start || left.kind === 'starred' || this.kind !== OPERATOR || !this.areBare(items.slice(1)))
      unsure();
    if (this.word === '=') return this.#assignment(start, left);
    if (this.word === ':') return this.#annotated(start, left);
    if (!AUGMENTED.has(this.word)) unsure();
    checkTarget(left);
    const operator = this.word;
    this.advance();
    const value = this.yieldOrExpressions();
    return { kind: 'augment', start, end: this.taken, target: left, operator, value };
  }

  /** Words that are names in some places and begin statements in others. */
  #checkSoft(word: string, first: Expression): void {
    if (word === 'print' || word === 'exec') {
      if (first.kind !== 'call' || first.callee.kind !== 'name' || !this.atStatementEnd) unsure();
    } else if (word === 'match' || word === 'type') {
      const isName = this.atStatementEnd || this.is('=') || this.is(',') || this.is(':');
      if (!isName) unsure();
    }
  }

  #more(first: Expression): Expression[] {
    const items = [first];
    while (this.is(',')) {
      this.advance();
      if (this.atStatementEnd || this.is('=') || (this.kind === OPERATOR && AUGMENTED.has(this.word))) break;
      items.push(this.element());
    }
    return items;
  }

  #assignment(start: number, first: Expression): Statement {
    const targets: Expression[] = [];
    let last = first;
    while (this.is('=')) {
      checkTarget(last);
      targets.push(last);
      this.advance();
      const at = this.start;
      last = this.yieldOrExpressions();
      if (!this.is('=')) break;
      if (last.start !== at || (last.kind === 'sequence' && last.type === 'tuple' && !this.#isList(last))) unsure();
    }
    return { kind: 'assign', start, end: this.taken, targets, value: last };
  }

  /** A tuple in brackets, or of parts that have none themselves. */
  #isList({ start, items }: Sequence): boolean {
    return this.text[start] === '(' || this.areBare(items.slice(1));
  }

  #annotated(start: number, target: Expression): Statement {
    checkTarget(target);
    if (target.kind === 'sequence') unsure();
    this.advance();
    this.type();
    let value: Expression | null = null;
    if (this.is('=')) {
      this.advance();
      value = this.yieldOrExpressions();
      if (this.is('=')) unsure();
    }
    return { kind: 'assign', start, end: this.taken, targets: [target], value };
  }
}

/** As the grammar has the names of an import: a dotted name with its parts. */
function nameList(start: number, end: number, id: string): Expression {
  return { kind: 'other', start, end, parts: [{ kind: 'name', start, end, id }] };
}
