// String literals: how far one goes, and what of it is known without running.

import type { Expression } from '../tree.ts';
import { unsure } from './scanner.ts';

export interface ReadString {
  readonly end: number;
  /** null where the text depends on `{…}` or on escapes. */
  readonly value: string | null;
}

const QUOTE = /([fFtTrRbBuU]{0,2})("""|'''|"|')/y;
/** What the grammar takes for an escape; any other backslash is itself. */
const ESCAPE = /\\(?:u[a-fA-F\d]{4}|U[a-fA-F\d]{8}|x[a-fA-F\d]{2}|\d{1,3}|\r?\n|['"abfrntv\\]|N\{[^}]+\})/y;

/** Reads what stands between braces, from behind the one that opens to behind the one that closes. */
export type Interpolate = (start: number, into: Expression[]) => number;

/** `parts` gets the expressions between its braces. */
export function readString(text: string, start: number, parts: Expression[], interpolate: Interpolate): ReadString {
  QUOTE.lastIndex = start;
  const [whole, prefix = '', quote = ''] = QUOTE.exec(text) ?? unsure();
  const first = start + whole.length;
  const isFormat = /[fFtT]/.test(prefix);
  const isBrace = (code: number) => isFormat && (code === 123 || code === 125);
  const triple = quote.length === 3;
  const closing = quote.charCodeAt(0);
  let known = true;
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === closing && (!triple || text.startsWith(quote, at))) {
      return { end: at + quote.length, value: known ? text.slice(first, at) : null };
    }
    if (code === 92) {
      const { length, isEscape } = backslash(text, at, prefix, closing);
      if (isEscape) known = false;
      at += length - 1;
    } else if (isBrace(code)) {
      known = false;
      at = brace(text, at, code, triple, parts, interpolate) - 1;
    } else if (code === 10 && !triple) unsure();
  }
  return unsure();
}

/** How much of the text belongs to a backslash, itself included. */
function backslash(
  text: string,
  at: number,
  prefix: string,
  closing: number,
): { readonly length: number; readonly isEscape: boolean } {
  const next = text.charCodeAt(at + 1);
  if (/[rR]/.test(prefix)) {
    if (next === closing) unsure();
    const steps = next === 92 || next === 10 || next === 13;
    return { length: steps ? 2 : 1, isEscape: false };
  }
  if (/[bB]/.test(prefix) && /[NuU]/.test(text[at + 1] ?? '')) return { length: 2, isEscape: false };
  ESCAPE.lastIndex = at;
  const length = ESCAPE.exec(text)?.[0].length;
  return { length: length ?? 1, isEscape: length !== undefined };
}

/** In an f-string: where it goes on behind one brace, or behind two that stand for one. */
function brace(
  text: string,
  at: number,
  code: number,
  triple: boolean,
  parts: Expression[],
  interpolate: Interpolate,
): number {
  if (text.charCodeAt(at + 1) === code) return at + 2;
  if (code === 125) unsure();
  const end = interpolate(at + 1, parts);
  if (!triple && text.slice(at, end).includes('\n')) unsure();
  return end;
}
