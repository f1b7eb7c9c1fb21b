import { address, float, int, kernel } from './kernel.ts';

// The fast kernel's tile and cache blocks; scratch memory is sized by them.
export const GEMM_ROWS = 6;
export const GEMM_COLUMNS = 8;
const BLOCK_M = 96;
const BLOCK_N = 512;
const BLOCK_K = 256;

/** Elements of B (k, n) as gemm_pack arranges it. */
export function gemmPacked(n: number, k: number): number {
  return Math.ceil(n / GEMM_COLUMNS) * GEMM_COLUMNS * k;
}

/** B in panels of eight columns, each (k, 8); what fills up the last one is zero. */
export const gemm_pack = kernel(
  { n: int, k: int, ldb: int, b: address, b_transposed: int, packed: address },
  ({ f }, { n, k, ldb, b, b_transposed, packed }) => {
    for (let at = 0; at < gemmPacked(n, k); at++) {
      const p = Math.floor(at / GEMM_COLUMNS) % k;
      const j = Math.floor(at / (GEMM_COLUMNS * k)) * GEMM_COLUMNS + (at % GEMM_COLUMNS);
      f[packed + at] = j >= n ? 0 : f[b + (b_transposed !== 0 ? j * ldb + p : p * ldb + j)];
    }
  },
);

/** Elements of scratch memory that `gemm` packs its operands into. */
export function gemmScratch(m: number, n: number, k: number): number {
  const depth = Math.min(k, BLOCK_K);
  const rows = Math.ceil(Math.min(m, BLOCK_M) / GEMM_ROWS) * GEMM_ROWS;
  const columns = Math.ceil(Math.min(n, BLOCK_N) / GEMM_COLUMNS) * GEMM_COLUMNS;
  return depth * (rows + columns) + GEMM_ROWS * GEMM_COLUMNS;
}

/**
 * C = alpha · op(A) op(B) + bias, then max(0, C) with `relu`, for each of `batch` matrices. op(A) is (m, k), stored
 * (k, m) when transposed; op(B) is (k, n), stored (n, k) when transposed. `lda`, `ldb` and `ldc` are the elements from
 * one stored row to the next. With `b_packed`, B is what gemm_pack made of it. `bias` has n values; with
 * `accumulate`, which comes without a bias and a relu, the product is added to C.
 */
export const gemm = kernel(
  {
    batch: int,
    m: int,
    n: int,
    k: int,
    lda: int,
    ldb: int,
    ldc: int,
    a: address,
    a_stride: int,
    a_transposed: int,
    b: address,
    b_stride: int,
    b_transposed: int,
    b_packed: int,
    c: address,
    bias: address,
    alpha: float,
    relu: int,
    accumulate: int,
    scratch: address,
  },
  ({ f }, { batch, m, n, k, lda, ldb, ldc, a, a_stride, a_transposed, b, b_stride, b_transposed, c, ...rest }) => {
    const { bias, alpha, relu, accumulate } = rest;
    const [aRow, aStep] = a_transposed !== 0 ? [1, lda] : [lda, 1];
    const { step: bStep, columnAt } = columnsOf(k, ldb, {
      transposed: b_transposed !== 0,
      packed: rest.b_packed !== 0,
    });
    const product = (left: number, right: number) => {
      let total = 0;
      for (let p = 0; p < k; p++) total += f[left + p * aStep] * f[right + p * bStep];
      return total;
    };
    for (let s = 0; s < batch; s++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          const to = c + (s * m + i) * ldc + j;
          const total = product(a + s * a_stride + i * aRow, b + s * b_stride + columnAt(j));
          const value = alpha * total + (bias === 0 ? 0 : f[bias + j]) + (accumulate === 0 ? 0 : f[to]);
          f[to] = relu !== 0 ? Math.max(value, 0) : value;
        }
  },
);

interface Form {
  readonly transposed: boolean;
  readonly packed: boolean;
}

/** Where B's columns begin, and the elements from one number of a column to the next. */
function columnsOf(k: number, ldb: number, { transposed, packed }: Form) {
  const inPanel = (j: number) => j % GEMM_COLUMNS;
  if (packed) return { step: GEMM_COLUMNS, columnAt: (j: number) => (j - inPanel(j)) * k + inPanel(j) };
  return { step: transposed ? 1 : ldb, columnAt: (j: number) => (transposed ? j * ldb : j) };
}
