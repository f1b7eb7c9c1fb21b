// BatchNorm's running statistics beside those of the batches: at kept steps against the batch just seen, at
// the end against many batches with the final weights, which is what eval mode should be using.

import type { Observation } from '../../lab/observation.ts';
import { channelMoments } from '../channels.ts';
import { gather, wholeBatches } from '../data/batches.ts';
import { type RunningNorm, runningNorms } from '../layers.ts';
import { type Observer, scalar, vector, type Watched } from '../observer.ts';
import { geometricMean, meanShift, rootMeanSquare } from '../vectors.ts';

/** Batches of the re-estimation: enough that its own noise, 1 / √(batches × batch), is small. */
const MOST_BATCHES = 200;

export default {
  name: 'running-stats',
  title: "BatchNorm's running statistics beside the batches' own",
  probes: (layers) => runningNorms(layers).flatMap(({ layer }) => layer.input ?? []),
  watch(run) {
    const norms = runningNorms(run.layers).filter(({ layer }) => layer.input !== null);
    return {
      kept: async (step) => norms.flatMap((norm) => beside(run, norm, step)),
      async end(step) {
        const observed: Observation[] = [];
        const estimates = norms.length > 0 ? await reestimate(run, norms) : [];
        const shifts: number[] = [];
        const noises: number[] = [];
        for (const [i, norm] of norms.entries()) {
          const { mean, variance, noise } = estimates[i] as Reestimated;
          const shift = meanShift(run.session.read(norm.running_mean), mean, variance);
          const ratio = geometricMean(run.session.read(norm.running_var), variance);
          observed.push(scalar('reestimated-mean-shift', norm.layer.name, step, shift));
          observed.push(scalar('reestimated-var-ratio', norm.layer.name, step, ratio));
          observed.push(scalar('batch-noise', norm.layer.name, step, noise));
          shifts.push(shift);
          noises.push(noise);
        }
        if (norms.length > 0) {
          run.conclude('bn_drift', Math.max(...shifts));
          run.conclude('batch_noise', Math.max(...noises));
        }
        return observed;
      },
    };
  },
} satisfies Observer;

function beside({ session }: Watched, { layer, running_mean, running_var }: RunningNorm, step: number): Observation[] {
  const { mean, variance } = channelMoments(session.activation(layer.input as string, 'output'));
  const runningMean = session.read(running_mean);
  const runningVar = session.read(running_var);
  return [
    vector('batch-mean', layer.name, step, mean),
    vector('batch-var', layer.name, step, variance),
    vector('running-mean', layer.name, step, runningMean),
    vector('running-var', layer.name, step, runningVar),
    scalar('running-mean-drift', layer.name, step, meanShift(mean, runningMean, runningVar)),
    scalar('running-var-drift', layer.name, step, geometricMean(variance, runningVar)),
  ];
}

interface Reestimated {
  readonly mean: Float64Array;
  /** The mean of the batches' unbiased variances, as the running variance averages them. */
  readonly variance: Float64Array;
  readonly noise: number;
}

/** Passes training rows through a copy in training mode, and averages what each batch measures. */
async function reestimate(run: Watched, norms: readonly RunningNorm[]): Promise<readonly Reestimated[]> {
  const copy = run.copy();
  const seen = norms.map(() => [] as { mean: Float64Array; variance: Float64Array }[]);
  for (const rows of wholeBatches(run.split.train.subarray(0, MOST_BATCHES * run.spec.batch), run.spec.batch)) {
    const { inputs, target } = gather(run.task, rows);
    copy.step(inputs, target);
    for (const [i, { layer }] of norms.entries())
      seen[i]?.push(channelMoments(copy.activation(layer.input as string, 'output')));
    await run.breathe();
  }
  return seen.map((batches) => {
    const mean = average(batches.map((batch) => batch.mean));
    const variance = average(batches.map((batch) => batch.variance));
    const noise = rootMeanSquare(batches.map((batch) => meanShift(batch.mean, mean, variance)));
    return { mean, variance, noise };
  });
}

function average(vectors: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const one of vectors) for (const [i, value] of one.entries()) sum[i] = (sum[i] as number) + value;
  return sum.map((value) => value / vectors.length);
}
