// Tokens → what stands on its own in an expression, and what may stand behind it: names, literals, brackets of all
// kinds, attributes, calls and subscripts.

import type { Argument, Comprehension, Expression, ForClause } from '../tree.ts';
import { KEYWORD, NAME, NUMBER, OPERATOR, Scanner, STRING, unsure } from './scanner.ts';
import { readString } from './strings.ts';

const BEHIND_COMMA = /,\s*$/;

export abstract class PrimaryParser extends Scanner {
  protected abstract expression(): Expression;
  /** Without `if`, `lambda` and `:=`. */
  protected abstract disjunction(): Expression;
  /** With `*` before it, perhaps. */
  protected abstract element(): Expression;
  /** Behind a star. */
  protected abstract starred(): Expression;
  protected abstract yieldOrExpressions(): Expression;

  /** A thing with attributes, calls and subscripts behind it. */
  protected primary(): Expression {
    const { start } = this;
    return this.behind(start, this.#atom());
  }

  protected behind(start: number, first: Expression): Expression {
    let value = first;
    while (this.kind === OPERATOR) {
      if (this.word === '.') {
        this.advance();
        const name = this.takeName();
        value = { kind: 'attribute', start, end: this.taken, object: value, name };
      } else if (this.word === '(') {
        const args = this.callArguments();
        value = { kind: 'call', start, end: this.taken, callee: value, args };
      } else if (this.word === '[') {
        this.open();
        const indices = this.#indices();
        value = { kind: 'subscript', start, end: this.taken, object: value, indices };
      } else break;
    }
    return value;
  }

  #atom(): Expression {
    const { start, end, word } = this;
    switch (this.kind) {
      case NAME:
        this.advance();
        return { kind: 'name', start, end, id: word };
      case NUMBER:
        this.advance();
        return numberOf(word, start, end);
      case STRING:
        return this.#strings();
      case KEYWORD:
        if (word !== 'None' && word !== 'True' && word !== 'False') unsure();
        this.advance();
        return { kind: 'constant', start, end, value: word === 'None' ? null : word === 'True' };
      case OPERATOR:
        if (word === '(') return this.#parenthesized();
        if (word === '[') return this.#list();
        if (word === '{') return this.#braced();
        if (word !== '...') unsure();
        this.advance();
        return { kind: 'other', start, end, parts: [] };
      default:
        return unsure();
    }
  }

  #strings(): Expression {
    const { start } = this;
    const parts: Expression[] = [];
    let value: string | null = '';
    while (this.kind === STRING) {
      const read = readString(this.text, this.start, parts, (at, into) => this.#interpolation(at, into));
      value = value === null || read.value === null ? null : value + read.value;
      this.continueFrom(read.end);
    }
    return { kind: 'string', start, end: this.taken, value, parts };
  }

  /** Answers where it goes on behind the closing brace. */
  #interpolation(start: number, into: Expression[] | null): number {
    const { depth, text } = this;
    const comments = this.comments.length;
    this.depth = depth + 1;
    this.lookAt(start);
    const value = this.yieldOrExpressions();
    if (this.comments.length > comments || this.kind !== OPERATOR || this.word === ':=') unsure();
    into?.push(value);
    let at = this.start;
    const blanks = () => {
      while (text.charCodeAt(at) === 32) at++;
    };
    if (text[at] === '=') at++;
    blanks();
    if (text[at] === '!') {
      if (!/[a-z]/.test(text[at + 1] ?? '')) unsure();
      at += 2;
    }
    blanks();
    if (text[at] === ':') at = this.#formatSpecifier(at + 1);
    if (text[at] !== '}') unsure();
    this.depth = depth;
    return at + 1;
  }

  #formatSpecifier(start: number): number {
    const { text } = this;
    for (let at = start; ; ) {
      const code = text.charCodeAt(at);
      if (code === 125) return at;
      if (code === 123) at = this.#interpolation(at + 1, null);
      else if (code === 10 || at >= text.length) unsure();
      else at++;
    }
  }

  /** The expression inside, a tuple, or a generator. */
  #parenthesized(): Expression {
    const { start } = this;
    this.open();
    if (this.is(')')) {
      this.close(')');
      return { kind: 'sequence', start, end: this.taken, type: 'tuple', items: [] };
    }
    if (this.isKeyword('yield')) {
      const value = this.yieldOrExpressions();
      this.close(')');
      return value;
    }
    const first = this.element();
    if (this.#atClause()) return this.#comprehension(start, 'generator', [first], ')');
    if (this.is(',')) return this.#rest(start, 'tuple', first, ')');
    if (first.kind === 'starred') unsure();
    this.close(')');
    return first;
  }

  #list(): Expression {
    const { start } = this;
    this.open();
    if (this.is(']')) {
      this.close(']');
      return { kind: 'sequence', start, end: this.taken, type: 'list', items: [] };
    }
    const first = this.element();
    if (this.#atClause()) return this.#comprehension(start, 'list', [first], ']');
    return this.#rest(start, 'list', first, ']');
  }

  #rest(start: number, type: 'list' | 'tuple' | 'set', first: Expression, bracket: string): Expression {
    const items = [first];
    while (this.is(',')) {
      this.advance();
      if (this.is(bracket)) break;
      items.push(this.element());
    }
    this.close(bracket);
    return { kind: 'sequence', start, end: this.taken, type, items };
  }

  #braced(): Expression {
    const { start } = this;
    this.open();
    if (!this.is('}') && !this.is('**')) {
      const first = this.element();
      if (!this.is(':')) {
        if (this.#atClause()) return this.#comprehension(start, 'set', [first], '}');
        return this.#rest(start, 'set', first, '}');
      }
      this.advance();
      const value = this.expression();
      if (this.#atClause()) return this.#comprehension(start, 'dict', [first, value], '}');
      return this.#entries(start, [{ key: first, value }]);
    }
    return this.#entries(start, []);
  }

  #entries(start: number, entries: { key: Expression | null; value: Expression }[]): Expression {
    if (entries.length > 0 && this.is(',')) this.advance();
    else if (entries.length > 0 && !this.is('}')) unsure();
    while (!this.is('}')) {
      let key: Expression | null = null;
      if (this.is('**')) this.advance();
      else {
        key = this.expression();
        this.take(':');
      }
      entries.push({ key, value: this.expression() });
      if (!this.is(',')) break;
      this.advance();
    }
    this.close('}');
    return { kind: 'dict', start, end: this.taken, entries };
  }

  #atClause(): boolean {
    return this.kind === KEYWORD && (this.word === 'for' || this.word === 'async');
  }

  #comprehension(
    start: number,
    type: Comprehension['type'],
    elements: readonly Expression[],
    bracket: string,
  ): Expression {
    const clauses: ForClause[] = [];
    const tests: Expression[] = [];
    while (this.kind === KEYWORD) {
      if (this.word === 'if') {
        this.advance();
        tests.push(this.disjunction());
        continue;
      }
      if (this.word === 'async') this.advance();
      this.takeKeyword('for');
      const target = this.targets();
      this.takeKeyword('in');
      clauses.push({ target, iterable: this.disjunction() });
    }
    this.close(bracket);
    return { kind: 'comprehension', start, end: this.taken, type, elements, clauses, tests };
  }

  /** What a `for` binds. */
  protected targets(): Expression {
    const { start } = this;
    const first = this.#target();
    if (!this.is(',')) return first;
    const items = [first];
    while (this.is(',')) {
      this.advance();
      if (this.isKeyword('in')) break;
      items.push(this.#target());
    }
    return { kind: 'sequence', start, end: this.taken, type: 'tuple', items };
  }

  #target(): Expression {
    const { start } = this;
    const isStarred = this.is('*');
    if (isStarred) this.advance();
    if (isStarred && !this.atName) unsure();
    const at = this.start;
    const target = this.primary();
    checkTarget(target);
    // One name in brackets is a tuple to the grammar.
    if (target.start !== at) unsure();
    return isStarred ? { kind: 'starred', start, end: this.taken, value: target } : target;
  }

  /** Right behind their commas: neither in brackets nor behind a word. */
  protected areBare(items: readonly Expression[]): boolean {
    return items.every(({ start }) => BEHIND_COMMA.test(this.text.slice(Math.max(0, start - 200), start)));
  }

  #indices(): Expression[] {
    const indices: Expression[] = [];
    while (!this.is(']')) {
      indices.push(this.#index());
      if (!this.is(',')) break;
      this.advance();
    }
    if (indices.length === 0) unsure();
    this.close(']');
    return indices;
  }

  #index(): Expression {
    const { start } = this;
    if (this.is('*')) unsure();
    const parts: Expression[] = [];
    if (!this.is(':')) {
      const first = this.expression();
      if (!this.is(':')) return first;
      parts.push(first);
    }
    for (let colons = 0; colons < 2 && this.is(':'); colons++) {
      this.advance();
      if (!this.is(':') && !this.is(']') && !this.is(',')) parts.push(this.expression());
    }
    return { kind: 'slice', start, end: this.taken, parts };
  }

  protected callArguments(): Argument[] {
    const { start } = this;
    this.open();
    const args: Argument[] = [];
    while (!this.is(')')) {
      const argument = this.#argument();
      if (this.#atClause()) {
        if (args.length > 0 || argument.name !== null || argument.stars > 0) unsure();
        const value = this.#comprehension(start, 'generator', [argument.value], ')');
        return [{ start, end: this.taken, name: null, stars: 0, value }];
      }
      args.push(argument);
      if (!this.is(',')) break;
      this.advance();
    }
    this.close(')');
    return args;
  }

  #argument(): Argument {
    const { start } = this;
    if (this.is('*') || this.is('**')) {
      const stars = this.word === '*' ? 1 : 2;
      this.advance();
      const value = stars === 1 ? this.starred() : this.expression();
      return { start, end: this.taken, name: null, stars, value };
    }
    const value = this.expression();
    if (!this.is('=')) return { start, end: this.taken, name: null, stars: 0, value };
    if (value.kind !== 'name' || value.start !== start) return unsure();
    this.advance();
    const given = this.expression();
    return { start, end: this.taken, name: value.id, stars: 0, value: given };
  }
}

function numberOf(word: string, start: number, end: number): Expression {
  const text = word.includes('_') ? word.replaceAll('_', '') : word;
  const integer = /^0[xX]/.test(text) || !/[.eE]/.test(text);
  const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return { kind: 'number', start, end, value, integer };
}

export function checkTarget(target: Expression): void {
  switch (target.kind) {
    case 'name':
    case 'attribute':
    case 'subscript':
    case 'starred':
      return;
    case 'sequence':
      if (target.type === 'set') unsure();
      for (const item of target.items) checkTarget(item);
      return;
    default:
      unsure();
  }
}
