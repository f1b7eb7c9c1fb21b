// Sums run in blocks of float32 lanes, the blocks' totals in float64, always in the same order.

const BLOCK: i32 = 256;

// @ts-ignore: decorator
@inline
function wide(v: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)));
}

// @ts-ignore: decorator
@inline
export function total(v: v128): f64 {
  const two = wide(v);
  return f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1);
}

/** Σ x */
export function sumOf(n: i32, x: usize): f64 {
  let sum: f64 = 0;
  let j = 0;
  while (j + 16 <= n) {
    const end = min(n & ~15, j + BLOCK);
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
    for (; j < end; j += 16, x += 64) {
      s0 = f32x4.add(s0, v128.load(x));
      s1 = f32x4.add(s1, v128.load(x, 16));
      s2 = f32x4.add(s2, v128.load(x, 32));
      s3 = f32x4.add(s3, v128.load(x, 48));
    }
    sum += total(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  }
  for (; j < n; j++, x += 4) sum += load<f32>(x);
  return sum;
}

/** Σ (x − center)² */
export function squaresOf(n: i32, x: usize, center: f32): f64 {
  let sum: f64 = 0;
  let j = 0;
  const c = f32x4.splat(center);
  while (j + 8 <= n) {
    const end = min(n & ~7, j + BLOCK);
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0);
    for (; j < end; j += 8, x += 32) {
      const p = f32x4.sub(v128.load(x), c);
      const q = f32x4.sub(v128.load(x, 16), c);
      s0 = f32x4.add(s0, f32x4.mul(p, p));
      s1 = f32x4.add(s1, f32x4.mul(q, q));
    }
    sum += total(f32x4.add(s0, s1));
  }
  for (; j < n; j++, x += 4) {
    const p = load<f32>(x) - center;
    sum += p * p;
  }
  return sum;
}

export function sum(outer: i32, n: i32, inner: i32, x: usize, y: usize, scale: f32): void {
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      store<f32>(y, <f32>(sumOf(n, x) * scale));
      y += 4;
    } else {
      sumColumns(n, inner, x, y, scale);
      y += <usize>inner << 2;
    }
    x += <usize>(n * inner) << 2;
  }
}

/** y(inner) = scale · Σ x(n, inner) */
function sumColumns(n: i32, inner: i32, x: usize, y: usize, scale: f32): void {
  const step = <usize>inner << 2;
  let i = 0;
  for (; i + 4 <= inner; i += 4) {
    let low = f64x2.splat(0), high = f64x2.splat(0);
    let p = x + (<usize>i << 2);
    for (let j = 0; j < n; ) {
      const end = min(n, j + 32);
      let part = f32x4.splat(0);
      for (; j < end; j++, p += step) part = f32x4.add(part, v128.load(p));
      low = f64x2.add(low, f64x2.promote_low_f32x4(part));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(part, part, 2, 3, 2, 3)));
    }
    const out = y + (<usize>i << 2);
    store<f32>(out, <f32>(f64x2.extract_lane(low, 0) * scale));
    store<f32>(out, <f32>(f64x2.extract_lane(low, 1) * scale), 4);
    store<f32>(out, <f32>(f64x2.extract_lane(high, 0) * scale), 8);
    store<f32>(out, <f32>(f64x2.extract_lane(high, 1) * scale), 12);
  }
  for (; i < inner; i++) {
    let all: f64 = 0;
    let p = x + (<usize>i << 2);
    for (let j = 0; j < n; j++, p += step) all += load<f32>(p);
    store<f32>(y + (<usize>i << 2), <f32>(all * scale));
  }
}

export function amax(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  const step = <usize>inner << 2;
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++, y += 4) {
      let p = x + (<usize>(o * n * inner + i) << 2);
      let best: f32 = -Infinity;
      for (let j = 0; j < n; j++, p += step) best = max(best, load<f32>(p));
      store<f32>(y, best);
    }
}

export function argmax(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  const step = <usize>inner << 2;
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++, y += 4) {
      let p = x + (<usize>(o * n * inner + i) << 2);
      let best: f32 = -Infinity;
      let at = 0;
      for (let j = 0; j < n && best == best; j++, p += step) {
        const value = load<f32>(p);
        if (value > best || value != value) {
          best = value;
          at = j;
        }
      }
      store<i32>(y, at);
    }
}

export function cumsum(outer: i32, n: i32, inner: i32, x: usize, y: usize, reverse: i32): void {
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      let all: f64 = 0;
      for (let j = 0; j < n; j++) {
        const at = <usize>((o * n + (reverse ? n - 1 - j : j)) * inner + i) << 2;
        all += load<f32>(x + at);
        store<f32>(y + at, <f32>all);
      }
    }
}
