// How large a step is beside what it changes: log10 of the update's norm over the weight's. Around -3 the
// weights change by a thousandth a step.

import type { Observation } from '../../lab/observation.ts';
import { parametersOf } from '../layers.ts';
import { type Observer, scalar } from '../observer.ts';

export default {
  name: 'update-ratio',
  title: 'Size of the update beside the size of the weight, by layer',
  watch({ graph, session }) {
    // A norm's weight and every bias begin at 1 or 0: their ratio says nothing of the learning rate.
    const matrices = new Set(graph.tensors.filter(({ shape }) => shape.length >= 2).map(({ name }) => name));
    const modules = graph.modules
      .map((module) => ({ path: module.path, weights: parametersOf(graph, module).filter((n) => matrices.has(n)) }))
      .filter(({ weights }) => weights.length > 0);
    return {
      async kept(step) {
        const observed: Observation[] = [];
        for (const { path, weights } of modules) {
          const norm = (of: 'update' | 'value') =>
            Math.sqrt(weights.reduce((sum, name) => sum + session.measureParameter(name, of).norm ** 2, 0));
          const [update, value] = [norm('update'), norm('value')];
          if (update > 0 && value > 0) observed.push(scalar('update-ratio', path, step, Math.log10(update / value)));
        }
        return observed;
      },
    };
  },
} satisfies Observer;
