// The same rows, the same weights, two modes: how far apart the losses are, and how much of it is dropout's.

import type { Observation } from '../../lab/observation.ts';
import { hasDropout } from '../dropout.ts';
import { type Observer, scalar, type Watched } from '../observer.ts';
import { validationSteps } from '../schedule.ts';
import { pass, validate } from '../validation.ts';

export default {
  name: 'train-eval-gap',
  title: 'Difference of the validation loss between training and eval mode',
  watch(run) {
    const points = validationSteps(run.spec.steps, run.graph);
    return {
      begin: (step) => measure(run, step),
      after: async (step) => (points.has(step) ? measure(run, step) : []),
      async end(step) {
        const observed = [...(await measure(run, step))];
        if (hasDropout(run.graph)) {
          const { loss } = await pass(run, run.copy({ dropout: false }), 'train');
          observed.push(scalar('loss/eval-without-dropout', '', step, loss));
        }
        const { eval: inEval, train: inTrain } = await validate(run, step);
        run.conclude('train_eval_gap', Math.abs(inTrain.loss - inEval.loss));
        return observed;
      },
    };
  },
} satisfies Observer;

async function measure(run: Watched, step: number): Promise<readonly Observation[]> {
  const { eval: inEval, train: inTrain } = await validate(run, step);
  return [scalar('train-eval-gap', '', step, inTrain.loss - inEval.loss)];
}
