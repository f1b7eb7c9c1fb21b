// Tokens → expressions, by precedence. Spans are those of the grammar in parser.ts: brackets around an expression
// belong to what it is a part of, so where a part begins is remembered as its first token.

import type { Expression, Operation, Parameter } from '../tree.ts';
import { PrimaryParser } from './primaries.ts';
import { KEYWORD, NAME, NUMBER, OPERATOR, STRING, unsure } from './scanner.ts';

/** How tightly each holds; the grammar has `^` above `&`. */
const BINARY: Readonly<Record<string, number>> = {
  '|': 1,
  '&': 2,
  '^': 3,
  '<<': 4,
  '>>': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '@': 6,
  '/': 6,
  '%': 6,
  '//': 6,
};
const COMPARISONS = new Set(['<', '<=', '==', '!=', '>=', '>']);

export class ExpressionParser extends PrimaryParser {
  /** One expression, or several with commas between them as a tuple. */
  protected expressions(): Expression {
    const { start } = this;
    const isStarred = this.is('*');
    const first = this.#bareElement();
    if (!this.is(',')) return isStarred ? unsure() : first;
    const items = [first];
    while (this.is(',')) {
      this.advance();
      if (!this.#beginsExpression()) break;
      items.push(this.#bareElement());
    }
    return { kind: 'sequence', start, end: this.taken, type: 'tuple', items };
  }

  /** Without brackets around the list, the grammar has `*x.shape` as the `shape` of `*x`. */
  #bareElement(): Expression {
    if (!this.is('*')) return this.expression();
    const { start } = this;
    this.advance();
    const { start: at, end, word } = this;
    if (this.kind !== NAME) unsure();
    this.advance();
    const name: Expression = { kind: 'name', start: at, end, id: word };
    const value = this.behind(start, { kind: 'starred', start, end, value: name });
    if (![',', '=', ':', ';'].some((one) => this.is(one)) && !this.atLineEnd) unsure();
    return value;
  }

  #beginsExpression(): boolean {
    switch (this.kind) {
      case NAME:
      case NUMBER:
      case STRING:
        return true;
      case KEYWORD:
        return /^(?:None|True|False|lambda|not|await)$/.test(this.word);
      case OPERATOR:
        return /^(?:[([{~+*-]|\.\.\.)$/.test(this.word);
      default:
        return false;
    }
  }

  protected override yieldOrExpressions(): Expression {
    return this.isKeyword('yield') ? this.#yield() : this.expressions();
  }

  #yield(): Expression {
    const { start } = this;
    this.advance();
    let value: Expression | null = null;
    if (this.isKeyword('from')) {
      this.advance();
      value = this.expression();
    } else if (this.#beginsExpression()) value = this.expressions();
    return { kind: 'yield', start, end: this.taken, value };
  }

  /** With `*` before it, perhaps. */
  protected override element(): Expression {
    if (!this.is('*')) return this.expression();
    const { start } = this;
    this.advance();
    const isName = this.kind === NAME;
    const value = this.starred();
    // The grammar may have `[*f(x)]` as a call of `*f`.
    if (isName && value.kind !== 'name' && value.kind !== 'attribute') unsure();
    return { kind: 'starred', start, end: this.taken, value };
  }

  /** Behind a star. With a name first, the grammar may have the star bind to that alone. */
  protected override starred(): Expression {
    const isName = this.kind === NAME;
    if (this.kind === KEYWORD) unsure();
    const value = this.expression();
    if (isName && (value.kind === 'operation' || value.kind === 'conditional')) unsure();
    return value;
  }

  protected override expression(): Expression {
    if (this.isKeyword('lambda')) return this.#lambda();
    const { start } = this;
    const first = this.disjunction();
    if (this.kind === OPERATOR && this.word === ':=') {
      if (first.kind !== 'name' || first.start !== start) unsure();
      this.advance();
      const value = this.isKeyword('lambda') ? this.#lambda() : this.disjunction();
      if (this.isKeyword('if')) unsure();
      return { kind: 'named', start, end: this.taken, target: first, value };
    }
    if (this.kind !== KEYWORD || this.word !== 'if') return first;
    this.advance();
    const test = this.disjunction();
    this.takeKeyword('else');
    const orelse = this.expression();
    return { kind: 'conditional', start, end: this.taken, test, body: first, orelse };
  }

  protected override disjunction(): Expression {
    const { start } = this;
    let left = this.#conjunction();
    while (this.kind === KEYWORD && this.word === 'or') {
      this.advance();
      left = this.#operation(start, 'boolean', ['or'], [left, this.#conjunction()]);
    }
    return left;
  }

  #conjunction(): Expression {
    const { start } = this;
    let left = this.#negation();
    while (this.kind === KEYWORD && this.word === 'and') {
      this.advance();
      left = this.#operation(start, 'boolean', ['and'], [left, this.#negation()]);
    }
    return left;
  }

  #negation(): Expression {
    if (this.kind !== KEYWORD || this.word !== 'not') return this.#comparison();
    const { start } = this;
    this.advance();
    return this.#operation(start, 'unary', ['not'], [this.#negation()]);
  }

  #comparison(): Expression {
    const { start } = this;
    const first = this.#binary(1);
    let operator = this.#comparisonOperator();
    if (operator === null) return first;
    const operators: string[] = [];
    const operands = [first];
    while (operator !== null) {
      operators.push(operator);
      operands.push(this.#binary(1));
      operator = this.#comparisonOperator();
    }
    return this.#operation(start, 'compare', operators, operands);
  }

  #comparisonOperator(): string | null {
    const { word } = this;
    if (this.kind === OPERATOR) {
      if (!COMPARISONS.has(word)) return null;
      this.advance();
      return word;
    }
    if (this.kind !== KEYWORD) return null;
    if (word === 'in') {
      this.advance();
      return word;
    }
    if (word === 'not') {
      this.advance();
      this.takeKeyword('in');
      return 'not in';
    }
    if (word !== 'is') return null;
    this.advance();
    if (!this.isKeyword('not')) return 'is';
    this.advance();
    return 'is not';
  }

  #binary(least: number): Expression {
    const { start } = this;
    let left = this.#unary();
    while (this.kind === OPERATOR) {
      const { word } = this;
      const binding = BINARY[word];
      if (binding === undefined || binding < least) break;
      this.advance();
      left = this.#operation(start, 'binary', [word], [left, this.#binary(binding + 1)]);
    }
    return left;
  }

  #unary(): Expression {
    if (this.kind === OPERATOR && (this.word === '-' || this.word === '+' || this.word === '~')) {
      const { start, word } = this;
      this.advance();
      return this.#operation(start, 'unary', [word], [this.#unary()]);
    }
    if (this.isKeyword('await')) {
      this.advance();
      const value = this.primary();
      if (this.is('**')) unsure();
      return value;
    }
    const { start } = this;
    const left = this.primary();
    if (this.kind !== OPERATOR || this.word !== '**') return left;
    this.advance();
    return this.#operation(start, 'binary', ['**'], [left, this.#unary()]);
  }

  #operation(
    start: number,
    type: Operation['type'],
    operators: readonly string[],
    operands: readonly Expression[],
  ): Expression {
    return { kind: 'operation', start, end: this.taken, type, operators, operands };
  }

  #lambda(): Expression {
    const { start } = this;
    this.advance();
    const params = this.is(':') ? [] : this.parameters(':');
    this.take(':');
    const body = this.expression();
    return { kind: 'lambda', start, end: this.taken, params, body };
  }

  protected parameters(closing: string): Parameter[] {
    const params: Parameter[] = [];
    let keywordOnly = false;
    while (!this.is(closing)) {
      const { start } = this;
      const stars = this.is('*') ? 1 : this.is('**') ? 2 : 0;
      const isSlash = this.is('/');
      const isMark = stars === 1 || isSlash;
      if (isMark || stars > 0) this.advance();
      // A star or a slash alone only says how the others are given.
      const isAlone = isMark && (this.is(',') || this.is(closing));
      if (isSlash && !isAlone) unsure();
      if (!isAlone) params.push(this.#parameter(start, stars, keywordOnly, closing));
      keywordOnly ||= stars === 1;
      if (!this.is(',')) break;
      this.advance();
    }
    return params;
  }

  #parameter(start: number, stars: 0 | 1 | 2, keywordOnly: boolean, closing: string): Parameter {
    const name = this.takeName();
    let annotation: Expression | null = null;
    let value: Expression | null = null;
    let end = this.taken;
    // A type alone stands beside the parameter; with a default, all of it is the parameter.
    if (closing !== ':' && this.is(':')) {
      this.advance();
      annotation = this.type();
    }
    if (this.is('=')) {
      if (stars > 0) unsure();
      this.advance();
      value = this.expression();
      end = this.taken;
    }
    return { start, end, stars, default: value, annotation, keywordOnly, name };
  }

  /** An annotation. */
  protected type(): Expression {
    const { start } = this;
    if (this.atName && this.isSubscripted) {
      const name: Expression = { kind: 'name', start, end: this.end, id: this.word };
      this.advance();
      const inside = this.start;
      this.open();
      const parts: Expression[] = [];
      while (!this.is(']')) {
        parts.push(this.type());
        if (!this.is(',')) break;
        this.advance();
      }
      this.close(']');
      const given: Expression = { kind: 'other', start: inside, end: this.taken, parts };
      const generic: Expression = { kind: 'other', start, end: this.taken, parts: [name, given] };
      if (this.is('.')) unsure();
      if (!this.is('|')) return generic;
      this.advance();
      const isGeneric = this.atName && this.isSubscripted;
      const alternative = isGeneric ? this.type() : this.primary();
      if (this.is('|')) unsure();
      return { kind: 'other', start, end: this.taken, parts: [generic, alternative] };
    }
    const type = this.expression();
    const first = type.kind === 'operation' ? type.operands[0] : type;
    if (first?.kind === 'subscript' && first.object.kind === 'name') unsure();
    return type;
  }
}
