// How noisy the statistics of the file's batches are: the batch mean is off by 1 / √values.

import { placeOf, say, type VerdictKind, verdict } from '../verdict.ts';

/** The noise of 16 values a channel. */
const NOISE = 0.25;

export default {
  name: 'batchnorm-small-batch',
  code: 'NL201',
  title: 'How noisy the statistics of small batches are',
  observers: ['running-stats', 'batch-mate-sensitivity'],
  judge(evidence) {
    const noises = evidence.layers('batch-noise').map((layer) => ({
      layer,
      noise: evidence.last('batch-noise', layer) ?? 0,
    }));
    const noisy = noises.filter(({ noise }) => noise >= NOISE);
    const mates = evidence.last('batch-mates/train');
    return evidence.findings('NL201').flatMap((finding) => {
      const named = noisy.find(({ layer }) => evidence.place(layer)?.line === finding.line);
      const one = named ?? noisy.reduce((a, b) => (a && a.noise >= b.noise ? a : b), noisy[0]);
      if (!one) return [];
      const at = evidence.batch > 0 ? `At batch ${evidence.batch}, the` : 'The';
      const output =
        mates === undefined
          ? ''
          : `; one row's output varies with its batch mates by ${say(mates)} deviations of the output`;
      const message = `${at} mean that \`${one.layer}\` subtracts varies from batch to batch by ${say(one.noise)} deviations of the values${output}.`;
      const numbers = {
        batch_noise: one.noise,
        threshold: NOISE,
        ...(mates === undefined ? {} : { batch_mates: mates }),
      };
      return [verdict(this, { severity: 'warning', layer: one.layer, place: placeOf(finding), message, numbers })];
    });
  },
} satisfies VerdictKind;
