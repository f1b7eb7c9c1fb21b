// Training rows passed through a copy that does not learn, until enough values of each unit were seen: what
// is true of a layer now, not of one batch.

import type { Session } from '../engine/session.ts';
import { gather, wholeBatches } from './data/batches.ts';
import type { Watched } from './observer.ts';

/** Rows from which "never" and "always" are said of a unit. */
export const WINDOW_ROWS = 512;

/** Calls `visit` after each pass, with the copy whose activations and gradients can be read; returns the rows seen. */
export async function throughWindow(run: Watched, visit: (copy: Session) => void): Promise<number> {
  const copy = run.copy();
  const batches = Math.ceil(WINDOW_ROWS / run.spec.batch);
  let rowsSeen = 0;
  for (const rows of wholeBatches(run.split.train.subarray(0, batches * run.spec.batch), run.spec.batch)) {
    const { inputs, target } = gather(run.task, rows);
    copy.step(inputs, target);
    visit(copy);
    rowsSeen += rows.length;
    await run.breathe();
  }
  return rowsSeen;
}
