// One file of a check: configuration in, findings out, and what is to be changed in it. It runs in the command's own
// thread or in one that helps it, and says the same in both.

import { writeFileSync } from 'node:fs';
import { type CellText, type Checked, checkText } from '../analysis/check-text.ts';
import { noqaEdits } from '../analysis/noqa.ts';
import { repair } from '../analysis/repair.ts';
import type { Settings } from '../analysis/settings.ts';
import type { FixLevel } from '../base/finding.ts';
import type { KnownFile } from '../facts/project.ts';
import type { Neighbors } from '../facts/summary.ts';
import type { PythonParser } from '../python/parser.ts';
import { type PythonFile, readPythonFile } from './python-files.ts';
import type { ReportedFinding } from './reporters/report.ts';
import { notebookFile, pythonFile, type SourceFile } from './source-file.ts';
import { Workspaces } from './workspace-files.ts';

/** What is to be done with each file beside looking at it. */
export type Work =
  | { readonly kind: 'check'; readonly levels: ReadonlySet<FixLevel>; readonly showsFixes: boolean }
  | { readonly kind: 'diff'; readonly levels: ReadonlySet<FixLevel>; readonly showsFixes: false }
  | { readonly kind: 'noqa'; readonly showsFixes: false };

export interface CheckedFile {
  /** As reports show it. */
  readonly path: string;
  readonly findings: readonly FoundFinding[];
  readonly fixed: number;
  /** Lines that got a `# noqa`. */
  readonly marked: number;
  /** What fixes would make of the file; null where it stays as it is, or nobody asked. */
  readonly change: { readonly before: string; readonly after: string } | null;
}

export interface FoundFinding {
  readonly finding: ReportedFinding;
  /** The line it begins on. */
  readonly line: string;
}

export type Outcome = CheckedFile | { readonly reason: string };

/** A file to check; plain data, which crosses threads. */
export interface Job {
  readonly file: PythonFile;
  /** Its project's folder, and its path there. */
  readonly root: string;
  readonly inside: string;
  readonly settings: Settings;
}

/** What was found out about the files of each project's folder. */
export type Index = ReadonlyMap<string, ReadonlyMap<string, KnownFile>>;

export class Checker {
  readonly #parser: PythonParser;
  readonly #workspaces: Workspaces;

  constructor(parser: PythonParser, index: Index = new Map()) {
    this.#parser = parser;
    this.#workspaces = new Workspaces(parser);
    for (const [root, files] of index) for (const [path, known] of files) this.#workspaces.of(root).adopt(path, known);
  }

  check({ file, root, inside, settings }: Job, work: Work): Outcome {
    const neighbors = this.#workspaces.of(root).neighborsOf(inside);
    return checkFile({ parser: this.#parser, file, inside, settings, neighbors }, work);
  }

  index(): Index {
    return new Map([...this.#workspaces.all].map(([root, summaries]) => [root, summaries.known()]));
  }
}

/** A file, and everything its findings depend on beside its text. */
interface Place {
  readonly parser: PythonParser;
  readonly file: PythonFile;
  /** Its path in the project. */
  readonly inside: string;
  readonly settings: Settings;
  readonly neighbors: Neighbors;
}

function checkFile(place: Place, work: Work): Outcome {
  const { file } = place;
  const read = readPythonFile(file);
  if ('reason' in read) return read;
  if (!file.file.endsWith('.ipynb')) return checkSource(place, read.text, pythonFile(file.path, read.text), work);
  const notebook = notebookFile(file.path, read.text);
  return 'reason' in notebook ? notebook : checkSource(place, read.text, notebook, work);
}

function checkSource<T extends CellText>(place: Place, before: string, origin: SourceFile<T>, work: Work): CheckedFile {
  const { parser, file, inside, settings, neighbors } = place;
  const first = checkText(parser, origin.source, inside, settings, undefined, neighbors);
  const changed = change(place, first, origin, work);
  const content = origin.content(changed.source);
  // A file that cannot be written back keeps its findings.
  const after = content === null ? { checked: first, source: origin.source, fixed: 0, marked: 0 } : changed;
  if (content !== null && content !== before && work.kind !== 'diff') writeFileSync(file.file, content);
  const lines = after.checked.facts.lines;
  const findings = after.checked.findings.map((finding): FoundFinding => {
    const fixes = work.showsFixes ? after.checked.fixesOf(finding) : [];
    const start = lines.offset({ line: lines.position(finding.span.start).line, column: 1 });
    const line = /^[^\r\n]*/.exec(after.source.text.slice(start, start + MAX_SHOWN))?.[0] ?? '';
    return { finding: origin.report(after.source, finding, fixes), line };
  });
  if (changed.checked !== first) changed.checked.dispose();
  first.dispose();
  return {
    path: file.path,
    findings,
    fixed: after.fixed,
    marked: after.marked,
    change: content !== null && content !== before ? { before, after: content } : null,
  };
}

/** Characters of a line; longer ones are data. */
const MAX_SHOWN = 2000;

function change<T extends CellText>(
  { parser, inside, settings, neighbors }: Place,
  checked: Checked,
  origin: SourceFile<T>,
  work: Work,
): { readonly checked: Checked; readonly source: T; readonly fixed: number; readonly marked: number } {
  const { source, apply } = origin;
  if (work.kind !== 'noqa')
    return { ...repair(parser, checked, source, apply, inside, settings, work.levels), marked: 0 };
  const edits = noqaEdits(checked);
  if (edits.length === 0) return { checked, source, fixed: 0, marked: 0 };
  const marked = apply(
    source,
    edits.map((edit) => ({ edits: [edit] })),
  );
  const next = checkText(parser, marked.source, inside, settings, checked, neighbors);
  return { checked: next, source: marked.source, fixed: 0, marked: marked.applied };
}
