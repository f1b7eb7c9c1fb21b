// Does one row's output change when its neighbors in the batch change? In training mode BatchNorm makes it
// so; in eval mode nothing should. Dropout is off, so that what changes is the mates' doing alone.

import { Random } from '../../base/random.ts';
import type { Observation } from '../../lab/observation.ts';
import { gather } from '../data/batches.ts';
import { type Observer, scalar, type Watched } from '../observer.ts';
import { isHeavy } from '../schedule.ts';

/** Rows, and draws of mates a row: enough to estimate a spread in training mode, to see any change in eval mode. */
const USUAL = { rows: 8, train: 8, eval: 3 } as const;
const HEAVY = { rows: 4, train: 4, eval: 2 } as const;

export default {
  name: 'batch-mate-sensitivity',
  title: "Change of one row's output with its batch mates",
  watch(run) {
    return {
      async end(step) {
        if (run.spec.batch < 2) return [];
        const train = await sensitivity(run, 'train');
        run.conclude('batch_mates', train);
        const observed: Observation[] = [scalar('batch-mates/train', '', step, train)];
        observed.push(scalar('batch-mates/eval', '', step, await sensitivity(run, 'eval')));
        return observed;
      },
    };
  },
} satisfies Observer;

/** The spread of a row's output over batch mates, as a share of the output's spread over rows. */
async function sensitivity(run: Watched, mode: 'train' | 'eval'): Promise<number> {
  const session = run.copy({ dropout: false });
  const { batch, seed } = run.spec;
  const rows = run.split.validation;
  const draws = isHeavy(run.graph) ? HEAVY : USUAL;
  const looked = Math.min(draws.rows, rows.length);
  const random = new Random(seed, 'batch-mates');
  let within = 0;
  const all: number[][] = [];
  for (let i = 0; i < looked; i++) {
    const outputs: number[][] = [];
    for (let k = 0; k < draws[mode]; k++) {
      const mates = Int32Array.from({ length: batch }, (_, j) => rows[j === 0 ? i : random.int(rows.length)] as number);
      const { inputs, target } = gather(run.task, mates);
      const { output } = session.evaluate(inputs, target, { mode });
      outputs.push([...output.subarray(0, output.length / batch)]);
      await run.breathe();
    }
    within += spread(outputs) / looked;
    all.push(...outputs);
  }
  const total = spread(all);
  return total === 0 ? 0 : Math.sqrt(within / total);
}

/** The variance around the mean output, summed over the output's numbers. */
function spread(outputs: readonly (readonly number[])[]): number {
  const width = outputs[0]?.length ?? 0;
  let sum = 0;
  for (let j = 0; j < width; j++) {
    const mean = outputs.reduce((total, output) => total + (output[j] as number), 0) / outputs.length;
    sum += outputs.reduce((total, output) => total + ((output[j] as number) - mean) ** 2, 0) / outputs.length;
  }
  return sum;
}
