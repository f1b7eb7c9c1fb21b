// Units of a ReLU that are 0 for every row of the window: no gradient reaches their weights. Counted by
// unit, not by element: a healthy ReLU is 0 for about half of its elements.

import type { Observation } from '../../lab/observation.ts';
import { unitDimension } from '../channels.ts';
import { type Layer, type Observer, scalar, vector } from '../observer.ts';

/** Functions that are 0, and have no gradient, for all negative inputs. */
const ZERO_BELOW = /(^|\.)(relu6?_?|ReLU6?)$/;

export default {
  name: 'dead-units',
  title: 'Units of a ReLU that never fire',
  probes: (layers) => layers.filter(isReLU).map((layer) => layer.node),
  watch(run) {
    const layers = run.layers.filter(isReLU);
    const dimensions = layers.map((layer) => unitDimension(run.graph, layer));
    let seen: number[][] = [];
    const report = async (step: number) => {
      const counted = seen;
      seen = [];
      return layers.flatMap(({ name }, i) => shares(name, step, counted[i] ?? []));
    };
    return {
      look(copy) {
        seen = layers.map((layer, i) => {
          const { fired } = copy.measureUnits(layer.node, dimensions[i] as number);
          return Array.from(fired, (n, unit) => n + (seen[i]?.[unit] ?? 0));
        });
      },
      begin: (step) => report(step),
      end: report,
      async kept(step) {
        return layers.map(({ name, node }, i) => {
          const { fired, count } = run.session.measureUnits(node, dimensions[i] as number);
          return vector(
            'unit-activity',
            name,
            step,
            Array.from(fired, (n) => n / count),
          );
        });
      },
    };
  },
} satisfies Observer;

function isReLU(layer: Layer): boolean {
  return ZERO_BELOW.test(layer.class);
}

function shares(layer: string, step: number, fired: readonly number[]): readonly Observation[] {
  if (fired.length === 0) return [];
  const dead = fired.filter((n) => n === 0).length;
  return [scalar('dead-share', layer, step, dead / fired.length), scalar('units', layer, step, fired.length)];
}
