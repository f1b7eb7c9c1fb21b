// The size of the gradient: of each layer's parameters, and of all of them together.

import type { Observation } from '../../lab/observation.ts';
import { parametersOf } from '../layers.ts';
import { type Observer, scalar } from '../observer.ts';

export default {
  name: 'grad-norm',
  title: 'Gradient norm of each layer and of the whole model',
  watch({ graph, session }) {
    const modules = graph.modules
      .map((module) => ({ path: module.path, parameters: parametersOf(graph, module) }))
      .filter(({ parameters }) => parameters.length > 0);
    const sizes = new Map(graph.tensors.map(({ name, shape }) => [name, shape.reduce((n, size) => n * size, 1)]));
    const weights = new Set(graph.tensors.filter(({ shape }) => shape.length >= 2).map(({ name }) => name));
    return {
      async kept(step) {
        const observed: Observation[] = [];
        let total = 0;
        for (const { path, parameters } of modules) {
          let squares = 0;
          for (const name of parameters) {
            const { norm } = session.measureParameter(name, 'gradient');
            squares += norm * norm;
            if (weights.has(name))
              observed.push(scalar('gradient-rms', path, step, norm / Math.sqrt(sizes.get(name) ?? 1)));
          }
          total += squares;
          observed.push(scalar('gradient-norm', path, step, Math.sqrt(squares)));
        }
        observed.push(scalar('gradient-norm', '', step, Math.sqrt(total)));
        return observed;
      },
    };
  },
} satisfies Observer;
