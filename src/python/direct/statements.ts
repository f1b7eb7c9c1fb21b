// Tokens → statements, with the blocks of those that have any.

import type { Block, Expression, Statement, Try, WithItem } from '../tree.ts';
import { KEYWORD, unsure } from './scanner.ts';
import { SimpleStatementParser } from './simple-statements.ts';

export class StatementParser extends SimpleStatementParser {
  module(): Block {
    this.nextLine();
    const body: Statement[] = [];
    while (!this.atEnd) {
      if (this.indent > 0) unsure();
      this.#statements(body, 0);
    }
    return body;
  }

  /** What one line begins: one statement with its blocks, or several small ones. */
  #statements(into: Statement[], indent: number): void {
    if (this.kind === KEYWORD) {
      const compound = this.#compound(indent);
      if (compound) {
        into.push(compound);
        return;
      }
    } else if (this.is('@')) {
      into.push(this.#decorated(indent));
      return;
    }
    this.#line(into);
  }

  /** Behind a colon. */
  #block(indent: number): Block {
    this.take(':');
    const body: Statement[] = [];
    if (!this.atLineEnd) {
      this.#line(body);
      return body;
    }
    this.nextLine();
    const inner = this.indent;
    if (inner <= indent || this.atEnd) unsure();
    while (!this.atEnd && this.indent === inner) this.#statements(body, inner);
    if (this.indent > inner && !this.atEnd) unsure();
    this.endBlock(inner);
    return body;
  }

  /** Small statements up to the line's end; a block of such reaches as far as the line does. */
  #line(into: Statement[]): void {
    while (!this.atLineEnd) {
      into.push(this.simple());
      if (!this.is(';')) break;
      this.advance();
    }
    if (!this.atLineEnd) unsure();
    this.nextLine();
  }

  /** null for a keyword that begins a small statement. */
  #compound(indent: number): Statement | null {
    const { start } = this;
    switch (this.word) {
      case 'if':
        return this.#if(start, indent);
      case 'for':
        return this.#for(start, indent);
      case 'while': {
        this.advance();
        const test = this.expression();
        const body = this.#block(indent);
        const orelse = this.#else(indent);
        return { kind: 'while', start, end: this.reached, test, body, orelse };
      }
      case 'try':
        return this.#try(start, indent);
      case 'with':
        return this.#with(start, indent);
      case 'def':
        return this.#function(start, [], indent);
      case 'class':
        return this.#class(start, [], indent);
      case 'async':
        this.advance();
        if (this.isKeyword('def')) return this.#function(start, [], indent);
        if (this.isKeyword('for')) return this.#for(start, indent);
        return this.isKeyword('with') ? this.#with(start, indent) : unsure();
      default:
        return null;
    }
  }

  #continues(word: string, indent: number): boolean {
    return this.kind === KEYWORD && this.word === word && this.indent === indent;
  }

  #if(start: number, indent: number): Statement {
    this.advance();
    const test = this.expression();
    const body = this.#block(indent);
    const own = this.reached;
    const isElif = this.#continues('elif', indent);
    const orelse = isElif ? [this.#if(this.start, indent)] : this.#else(indent);
    const statement = { kind: 'if', start, end: this.reached, test, body, orelse } as const;
    // To the grammar an `elif` ends where its own block does.
    return this.text.startsWith('elif', start) ? { ...statement, end: own } : statement;
  }

  #else(indent: number): Block {
    if (!this.#continues('else', indent)) return [];
    this.advance();
    return this.#block(indent);
  }

  #for(start: number, indent: number): Statement {
    this.advance();
    const target = this.targets();
    this.takeKeyword('in');
    const iterable = this.expressions();
    const body = this.#block(indent);
    const orelse = this.#else(indent);
    return { kind: 'for', start, end: this.reached, target, iterable, body, orelse };
  }

  #try(start: number, indent: number): Statement {
    this.advance();
    const body = this.#block(indent);
    const handlers: Try['handlers'][number][] = [];
    while (this.#continues('except', indent)) {
      this.advance();
      if (this.is('*')) unsure();
      const types: Expression[] = [];
      if (!this.is(':')) {
        const first = this.start;
        const type = this.expression();
        if (this.isKeyword('as')) {
          this.advance();
          const name = this.expression();
          types.push({ kind: 'other', start: first, end: this.taken, parts: [type, name] });
        } else types.push(type);
      }
      handlers.push({ types, body: this.#block(indent) });
    }
    const orelse = this.#else(indent);
    let finalbody: Block = [];
    if (this.#continues('finally', indent)) {
      this.advance();
      finalbody = this.#block(indent);
    } else if (handlers.length === 0) unsure();
    return { kind: 'try', start, end: this.reached, body, handlers, orelse, finalbody };
  }

  #with(start: number, indent: number): Statement {
    this.advance();
    const items = (this.is('(') ? this.#bracketedItems() : null) ?? this.#withItems(':');
    const body = this.#block(indent);
    return { kind: 'with', start, end: this.reached, items, body };
  }

  #withItems(closing: string): WithItem[] {
    const items: WithItem[] = [];
    for (;;) {
      const value = this.expression();
      let target: Expression | null = null;
      if (this.isKeyword('as')) {
        this.advance();
        target = this.expression();
      }
      items.push({ value, target });
      if (!this.is(',')) return items;
      this.advance();
      if (this.is(closing)) return items;
    }
  }

  /** null where the bracket is of the first item alone, which shows only behind it. */
  #bracketedItems(): WithItem[] | null {
    const { start } = this;
    const comments = this.comments.length;
    this.open();
    if (this.is('*')) unsure();
    if (!this.is(')') && !this.isKeyword('yield')) {
      const items = this.#withItems(')');
      if (this.is(')')) {
        this.close(')');
        if (this.is(':')) return items;
      }
    }
    this.depth = 0;
    this.comments.length = comments;
    this.lookAt(start);
    return null;
  }

  #function(start: number, decorators: readonly Expression[], indent: number): Statement {
    this.takeKeyword('def');
    const nameSpan = { start: this.start, end: this.end };
    const name = this.takeName();
    if (!this.is('(')) unsure();
    this.open();
    const params = this.parameters(')');
    this.close(')');
    if (this.is('->')) {
      this.advance();
      this.type();
    }
    const body = this.#block(indent);
    return { kind: 'function', start, end: this.reached, name, nameSpan, params, decorators, body };
  }

  #class(start: number, decorators: readonly Expression[], indent: number): Statement {
    this.takeKeyword('class');
    const nameSpan = { start: this.start, end: this.end };
    const name = this.takeName();
    const bracket = this.start;
    const bases = this.is('(') ? this.callArguments() : [];
    // A generator is no base.
    if (bases[0]?.start === bracket) unsure();
    const body = this.#block(indent);
    return { kind: 'class', start, end: this.reached, name, nameSpan, bases, decorators, body };
  }

  #decorated(indent: number): Statement {
    const { start } = this;
    const decorators: Expression[] = [];
    while (this.is('@')) {
      this.advance();
      decorators.push(this.expression());
      if (!this.atLineEnd) unsure();
      this.nextLine();
      if (this.indent !== indent || this.hasOuterComments) unsure();
    }
    if (this.isKeyword('class')) return this.#class(start, decorators, indent);
    if (this.isKeyword('async')) this.advance();
    return this.#function(start, decorators, indent);
  }
}
