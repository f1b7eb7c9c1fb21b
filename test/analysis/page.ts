// A rule's page, read as its test. Under "Flagged", a line ends with `# flagged: part of the message`, or
// `# flagged(severity): …`, and the comment line below it underlines the span; both are no part of the
// example. A block marked `no-fix` has no block under "Fixed"; the others pair up in order.

import { readFileSync } from 'node:fs';

export interface Expected {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  /** null: the rule's own. */
  readonly severity: string | null;
}

export interface FlaggedBlock {
  readonly text: string;
  readonly expected: readonly Expected[];
  readonly hasFix: boolean;
}

export interface Page {
  readonly title: string;
  readonly headings: readonly string[];
  readonly flagged: readonly FlaggedBlock[];
  readonly fixed: readonly string[];
  readonly notFlagged: readonly string[];
}

export function readPage(file: string): Page {
  const lines = readFileSync(file, 'utf8').split('\n');
  const blocks: { section: string; info: string; lines: string[] }[] = [];
  const headings: string[] = [];
  let section = '';
  let open: { section: string; info: string; lines: string[] } | null = null;
  for (const line of lines) {
    if (open) {
      if (line === '```') open = null;
      else open.lines.push(line);
    } else if (line.startsWith('```python')) {
      open = { section, info: line.slice('```python'.length).trim(), lines: [] };
      blocks.push(open);
    } else if (line.startsWith('## ')) {
      section = line.slice(3).trim();
      headings.push(section);
    }
  }
  const of = (name: string) => blocks.filter((block) => block.section === name);
  return {
    title: lines[0] ?? '',
    headings,
    flagged: of('Flagged').map((block) => flaggedBlock(block.lines, block.info)),
    fixed: of('Fixed').map((block) => text(block.lines)),
    notFlagged: of('Not flagged').map((block) => text(block.lines)),
  };
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

const MARK = /\s*# flagged(?:\((\w+)\))?: (.*)$/;

function flaggedBlock(lines: readonly string[], info: string): FlaggedBlock {
  const kept: string[] = [];
  const expected: Expected[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    const mark = MARK.exec(line);
    if (!mark) {
      kept.push(line);
      continue;
    }
    const code = line.slice(0, mark.index);
    const carets = /^\s*#\s*(\^+)\s*$/.exec(lines[i + 1] ?? '');
    if (!carets) throw new Error(`The line after \`${code.trim()}\` does not underline anything.`);
    const column = (lines[i + 1] as string).indexOf('^');
    const before = text(kept).length - (kept.length === 0 ? 1 : 0);
    const start = before + column;
    expected.push({
      start,
      end: start + (carets[1] as string).length,
      message: mark[2] as string,
      severity: mark[1] ?? null,
    });
    kept.push(code);
    i++;
  }
  return { text: text(kept), expected, hasFix: info !== 'no-fix' };
}
