// The loss: of the training batches at every step, and of the validation rows in both modes a few times.

import type { Session } from '../../engine/session.ts';
import type { Observation } from '../../lab/observation.ts';
import { type Observer, scalar, type Watched } from '../observer.ts';
import { curveSteps, validationSteps } from '../schedule.ts';
import { pass, validate } from '../validation.ts';

export default {
  name: 'loss',
  title: 'Training loss, and validation loss in training and eval mode',
  watch(run) {
    const { steps } = run.spec;
    const points = curveSteps(steps);
    const validated = validationSteps(steps, run.graph);
    const lastTenth = steps - Math.max(1, Math.floor(steps / 10));
    let sum = 0;
    let count = 0;
    const tail: number[] = [];
    return {
      every(step, loss) {
        sum += loss;
        count++;
        if (step >= lastTenth) tail.push(loss);
        if (!points.has(step)) return [];
        const observed = scalar('loss/train', '', step, sum / count);
        sum = 0;
        count = 0;
        return [observed];
      },
      begin: (step) => measure(run, step),
      async end(step) {
        run.conclude('train_loss', tail.reduce((total, loss) => total + loss, 0) / tail.length);
        const validation = await validate(run, step);
        run.conclude('val_loss', validation.eval.loss);
        run.conclude('val_loss_train_mode', validation.train.loss);
        if (!Number.isNaN(validation.eval.accuracy)) {
          run.conclude('val_accuracy', validation.eval.accuracy);
          run.conclude('val_accuracy_train_mode', validation.train.accuracy);
        }
        const average = averaged(run);
        if (average) run.conclude('val_loss_average', (await pass(run, average, 'eval')).loss);
        return measure(run, step);
      },
      async after(step) {
        return validated.has(step) ? measure(run, step) : [];
      },
    };
  },
} satisfies Observer;

/** A copy with the averaged parameters and the run's own buffers, as AveragedModel has them; null without an average. */
function averaged(run: Watched): Session | null {
  if (run.spec.recipe?.ema === undefined) return null;
  const copy = run.copy();
  for (const { name } of run.graph.tensors) {
    const value = run.session.readAverage(name);
    if (value) copy.write(name, value);
  }
  return copy;
}

async function measure(run: Watched, step: number): Promise<readonly Observation[]> {
  const { eval: inEval, train: inTrain } = await validate(run, step);
  const observed = [
    scalar('loss/eval', '', step, inEval.loss),
    scalar('loss/eval-in-train-mode', '', step, inTrain.loss),
  ];
  if (Number.isNaN(inEval.accuracy)) return observed;
  observed.push(scalar('accuracy/eval', '', step, inEval.accuracy));
  observed.push(scalar('accuracy/eval-in-train-mode', '', step, inTrain.accuracy));
  return observed;
}
