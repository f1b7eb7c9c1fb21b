// BatchNorm's running statistics beside those of the batches: at kept steps against the batch just seen, at
// the end against those of the window with the final weights, which is what eval mode should be using.

import type { MeasuredUnits } from '../../engine/measure.ts';
import type { Observation } from '../../lab/observation.ts';
import { type RunningNorm, runningNorms } from '../layers.ts';
import { type Observer, scalar, vector, type Watched } from '../observer.ts';
import { geometricMean, meanShift, rootMeanSquare } from '../vectors.ts';

export default {
  name: 'running-stats',
  title: "BatchNorm's running statistics beside the batches' own",
  probes: (layers) => runningNorms(layers).flatMap(({ layer }) => layer.input ?? []),
  watch(run) {
    const norms = runningNorms(run.layers).filter(({ layer }) => layer.input !== null);
    const seen: Moments[][] = norms.map(() => []);
    return {
      kept: async (step) => norms.flatMap((norm) => beside(run, norm, step)),
      look(copy) {
        for (const [i, { layer }] of norms.entries()) seen[i]?.push(copy.measureUnits(layer.input as string, 1));
      },
      async begin() {
        for (const batches of seen) batches.length = 0;
        return [];
      },
      async end(step) {
        const found = norms.map((norm, i) => held(run, norm, average(seen[i] ?? [])));
        if (found.length > 0) {
          run.conclude('bn_drift', Math.max(...found.map(({ shift }) => shift)));
          run.conclude('batch_noise', Math.max(...found.map(({ noise }) => noise)));
        }
        return found.flatMap(({ shift, ratio, noise }, i) => {
          const { name } = (norms[i] as RunningNorm).layer;
          return [
            scalar('reestimated-mean-shift', name, step, shift),
            scalar('reestimated-var-ratio', name, step, ratio),
            scalar('batch-noise', name, step, noise),
          ];
        });
      },
    };
  },
} satisfies Observer;

function beside({ session }: Watched, { layer, running_mean, running_var }: RunningNorm, step: number): Observation[] {
  const { mean, variance } = session.measureUnits(layer.input as string, 1);
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

type Moments = Pick<MeasuredUnits, 'mean' | 'variance'>;

interface Reestimated {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly noise: number;
}

/** The batches' means averaged, and their unbiased variances, as the running statistics average them. */
function average(batches: readonly Moments[]): Reestimated {
  const mean = meanOf(batches.map((batch) => batch.mean));
  const variance = meanOf(batches.map((batch) => batch.variance));
  const noise = rootMeanSquare(batches.map((batch) => meanShift(batch.mean, mean, variance)));
  return { mean, variance, noise };
}

function held(
  { session }: Watched,
  { running_mean, running_var }: RunningNorm,
  { mean, variance, noise }: Reestimated,
) {
  const shift = meanShift(session.read(running_mean), mean, variance);
  return { shift, ratio: geometricMean(session.read(running_var), variance), noise };
}

function meanOf(vectors: readonly Float32Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const one of vectors) for (const [i, value] of one.entries()) sum[i] = (sum[i] as number) + value;
  return sum.map((value) => value / vectors.length);
}
