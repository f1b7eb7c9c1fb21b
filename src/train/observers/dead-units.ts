// Units of a ReLU that are 0 for every row of the window: no gradient reaches their weights. Counted by
// unit, not by element: a healthy ReLU is 0 for about half of its elements.

import type { Observation } from '../../lab/observation.ts';
import { type Activation, eachUnit, unitDimension, unitsOf } from '../channels.ts';
import { type Layer, type Observer, scalar, vector, type Watched } from '../observer.ts';

/** Functions that are 0, and have no gradient, for all negative inputs. */
const ZERO_BELOW = /(^|\.)(relu6?_?|ReLU6?)$/;

export default {
  name: 'dead-units',
  title: 'Units of a ReLU that never fire',
  probes: (layers) => layers.filter(isReLU).map((layer) => layer.node),
  watch(run) {
    const layers = run.layers.filter(isReLU);
    let seen: number[][] = [];
    const report = async (step: number) => {
      const counted = seen;
      seen = [];
      return layers.flatMap(({ name }, i) => shares(name, step, counted[i] ?? []));
    };
    return {
      look(copy) {
        seen = layers.map((layer, i) => {
          const activation = copy.activation(layer.node, 'output');
          const { counts } = firing(activation, dimension(run, layer, activation));
          return counts.map((n, unit) => n + (seen[i]?.[unit] ?? 0));
        });
      },
      begin: (step) => report(step),
      end: report,
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

function shares(layer: string, step: number, fired: readonly number[]): readonly Observation[] {
  if (fired.length === 0) return [];
  const dead = fired.filter((n) => n === 0).length;
  return [scalar('dead-share', layer, step, dead / fired.length), scalar('units', layer, step, fired.length)];
}
