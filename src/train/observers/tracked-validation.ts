// What a validation pass in training mode leaves behind: torch.no_grad() does not stop BatchNorm from
// following the validation rows, and the eval-mode loss is another one afterwards. Measured on a copy.

import { runningNorms } from '../layers.ts';
import { type Observer, scalar } from '../observer.ts';
import { pass } from '../validation.ts';
import { meanShift } from '../vectors.ts';

export default {
  name: 'tracked-validation',
  title: 'How far a validation pass in training mode moves the running statistics',
  watch(run) {
    const norms = runningNorms(run.layers);
    return {
      async end(step) {
        if (norms.length === 0) return [];
        const copy = run.copy();
        const before = norms.map(({ running_mean, running_var }) => [copy.read(running_mean), copy.read(running_var)]);
        await pass(run, copy, 'train', true);
        const observed = norms.map(({ layer, running_mean }, i) => {
          const [mean, variance] = before[i] as [Float32Array, Float32Array];
          return scalar('tracking-mean-shift', layer.name, step, meanShift(copy.read(running_mean), mean, variance));
        });
        const { loss } = await pass(run, copy, 'eval');
        return [...observed, scalar('loss/eval-after-tracking', '', step, loss)];
      },
    };
  },
} satisfies Observer;
