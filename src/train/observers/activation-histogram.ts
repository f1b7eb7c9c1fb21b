// Every layer's output, and the gradient that reaches it, as histograms of fixed bins.

import type { Measured } from '../../engine/measure.ts';
import type { Observation, ObservationNames } from '../../lab/observation.ts';
import { type Observer, scalar } from '../observer.ts';

export default {
  name: 'activation-histogram',
  title: "Histograms of every layer's output and of its gradient",
  probes: (layers) => layers.map((layer) => layer.node),
  watch({ layers, session }) {
    return {
      async kept(step) {
        const observed: Observation[] = [];
        for (const { name, node } of layers) {
          const output = session.measure(node, 'output');
          observed.push(histogram('activation', name, step, output));
          observed.push(histogram('gradient', name, step, session.measure(node, 'gradient')));
          observed.push(scalar('activation-std', name, step, output.std));
          observed.push(scalar('activation-mean', name, step, output.mean));
        }
        return observed;
      },
    };
  },
} satisfies Observer;

function histogram(name: ObservationNames['histogram'], layer: string, step: number, measured: Measured): Observation {
  const { count, zeros, nan, inf, mean, std, min, max, bins } = measured;
  return { kind: 'histogram', name, layer, step, bins: [...bins], count, zeros, nan, inf, mean, std, min, max };
}
