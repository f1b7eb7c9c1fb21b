// One text in, everything known about it out; the editor and the command line both call this and nothing
// else of the analyzer, so they cannot disagree. For an editor: keep what came back beside the document,
// pass it as `previous` for the next version (only what changed is parsed again, no edits are needed),
// and dispose the old one after that.
//
//   const parser = await createParser({ runtime, grammar });          // once; bytes of the two wasm files
//   let checked = checkText(parser, text, path, settings);
//   const next = checkText(parser, newText, path, settings, checked);
//   checked.dispose(); checked = next;                                // … finally checked.dispose()
//
// `findings` are complete: severities set, suppressions applied. Their fixes are tried on the text when asked
// for, also after the tree was disposed; then only slower.

import type { Disposable } from '../base/disposable.ts';
import type { Span } from '../base/finding.ts';
import type { TrainingHints } from '../base/hints.ts';
import { type Facts, readFacts } from '../facts/facts.ts';
import { readHints } from '../facts/hints.ts';
import { ALONE, type Neighbors } from '../facts/summary.ts';
import type { PythonParser, Tree } from '../python/parser.ts';
import { type Analysis, analyze } from './analyze.ts';
import type { Settings } from './settings.ts';

export interface Checked extends Analysis, Disposable {
  readonly tree: Tree;
  readonly facts: Facts;
  readonly hints: TrainingHints;
  /** Facts of the text that fixes were last tried on; it often is the next one. */
  tried(text: string, settings: Settings): Facts | null;
}

/** A notebook's text says where its cells are. */
export interface CellText {
  readonly text: string;
  readonly cells: readonly Span[];
}

/** `path` is shown to no one; a rule may ask whether it is a test's. */
export function checkText(
  parser: PythonParser,
  source: string | CellText,
  path: string,
  settings: Settings,
  previous?: Checked,
  neighbors?: Neighbors,
): Checked {
  const { text, cells } = typeof source === 'string' ? { text: source, cells: [] } : source;
  const tree = parser.parse(text, previous?.tree);
  const surroundings = { intents: settings.intents ?? [], ...(neighbors ? { neighbors } : {}) };
  const isSameFile = previous?.facts.path === path && previous.facts.neighbors === (neighbors ?? ALONE);
  const known = isSameFile && cells.length === 0 ? previous.tried(text, settings) : null;
  const facts = known ?? readFacts({ ...tree, cells }, path, surroundings);
  let last: Facts | null = null;
  const analysis = analyze(facts, settings, (repaired) => {
    const other = parser.parse(repaired, tree);
    try {
      last = readFacts(other, path, surroundings);
      return last;
    } finally {
      other.dispose();
    }
  });
  return {
    ...analysis,
    tree,
    facts,
    tried: (repaired, same) => (last?.text === repaired && same === settings ? last : null),
    get hints() {
      return facts.of(readHints);
    },
    dispose: () => tree.dispose(),
  };
}
