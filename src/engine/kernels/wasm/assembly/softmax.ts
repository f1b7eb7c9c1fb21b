import { exp64, expVector, horizontalMax, loadPart, log64, storePart } from './math';
import { total } from './reduce';

/** The largest of n floats. */
function maxOf(n: i32, x: usize): f32 {
  let best = f32x4.splat(-Infinity);
  let j = 0;
  for (; j + 4 <= n; j += 4, x += 16) best = f32x4.max(best, v128.load(x));
  if (j < n) best = f32x4.max(best, loadPart(x, n - j, -Infinity));
  return horizontalMax(best);
}

/** y = exp(x − shift); their sum. */
function expOf(n: i32, x: usize, shift: f32, y: usize): f64 {
  const s = f32x4.splat(shift);
  let all: f64 = 0;
  let j = 0;
  while (j + 4 <= n) {
    const end = min(n & ~3, j + 256);
    let part = f32x4.splat(0);
    for (; j < end; j += 4, x += 16, y += 16) {
      const e = expVector(f32x4.sub(v128.load(x), s));
      v128.store(y, e);
      part = f32x4.add(part, e);
    }
    all += total(part);
  }
  if (j < n) {
    const e = expVector(f32x4.sub(loadPart(x, n - j, -Infinity), s));
    storePart(y, e, n - j);
    all += total(e);
  }
  return all;
}

/** Σ exp(x − shift) */
export function expSumOf(n: i32, x: usize, shift: f32): f64 {
  const s = f32x4.splat(shift);
  let all: f64 = 0;
  let j = 0;
  while (j + 4 <= n) {
    const end = min(n & ~3, j + 256);
    let part = f32x4.splat(0);
    for (; j < end; j += 4, x += 16) part = f32x4.add(part, expVector(f32x4.sub(v128.load(x), s)));
    all += total(part);
  }
  if (j < n) all += total(expVector(f32x4.sub(loadPart(x, n - j, -Infinity), s)));
  return all;
}

function scale(n: i32, y: usize, factor: f32): void {
  const f = f32x4.splat(factor);
  let j = 0;
  for (; j + 4 <= n; j += 4, y += 16) v128.store(y, f32x4.mul(v128.load(y), f));
  for (; j < n; j++, y += 4) store<f32>(y, load<f32>(y) * factor);
}

export function softmax(outer: i32, n: i32, inner: i32, causal: i32, x: usize, y: usize): void {
  if (inner != 1) return softmaxStrided(outer, n, inner, causal, x, y);
  const bytes = <usize>n << 2;
  for (let o = 0; o < outer; o++, x += bytes, y += bytes) {
    const seen = causal ? min(n, (o % causal) + 1) : n;
    const all = expOf(seen, x, maxOf(seen, x), y);
    scale(seen, y, <f32>(1 / all));
    if (seen < n) memory.fill(y + (<usize>seen << 2), 0, <usize>(n - seen) << 2);
  }
}

function softmaxStrided(outer: i32, n: i32, inner: i32, causal: i32, x: usize, y: usize): void {
  const step = <usize>inner << 2;
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const at = <usize>(o * n * inner + i) << 2;
      const seen = causal ? min(n, (o % causal) + 1) : n;
      let top: f32 = -Infinity;
      for (let j = 0, p = x + at; j < seen; j++, p += step) top = max(top, load<f32>(p));
      let all: f64 = 0;
      for (let j = 0, p = x + at; j < seen; j++, p += step) all += exp64(load<f32>(p) - top);
      for (let j = 0, p = at; j < n; j++, p += step)
        store<f32>(y + p, j < seen ? <f32>(exp64(load<f32>(x + p) - top) / all) : 0);
    }
}

export function softmax_grad(outer: i32, n: i32, inner: i32, y: usize, gy: usize, gx: usize): void {
  if (inner != 1) return softmaxGradStrided(outer, n, inner, y, gy, gx);
  for (let o = 0; o < outer; o++) {
    let part = f32x4.splat(0);
    let j: usize = 0;
    const whole = <usize>(n & ~3) << 2;
    const bytes = <usize>n << 2;
    for (; j < whole; j += 16) part = f32x4.add(part, f32x4.mul(v128.load(y + j), v128.load(gy + j)));
    let dot = total(part);
    for (; j < bytes; j += 4) dot += load<f32>(y + j) * load<f32>(gy + j);
    const shift = f32x4.splat(<f32>dot);
    for (j = 0; j < whole; j += 16)
      v128.store(gx + j, f32x4.mul(v128.load(y + j), f32x4.sub(v128.load(gy + j), shift)));
    for (; j < bytes; j += 4) store<f32>(gx + j, load<f32>(y + j) * (load<f32>(gy + j) - <f32>dot));
    y += bytes; gy += bytes; gx += bytes;
  }
}

function softmaxGradStrided(outer: i32, n: i32, inner: i32, y: usize, gy: usize, gx: usize): void {
  const step = <usize>inner << 2;
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const at = <usize>(o * n * inner + i) << 2;
      let dot: f64 = 0;
      for (let j = 0, p = at; j < n; j++, p += step) dot += <f64>load<f32>(y + p) * load<f32>(gy + p);
      for (let j = 0, p = at; j < n; j++, p += step)
        store<f32>(gx + p, load<f32>(y + p) * (load<f32>(gy + p) - <f32>dot));
    }
}

export function log_softmax(outer: i32, n: i32, inner: i32, x: usize, y: usize): void {
  if (inner == 1) {
    const bytes = <usize>n << 2;
    for (let o = 0; o < outer; o++, x += bytes, y += bytes) logSoftmaxRow(n, x, y);
    return;
  }
  const step = <usize>inner << 2;
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const at = <usize>(o * n * inner + i) << 2;
      let top: f32 = -Infinity;
      for (let j = 0, p = x + at; j < n; j++, p += step) top = max(top, load<f32>(p));
      let all: f64 = 0;
      for (let j = 0, p = x + at; j < n; j++, p += step) all += exp64(load<f32>(p) - top);
      const shift = <f64>top + log64(all);
      for (let j = 0, p = at; j < n; j++, p += step) store<f32>(y + p, <f32>(load<f32>(x + p) - shift));
    }
}

/** y = x − max − log Σ exp(x − max); row and result may be the same memory. */
export function logSoftmaxRow(n: i32, x: usize, y: usize): void {
  const top = maxOf(n, x);
  const shift = <f64>top + log64(expSumOf(n, x, top));
  for (let j: usize = 0; j < <usize>n << 2; j += 4) store<f32>(y + j, <f32>(load<f32>(x + j) - shift));
}

export function log_softmax_grad(outer: i32, n: i32, inner: i32, y: usize, gy: usize, gx: usize): void {
  const step = <usize>inner << 2;
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const at = <usize>(o * n * inner + i) << 2;
      let all: f64 = 0;
      for (let j = 0, p = gy + at; j < n; j++, p += step) all += load<f32>(p);
      if (inner == 1) {
        const s = f32x4.splat(<f32>all);
        let j: i32 = 0;
        let p = at;
        for (; j + 4 <= n; j += 4, p += 16)
          v128.store(gx + p, f32x4.sub(v128.load(gy + p), f32x4.mul(expVector(v128.load(y + p)), s)));
        if (j < n) {
          const e = expVector(loadPart(y + p, n - j, 0));
          storePart(gx + p, f32x4.sub(loadPart(gy + p, n - j, 0), f32x4.mul(e, s)), n - j);
        }
      } else
        for (let j = 0, p = at; j < n; j++, p += step)
          store<f32>(gx + p, <f32>(load<f32>(gy + p) - exp64(load<f32>(y + p)) * all));
    }
}
