// Offsets, positions and edits over a string. Lines and columns count from 1.

import type { Edit, Span } from './finding.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Maps offsets to positions and back; made once per text. `\n`, `\r\n` and a lone `\r` end a line. */
export class LineMap {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) this.#starts.push(i + 1);
    }
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] as number) + 1 };
  }

  offset(position: Position): number {
    const start = this.#starts[Math.min(position.line, this.#starts.length) - 1] ?? 0;
    return Math.min(start + position.column - 1, this.#length);
  }
}

/** Applies edits that do not overlap; throws a RangeError where they do. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  let result = '';
  let last = 0;
  for (const { span, newText } of sorted) {
    if (span.start < last) throw new RangeError(`Edits overlap at offset ${span.start}.`);
    result += text.slice(last, span.start) + newText;
    last = span.end;
  }
  return result + text.slice(last);
}

export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
