// A text with its fixes applied, as fix-all, fix on save and `--fix` do it.

import type { FixLevel } from '../base/finding.ts';
import { applyEdits } from '../base/text.ts';
import type { PythonParser } from '../python/parser.ts';
import { type Checked, checkText } from './check-text.ts';
import type { Settings } from './settings.ts';

/** A fix may make room for another, or take its reason away; so all is checked again until nothing is left to do. */
const MAX_PASSES = 10;

export interface Repaired {
  readonly text: string;
  /** How many fixes were applied. */
  readonly fixed: number;
  /** What is known of the repaired text; whoever asked disposes it. */
  readonly checked: Checked;
}

/** `checked` is of the text as it is, and stays its owner's. */
export function repair(
  parser: PythonParser,
  checked: Checked,
  path: string,
  settings: Settings,
  levels: ReadonlySet<FixLevel>,
): Repaired {
  let fixed = 0;
  let now = checked;
  for (let pass = 0; pass < MAX_PASSES && levels.size > 0; pass++) {
    const chosen = now.fixesTogether(levels);
    if (chosen.length === 0) break;
    const edits = chosen.flatMap((fix) => fix.edits);
    const next = checkText(parser, applyEdits(now.facts.text, edits), path, settings, now);
    if (now !== checked) now.dispose();
    now = next;
    fixed += chosen.length;
  }
  return { text: now.facts.text, fixed, checked: now };
}
