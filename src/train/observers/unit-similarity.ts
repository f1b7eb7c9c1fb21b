// Are the units of a layer copies of each other? Units that start equal and get equal gradients stay equal,
// and twenty of them compute no more than one. Correlation sees copies whatever their scale and offset,
// which is what a BatchNorm behind them leaves of their differences.

import type { Observation } from '../../lab/observation.ts';
import { type Activation, eachUnit, unitDimension, unitsOf } from '../channels.ts';
import { type Layer, type Observer, scalar, type Watched } from '../observer.ts';
import { throughWindow } from '../window.ts';

/** Units beyond these are not compared: pairs grow with the square. */
const MOST_UNITS = 256;
/** Values of a unit beyond these tell nothing more about a correlation. */
const MOST_VALUES = 2048;
/** Above this |correlation|, float32's noise is all that separates two units. */
const COPY = 0.9999;

export default {
  name: 'unit-similarity',
  title: 'Whether the units of a layer are copies of each other',
  probes: (layers) => layers.filter(hasUnits).map((layer) => layer.node),
  watch(run) {
    const layers = run.layers.filter(hasUnits);
    return {
      begin: () => measure(run, layers, 0),
      end: (steps) => measure(run, layers, steps),
    };
  },
} satisfies Observer;

function hasUnits(layer: Layer): boolean {
  return layer.module !== null && /^torch\.nn\.(Linear|Conv[123]d)$/.test(layer.class);
}

async function measure(run: Watched, layers: readonly Layer[], step: number): Promise<readonly Observation[]> {
  if (layers.length === 0) return [];
  const values = layers.map(() => [] as number[][]);
  const gradients = layers.map(() => null as Float32Array | null);
  await throughWindow(run, (copy) => {
    for (const [i, layer] of layers.entries()) {
      collect(values[i] as number[][], copy.activation(layer.node, 'output'), run, layer);
      const weight = layer.module?.state['weight'];
      if (typeof weight === 'string') gradients[i] = copy.gradient(weight);
    }
  });
  return layers.flatMap(({ name }, i) => {
    const units = values[i] as number[][];
    if (units.length < 2) return [];
    const outputs = compare(units.map(centered));
    const observed = [
      scalar('units', name, step, units.length),
      scalar('unit-similarity', name, step, outputs.similarity),
      scalar('distinct-units', name, step, outputs.distinct),
      scalar('unit-directions', name, step, outputs.directions),
    ];
    const rows = gradients[i] && rowsOf(gradients[i] as Float32Array, units.length);
    if (rows) observed.push(scalar('distinct-gradients', name, step, compare(rows).distinct));
    return observed;
  });
}

/** Appends each unit's values. */
function collect(units: number[][], { shape, data }: Activation, run: Watched, layer: Layer): void {
  const dim = unitDimension(run.graph, layer, shape.length);
  const count = Math.min(unitsOf(shape, dim).units, MOST_UNITS);
  while (units.length < count) units.push([]);
  if ((units[0]?.length ?? 0) >= MOST_VALUES) return;
  eachUnit(shape, dim, (i, unit) => {
    if (unit < count) units[unit]?.push(data[i] as number);
  });
}

function centered(values: readonly number[]): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Float64Array.from(values, (value) => value - mean);
}

/** A weight's gradient by output unit; transposed layouts and unit counts that do not divide have none. */
function rowsOf(gradient: Float32Array, units: number): Float64Array[] | null {
  if (gradient.length % units !== 0) return null;
  const width = gradient.length / units;
  return Array.from({ length: units }, (_, i) => Float64Array.from(gradient.subarray(i * width, (i + 1) * width)));
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
