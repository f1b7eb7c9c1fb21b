// Characters → tokens, one ahead of what was taken. Lines end a statement only outside brackets, and comments belong
// to blocks by their indentation, both exactly as the grammar in parser.ts has them: a block reaches as far as the
// last comment that is indented like it. Whatever is unusual is not decided here but given up on: see direct.ts.

import type { Span } from '../../base/finding.ts';

export const NAME = 1;
export const KEYWORD = 2;
export const NUMBER = 3;
export const STRING = 4;
export const OPERATOR = 5;
export const NEWLINE = 6;
export const END = 7;

/** Thrown, and caught in direct.ts, where the text is not the plain Python this parser is sure of. */
export const UNSURE = new Error('The text is not read directly.');

export function unsure(): never {
  throw UNSURE;
}

const KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

/** What of ASCII a name may consist of: 1 anywhere, 2 not at its beginning. */
const NAME_PARTS = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(character)) NAME_PARTS[code] = 1;
  else if (/\d/.test(character)) NAME_PARTS[code] = 2;
}

const NUMBER_TEXT =
  /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)[jJ]?/y;
const QUOTED = /[fFtTrRbBuU]{0,2}["']/y;

/** Of a line that goes on: it does so with nothing. */
const NOTHING = /[ \t]*(?:[\r\n#\\]|$)/y;

const SUBSCRIPT = /[ \t]*\[/y;
/** Behind these the grammar expects a closing bracket for certain; elsewhere it minds indentation inside brackets too. */
const MAY_CLOSE = /^[,([{]$/;

const TAB_WIDTH = 8;

interface IndentedComment {
  readonly end: number;
  readonly indent: number;
}

export class Scanner {
  readonly text: string;
  readonly comments: Span[] = [];
  /** The token that is looked at. */
  kind = NEWLINE;
  word = '';
  start = 0;
  end = 0;
  /** Where the last token that was taken ends, and where it or a comment behind it does. */
  taken = 0;
  reached = 0;
  /** How many brackets are open. */
  depth = 0;
  /** Of the line that begins with the token that is looked at. */
  indent = 0;
  #at = 0;
  #between: IndentedComment[] = [];

  constructor(text: string) {
    this.text = text;
  }

  /** Takes the token and looks at the next one of the line. */
  advance(): void {
    this.taken = this.end;
    this.reached = this.end;
    this.#look();
  }

  /** As `advance`, for a bracket that opens. */
  open(): void {
    this.depth++;
    this.advance();
  }

  close(bracket: string): void {
    if (this.kind !== OPERATOR || this.word !== bracket) unsure();
    this.depth--;
    this.advance();
  }

  is(operator: string): boolean {
    return this.kind === OPERATOR && this.word === operator;
  }

  get atLineEnd(): boolean {
    return this.kind === NEWLINE;
  }

  get atEnd(): boolean {
    return this.kind === END;
  }

  get atName(): boolean {
    return this.kind === NAME;
  }

  /** `[` stands behind the token. */
  get isSubscripted(): boolean {
    SUBSCRIPT.lastIndex = this.end;
    return SUBSCRIPT.test(this.text);
  }

  isKeyword(word: string): boolean {
    return this.kind === KEYWORD && this.word === word;
  }

  take(operator: string): void {
    if (this.kind !== OPERATOR || this.word !== operator) unsure();
    this.advance();
  }

  takeKeyword(word: string): void {
    if (this.kind !== KEYWORD || this.word !== word) unsure();
    this.advance();
  }

  takeName(): string {
    if (this.kind !== NAME) unsure();
    const { word } = this;
    this.advance();
    return word;
  }

  /** Goes on behind a stretch that was read in another way, as if all of it were one token. */
  continueFrom(end: number): void {
    this.#at = end;
    this.end = end;
    this.advance();
  }

  /** Looks at the first token of a stretch that is read on its own. */
  lookAt(start: number): void {
    this.#at = start;
    this.end = start;
    this.advance();
  }

  /** From the end of a line to the first token of the next one that has any. */
  nextLine(): void {
    const { text } = this;
    this.#between = [];
    let indent = 0;
    for (let at = this.#at; ; at++) {
      const code = text.charCodeAt(at);
      if (code === 32) indent++;
      else if (code === 9) indent += TAB_WIDTH;
      else if (code === 10 || (code === 13 && text.charCodeAt(at + 1) === 10)) indent = 0;
      else if (code === 35) {
        const end = this.#comment(at);
        this.#between.push({ end, indent });
        at = end - 1;
      } else if (code === 92) unsure();
      else {
        this.#at = at;
        this.indent = at >= text.length ? 0 : indent;
        break;
      }
    }
    if (this.#at >= text.length) {
      this.kind = END;
      this.start = text.length;
      this.end = text.length;
    } else this.#look();
  }

  /** Comments between this line and the one before, further to the left. */
  get hasOuterComments(): boolean {
    return this.#between.some(({ indent }) => indent < this.indent);
  }

  /** Where a block ends that is indented like this and has no more lines: behind the comments that are its. */
  endBlock(indent: number): void {
    let own = 0;
    for (const comment of this.#between) {
      if (comment.indent < indent) break;
      this.reached = comment.end;
      own++;
    }
    if (own > 0) this.#between = this.#between.slice(own);
  }

  #comment(start: number): number {
    const newline = this.text.indexOf('\n', start);
    const end = newline === -1 ? this.text.length : newline;
    this.comments.push({ start, end });
    return end;
  }

  #look(): void {
    const { text } = this;
    let at = this.#at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 32 || code === 9 || (code === 13 && text.charCodeAt(at + 1) === 10)) at++;
      else if (code === 10 && this.depth > 0) at = this.#lineInBrackets(at + 1);
      else if (code === 35) {
        at = this.#comment(at);
        this.reached = at;
      } else if (code === 92) at = this.#continuation(at + 1);
      else break;
    }
    this.start = at;
    if (at < text.length && text.charCodeAt(at) !== 10) {
      this.#token(at);
      return;
    }
    if (this.depth > 0) unsure();
    this.kind = NEWLINE;
    this.#at = at;
  }

  #lineInBrackets(start: number): number {
    const { text } = this;
    let at = start;
    while (text.charCodeAt(at) === 32) at++;
    const mayClose = (this.kind === OPERATOR && MAY_CLOSE.test(this.word)) || /[\])}\r\n]/.test(text[at] ?? '');
    if (at - start < this.indent && !mayClose) unsure();
    return at;
  }

  /** Behind a backslash outside strings, the line goes on with the next one. */
  #continuation(start: number): number {
    const newline = this.text.charCodeAt(start) === 13 ? start + 1 : start;
    if (this.text.charCodeAt(newline) !== 10) unsure();
    NOTHING.lastIndex = newline + 1;
    if (NOTHING.test(this.text)) unsure();
    return newline + 1;
  }

  #token(at: number): void {
    const code = this.text.charCodeAt(at);
    if (code > 127) unsure();
    const part = NAME_PARTS[code];
    if (part === 1) {
      if (STRING_PREFIX[code] === 1 && this.#isQuoted(at)) this.#string(at);
      else this.#word(at);
    } else if (code === 34 || code === 39) this.#string(at);
    else if (part === 2 || (code === 46 && NAME_PARTS[this.text.charCodeAt(at + 1)] === 2)) this.#number(at);
    else this.#operator(at, code);
  }

  #word(at: number): void {
    const { text } = this;
    let end = at + 1;
    while ((NAME_PARTS[text.charCodeAt(end)] ?? 0) > 0) end++;
    if (text.charCodeAt(end) > 127) unsure();
    const word = text.slice(at, end);
    this.word = word;
    this.kind = KEYWORDS.has(word) ? KEYWORD : NAME;
    this.#at = end;
    this.end = end;
  }

  #isQuoted(at: number): boolean {
    QUOTED.lastIndex = at;
    return QUOTED.test(this.text);
  }

  /** How far it goes is seen when it is read. */
  #string(at: number): void {
    this.kind = STRING;
    this.word = '';
    this.end = at;
    this.#at = at;
  }

  #number(at: number): void {
    NUMBER_TEXT.lastIndex = at;
    const [word] = NUMBER_TEXT.exec(this.text) ?? unsure();
    const end = at + word.length;
    if (word.endsWith('_') || word.includes('__')) unsure();
    if ((NAME_PARTS[this.text.charCodeAt(end)] ?? 1) > 0 && end < this.text.length) unsure();
    this.kind = NUMBER;
    this.word = word;
    this.end = end;
    this.#at = end;
  }

  #operator(at: number, code: number): void {
    const { text } = this;
    let end = at + 1;
    const second = text.charCodeAt(end);
    switch (code) {
      case 40: // ( ) [ ] { } , ; ~
      case 41:
      case 91:
      case 93:
      case 123:
      case 125:
      case 44:
      case 59:
      case 126:
        break;
      case 46: // . ...
        if (second === 46) {
          if (text.charCodeAt(end + 1) === 46) end += 2;
        }
        break;
      case 42: // * ** *= **=  / // /= //=  < << <= <<=  > >> >= >>=
      case 47:
      case 60:
      case 62:
        if (second === code) end++;
        if (text.charCodeAt(end) === 61) end++;
        else if (code === 60 && second === 62) unsure();
        break;
      case 45: // - -= ->
        if (second === 61 || second === 62) end++;
        break;
      case 43: // + % @ & | ^ : = !, each with = behind
      case 37:
      case 64:
      case 38:
      case 124:
      case 94:
      case 58:
      case 61:
      case 33:
        if (second === 61) end++;
        break;
      default:
        unsure();
    }
    this.kind = OPERATOR;
    this.word = text.slice(at, end);
    this.end = end;
    this.#at = end;
  }
}

const STRING_PREFIX = new Uint8Array(128);
for (const letter of 'fFtTrRbBuU') STRING_PREFIX[letter.charCodeAt(0)] = 1;
