// A text with its fixes applied, as fix-all, fix on save and `--fix` do it.

import type { Fix, FixLevel } from '../base/finding.ts';
import { applyEdits } from '../base/text.ts';
import type { PythonParser } from '../python/parser.ts';
import { type CellText, type Checked, checkText } from './check-text.ts';
import type { Settings } from './settings.ts';

/** A fix may make room for another, or take its reason away; so all is checked again until nothing is left to do. */
const MAX_PASSES = 10;

/** Fixes applied to a text of some kind; those that cannot be are left out. */
type Apply<T> = (source: T, fixes: readonly Fix[]) => { readonly source: T; readonly applied: number };

export interface Repaired<T> {
  readonly source: T;
  /** How many fixes were applied. */
  readonly fixed: number;
  /** What is known of the repaired text; whoever asked disposes it. */
  readonly checked: Checked;
}

/** `checked` is of the source as it is, and stays its owner's. */
export function repair<T extends CellText>(
  parser: PythonParser,
  checked: Checked,
  source: T,
  apply: Apply<T>,
  path: string,
  settings: Settings,
  levels: ReadonlySet<FixLevel>,
): Repaired<T> {
  let now = { source, fixed: 0, checked };
  for (let pass = 0; pass < MAX_PASSES && levels.size > 0; pass++) {
    const chosen = now.checked.fixesTogether(levels);
    const next = chosen.length > 0 ? apply(now.source, chosen) : null;
    if (!next || next.applied === 0) break;
    const after = checkText(parser, next.source, path, settings, now.checked, checked.facts.neighbors);
    if (now.checked !== checked) now.checked.dispose();
    now = { source: next.source, fixed: now.fixed + next.applied, checked: after };
  }
  return now;
}

/** For a file that is Python as a whole. */
export const applyToText: Apply<CellText> = ({ text }, fixes) => {
  const edits = fixes.flatMap((fix) => fix.edits);
  return { source: { text: applyEdits(text, edits), cells: [] }, applied: fixes.length };
};
