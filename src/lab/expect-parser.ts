// The language of expectations: `val_loss(group, batch=2) < val_loss(batch, batch=2)`. A comparison of two
// sums of products of numbers and measures; a measure is asked of the runs its arguments select.

import type { Span } from '../base/finding.ts';
import { MEASURE_NAMES } from './measures.ts';

export type Comparison = '<' | '<=' | '>' | '>=';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'measure'; readonly name: string; readonly select: Selection; readonly text: string }
  | {
      readonly kind: 'operation';
      readonly operator: '+' | '-' | '*' | '/';
      readonly left: Expression;
      readonly right: Expression;
    };

/** Axis values by axis; a value without a name is under its place, `0`. */
export type Selection = readonly { readonly axis: string | null; readonly value: string }[];

export interface Expectation {
  readonly left: Expression;
  readonly comparison: Comparison;
  readonly right: Expression;
}

export interface ExpectationReading {
  readonly expectation: Expectation | null;
  readonly problem: { readonly message: string; readonly span: Span } | null;
}

interface Token {
  readonly kind: 'name' | 'number' | 'sign' | 'end';
  readonly text: string;
  readonly start: number;
}

class Unexpected extends Error {
  readonly token: Token;

  constructor(expected: string, token: Token) {
    super(`expected ${expected}, and got ${token.kind === 'end' ? 'the end' : `\`${token.text}\``}`);
    this.token = token;
  }
}

export function parseExpectation(text: string): ExpectationReading {
  try {
    return { expectation: new ExpectationParser(text).read(), problem: null };
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const { start, text: found } = error.token;
    const message = `In the expectation \`${text}\`, column ${start + 1}: ${error.message}.`;
    return { expectation: null, problem: { message, span: { start, end: start + Math.max(found.length, 1) } } };
  }
}

class ExpectationParser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  read(): Expectation {
    const left = this.#sum();
    const sign = this.#peek();
    if (sign.text !== '<' && sign.text !== '<=' && sign.text !== '>' && sign.text !== '>=')
      throw new Unexpected('`<`, `<=`, `>` or `>=`', sign);
    this.#at++;
    const right = this.#sum();
    if (this.#peek().kind !== 'end') throw new Unexpected('the end', this.#peek());
    return { left, comparison: sign.text, right };
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
  }

  #take(text: string): boolean {
    const found = this.#peek().text === text && this.#peek().kind === 'sign';
    if (found) this.#at++;
    return found;
  }

  #sum(): Expression {
    let left = this.#product();
    for (;;) {
      const operator = this.#peek().text;
      if (operator !== '+' && operator !== '-') return left;
      this.#at++;
      left = { kind: 'operation', operator, left, right: this.#product() };
    }
  }

  #product(): Expression {
    let left = this.#term();
    for (;;) {
      const operator = this.#peek().text;
      if (operator !== '*' && operator !== '/') return left;
      this.#at++;
      left = { kind: 'operation', operator, left, right: this.#term() };
    }
  }

  #term(): Expression {
    const token = this.#peek();
    this.#at++;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'sign' && token.text === '-')
      return { kind: 'operation', operator: '-', left: { kind: 'number', value: 0 }, right: this.#term() };
    if (token.kind === 'sign' && token.text === '(') {
      const inner = this.#sum();
      if (!this.#take(')')) throw new Unexpected('`)`', this.#peek());
      return inner;
    }
    if (token.kind !== 'name') throw new Unexpected('a number or a measure', token);
    if (!MEASURE_NAMES.includes(token.text)) throw new Unexpected(`one of ${MEASURE_NAMES.join(', ')}`, token);
    return this.#measure(token);
  }

  #measure(name: Token): Expression {
    const select: { axis: string | null; value: string }[] = [];
    if (this.#take('(') && !this.#take(')')) {
      do select.push(this.#argument());
      while (this.#take(','));
      if (!this.#take(')')) throw new Unexpected('`)`', this.#peek());
    }
    const last = this.#tokens[this.#at - 1] as Token;
    const text = this.#text.slice(name.start, last.start + last.text.length);
    return { kind: 'measure', name: name.text, select, text };
  }

  #argument(): { axis: string | null; value: string } {
    const first = this.#value();
    if (!this.#take('=')) return { axis: null, value: first.text };
    if (first.kind !== 'name') throw new Unexpected("an axis's name before `=`", first);
    return { axis: first.text, value: this.#value().text };
  }

  #value(): Token {
    const token = this.#peek();
    if (token.kind !== 'name' && token.kind !== 'number') throw new Unexpected('a name or a number', token);
    this.#at++;
    return token;
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:([A-Za-z_][\w.]*)|(\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+)|(<=|>=|\S))/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) break;
    const [whole, name, number, sign] = match;
    const found = name ?? number ?? sign ?? '';
    const kind = name !== undefined ? 'name' : number !== undefined ? 'number' : 'sign';
    tokens.push({ kind, text: found, start: match.index + whole.length - found.length });
  }
  tokens.push({ kind: 'end', text: '', start: text.length });
  return tokens;
}
