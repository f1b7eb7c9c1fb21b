// Calls that record, fuse or convert a module in the mode it is in, where that is training mode for certain.

import type { Span } from '../base/finding.ts';
import type { Call, Expression } from '../python/tree.ts';
import type { Facts } from './facts.ts';
import { isExporter } from './knowledge.ts';
import type { Sensitivity } from './layers.ts';

export interface TrainingExport {
  readonly call: Call;
  /** The full name of what is called. */
  readonly name: string;
  /** The module, as it is given. */
  readonly module: Expression;
  readonly sensitivity: Sensitivity;
  /** Where it was put or made into training mode. */
  readonly write: Span | null;
}

export function readTrainingExports(facts: Facts): readonly TrainingExport[] {
  if (!facts.places.calls.some(({ name }) => isExporter(name) || name === 'torch.onnx.export')) return [];
  const { modes } = facts;
  const exported = modes.handlings.filter(({ kind }) => kind === 'exported');
  const found: TrainingExport[] = [];
  for (const one of exported) {
    const { at, mode, name, sensitivity, write, place, before } = one;
    if (at.kind !== 'call' || mode !== 'T' || found.some(({ call }) => call === at)) continue;
    if (exported.some((other) => other.at === at && other.mode !== 'T')) continue;
    // What is trained afterwards may be the recorded module itself, and wants to be in training mode.
    if (modes.occurrences.some((other) => other.trained && other.id >= before && other.place !== place)) continue;
    const module = at.args[0]?.value;
    const matters = sensitivity.batchNorm + (mindsDropout(name) ? sensitivity.dropout : 0);
    if (module && matters > 0) found.push({ call: at, name, module, sensitivity, write });
  }
  return found;
}

/** Fusing and calibrating look at BatchNorm only. */
function mindsDropout(name: string): boolean {
  return !/\.(?:fuse\w*|prepare)$/.test(name);
}
