// Units of a ReLU that are 0 for every row of the window: no gradient reaches their weights. Counted by
// unit, not by element: a healthy ReLU is 0 for about half of its elements.

import type { Observation } from '../../lab/observation.ts';
import { type Activation, eachUnit, unitDimension, unitsOf } from '../channels.ts';
import { type Layer, type Observer, scalar, vector, type Watched } from '../observer.ts';
import { throughWindow } from '../window.ts';

/** Functions that are 0, and have no gradient, for all negative inputs. */
const ZERO_BELOW = /(^|\.)(relu6?_?|ReLU6?)$/;

export default {
  name: 'dead-units',
  title: 'Units of a ReLU that never fire',
  probes: (layers) => layers.filter(isReLU).map((layer) => layer.node),
  watch(run) {
    const layers = run.layers.filter(isReLU);
    return {
      begin: () => count(run, layers, 0),
      end: (steps) => count(run, layers, steps),
      async kept(step) {
        return layers.map(({ name, node }, i) => {
          const activation = run.session.activation(node, 'output');
          const fired = firing(activation, dimension(run, layers[i] as Layer, activation));
          return vector(
            'unit-activity',
            name,
            step,
            fired.counts.map((n) => n / fired.values),
          );
        });
      },
    };
  },
} satisfies Observer;

function isReLU(layer: Layer): boolean {
  return ZERO_BELOW.test(layer.class);
}

function dimension(run: Watched, layer: Layer, { shape }: Activation): number {
  return unitDimension(run.graph, layer, shape.length);
}

/** How often each unit is not 0, of so many values. */
function firing({ shape, data }: Activation, dim: number): { readonly counts: number[]; readonly values: number } {
  const { units, count } = unitsOf(shape, dim);
  const counts = new Array<number>(units).fill(0);
  eachUnit(shape, dim, (i, unit) => {
    if (data[i] !== 0) counts[unit] = (counts[unit] as number) + 1;
  });
  return { counts, values: count };
}

async function count(run: Watched, layers: readonly Layer[], step: number): Promise<readonly Observation[]> {
  if (layers.length === 0) return [];
  const totals = layers.map(() => [] as number[]);
  await throughWindow(run, (copy) => {
    for (const [i, layer] of layers.entries()) {
      const activation = copy.activation(layer.node, 'output');
      const { counts } = firing(activation, dimension(run, layer, activation));
      totals[i] = counts.map((n, unit) => n + (totals[i]?.[unit] ?? 0));
    }
  });
  return layers.flatMap(({ name }, i) => {
    const fired = totals[i] as number[];
    const dead = fired.filter((n) => n === 0).length;
    return [scalar('dead-share', name, step, dead / fired.length), scalar('units', name, step, fired.length)];
  });
}
