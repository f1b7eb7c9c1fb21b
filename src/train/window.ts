// Training rows passed through a copy that does not learn, until enough values of each unit were seen: what
// is true of the model now, not of one batch. All observers look at the same pass.

import { gather, wholeBatches } from './data/batches.ts';
import type { Watch, Watched } from './observer.ts';
import { windowRows } from './schedule.ts';

export async function lookThroughWindow(run: Watched, watches: readonly Watch[]): Promise<void> {
  const looking = watches.filter((watch) => watch.look);
  if (looking.length === 0) return;
  const copy = run.copy();
  const { batch } = run.spec;
  const rows = run.split.train.subarray(0, windowRows(run.spec, run.graph));
  for (const some of wholeBatches(rows, batch)) {
    const { inputs, target } = gather(run.task, some);
    copy.step(inputs, target);
    for (const watch of looking) watch.look?.(copy);
    await run.breathe();
  }
}
