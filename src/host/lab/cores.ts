// The lab's cores in a bundle of their own, loaded with the first lab notebook or observed model. Knows no VS
// Code: texts and numbers go in, plain values come out.

export { markStale, toCellOutput } from '../../lab/cell-output.ts';
export { planHash } from '../../lab/hash.ts';
export { judge } from '../../lab/judge.ts';
export { decodeNotebook, freshId, parseNotebook, printNotebook } from '../../lab/notebook.ts';
export { dataOf, planCell } from '../../lab/plan-cell.ts';
export { observeChoices, planObserve } from '../../lab/plan-observe.ts';
export { hashOfSidecar, parseSidecar, printSidecar, sidecarFolder, sidecarName } from '../../lab/sidecar.ts';
export { firstSeedOf, readSpec } from '../../lab/spec.ts';
export { all as verdicts } from '../../lab/verdicts/all.ts';
