// Where a run begins that does not begin at its own initialization.

import { UserError } from '../base/errors.ts';
import type { Session } from '../engine/session.ts';
import type { Graph } from '../graph/graph.ts';
import type { RunSpec } from '../lab/plan.ts';
import { readCheckpoint } from './weights/checkpoint-file.ts';
import { matchWeights } from './weights/match.ts';
import { readWeights } from './weights/weights.ts';

/** The optimizer steps already made. */
export function start(session: Session, graph: Graph, { start: from, steps }: RunSpec): number {
  if (from === undefined) return 0;
  const weights = readWeights(from.name, from.bytes);
  if (from.as === 'weights') {
    for (const [name, { data }] of matchWeights(from.name, weights, graph)) session.write(name, data);
    return 0;
  }
  const checkpoint = readCheckpoint(from.name, weights);
  if (checkpoint.steps >= steps)
    throw new UserError(
      'run/steps',
      `\`${from.name}\` has made ${checkpoint.steps} steps; expected a run of more than that, and got ${steps}.`,
    );
  session.restore(checkpoint);
  return checkpoint.steps;
}
