// Products in tiles of 6 rows, and of 4 where that wastes less, by 8 columns. B comes in panels of 8 columns, (k, 8) in
// memory, packed here or once for several products by gemm_pack. A is read by rows as it lies, or packed in panels of
// as many rows as a tile has. Accumulators of four lanes hold a tile; neighbors lie side by side.
// Sums over k run in the order of k, in blocks of 256, whatever the sizes.

import { multiplyAdd } from './math';
import { inSixes, tileOfFourRows, tileOfRows, tileOfSteps } from './tiles';

const BLOCK_M: i32 = 96;
const BLOCK_N: i32 = 512;
const BLOCK_K: i32 = 256;

export function gemm(
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  lda: i32,
  ldb: i32,
  ldc: i32,
  a: usize,
  a_stride: i32,
  a_transposed: i32,
  b: usize,
  b_stride: i32,
  b_transposed: i32,
  b_packed: i32,
  c: usize,
  bias: usize,
  alpha: f32,
  relu: i32,
  accumulate: i32,
  scratch: usize,
): void {
  const whole = !b_packed && !accumulate && lda == (a_transposed ? m : k) && ldb == (b_transposed ? k : n) && ldc == n;
  const tiny = whole && m * n * k <= 4096;
  for (let s = 0; s < batch; s++) {
    if (tiny) direct(m, n, k, a, a_transposed ? 1 : k, a_transposed ? m : 1, b, b_transposed, c, bias, alpha, relu);
    else product(m, n, k, a, lda, a_transposed, b, ldb, b_transposed, b_packed, c, ldc, alpha, bias, relu, accumulate, scratch);
    a += <usize>a_stride << 2;
    b += <usize>b_stride << 2;
    c += <usize>(m * ldc) << 2;
  }
}

/** Small products, unpacked. Each sum over k is one chain, as in the packed tile. */
function direct(
  m: i32, n: i32, k: i32,
  a: usize, aRow: i32, aStep: i32,
  b: usize, bTransposed: i32,
  c: usize, bias: usize, alpha: f32, relu: i32,
): void {
  const step = <usize>aStep << 2;
  const bColumn: usize = bTransposed ? <usize>k << 2 : 4;
  const bStep: usize = bTransposed ? 4 : <usize>n << 2;
  const factor = f32x4.splat(alpha);
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  for (let i = 0; i < m; i++) {
    const left = a + (<usize>(i * aRow) << 2);
    const end = left + <usize>k * step;
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      let q = b + <usize>j * bColumn;
      let sum = f32x4.splat(0);
      if (bTransposed) {
        for (let p = left; p < end; p += step, q += 4) {
          let four = v128.load_zero<f32>(q);
          four = v128.load_lane<f32>(q + bColumn, four, 1);
          four = v128.load_lane<f32>(q + 2 * bColumn, four, 2);
          four = v128.load_lane<f32>(q + 3 * bColumn, four, 3);
          sum = multiplyAdd(v128.load32_splat(p), four, sum);
        }
      } else {
        for (let p = left; p < end; p += step, q += bStep) sum = multiplyAdd(v128.load32_splat(p), v128.load(q), sum);
      }
      sum = f32x4.mul(sum, factor);
      if (bias) sum = f32x4.add(sum, v128.load(bias + (<usize>j << 2)));
      v128.store(c + (<usize>j << 2), f32x4.pmax(sum, floor));
    }
    for (; j < n; j++) {
      let q = b + <usize>j * bColumn;
      let sum: f32 = 0;
      for (let p = left; p < end; p += step, q += bStep) sum += load<f32>(p) * load<f32>(q);
      sum *= alpha;
      if (bias) sum += load<f32>(bias + (<usize>j << 2));
      store<f32>(c + (<usize>j << 2), relu && sum < 0 ? 0 : sum);
    }
    c += <usize>n << 2;
  }
}

/** B, as a product reads it: panels of eight columns and all of k. */
export function gemm_pack(n: i32, k: i32, ldb: i32, b: usize, b_transposed: i32, packed: usize): void {
  if (b_transposed) packColumnsTransposed(b, ldb, n, k, packed);
  else packColumns(b, ldb, n, k, packed);
}

/** C = alpha op(A) op(B) + a bias for each column; leading dimensions in elements. */
function product(
  m: i32, n: i32, k: i32,
  a: usize, lda: i32, aTransposed: i32,
  b: usize, ldb: i32, bTransposed: i32, bPacked: i32,
  c: usize, ldc: i32,
  alpha: f32, bias: usize, relu: i32, accumulate: i32, scratch: usize,
): void {
  const depth = min(k, BLOCK_K);
  const packedB = scratch + 192;
  const packedA = packedB + (bPacked ? 0 : <usize>(depth * ((min(n, BLOCK_N) + 7) & ~7)) << 2);
  const step = <usize>lda << 2;
  for (let j0 = 0; j0 < n; j0 += BLOCK_N) {
    const nb = min(BLOCK_N, n - j0);
    for (let k0 = 0; k0 < k || k0 == 0; k0 += BLOCK_K) {
      const kb = min(BLOCK_K, k - k0);
      let panels = packedB;
      if (bPacked) panels = b + (<usize>(j0 * k + 8 * k0) << 2);
      else if (bTransposed) packColumnsTransposed(b + (<usize>(j0 * ldb + k0) << 2), ldb, nb, kb, packedB);
      else packColumns(b + (<usize>(k0 * ldb + j0) << 2), ldb, nb, kb, packedB);
      const panelStep = <usize>(bPacked ? k : kb) << 5;
      const add = k0 > 0 || accumulate != 0;
      const clip = relu != 0 && k0 + kb >= k;
      const straight = !aTransposed && alpha == 1 && (kb & 3) == 0;
      for (let i0 = 0; i0 < m; i0 += BLOCK_M) {
        const mb = min(BLOCK_M, m - i0);
        const six = inSixes(mb, kb);
        const from = aTransposed ? a + (<usize>(k0 * lda + i0) << 2) : a + (<usize>(i0 * lda + k0) << 2);
        if (aTransposed) {
          packRowsTransposed(from, lda, min(mb, six), kb, alpha, packedA, 6);
          packRowsTransposed(from + (<usize>six << 2), lda, mb - six, kb, alpha, packedA + (<usize>(six * kb) << 2), 4);
        } else if (!straight) {
          packRows(from, lda, min(mb, six), kb, alpha, packedA, 6);
          packRows(from + <usize>six * step, lda, mb - six, kb, alpha, packedA + (<usize>(six * kb) << 2), 4);
        } else {
          // What fills no tile is packed, for a tile reads all its rows.
          const h = six > mb ? 6 : 4;
          const last = six > mb ? six - 6 : six + ((mb - six) & ~3);
          if (last < mb) packRows(from + <usize>last * step, lda, mb - last, kb, 1, packedA, h);
        }
        for (let j = 0; j < nb; j += 8) {
          const panel = panels + <usize>(j >> 3) * panelStep;
          const columns = bias && !add ? bias + (<usize>(j0 + j) << 2) : 0;
          let out = c + (<usize>(i0 * ldc + j0 + j) << 2);
          for (let i = 0, h = 6; i < mb; i += h, out += <usize>(h * ldc) << 2) {
            if (i >= six) h = 4;
            const whole = i + h <= mb && j + 8 <= nb && !clip;
            const to = whole ? out : scratch;
            const next = <usize>ldc << 2;
            const ld = whole ? next : 32;
            let base: usize = 0, onward: usize = 0;
            if (whole && add) base = out, onward = next;
            else if (whole) base = columns;
            if (!straight) tileOfSteps(kb, h, packedA + (<usize>(i * kb) << 2), <usize>h << 2, panel, 32, to, ld, base, onward);
            else if (i + h > mb) tileOfSteps(kb, h, packedA, <usize>h << 2, panel, 32, to, ld, base, onward);
            else if (h == 6) tileOfRows(kb, from + <usize>i * step, step, panel, to, ld, base, onward);
            else tileOfFourRows(kb, from + <usize>i * step, step, panel, to, ld, base, onward);
            if (!whole) finish(scratch, out, ldc, min(h, mb - i), min(8, nb - j), columns, add, clip);
          }
        }
      }
    }
  }
}

/** Moves a tile from its buffer to C: the part that exists, with bias, sum and relu. */
function finish(
  from: usize, c: usize, ldc: i32, rows: i32, columns: i32, bias: usize, add: bool, relu: bool,
): void {
  for (let i = 0; i < rows; i++) {
    if (columns == 8) {
      let left = v128.load(from), right = v128.load(from, 16);
      if (bias) {
        left = f32x4.add(left, v128.load(bias));
        right = f32x4.add(right, v128.load(bias, 16));
      }
      if (add) {
        left = f32x4.add(left, v128.load(c));
        right = f32x4.add(right, v128.load(c, 16));
      }
      if (relu) {
        left = f32x4.pmax(left, f32x4.splat(0));
        right = f32x4.pmax(right, f32x4.splat(0));
      }
      v128.store(c, left);
      v128.store(c, right, 16);
    } else {
      for (let j: usize = 0; j < <usize>columns; j++) {
        let value = load<f32>(from + (j << 2));
        if (bias) value += load<f32>(bias + (j << 2));
        if (add) value += load<f32>(c + (j << 2));
        if (relu && value < 0) value = 0;
        store<f32>(c + (j << 2), value);
      }
    }
    from += 32;
    c += <usize>ldc << 2;
  }
}

/** B (k, n) by rows. */
function packColumns(b: usize, ldb: i32, n: i32, k: i32, to: usize): void {
  const step = <usize>ldb << 2;
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    let from = b + (<usize>j << 2);
    for (let p = 0; p < k; p++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += step;
      to += 32;
    }
  }
  if (j == n) return;
  let from = b + (<usize>j << 2);
  const rest = n - j;
  for (let p = 0; p < k; p++) {
    for (let i: i32 = 0; i < 8; i++) store<f32>(to + (<usize>i << 2), i < rest ? load<f32>(from + (<usize>i << 2)) : 0);
    from += step;
    to += 32;
  }
}

/** B stored (n, k) by rows. */
function packColumnsTransposed(b: usize, ldb: i32, n: i32, k: i32, to: usize): void {
  const step = <usize>ldb << 2;
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    const from = b + <usize>j * step;
    transposeFour(from, step, k, to, 32);
    transposeFour(from + 4 * step, step, k, to + 16, 32);
    to += <usize>k * 32;
  }
  if (j == n) return;
  memory.fill(to, 0, <usize>k * 32);
  for (let i = 0; j + i < n; i++) {
    const from = b + <usize>(j + i) * step;
    for (let p: usize = 0; p < <usize>k; p++) store<f32>(to + p * 32 + (<usize>i << 2), load<f32>(from + (p << 2)));
  }
}

/** Four rows of k become k groups of four, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function transposeFour(from: usize, step: usize, k: i32, to: usize, stride: usize): void {
  const second = from + step, third = second + step, fourth = third + step;
  let p: usize = 0;
  const whole = <usize>(k & ~3) << 2;
  for (; p < whole; p += 16) {
    const r0 = v128.load(from + p), r1 = v128.load(second + p), r2 = v128.load(third + p), r3 = v128.load(fourth + p);
    const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(t0, t2, 0, 2));
    v128.store(to + stride, v128.shuffle<f64>(t0, t2, 1, 3));
    v128.store(to + 2 * stride, v128.shuffle<f64>(t1, t3, 0, 2));
    v128.store(to + 3 * stride, v128.shuffle<f64>(t1, t3, 1, 3));
    to += 4 * stride;
  }
  for (; p < <usize>k << 2; p += 4) {
    store<f32>(to, load<f32>(from + p));
    store<f32>(to, load<f32>(second + p), 4);
    store<f32>(to, load<f32>(third + p), 8);
    store<f32>(to, load<f32>(fourth + p), 12);
    to += stride;
  }
}

/** A (m, k) by rows, times alpha, in panels of h rows. */
function packRows(a: usize, lda: i32, m: i32, k: i32, alpha: f32, to: usize, h: i32): void {
  const step = <usize>lda << 2;
  const group = <usize>h << 2;
  for (let i = 0; i < m; i += h) {
    const from = a + <usize>i * step;
    if (i + h <= m) {
      transposeFour(from, step, k, to, group);
      if (h == 6) {
        const fifth = from + 4 * step, sixth = fifth + step;
        for (let p: usize = 0; p < <usize>k; p++) {
          store<f32>(to + p * 24, load<f32>(fifth + (p << 2)), 16);
          store<f32>(to + p * 24, load<f32>(sixth + (p << 2)), 20);
        }
      }
    } else {
      memory.fill(to, 0, <usize>k * group);
      for (let r = 0; i + r < m; r++) {
        const row = from + <usize>r * step;
        for (let p: usize = 0; p < <usize>k; p++) store<f32>(to + p * group + (<usize>r << 2), load<f32>(row + (p << 2)));
      }
    }
    if (alpha != 1) scale(to, k * h, alpha);
    to += <usize>k * group;
  }
}

/** A stored (k, m) by rows, times alpha, in panels of h rows. */
function packRowsTransposed(a: usize, lda: i32, m: i32, k: i32, alpha: f32, to: usize, h: i32): void {
  const step = <usize>lda << 2;
  const group = <usize>h << 2;
  for (let i = 0; i < m; i += h) {
    let from = a + (<usize>i << 2);
    const start = to;
    const rest = m - i;
    for (let p = 0; p < k; p++) {
      if (rest >= h) {
        v128.store(to, v128.load(from));
        if (h == 6) store<u64>(to, load<u64>(from, 16), 16);
      } else {
        for (let r: i32 = 0; r < h; r++)
          store<f32>(to + (<usize>r << 2), r < rest ? load<f32>(from + (<usize>r << 2)) : 0);
      }
      from += step;
      to += group;
    }
    if (alpha != 1) scale(start, k * h, alpha);
  }
}

/** n numbers; a panel has a whole number of vectors. */
function scale(p: usize, n: i32, alpha: f32): void {
  const end = p + (<usize>n << 2);
  for (; p < end; p += 16) v128.store(p, f32x4.mul(v128.load(p), f32x4.splat(alpha)));
}
