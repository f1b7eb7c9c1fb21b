import { exp64, expVector, loadPart, log64, storePart } from './math';

// @ts-ignore: decorator
@inline
function at(base: usize, index: i32): usize {
  return base + (<usize>index << 2);
}

export function nll_loss(
  n: i32, c: i32, s: i32, target: usize, weight: usize, ignore: i32, mean: i32, smoothing: f32,
  logp: usize, sum: usize, loss: usize,
): void {
  let all: f64 = 0, weights: f64 = 0;
  for (let row = 0; row < n; row++)
    for (let j = 0; j < s; j++) {
      const t = load<i32>(at(target, row * s + j));
      if (t == ignore || t < 0 || t >= c) continue;
      const w: f64 = weight ? load<f32>(at(weight, t)) : 1;
      weights += w;
      all -= (1 - <f64>smoothing) * w * load<f32>(at(logp, (row * c + t) * s + j));
      if (smoothing == 0) continue;
      for (let k = 0; k < c; k++)
        all -= (<f64>smoothing / c) * (weight ? load<f32>(at(weight, k)) : 1) * load<f32>(at(logp, (row * c + k) * s + j));
    }
  store<f32>(sum, mean ? <f32>weights : 1);
  store<f32>(loss, <f32>(mean ? all / weights : all));
}

export function nll_loss_grad(
  n: i32, c: i32, s: i32, target: usize, weight: usize, ignore: i32, mean: i32, smoothing: f32,
  sum: usize, gy: usize, gx: usize,
): void {
  const scale = load<f32>(gy) / load<f32>(sum);
  memory.fill(gx, 0, <usize>(n * c * s) << 2);
  for (let row = 0; row < n; row++)
    for (let j = 0; j < s; j++) {
      const t = load<i32>(at(target, row * s + j));
      if (t == ignore || t < 0 || t >= c) continue;
      if (smoothing == 0) {
        store<f32>(at(gx, (row * c + t) * s + j), -scale * (weight ? load<f32>(at(weight, t)) : 1));
        continue;
      }
      for (let k = 0; k < c; k++) {
        const w: f32 = weight ? load<f32>(at(weight, k)) : 1;
        const share = smoothing / <f32>c + (k == t ? 1 - smoothing : 0);
        store<f32>(at(gx, (row * c + k) * s + j), -scale * w * share);
      }
    }
}

export function cross_entropy_grad(
  n: i32, c: i32, s: i32, target: usize, weight: usize, ignore: i32, mean: i32, smoothing: f32,
  logp: usize, sum: usize, gy: usize, gx: usize,
): void {
  nll_loss_grad(n, c, s, target, weight, ignore, mean, smoothing, sum, gy, gx);
  for (let row = 0; row < n; row++)
    for (let j = 0; j < s; j++) {
      const first = row * c * s + j;
      let all: f64 = 0;
      for (let k = 0; k < c; k++) all += load<f32>(at(gx, first + k * s));
      if (s == 1) subtractRow(c, at(logp, first), at(gx, first), <f32>all);
      else
        for (let k = 0; k < c; k++) {
          const p = at(gx, first + k * s);
          store<f32>(p, <f32>(load<f32>(p) - exp64(load<f32>(at(logp, first + k * s))) * all));
        }
    }
}

/** gx −= exp(logp) · factor */
function subtractRow(c: i32, logp: usize, gx: usize, factor: f32): void {
  const f = f32x4.splat(factor);
  let k = 0;
  for (; k + 4 <= c; k += 4, logp += 16, gx += 16)
    v128.store(gx, f32x4.sub(v128.load(gx), f32x4.mul(expVector(v128.load(logp)), f)));
  if (k < c) {
    const e = expVector(loadPart(logp, c - k, 0));
    storePart(gx, f32x4.sub(loadPart(gx, c - k, 0), f32x4.mul(e, f)), c - k);
  }
}

export function mse_loss(n: i32, over: i32, x: usize, target: usize, loss: usize): void {
  let all: f64 = 0;
  for (let j: usize = 0; j < <usize>n << 2; j += 4) {
    const d = <f64>load<f32>(x + j) - load<f32>(target + j);
    all += d * d;
  }
  store<f32>(loss, <f32>(all / <f64>over));
}

export function mse_loss_grad(
  n: i32, over: i32, sign: i32, x: usize, target: usize, gy: usize, gx: usize,
): void {
  const scale: f32 = (load<f32>(gy) * <f32>(sign + sign)) / <f32>over;
  for (let j: usize = 0; j < <usize>n << 2; j += 4)
    store<f32>(gx + j, scale * (load<f32>(x + j) - load<f32>(target + j)));
}

export function bce_with_logits(n: i32, over: i32, x: usize, target: usize, loss: usize): void {
  let all: f64 = 0;
  for (let j: usize = 0; j < <usize>n << 2; j += 4) {
    const value = <f64>load<f32>(x + j);
    all += max(value, 0) - value * load<f32>(target + j) + log64(1 + exp64(-abs(value)));
  }
  store<f32>(loss, <f32>(all / <f64>over));
}

export function bce_with_logits_grad(n: i32, over: i32, x: usize, target: usize, gy: usize, gx: usize): void {
  const scale = load<f32>(gy) / <f32>over;
  for (let j: usize = 0; j < <usize>n << 2; j += 4)
    store<f32>(gx + j, scale * (<f32>(1 / (1 + exp64(-load<f32>(x + j)))) - load<f32>(target + j)));
}
