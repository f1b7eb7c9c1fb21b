import { multiplyAdd } from './math';
import { squaresOf, sumOf, total } from './reduce';

// @ts-ignore: decorator
@inline
function at(base: usize, index: i32): usize {
  return base + (<usize>index << 2);
}

/** y = x · scale + shift, clipped at 0 with `relu`. */
// @ts-ignore: decorator
@inline
function affine(n: i32, x: usize, y: usize, mean: f32, scale: f32, shift: f32, relu: i32): void {
  const m = f32x4.splat(mean), a = f32x4.splat(scale), b = f32x4.splat(shift);
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  let j = 0;
  for (; j + 4 <= n; j += 4, x += 16, y += 16)
    v128.store(y, f32x4.pmax(multiplyAdd(f32x4.sub(v128.load(x), m), a, b), floor));
  for (; j < n; j++, x += 4, y += 4) {
    const value = (load<f32>(x) - mean) * scale + shift;
    store<f32>(y, relu && value < 0 ? 0 : value);
  }
}

export function batch_norm(
  n: i32, c: i32, s: i32, first: i32, taken: i32,
  x: usize, weight: usize, bias: usize, y: usize, mean: usize, invstd: usize,
  running_mean: usize, running_var: usize, num_batches_tracked: usize,
  momentum: f32, eps: f32, relu: i32,
): void {
  let share = <f64>momentum;
  if (num_batches_tracked) {
    const count = load<i32>(num_batches_tracked) + 1;
    store<i32>(num_batches_tracked, count);
    if (momentum < 0) share = 1 / <f64>count;
  }
  if (s == 1) {
    columnMoments(n, c, first, taken, x, mean, invstd);
    for (let k = first; k < first + taken; k++) keepMoments(n, c, k, mean, invstd, running_mean, running_var, share, eps);
    return normalize(n, c, s, first, taken, x, weight, bias, y, mean, invstd, relu);
  }
  // A channel at a time, which stays in the cache from its sum to its result.
  for (let k = first; k < first + taken; k++) {
    imageMoments(n, c, s, k, x, mean, invstd);
    keepMoments(n * s, c, k, mean, invstd, running_mean, running_var, share, eps);
    normalizeChannel(n, c, s, k, x, weight, bias, y, mean, invstd, relu);
  }
}

/** Makes 1 / σ of the variance, and moves the running statistics of channel k. */
function keepMoments(
  count: i32, c: i32, k: i32, mean: usize, invstd: usize, running_mean: usize, running_var: usize, share: f64, eps: f32,
): void {
  const variance = <f64>load<f32>(at(invstd, k));
  if (running_mean) {
    const unbiased = (variance * count) / (<f64>count - 1);
    const p = at(running_mean, k), q = at(running_var, k);
    store<f32>(p, <f32>((1 - share) * load<f32>(p) + share * load<f32>(at(mean, k))));
    store<f32>(q, <f32>((1 - share) * load<f32>(q) + share * unbiased));
  }
  store<f32>(at(invstd, k), <f32>(1 / sqrt(variance + eps)));
}

function imageMoments(n: i32, c: i32, s: i32, k: i32, x: usize, mean: usize, variance: usize): void {
  const count = <f64>n * <f64>s;
  let sum: f64 = 0;
  for (let row = 0; row < n; row++) sum += sumOf(s, at(x, (row * c + k) * s));
  const m = <f32>(sum / count);
  let spread: f64 = 0;
  for (let row = 0; row < n; row++) spread += squaresOf(s, at(x, (row * c + k) * s), m);
  // What rounding the mean to float32 adds, taken off again.
  const off = sum / count - m;
  store<f32>(at(mean, k), m);
  store<f32>(at(mean, c + k), <f32>off);
  store<f32>(at(variance, k), <f32>(spread / count - off * off));
}

/** Of the columns of (n, c), four at a time in float64. */
function columnMoments(n: i32, c: i32, first: i32, taken: i32, x: usize, mean: usize, variance: usize): void {
  const step = <usize>c << 2;
  const count = <f64>n;
  const last = first + taken;
  let k = first;
  for (; k + 4 <= last; k += 4) {
    let low = f64x2.splat(0), high = f64x2.splat(0);
    let p = at(x, k);
    for (let row = 0; row < n; row++, p += step) {
      const v = v128.load(p);
      low = f64x2.add(low, f64x2.promote_low_f32x4(v));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)));
    }
    low = f64x2.div(low, f64x2.splat(count));
    high = f64x2.div(high, f64x2.splat(count));
    const rounded = join(low, high);
    v128.store(at(mean, k), rounded);
    const restLow = f64x2.sub(low, f64x2.promote_low_f32x4(rounded));
    const restHigh = f64x2.sub(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(rounded, rounded, 2, 3, 2, 3)));
    v128.store(at(mean, c + k), join(restLow, restHigh));
    let lowSpread = f64x2.splat(0), highSpread = f64x2.splat(0);
    p = at(x, k);
    for (let row = 0; row < n; row++, p += step) {
      const v = v128.load(p);
      const a = f64x2.sub(f64x2.promote_low_f32x4(v), low);
      const b = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)), high);
      lowSpread = f64x2.add(lowSpread, f64x2.mul(a, a));
      highSpread = f64x2.add(highSpread, f64x2.mul(b, b));
    }
    const divisor = f64x2.splat(count);
    v128.store(at(variance, k), join(f64x2.div(lowSpread, divisor), f64x2.div(highSpread, divisor)));
  }
  for (; k < last; k++) {
    let sum: f64 = 0, spread: f64 = 0;
    let p = at(x, k);
    for (let row = 0; row < n; row++, p += step) sum += load<f32>(p);
    const m = sum / count;
    p = at(x, k);
    for (let row = 0; row < n; row++, p += step) spread += (load<f32>(p) - m) * (load<f32>(p) - m);
    store<f32>(at(mean, k), <f32>m);
    store<f32>(at(mean, c + k), <f32>(m - <f64><f32>m));
    store<f32>(at(variance, k), <f32>(spread / count));
  }
}

/** Four floats of two pairs of doubles. */
// @ts-ignore: decorator
@inline
function join(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

function normalize(
  n: i32, c: i32, s: i32, first: i32, taken: i32,
  x: usize, weight: usize, bias: usize, y: usize, mean: usize, invstd: usize,
  relu: i32,
): void {
  const last = first + taken;
  if (s == 1) {
    const floor = f32x4.splat(relu ? 0 : -Infinity);
    for (let row = 0; row < n; row++) {
      let k = first;
      for (; k + 4 <= last; k += 4) {
        let scale = v128.load(at(invstd, k));
        if (weight) scale = f32x4.mul(scale, v128.load(at(weight, k)));
        const near = f32x4.sub(v128.load(at(x, k)), v128.load(at(mean, k)));
        let value = f32x4.mul(f32x4.sub(near, v128.load(at(mean, c + k))), scale);
        if (bias) value = f32x4.add(value, v128.load(at(bias, k)));
        v128.store(at(y, k), f32x4.pmax(value, floor));
      }
      for (; k < last; k++) {
        const scale = load<f32>(at(invstd, k)) * (weight ? load<f32>(at(weight, k)) : 1);
        const shift = (bias ? load<f32>(at(bias, k)) : 0) - load<f32>(at(mean, c + k)) * scale;
        affine(1, at(x, k), at(y, k), load<f32>(at(mean, k)), scale, shift, relu);
      }
      x += <usize>c << 2;
      y += <usize>c << 2;
    }
    return;
  }
  for (let k = first; k < last; k++) normalizeChannel(n, c, s, k, x, weight, bias, y, mean, invstd, relu);
}

function normalizeChannel(
  n: i32, c: i32, s: i32, k: i32,
  x: usize, weight: usize, bias: usize, y: usize, mean: usize, invstd: usize, relu: i32,
): void {
  const scale = load<f32>(at(invstd, k)) * (weight ? load<f32>(at(weight, k)) : 1);
  const shift = (bias ? load<f32>(at(bias, k)) : 0) - load<f32>(at(mean, c + k)) * scale;
  for (let row = 0; row < n; row++) {
    const offset = <usize>((row * c + k) * s) << 2;
    affine(s, x + offset, y + offset, load<f32>(at(mean, k)), scale, shift, relu);
  }
}

export function batch_norm_eval(
  n: i32, c: i32, s: i32, first: i32, taken: i32,
  x: usize, weight: usize, bias: usize, running_mean: usize, running_var: usize,
  y: usize, mean: usize, invstd: usize, eps: f32, relu: i32,
): void {
  for (let k = first; k < first + taken; k++) {
    store<f32>(at(mean, k), load<f32>(at(running_mean, k)));
    store<f32>(at(mean, c + k), 0);
    store<f32>(at(invstd, k), <f32>(1 / sqrt(<f64>load<f32>(at(running_var, k)) + eps)));
  }
  normalize(n, c, s, first, taken, x, weight, bias, y, mean, invstd, relu);
}

export function batch_norm_grad(
  n: i32, c: i32, s: i32, first: i32, taken: i32,
  x: usize, weight: usize, mean: usize, invstd: usize, y: usize, gy: usize,
  gx: usize, gw: usize, gb: usize, frozen: i32,
): void {
  if (s == 1) return columnGrad(n, c, first, taken, x, weight, mean, invstd, y, gy, gx, gw, gb, frozen);
  const count = <f64>n * <f64>s;
  for (let k = first; k < first + taken; k++) {
    const m = load<f32>(at(mean, k)), rest = load<f32>(at(mean, c + k)), r = load<f32>(at(invstd, k));
    let sum: f64 = 0, dot: f64 = 0;
    const center = f32x4.splat(m), zero = f32x4.splat(0);
    for (let row = 0; row < n; row++) {
      const offset = <usize>((row * c + k) * s) << 2;
      let p = x + offset, g = gy + offset, q = y + offset;
      let j = 0;
      while (j + 8 <= s) {
        const end = min(s & ~7, j + 512);
        let a = zero, b = zero, a1 = zero, b1 = zero;
        for (; j < end; j += 8, p += 32, g += 32, q += 32) {
          let d = v128.load(g), e = v128.load(g, 16);
          if (y) {
            d = v128.and(d, f32x4.gt(v128.load(q), zero));
            e = v128.and(e, f32x4.gt(v128.load(q, 16), zero));
          }
          a = f32x4.add(a, d);
          a1 = f32x4.add(a1, e);
          b = multiplyAdd(d, f32x4.sub(v128.load(p), center), b);
          b1 = multiplyAdd(e, f32x4.sub(v128.load(p, 16), center), b1);
        }
        sum += total(f32x4.add(a, a1));
        dot += total(f32x4.add(b, b1));
      }
      for (; j < s; j++, p += 4, g += 4, q += 4) {
        const d: f32 = y && load<f32>(q) <= 0 ? 0 : load<f32>(g);
        sum += d;
        dot += d * (load<f32>(p) - m);
      }
    }
    dot = (dot - rest * sum) * r;
    if (gw) store<f32>(at(gw, k), <f32>dot);
    if (gb) store<f32>(at(gb, k), <f32>sum);
    if (!gx) continue;
    const scale = r * (weight ? load<f32>(at(weight, k)) : 1);
    const b: f32 = frozen ? 0 : <f32>((dot / count) * r);
    const a: f32 = frozen ? 0 : <f32>(sum / count) - rest * b;
    const av = f32x4.splat(a), bv = f32x4.splat(b), sv = f32x4.splat(scale);
    for (let row = 0; row < n; row++) {
      const offset = <usize>((row * c + k) * s) << 2;
      let p = x + offset, g = gy + offset, q = y + offset, out = gx + offset;
      let j = 0;
      for (; j + 4 <= s; j += 4, p += 16, g += 16, q += 16, out += 16) {
        let d = v128.load(g);
        if (y) d = v128.and(d, f32x4.gt(v128.load(q), zero));
        const inside = f32x4.sub(f32x4.sub(d, av), f32x4.mul(f32x4.sub(v128.load(p), center), bv));
        v128.store(out, f32x4.mul(sv, inside));
      }
      for (; j < s; j++, p += 4, g += 4, q += 4, out += 4) {
        const d: f32 = y && load<f32>(q) <= 0 ? 0 : load<f32>(g);
        store<f32>(out, scale * (d - a - (load<f32>(p) - m) * b));
      }
    }
  }
}

/** batch_norm_grad of (n, c), one column of sums at a time for four channels. */
function columnGrad(
  n: i32, c: i32, first: i32, taken: i32,
  x: usize, weight: usize, mean: usize, invstd: usize, y: usize, gy: usize,
  gx: usize, gw: usize, gb: usize, frozen: i32,
): void {
  const step = <usize>c << 2;
  const count = <f64>n;
  for (let k = first; k < first + taken; k += 4) {
    const lanes = min(4, first + taken - k);
    for (let lane = lanes == 4 ? 3 : 0; lane < lanes; lane++) {
      // One pass for four channels, or one for each of the last few.
      const channel = lanes == 4 ? k : k + lane;
      if (lanes == 4) columnGradFour(n, c, step, count, at(0, channel), x, weight, mean, invstd, y, gy, gx, gw, gb, frozen);
      else columnGradOne(n, c, step, count, at(0, channel), x, weight, mean, invstd, y, gy, gx, gw, gb, frozen);
    }
  }
}

function columnGradFour(
  n: i32, c: i32, step: usize, count: f64, k: usize,
  x: usize, weight: usize, mean: usize, invstd: usize, y: usize, gy: usize,
  gx: usize, gw: usize, gb: usize, frozen: i32,
): void {
  const m = v128.load(mean + k), rest = v128.load(at(mean, c) + k), r = v128.load(invstd + k), zero = f32x4.splat(0);
  let sumLow = f64x2.splat(0), sumHigh = f64x2.splat(0), dotLow = f64x2.splat(0), dotHigh = f64x2.splat(0);
  let p = x + k, g = gy + k, q = y + k;
  for (let row = 0; row < n; row++, p += step, g += step, q += step) {
    let d = v128.load(g);
    if (y) d = v128.and(d, f32x4.gt(v128.load(q), zero));
    const e = f32x4.mul(d, f32x4.mul(f32x4.sub(f32x4.sub(v128.load(p), m), rest), r));
    sumLow = f64x2.add(sumLow, f64x2.promote_low_f32x4(d));
    sumHigh = f64x2.add(sumHigh, f64x2.promote_low_f32x4(v128.shuffle<f32>(d, d, 2, 3, 2, 3)));
    dotLow = f64x2.add(dotLow, f64x2.promote_low_f32x4(e));
    dotHigh = f64x2.add(dotHigh, f64x2.promote_low_f32x4(v128.shuffle<f32>(e, e, 2, 3, 2, 3)));
  }
  if (gw) v128.store(gw + k, join(dotLow, dotHigh));
  if (gb) v128.store(gb + k, join(sumLow, sumHigh));
  if (!gx) return;
  let scale = r;
  if (weight) scale = f32x4.mul(scale, v128.load(weight + k));
  const divisor = f64x2.splat(count);
  let a = zero, b = zero;
  if (!frozen) {
    a = join(f64x2.div(sumLow, divisor), f64x2.div(sumHigh, divisor));
    b = f32x4.mul(join(f64x2.div(dotLow, divisor), f64x2.div(dotHigh, divisor)), r);
  }
  p = x + k; g = gy + k; q = y + k;
  let out = gx + k;
  for (let row = 0; row < n; row++, p += step, g += step, q += step, out += step) {
    let d = v128.load(g);
    if (y) d = v128.and(d, f32x4.gt(v128.load(q), zero));
    const near = f32x4.sub(f32x4.sub(v128.load(p), m), rest);
    v128.store(out, f32x4.mul(scale, f32x4.sub(f32x4.sub(d, a), f32x4.mul(near, b))));
  }
}

function columnGradOne(
  n: i32, c: i32, step: usize, count: f64, k: usize,
  x: usize, weight: usize, mean: usize, invstd: usize, y: usize, gy: usize,
  gx: usize, gw: usize, gb: usize, frozen: i32,
): void {
  const m = load<f32>(mean + k), rest = load<f32>(at(mean, c) + k), r = load<f32>(invstd + k);
  let sum: f64 = 0, dot: f64 = 0;
  let p = x + k, g = gy + k, q = y + k;
  for (let row = 0; row < n; row++, p += step, g += step, q += step) {
    const d: f32 = y && load<f32>(q) <= 0 ? 0 : load<f32>(g);
    sum += d;
    dot += d * ((load<f32>(p) - m - rest) * r);
  }
  if (gw) store<f32>(gw + k, <f32>dot);
  if (gb) store<f32>(gb + k, <f32>sum);
  if (!gx) return;
  const scale = r * (weight ? load<f32>(weight + k) : 1);
  const a: f32 = frozen ? 0 : <f32>(sum / count);
  const b: f32 = frozen ? 0 : <f32>((dot / count) * r);
  p = x + k; g = gy + k; q = y + k;
  let out = gx + k;
  for (let row = 0; row < n; row++, p += step, g += step, q += step, out += step) {
    const d: f32 = y && load<f32>(q) <= 0 ? 0 : load<f32>(g);
    store<f32>(out, scale * (d - a - (load<f32>(p) - m - rest) * b));
  }
}

export function group_norm(
  n: i32, c: i32, s: i32, groups: i32,
  x: usize, weight: usize, bias: usize, y: usize, mean: usize, variance: usize, eps: f32,
): void {
  const perGroup = c / groups;
  const size = perGroup * s;
  for (let row = 0; row < n * groups; row++) {
    const exact = sumOf(size, x) / <f64>size;
    const m = <f32>exact;
    const off = exact - m;
    const v = squaresOf(size, x, m) / <f64>size - off * off;
    store<f32>(at(mean, row), m);
    store<f32>(at(variance, row), <f32>v);
    const r = <f32>(1 / sqrt(v + eps));
    const first = (row % groups) * perGroup;
    for (let k = first; k < first + perGroup; k++) {
      const scale = r * (weight ? load<f32>(at(weight, k)) : 1);
      affine(s, x, y, m, scale, bias ? load<f32>(at(bias, k)) : 0, 0);
      x += <usize>s << 2;
      y += <usize>s << 2;
    }
  }
}

export function group_norm_grad(
  n: i32, c: i32, s: i32, groups: i32,
  x: usize, weight: usize, mean: usize, variance: usize, gy: usize,
  gx: usize, gw: usize, gb: usize, eps: f32,
): void {
  if (gw) memory.fill(gw, 0, <usize>c << 2);
  if (gb) memory.fill(gb, 0, <usize>c << 2);
  const perGroup = c / groups;
  const size = <f64>(perGroup * s);
  const run = <usize>s << 2;
  for (let row = 0; row < n * groups; row++) {
    const m = load<f32>(at(mean, row));
    const r = <f32>(1 / sqrt(<f64>load<f32>(at(variance, row)) + eps));
    const first = (row % groups) * perGroup;
    let sum: f64 = 0, dot: f64 = 0;
    for (let k = 0; k < perGroup; k++) {
      const p = x + <usize>k * run, g = gy + <usize>k * run;
      const plain = sumOf(s, g);
      const cross = centeredDot(s, g, p, m) * r;
      if (gb) store<f32>(at(gb, first + k), load<f32>(at(gb, first + k)) + <f32>plain);
      if (gw) store<f32>(at(gw, first + k), load<f32>(at(gw, first + k)) + <f32>cross);
      const w: f64 = weight ? load<f32>(at(weight, first + k)) : 1;
      sum += w * plain;
      dot += w * cross;
    }
    const a = <f32>((sum / size) * r), b = <f32>((dot / size) * r * r);
    for (let k = 0; k < perGroup; k++) {
      const scale = r * (weight ? load<f32>(at(weight, first + k)) : 1);
      rowGrad(s, gy, x, gx, m, scale, a, b);
      x += run; gy += run; gx += run;
    }
  }
}

/** Σ g (x − center) */
function centeredDot(n: i32, g: usize, x: usize, center: f32): f64 {
  const c = f32x4.splat(center);
  let all: f64 = 0;
  let j = 0;
  while (j + 4 <= n) {
    const end = min(n & ~3, j + 256);
    let part = f32x4.splat(0);
    for (; j < end; j += 4, g += 16, x += 16)
      part = f32x4.add(part, f32x4.mul(v128.load(g), f32x4.sub(v128.load(x), c)));
    all += total(part);
  }
  for (; j < n; j++, g += 4, x += 4) all += load<f32>(g) * (load<f32>(x) - center);
  return all;
}

/** gx = scale g − a − (x − mean) b */
function rowGrad(n: i32, g: usize, x: usize, gx: usize, mean: f32, scale: f32, a: f32, b: f32): void {
  const m = f32x4.splat(mean), sv = f32x4.splat(scale), av = f32x4.splat(a), bv = f32x4.splat(b);
  let j = 0;
  for (; j + 4 <= n; j += 4, g += 16, x += 16, gx += 16) {
    const pull = f32x4.add(av, f32x4.mul(f32x4.sub(v128.load(x), m), bv));
    v128.store(gx, f32x4.sub(f32x4.mul(v128.load(g), sv), pull));
  }
  for (; j < n; j++, g += 4, x += 4, gx += 4)
    store<f32>(gx, load<f32>(g) * scale - (a + (load<f32>(x) - mean) * b));
}

export function instance_stats(
  n: i32, c: i32, s: i32,
  mean: usize, variance: usize, running_mean: usize, running_var: usize, momentum: f32,
): void {
  for (let k = 0; k < c; k++) {
    let m: f64 = 0, v: f64 = 0;
    for (let row = 0; row < n; row++) {
      m += load<f32>(at(mean, row * c + k));
      v += load<f32>(at(variance, row * c + k));
    }
    const p = at(running_mean, k), q = at(running_var, k);
    const unbiased = ((v / <f64>n) * <f64>s) / <f64>(s - 1);
    store<f32>(p, <f32>(load<f32>(p) + momentum * (m / <f64>n - load<f32>(p))));
    store<f32>(q, <f32>(load<f32>(q) + momentum * (unbiased - load<f32>(q))));
  }
}

export function layer_norm(
  rows: i32, d: i32,
  x: usize, weight: usize, bias: usize, y: usize, mean: usize, invstd: usize, eps: f32,
): void {
  for (let row = 0; row < rows; row++) {
    const exact = sumOf(d, x) / <f64>d;
    const m = <f32>exact;
    const off = exact - m;
    const r = <f32>(1 / sqrt(squaresOf(d, x, m) / <f64>d - off * off + eps));
    store<f32>(at(mean, row), m);
    store<f32>(at(invstd, row), r);
    affineRow(d, x, y, m, r, weight, bias);
    x += <usize>d << 2;
    y += <usize>d << 2;
  }
}

/** y = (x − mean) r w + b with a weight for each position. */
function affineRow(d: i32, x: usize, y: usize, mean: f32, r: f32, weight: usize, bias: usize): void {
  const m = f32x4.splat(mean), rv = f32x4.splat(r);
  let j: usize = 0;
  const whole = <usize>(d & ~3) << 2;
  for (; j < whole; j += 16) {
    let value = f32x4.mul(f32x4.sub(v128.load(x + j), m), rv);
    if (weight) value = f32x4.mul(value, v128.load(weight + j));
    if (bias) value = f32x4.add(value, v128.load(bias + j));
    v128.store(y + j, value);
  }
  for (; j < <usize>d << 2; j += 4) {
    let value = (load<f32>(x + j) - mean) * r;
    if (weight) value *= load<f32>(weight + j);
    if (bias) value += load<f32>(bias + j);
    store<f32>(y + j, value);
  }
}

export function rms_norm(rows: i32, d: i32, x: usize, weight: usize, y: usize, invstd: usize, eps: f32): void {
  for (let row = 0; row < rows; row++) {
    const r = <f32>(1 / sqrt(squaresOf(d, x, 0) / <f64>d + eps));
    store<f32>(at(invstd, row), r);
    affineRow(d, x, y, 0, r, weight, 0);
    x += <usize>d << 2;
    y += <usize>d << 2;
  }
}

export function layer_norm_grad(
  rows: i32, d: i32,
  x: usize, weight: usize, mean: usize, invstd: usize, gy: usize,
  gx: usize, gw: usize, gb: usize,
): void {
  if (gw) memory.fill(gw, 0, <usize>d << 2);
  if (gb) memory.fill(gb, 0, <usize>d << 2);
  const bytes = <usize>d << 2;
  const whole = <usize>(d & ~3) << 2;
  for (let row = 0; row < rows; row++) {
    const m: f32 = mean ? load<f32>(at(mean, row)) : 0;
    const r = load<f32>(at(invstd, row));
    const mv = f32x4.splat(m), rv = f32x4.splat(r);
    let sums = f32x4.splat(0), dots = f32x4.splat(0);
    let j: usize = 0;
    for (; j < whole; j += 16) {
      const g = v128.load(gy + j);
      const normalized = f32x4.mul(f32x4.sub(v128.load(x + j), mv), rv);
      if (gw) v128.store(gw + j, f32x4.add(v128.load(gw + j), f32x4.mul(g, normalized)));
      if (gb) v128.store(gb + j, f32x4.add(v128.load(gb + j), g));
      const h = weight ? f32x4.mul(g, v128.load(weight + j)) : g;
      sums = f32x4.add(sums, h);
      dots = f32x4.add(dots, f32x4.mul(h, normalized));
    }
    let sum = total(sums), dot = total(dots);
    for (; j < bytes; j += 4) {
      const g = load<f32>(gy + j);
      const normalized = (load<f32>(x + j) - m) * r;
      if (gw) store<f32>(gw + j, load<f32>(gw + j) + g * normalized);
      if (gb) store<f32>(gb + j, load<f32>(gb + j) + g);
      const h = weight ? g * load<f32>(weight + j) : g;
      sum += h;
      dot += h * normalized;
    }
    if (gx) {
      const a: f32 = mean ? <f32>((sum / <f64>d) * r) : 0;
      const b = <f32>((dot / <f64>d) * r * r);
      const av = f32x4.splat(a), bv = f32x4.splat(b);
      for (j = 0; j < whole; j += 16) {
        const g = v128.load(gy + j);
        const h = f32x4.mul(weight ? f32x4.mul(g, v128.load(weight + j)) : g, rv);
        const pull = f32x4.add(av, f32x4.mul(f32x4.sub(v128.load(x + j), mv), bv));
        v128.store(gx + j, f32x4.sub(h, pull));
      }
      for (; j < bytes; j += 4) {
        const g = load<f32>(gy + j);
        const h = (weight ? g * load<f32>(weight + j) : g) * r;
        store<f32>(gx + j, h - (a + (load<f32>(x + j) - m) * b));
      }
      gx += bytes;
    }
    x += bytes;
    gy += bytes;
  }
}
