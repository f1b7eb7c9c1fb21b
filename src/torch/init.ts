// Initializations as data: what torch.nn.init and the in-place fills of a tensor take, and the numbers they
// give. A tensor's initial value is a list of steps, applied in order; chance comes in as a stream.

import { erf } from '../base/elementary.ts';
import { UserError } from '../base/errors.ts';
import { normalQuantile } from '../base/random.ts';
import { dependent } from './dependent-fills.ts';
import { creations, methods } from './fills.ts';
import { type Beside, each, elements, eye, type Initializer, initializer, type RandomStream } from './initializer.ts';
import type { InitStep } from './layer.ts';
import { custom, float, int, oneOf, scalar } from './params.ts';
import { type Bound, isList, type Param, type Params, show, type Value, type Values } from './signature.ts';

/** The tensor that steps leave behind, beginning with zeros. */
export function initialValues(
  steps: readonly InitStep[],
  shape: readonly number[],
  random: RandomStream,
  beside: Beside = alone,
): Float32Array {
  const values = new Float32Array(elements(shape));
  for (const { target, args } of steps) findInit(target).fill(values, shape, args, random, beside);
  return values;
}

function alone(name: string): never {
  throw new RangeError(`Nothing is known of ${name}, which this tensor starts from.`);
}

/** Throws a UserError for an initialization nobody knows. */
export function findInit(target: string): Initializer {
  const found = initializers.get(target);
  if (found === undefined) throw new UserError('torch/unknown-init', `The initialization \`${target}\` is not known.`);
  return found;
}

export function isInit(target: string): boolean {
  return initializers.has(target);
}

/** A call of torch.nn.init, `init('kaiming_uniform_', { a: Math.sqrt(5) })`. */
export function init(name: string, args: Values = {}): InitStep {
  return { target: `torch.nn.init.${name}`, args };
}

export const zeros_: InitStep = init('zeros_');
export const ones_: InitStep = init('ones_');

const NONLINEARITIES = [
  'linear',
  'conv1d',
  'conv2d',
  'conv3d',
  'conv_transpose1d',
  'conv_transpose2d',
  'conv_transpose3d',
  'sigmoid',
  'tanh',
  'relu',
  'leaky_relu',
  'selu',
] as const;
export type Nonlinearity = (typeof NONLINEARITIES)[number];

/** `param` is leaky_relu's slope; null is 0.01. */
export function calculate_gain(nonlinearity: Nonlinearity, param: number | null = null): number {
  if (nonlinearity === 'tanh') return 5 / 3;
  if (nonlinearity === 'relu') return Math.SQRT2;
  if (nonlinearity === 'leaky_relu') return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
  return nonlinearity === 'selu' ? 3 / 4 : 1;
}

/** Inputs and outputs of one unit: channels times the receptive field. */
export function fans(shape: readonly number[]): { readonly fan_in: number; readonly fan_out: number } {
  if (shape.length < 2)
    throw new UserError(
      'torch/fan',
      `Fan in and fan out expect a tensor of at least 2 dimensions, and got shape ${show(shape)}.`,
    );
  const receptiveField = elements(shape.slice(2));
  return { fan_in: shape[1] * receptiveField, fan_out: shape[0] * receptiveField };
}

const kaiming = {
  a: float(0),
  mode: oneOf(['fan_in', 'fan_out'], 'fan_in'),
  nonlinearity: oneOf(NONLINEARITIES, 'leaky_relu'),
} satisfies Params;

const xavier = { gain: float(1) } satisfies Params;

const namedInits: readonly Initializer[] = [
  initializer('torch.nn.init.uniform_', { a: float(0), b: float(1) }, (values, _, { a, b }, random) =>
    each(values, () => a + (b - a) * random.uniform()),
  ),
  initializer('torch.nn.init.normal_', { mean: float(0), std: float(1) }, (values, _, { mean, std }, random) =>
    each(values, () => mean + std * random.normal()),
  ),
  initializer(
    'torch.nn.init.trunc_normal_',
    { mean: float(0), std: float(1), a: float(-2), b: float(2) },
    (values, _, { mean, std, a, b }, random) => {
      const low = normalCdf((a - mean) / std);
      const high = normalCdf((b - mean) / std);
      each(values, () => {
        const p = low + (high - low) * random.uniform();
        return Math.min(b, Math.max(a, mean + std * normalQuantile(p)));
      });
    },
  ),
  initializer('torch.nn.init.constant_', { val: scalar() }, (values, _, { val }) => void values.fill(val)),
  initializer('torch.nn.init.ones_', {}, (values) => void values.fill(1)),
  initializer('torch.nn.init.zeros_', {}, (values) => void values.fill(0)),
  initializer('torch.nn.init.eye_', {}, eye),
  initializer('torch.nn.init.dirac_', { groups: int(1) }, dirac),
  initializer('torch.nn.init.xavier_uniform_', xavier, (values, shape, { gain }, random) => {
    const bound = Math.sqrt(3) * xavierStd(shape, gain);
    each(values, () => bound * (2 * random.uniform() - 1));
  }),
  initializer('torch.nn.init.xavier_normal_', xavier, (values, shape, { gain }, random) => {
    const std = xavierStd(shape, gain);
    each(values, () => std * random.normal());
  }),
  initializer('torch.nn.init.kaiming_uniform_', kaiming, (values, shape, args, random) => {
    const bound = Math.sqrt(3) * kaimingStd(shape, args);
    each(values, () => bound * (2 * random.uniform() - 1));
  }),
  initializer('torch.nn.init.kaiming_normal_', kaiming, (values, shape, args, random) => {
    const std = kaimingStd(shape, args);
    each(values, () => std * random.normal());
  }),
  initializer('torch.nn.init.orthogonal_', xavier, orthogonal),
  initializer('torch.nn.init.sparse_', { sparsity: float(), std: float(0.01) }, sparse),
];

/** Steps on a part of the tensor, as `xavier_uniform_(weight[:d])` fills a view: `narrow(dim, start, length)`. */
const narrow = initializer(
  'torch.Tensor.narrow',
  { dim: int(), start: int(), length: int(), steps: stepList() },
  (values, shape, { dim, start, length, steps }, random, beside) => {
    const part = shape.map((size, i) => (i === dim ? length : size));
    const view = new Float32Array(elements(part));
    const inner = elements(shape.slice(dim + 1));
    const row = length * inner;
    const at = (outer: number) => (outer * shape[dim] + start) * inner;
    for (let outer = 0; outer * row < view.length; outer++)
      view.set(values.subarray(at(outer), at(outer) + row), outer * row);
    for (const { target, args } of steps) findInit(target).fill(view, part, args, random, beside);
    for (let outer = 0; outer * row < view.length; outer++)
      values.set(view.subarray(outer * row, (outer + 1) * row), at(outer));
  },
);

const initializers: ReadonlyMap<string, Initializer> = new Map(
  [...namedInits, ...creations, ...methods, ...dependent, narrow].map((one) => [one.name, one]),
);
export const allInitializers: readonly Initializer[] = [...initializers.values()];

/** The standard normal's distribution function. */
function normalCdf(x: number): number {
  return (1 + erf(x / Math.SQRT2)) / 2;
}

function xavierStd(shape: readonly number[], gain: number): number {
  const { fan_in, fan_out } = fans(shape);
  return gain * Math.sqrt(2 / (fan_in + fan_out));
}

function kaimingStd(shape: readonly number[], { a, mode, nonlinearity }: Bound<typeof kaiming>): number {
  return calculate_gain(nonlinearity, a) / Math.sqrt(fans(shape)[mode]);
}

function dirac(values: Float32Array, shape: readonly number[], { groups }: { readonly groups: number }): void {
  if (shape.length < 3 || shape.length > 5)
    throw new UserError('torch/init', `dirac_ expects a tensor of 3, 4 or 5 dimensions, and got shape ${show(shape)}.`);
  if (shape[0] % groups !== 0)
    throw new UserError(
      'torch/init',
      `dirac_ expects dimension 0 to be a multiple of groups, and got ${shape[0]} and ${groups}.`,
    );
  values.fill(0);
  const kernel = shape.slice(2);
  let center = 0;
  for (const size of kernel) center = center * size + Math.floor(size / 2);
  const perGroup = shape[0] / groups;
  for (let g = 0; g < groups; g++)
    for (let d = 0; d < Math.min(perGroup, shape[1]); d++)
      values[((g * perGroup + d) * shape[1] + d) * elements(kernel) + center] = 1;
}

/** Gram–Schmidt over standard normal vectors: uniform over the orthogonal matrices, as PyTorch's signed QR. */
function orthogonal(
  values: Float32Array,
  shape: readonly number[],
  { gain }: { readonly gain: number },
  random: RandomStream,
): void {
  if (shape.length < 2)
    throw new UserError('torch/init', `orthogonal_ expects at least 2 dimensions, and got shape ${show(shape)}.`);
  const rows = shape[0];
  const columns = values.length / rows;
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors = Array.from({ length: count }, () => Float64Array.from({ length }, () => random.normal()));
  vectors.forEach((vector, i) => {
    // Twice is enough: one pass leaves rounding of the size of the projections.
    for (let pass = 0; pass < 2; pass++) for (let j = 0; j < i; j++) subtractProjection(vector, vectors[j]);
    const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    for (let k = 0; k < length; k++) vector[k] /= norm;
  });
  const tall = rows > columns;
  each(values, (_, i) => {
    const row = Math.floor(i / columns);
    const column = i % columns;
    return gain * (tall ? vectors[column][row] : vectors[row][column]);
  });
}

function subtractProjection(vector: Float64Array, unit: Float64Array): void {
  let dot = 0;
  for (let k = 0; k < vector.length; k++) dot += vector[k] * unit[k];
  for (let k = 0; k < vector.length; k++) vector[k] -= dot * unit[k];
}

function sparse(
  values: Float32Array,
  shape: readonly number[],
  { sparsity, std }: { readonly sparsity: number; readonly std: number },
  random: RandomStream,
): void {
  if (shape.length !== 2) throw new UserError('torch/init', `sparse_ expects a matrix, and got shape ${show(shape)}.`);
  const [rows, columns] = shape;
  each(values, () => std * random.normal());
  const zeros = Math.ceil(sparsity * rows);
  for (let column = 0; column < columns; column++) {
    const order = Array.from({ length: rows }, (_, i) => i);
    for (let i = 0; i < zeros; i++) {
      const j = i + Math.floor(random.uniform() * (rows - i));
      [order[i], order[j]] = [order[j], order[i]];
      values[order[i] * columns + column] = 0;
    }
  }
}

function stepList(): Param<readonly InitStep[]> {
  return custom('a list of initializations', (value) => {
    if (!isList(value)) return undefined;
    const steps = value.map(readStep);
    return steps.every((step) => step !== null) ? steps : undefined;
  });
}

function readStep(value: Value): InitStep | null {
  if (typeof value !== 'object' || value === null || !('target' in value) || !('args' in value)) return null;
  const { target, args } = value;
  if (typeof target !== 'string' || typeof args !== 'object' || args === null || isList(args)) return null;
  return { target, args: Object.fromEntries(Object.entries(args)) };
}
