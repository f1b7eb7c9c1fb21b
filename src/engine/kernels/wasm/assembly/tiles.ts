// Tiles of products: C (h, 8) = or += A B, held in pairs of accumulators side by side while k runs. They differ in how
// A and B lie in memory. Sixteen registers hold twelve accumulators, two vectors of B and one number of A; each sum runs
// in the order of k. To a tile may be added what lies at `base`, its rows `onward` bytes apart.

import { multiplyAdd } from './math';

/** Two vectors to c, plus those at `base` where it is not 0. */
// @ts-ignore: decorator
@inline
function put(c: usize, left: v128, right: v128, base: usize): void {
  if (base) {
    v128.store(c, f32x4.add(v128.load(base), left));
    v128.store(c, f32x4.add(v128.load(base, 16), right), 16);
  } else {
    v128.store(c, left);
    v128.store(c, right, 16);
  }
}

/** How many of m rows go into tiles of six, which keep a processor busier; the others go into tiles of four. */
export function inSixes(m: i32, k: i32): i32 {
  if (k & 1) return 0;
  const rest = m % 6;
  if (rest == 0 || rest > 3) return rest == 5 ? m + 1 : m - rest;
  return rest == 3 ? m - 3 : max(0, m - rest - 6);
}

/** m rows up to whole tiles. */
export function inTiles(m: i32, k: i32): i32 {
  const six = inSixes(m, k);
  return six >= m ? six : six + ((m - six + 3) & ~3);
}

/** Each step of k takes h numbers at a and eight at b; six only with an even k. */
// @ts-ignore: decorator
@inline
export function tileOfSteps(
  k: i32, h: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, base: usize, onward: usize,
): void {
  if (h == 6) stepsOfSix(k, a, aStep, b, bStep, c, ldc, base, onward);
  else stepsOfFour(k, a, aStep, b, bStep, c, ldc, base, onward);
}

function stepsOfFour(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, base: usize, onward: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  const end = a + <usize>k * aStep;
  for (; a < end; a += aStep, b += bStep) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
  }
  put(c, c00, c01, base); c += ldc; base += onward;
  put(c, c10, c11, base); c += ldc; base += onward;
  put(c, c20, c21, base); c += ldc; base += onward;
  put(c, c30, c31, base);
}

// Two steps a turn: engines unroll loops themselves, and with less to do in one would run out of registers.
function stepsOfSix(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, base: usize, onward: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0), c51 = f32x4.splat(0);
  const end = a + <usize>k * aStep;
  for (; a < end; a += aStep, b += bStep) {
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a, 16);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a, 20);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    a += aStep; b += bStep;
    b0 = v128.load(b); b1 = v128.load(b, 16);
    s = v128.load32_splat(a);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a, 16);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a, 20);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
  }
  put(c, c00, c01, base); c += ldc; base += onward;
  put(c, c10, c11, base); c += ldc; base += onward;
  put(c, c20, c21, base); c += ldc; base += onward;
  put(c, c30, c31, base); c += ldc; base += onward;
  put(c, c40, c41, base); c += ldc; base += onward;
  put(c, c50, c51, base);
}

/** Six rows of A as they lie, `lda` bytes apart, and a panel of B; k is a multiple of 4. */
export function tileOfRows(k: i32, a0: usize, lda: usize, b: usize, c: usize, ldc: usize, base: usize, onward: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0), c51 = f32x4.splat(0);
  let a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
  const end = a0 + (<usize>k << 2);
  for (; a0 < end; a0 += 16, a1 += 16, a2 += 16, a3 += 16, a4 += 16, a5 += 16, b += 128) {
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a0);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a4);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a5);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    b0 = v128.load(b, 32); b1 = v128.load(b, 48);
    s = v128.load32_splat(a0, 4);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2, 4);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3, 4);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a4, 4);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a5, 4);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    b0 = v128.load(b, 64); b1 = v128.load(b, 80);
    s = v128.load32_splat(a0, 8);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1, 8);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3, 8);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a4, 8);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a5, 8);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    b0 = v128.load(b, 96); b1 = v128.load(b, 112);
    s = v128.load32_splat(a0, 12);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1, 12);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2, 12);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a4, 12);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a5, 12);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
  }
  put(c, c00, c01, base); c += ldc; base += onward;
  put(c, c10, c11, base); c += ldc; base += onward;
  put(c, c20, c21, base); c += ldc; base += onward;
  put(c, c30, c31, base); c += ldc; base += onward;
  put(c, c40, c41, base); c += ldc; base += onward;
  put(c, c50, c51, base);
}

/** The same of four rows. */
export function tileOfFourRows(k: i32, a0: usize, lda: usize, b: usize, c: usize, ldc: usize, base: usize, onward: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
  const end = a0 + (<usize>k << 2);
  for (; a0 < end; a0 += 8, a1 += 8, a2 += 8, a3 += 8, b += 64) {
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a0);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    b0 = v128.load(b, 32); b1 = v128.load(b, 48);
    s = v128.load32_splat(a0, 4);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2, 4);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3, 4);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
  }
  put(c, c00, c01, base); c += ldc; base += onward;
  put(c, c10, c11, base); c += ldc; base += onward;
  put(c, c20, c21, base); c += ldc; base += onward;
  put(c, c30, c31, base);
}

/**
 * Six rows of A that lie in runs, and a panel of B. The six byte offsets at `places` say where the rows begin, the
 * `count` ones at `jumps` how far it is from four numbers of a row to the next four.
 */
export function tileOfPlaces(places: usize, x: usize, jumps: usize, count: i32, b: usize, c: usize, ldc: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0), c51 = f32x4.splat(0);
  let a0 = x + load<u32>(places), a1 = x + load<u32>(places, 4), a2 = x + load<u32>(places, 8);
  let a3 = x + load<u32>(places, 12), a4 = x + load<u32>(places, 16), a5 = x + load<u32>(places, 20);
  const last = jumps + (<usize>count << 2);
  for (; jumps < last; jumps += 4, b += 128) {
    const jump = load<u32>(jumps);
    a0 += jump; a1 += jump; a2 += jump; a3 += jump; a4 += jump; a5 += jump;
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a0);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a4);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a5);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    b0 = v128.load(b, 32); b1 = v128.load(b, 48);
    s = v128.load32_splat(a0, 4);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2, 4);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3, 4);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a4, 4);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a5, 4);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    b0 = v128.load(b, 64); b1 = v128.load(b, 80);
    s = v128.load32_splat(a0, 8);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1, 8);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3, 8);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a4, 8);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a5, 8);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    b0 = v128.load(b, 96); b1 = v128.load(b, 112);
    s = v128.load32_splat(a0, 12);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a1, 12);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a2, 12);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a3, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a4, 12);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a5, 12);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
  }
  put(c, c00, c01, 0); c += ldc;
  put(c, c10, c11, 0); c += ldc;
  put(c, c20, c21, 0); c += ldc;
  put(c, c30, c31, 0); c += ldc;
  put(c, c40, c41, 0); c += ldc;
  put(c, c50, c51, 0);
}

/** As tileOfSteps, with B at the `count` byte offsets at `places`, an even number of them. */
// @ts-ignore: decorator
@inline
export function tileAtPlaces(
  places: usize, count: i32, h: i32, a: usize, aStep: usize, x: usize, c: usize, ldc: usize, base: usize, onward: usize,
): void {
  if (h == 6) sixAtPlaces(places, count, a, aStep, x, c, ldc, base, onward);
  else fourAtPlaces(places, count, a, aStep, x, c, ldc, base, onward);
}

function fourAtPlaces(
  places: usize, count: i32, a: usize, aStep: usize, x: usize, c: usize, ldc: usize, base: usize, onward: usize,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  const last = places + (<usize>count << 2);
  for (; places < last; places += 8, a += aStep) {
    let b = x + load<u32>(places);
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    a += aStep;
    b = x + load<u32>(places, 4);
    b0 = v128.load(b); b1 = v128.load(b, 16);
    s = v128.load32_splat(a);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
  }
  put(c, c00, c01, base); c += ldc; base += onward;
  put(c, c10, c11, base); c += ldc; base += onward;
  put(c, c20, c21, base); c += ldc; base += onward;
  put(c, c30, c31, base);
}

function sixAtPlaces(
  places: usize, count: i32, a: usize, aStep: usize, x: usize, c: usize, ldc: usize, base: usize, onward: usize,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0), c51 = f32x4.splat(0);
  const last = places + (<usize>count << 2);
  for (; places < last; places += 8, a += aStep) {
    let b = x + load<u32>(places);
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a, 16);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a, 20);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
    a += aStep;
    b = x + load<u32>(places, 4);
    b0 = v128.load(b); b1 = v128.load(b, 16);
    s = v128.load32_splat(a);
    c00 = multiplyAdd(s, b0, c00); c01 = multiplyAdd(s, b1, c01);
    s = v128.load32_splat(a, 4);
    c10 = multiplyAdd(s, b0, c10); c11 = multiplyAdd(s, b1, c11);
    s = v128.load32_splat(a, 8);
    c20 = multiplyAdd(s, b0, c20); c21 = multiplyAdd(s, b1, c21);
    s = v128.load32_splat(a, 12);
    c30 = multiplyAdd(s, b0, c30); c31 = multiplyAdd(s, b1, c31);
    s = v128.load32_splat(a, 16);
    c40 = multiplyAdd(s, b0, c40); c41 = multiplyAdd(s, b1, c41);
    s = v128.load32_splat(a, 20);
    c50 = multiplyAdd(s, b0, c50); c51 = multiplyAdd(s, b1, c51);
  }
  put(c, c00, c01, base); c += ldc; base += onward;
  put(c, c10, c11, base); c += ldc; base += onward;
  put(c, c20, c21, base); c += ldc; base += onward;
  put(c, c30, c31, base); c += ldc; base += onward;
  put(c, c40, c41, base); c += ldc; base += onward;
  put(c, c50, c51, base);
}
