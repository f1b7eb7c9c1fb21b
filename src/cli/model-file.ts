// A model file as `observe` and `run` need it: checked, read, and its data's bytes.

import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { checkText } from '../analysis/check-text.ts';
import { DEFAULT_SETTINGS } from '../analysis/settings.ts';
import { UserError } from '../base/errors.ts';
import type { TrainingHints } from '../base/hints.ts';
import type { Graph } from '../graph/graph.ts';
import type { StaticFinding } from '../lab/verdict.ts';
import { callReader } from './call-reader.ts';
import { startParser } from './parser-files.ts';
import { environmentsFor, readSources } from './sources.ts';

export interface CheckedFile {
  readonly hints: TrainingHints;
  readonly findings: readonly StaticFinding[];
}

/** `file` names the findings. */
export async function checkFile(file: string): Promise<CheckedFile> {
  if (!existsSync(file) || !statSync(file).isFile())
    throw new UserError('cli/no-file', `Expected a Python file, and \`${file}\` is not one; check the path.`);
  const parser = await startParser();
  try {
    const checked = checkText(parser, readFileSync(file, 'utf8'), file, DEFAULT_SETTINGS);
    const findings = checked.findings.map(({ rule, name, span, message }) => {
      const start = checked.facts.lines.position(span.start);
      const end = checked.facts.lines.position(span.end);
      const place = { path: file, ...start, endLine: end.line, endColumn: end.column };
      return { rule, name, path: file, line: start.line, message, place };
    });
    const { hints } = checked;
    checked.dispose();
    return { hints, findings };
  } finally {
    parser.dispose();
  }
}

export interface ModelQuestion {
  readonly construct: string | null;
  readonly input: string | null;
}

/** `input` says how the input was chosen. */
export async function readModel(
  file: string,
  { construct, input }: ModelQuestion,
): Promise<{ readonly graph: Graph; readonly input: string }> {
  const sources = readSources(file);
  const read = await callReader({ ...sources, construct, input, environments: environmentsFor(sources) });
  if (read.graph) return { graph: read.graph, input: read.input };
  const [first, ...others] = read.problems;
  const place = first?.place ? ` (${shownPath(first.place.path)}:${first.place.line})` : '';
  const more = others.length > 0 ? ` There are ${others.length} more; \`normlab read\` lists them.` : '';
  throw new UserError('model/unread', `${first?.message ?? `No model was found in \`${file}\`.`}${place}${more}`);
}

/** Relative to where the command runs, as people type it. */
export function shownPath(file: string): string {
  const relative = path.relative(process.cwd(), path.resolve(file)) || file;
  return (relative.startsWith('..') ? file : relative).split(path.sep).join('/');
}
