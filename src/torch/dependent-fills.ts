// Tensors that start from another's initial values: what weight_norm and spectral_norm put beside a weight.

import { type Beside, type Initializer, initializer } from './initializer.ts';
import { float, int, string } from './params.ts';

const tensor = string();

export const dependent: readonly Initializer[] = [
  initializer('torch.norm_except_dim', { tensor, pow: int(2), dim: int(0) }, (values, _, args, __, beside) => {
    const { values: v, shape } = beside(args.tensor);
    const inner = shape.slice(args.dim + 1).reduce((product, size) => product * size, 1);
    values.fill(0);
    for (const [i, x] of v.entries())
      values[args.dim === -1 ? 0 : Math.floor(i / inner) % shape[args.dim]] += Math.abs(x) ** args.pow;
    for (const [i, x] of values.entries()) values[i] = x ** (1 / args.pow);
  }),
  // A random direction, turned towards the weight's first singular vector by so many power iterations; or, given
  // the left vector, the right one that belongs to it.
  initializer(
    'torch._singular_vector',
    { tensor, dim: int(0), iterations: int(0), eps: float(1e-12), left: string('') },
    (values, _, { tensor: name, dim, iterations, eps, left }, random, beside) => {
      const matrix = asRows(beside(name), dim);
      let vector = unit(
        Float64Array.from(values, () => random.normal()),
        eps,
      );
      if (left !== '') vector = along(matrix, Float64Array.from(beside(left).values), eps);
      else for (let i = 0; i < iterations; i++) vector = across(matrix, along(matrix, vector, eps), eps);
      values.set(vector);
    },
  ),
];

/** The full name of a tensor that `relative` names from beside the one called `name`. */
export function nameBeside(name: string, relative: string): string {
  const parts = name.split('.').slice(0, -1);
  for (const word of relative.split('/'))
    if (word === '..') parts.pop();
    else parts.push(word);
  return parts.join('.');
}

type Rows = readonly Float64Array[];

/** The tensor as a matrix whose rows are its dimension `dim`. */
function asRows({ values, shape }: ReturnType<Beside>, dim: number): Rows {
  const axis = dim < 0 ? dim + shape.length : dim;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const columns = values.length / shape[axis];
  const rows = Array.from({ length: shape[axis] }, () => new Float64Array(columns));
  for (const [i, x] of values.entries()) {
    const outer = Math.floor(i / (inner * shape[axis]));
    rows[Math.floor(i / inner) % shape[axis]][outer * inner + (i % inner)] = x;
  }
  return rows;
}

/** W v, of length 1. */
function across(rows: Rows, v: Float64Array, eps: number): Float64Array {
  return unit(
    Float64Array.from(rows, (row) => row.reduce((sum, x, j) => sum + x * v[j], 0)),
    eps,
  );
}

/** Wᵀ u, of length 1. */
function along(rows: Rows, u: Float64Array, eps: number): Float64Array {
  const result = new Float64Array(rows[0].length);
  for (const [i, row] of rows.entries()) for (const [j, x] of row.entries()) result[j] += x * u[i];
  return unit(result, eps);
}

function unit(vector: Float64Array, eps: number): Float64Array {
  const size = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return vector.map((x) => x / Math.max(size, eps));
}
