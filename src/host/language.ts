// The analyzer and the lab's cores in a bundle of their own, loaded with the first Python file or lab notebook.
// Knows no VS Code: texts and bytes go in, plain values come out.

export { type Checked, checkText } from '../analysis/check-text.ts';
export { all as rules } from '../analysis/rules/all.ts';
export { markStale, toCellOutput } from '../lab/cell-output.ts';
export { hashText, planHash } from '../lab/hash.ts';
export { judge } from '../lab/judge.ts';
export { decodeNotebook, freshId, parseNotebook, printNotebook } from '../lab/notebook.ts';
export { dataOf, planCell, printPlan } from '../lab/plan-cell.ts';
export { observeChoices, planObserve } from '../lab/plan-observe.ts';
export { hashOfSidecar, parseSidecar, printSidecar, sidecarFolder, sidecarName } from '../lab/sidecar.ts';
export { firstSeedOf, readSpec } from '../lab/spec.ts';
export { createParser, type PythonParser } from '../python/parser.ts';
