// Are the units of a layer copies of each other? Units that start equal and get equal gradients stay equal,
// and twenty of them compute no more than one. Correlation sees copies whatever their scale and offset,
// which is what a BatchNorm behind them leaves of their differences.

import type { Session } from '../../engine/session.ts';
import type { Observation } from '../../lab/observation.ts';
import { unitDimension, unitsOf } from '../channels.ts';
import { sizeOf } from '../data/dataset.ts';
import { type Layer, type Observer, scalar, type Watched } from '../observer.ts';

/** Units beyond these are not compared: pairs grow with the square. */
const MOST_UNITS = 256;
/** Values of a unit, or numbers of its gradient, beyond these tell nothing more about whether it is a copy. */
const MOST_VALUES = 2048;
const MOST_OF_BATCH = 512;
/** Above this |correlation|, float32's noise is all that separates two units. */
const COPY = 0.9999;

export default {
  name: 'unit-similarity',
  title: 'Whether the units of a layer are copies of each other',
  probes: (layers) => layers.filter(hasUnits).map((layer) => layer.node),
  watch(run) {
    const layers = run.layers.filter(hasUnits);
    let seen: Seen[] = layers.map(() => ({ units: 0, values: [], gradient: null }));
    const report = async (step: number) => {
      const looked = seen;
      seen = layers.map(() => ({ units: 0, values: [], gradient: null }));
      return looked.flatMap((one, i) => similarity((layers[i] as Layer).name, step, one));
    };
    return {
      look(copy) {
        for (const [i, layer] of layers.entries()) {
          const one = seen[i] as Seen;
          one.units = collect(one.values, copy.activation(layer.node, 'output'), run, layer);
          const weight = layer.module?.state['weight'];
          if (typeof weight === 'string') one.gradient = copy.gradient(weight);
        }
      },
      begin: (step) => report(step),
      end: report,
    };
  },
} satisfies Observer;

function hasUnits(layer: Layer): boolean {
  return layer.module !== null && /^torch\.nn\.(Linear|Conv[123]d)$/.test(layer.class);
}

interface Seen {
  /** Of the layer; not all are compared. */
  units: number;
  /** Of each compared unit, over the window. */
  readonly values: number[][];
  /** Of the weight, for the last batch. */
  gradient: Float32Array | null;
}

function similarity(layer: string, step: number, { units, values, gradient }: Seen): readonly Observation[] {
  if (values.length < 2) return [];
  const outputs = compare(values.map(centered));
  const observed = [
    scalar('units', layer, step, values.length),
    scalar('unit-similarity', layer, step, outputs.similarity),
    scalar('distinct-units', layer, step, outputs.distinct),
    scalar('unit-directions', layer, step, outputs.directions),
  ];
  const rows = gradient && rowsOf(gradient, units);
  if (rows) observed.push(scalar('distinct-gradients', layer, step, compare(rows).distinct));
  return observed;
}

/** Appends some of each unit's values, evenly spread over the batch's rows and positions; how many units there are. */
function collect(
  units: number[][],
  { shape, data }: ReturnType<Session['activation']>,
  run: Watched,
  layer: Layer,
): number {
  const dim = unitDimension(run.graph, layer);
  const { units: all, count } = unitsOf(shape, dim);
  const compared = Math.min(all, MOST_UNITS);
  while (units.length < compared) units.push([]);
  if ((units[0]?.length ?? 0) >= MOST_VALUES) return all;
  const inner = sizeOf(shape.slice(dim + 1));
  const stride = Math.ceil(count / MOST_OF_BATCH);
  for (let i = 0; i < count; i += stride) {
    const at = Math.floor(i / inner) * all * inner + (i % inner);
    for (let unit = 0; unit < compared; unit++) units[unit]?.push(data[at + unit * inner] as number);
  }
  return all;
}

function centered(values: readonly number[]): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Float64Array.from(values, (value) => value - mean);
}

/** Some of a weight's gradient by output unit, evenly spread; transposed layouts and unit counts that do not divide have none. */
function rowsOf(gradient: Float32Array, units: number): Float64Array[] | null {
  if (gradient.length % units !== 0) return null;
  const width = gradient.length / units;
  const stride = Math.ceil(width / MOST_VALUES);
  const length = Math.ceil(width / stride);
  return Array.from({ length: Math.min(units, MOST_UNITS) }, (_, unit) =>
    Float64Array.from({ length }, (_, i) => gradient[unit * width + i * stride] as number),
  );
}

interface Comparison {
  /** Mean |cosine| of all pairs. */
  readonly similarity: number;
  readonly distinct: number;
  /** n² / Σ cosine²: n for orthogonal vectors, 1 for copies. */
  readonly directions: number;
}

/** Vectors of no length are copies of each other: a layer of zeros is one unit. */
function compare(vectors: readonly Float64Array[]): Comparison {
  const lengths = vectors.map((one) => Math.sqrt(dot(one, one)));
  const least = 1e-6 * Math.max(...lengths);
  const unit = vectors.map((one, i) => {
    const length = lengths[i] as number;
    return length > least ? one.map((value) => value / length) : null;
  });
  let sum = 0;
  let squares = vectors.length;
  let distinct = 0;
  for (const [i, a] of unit.entries()) {
    let copy = false;
    for (let j = 0; j < i; j++) {
      const b = unit[j];
      const cosine = a && b ? Math.abs(dot(a, b)) : a || b ? 0 : 1;
      sum += cosine;
      squares += 2 * cosine * cosine;
      if (cosine > COPY) copy = true;
    }
    if (!copy) distinct++;
  }
  const n = vectors.length;
  return { similarity: sum / ((n * (n - 1)) / 2), distinct, directions: (n * n) / squares };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
