import { Activation } from './codes';
import { expVector, exp64, loadPart, log64, multiplyAdd, sigmoidVector, sine64, storePart, tanh64, tanhVector } from './math';

export function unary(op: i32, n: i32, x: usize, y: usize, alpha: f32, beta: f32): void {
  let j = 0;
  if (op == Activation.relu) {
    const zero = f32x4.splat(0);
    for (; j + 4 <= n; j += 4, x += 16, y += 16) v128.store(y, f32x4.pmax(v128.load(x), zero));
  } else if (op == Activation.tanh) {
    for (; j + 4 <= n; j += 4, x += 16, y += 16) v128.store(y, tanhVector(v128.load(x)));
  } else if (op == Activation.sigmoid) {
    for (; j + 4 <= n; j += 4, x += 16, y += 16) v128.store(y, sigmoidVector(v128.load(x)));
  } else if (op == Activation.gelu) {
    for (; j + 4 <= n; j += 4, x += 16, y += 16) v128.store(y, geluVector(v128.load(x)));
  } else {
    for (; j + 4 <= n; j += 4, x += 16, y += 16) v128.store(y, value(op, v128.load(x), alpha, beta));
  }
  if (j < n) storePart(y, value(op, loadPart(x, n - j, 1), alpha, beta), n - j);
}

export function unary_grad(op: i32, n: i32, saved: usize, gy: usize, gx: usize, alpha: f32, beta: f32): void {
  let j = 0;
  if (op == Activation.relu) {
    const zero = f32x4.splat(0);
    for (; j + 4 <= n; j += 4, saved += 16, gy += 16, gx += 16)
      v128.store(gx, v128.and(v128.load(gy), f32x4.gt(v128.load(saved), zero)));
  } else if (op == Activation.gelu) {
    for (; j + 4 <= n; j += 4, saved += 16, gy += 16, gx += 16)
      v128.store(gx, f32x4.mul(v128.load(gy), geluSlope(v128.load(saved))));
  } else {
    for (; j + 4 <= n; j += 4, saved += 16, gy += 16, gx += 16)
      v128.store(gx, f32x4.mul(v128.load(gy), slope(op, v128.load(saved), alpha, beta)));
  }
  if (j < n) {
    const part = f32x4.mul(loadPart(gy, n - j, 0), slope(op, loadPart(saved, n - j, 1), alpha, beta));
    storePart(gx, part, n - j);
  }
}

// @ts-ignore: decorator
@inline
function number(x: f32): v128 {
  return f32x4.splat(x);
}

function value(op: i32, x: v128, alpha: f32, beta: f32): v128 {
  const zero = number(0);
  const one = number(1);
  switch (op) {
    case Activation.relu: return f32x4.max(x, zero);
    case Activation.relu6: return f32x4.min(f32x4.max(x, zero), number(6));
    case Activation.tanh: return tanhVector(x);
    case Activation.sigmoid: return sigmoidVector(x);
    case Activation.silu: return f32x4.mul(x, sigmoidVector(x));
    case Activation.hardsigmoid: return ramp(x);
    case Activation.hardswish: return f32x4.mul(x, ramp(x));
    case Activation.softsign: return f32x4.div(x, f32x4.add(one, f32x4.abs(x)));
    case Activation.neg: return f32x4.neg(x);
    case Activation.exp: return expVector(x);
    case Activation.sqrt: return f32x4.sqrt(x);
    case Activation.rsqrt: return f32x4.div(one, f32x4.sqrt(x));
    case Activation.abs: return f32x4.abs(x);
    case Activation.erf: return erfVector(x);
    case Activation.reciprocal: return f32x4.div(one, x);
    case Activation.square: return f32x4.mul(x, x);
    case Activation.floor: return f32x4.floor(x);
    case Activation.sign:
      return f32x4.sub(v128.and(f32x4.gt(x, zero), one), v128.and(f32x4.lt(x, zero), one));
    case Activation.leaky_relu: return v128.bitselect(x, f32x4.mul(x, number(alpha)), f32x4.gt(x, zero));
    case Activation.elu:
      return v128.bitselect(x, f32x4.mul(number(alpha), f32x4.sub(expVector(x), one)), f32x4.gt(x, zero));
    case Activation.gelu: return geluVector(x);
    case Activation.gelu_tanh:
      return f32x4.mul(f32x4.mul(number(0.5), x), f32x4.add(one, tanhVector(geluInner(x))));
    case Activation.clamp: return f32x4.min(f32x4.max(x, number(alpha)), number(beta));
    default: return eachLane(op, x, alpha, beta);
  }
}

function slope(op: i32, s: v128, alpha: f32, beta: f32): v128 {
  const zero = number(0);
  const one = number(1);
  switch (op) {
    case Activation.relu: return v128.and(f32x4.gt(s, zero), one);
    case Activation.relu6: return v128.and(v128.and(f32x4.gt(s, zero), f32x4.lt(s, number(6))), one);
    case Activation.tanh: return f32x4.sub(one, f32x4.mul(s, s));
    case Activation.sigmoid: return f32x4.mul(s, f32x4.sub(one, s));
    case Activation.silu: {
      const p = sigmoidVector(s);
      return f32x4.mul(p, multiplyAdd(s, f32x4.sub(one, p), one));
    }
    case Activation.hardsigmoid:
      return v128.and(v128.and(f32x4.gt(s, zero), f32x4.lt(s, one)), number(1.0 / 6.0));
    case Activation.hardswish: {
      const middle = multiplyAdd(s, number(1.0 / 3.0), number(0.5));
      return v128.bitselect(one, v128.andnot(middle, f32x4.lt(s, number(-3))), f32x4.gt(s, number(3)));
    }
    case Activation.softsign: {
      const d = f32x4.add(one, f32x4.abs(s));
      return f32x4.div(one, f32x4.mul(d, d));
    }
    case Activation.neg: return number(-1);
    case Activation.exp: return s;
    case Activation.log: return f32x4.div(one, s);
    case Activation.sqrt: return f32x4.div(number(0.5), s);
    case Activation.rsqrt: return f32x4.mul(f32x4.mul(number(-0.5), s), f32x4.mul(s, s));
    case Activation.abs: return value(Activation.sign, s, 0, 0);
    case Activation.erf: return f32x4.mul(number(1.12837917), expVector(f32x4.neg(f32x4.mul(s, s))));
    case Activation.reciprocal: return f32x4.neg(f32x4.mul(s, s));
    case Activation.square: return f32x4.add(s, s);
    case Activation.floor: return zero;
    case Activation.sign: return zero;
    case Activation.leaky_relu: return v128.bitselect(one, number(alpha), f32x4.gt(s, zero));
    case Activation.elu: return v128.bitselect(one, f32x4.mul(number(alpha), expVector(s)), f32x4.gt(s, zero));
    case Activation.softplus: {
      const scaled = f32x4.mul(s, number(alpha));
      return v128.bitselect(one, sigmoidVector(scaled), f32x4.gt(scaled, number(beta)));
    }
    case Activation.gelu: return geluSlope(s);
    case Activation.gelu_tanh: {
      const t = tanhVector(geluInner(s));
      const rise = multiplyAdd(number(3 * 0.044715), f32x4.mul(s, s), one);
      const outer = f32x4.mul(f32x4.mul(number(0.5 * 0.79788456), s), f32x4.sub(one, f32x4.mul(t, t)));
      return multiplyAdd(outer, rise, multiplyAdd(number(0.5), t, number(0.5)));
    }
    case Activation.clamp:
      return v128.and(v128.and(f32x4.ge(s, number(alpha)), f32x4.le(s, number(beta))), one);
    default: return eachSlope(op, s);
  }
}

/** min(1, max(0, x / 6 + 1/2)) */
// @ts-ignore: decorator
@inline
function ramp(x: v128): v128 {
  return f32x4.min(f32x4.max(multiplyAdd(x, number(1.0 / 6.0), number(0.5)), number(0)), number(1));
}

// @ts-ignore: decorator
@inline
function geluInner(x: v128): v128 {
  return f32x4.mul(f32x4.mul(number(0.79788456), x), multiplyAdd(number(0.044715), f32x4.mul(x, x), number(1)));
}

/** x Φ(x) */
// @ts-ignore: decorator
@inline
function geluVector(x: v128): v128 {
  const scaled = f32x4.mul(x, number(0.70710678));
  return f32x4.mul(f32x4.mul(number(0.5), x), f32x4.add(number(1), erf(scaled, bell(scaled))));
}

/** Φ(s) + s φ(s) */
// @ts-ignore: decorator
@inline
function geluSlope(s: v128): v128 {
  const scaled = f32x4.mul(s, number(0.70710678));
  const height = bell(scaled);
  const cumulative = multiplyAdd(number(0.5), erf(scaled, height), number(0.5));
  return multiplyAdd(s, f32x4.mul(number(0.39894228), height), cumulative);
}

export function erfVector(x: v128): v128 {
  return erf(x, bell(x));
}

/** exp(−x²) */
// @ts-ignore: decorator
@inline
function bell(x: v128): v128 {
  return expVector(f32x4.neg(f32x4.mul(x, x)));
}

// One load makes a vector of a number.
const ERFC = memory.data<f32>([
  -0.0452686094, 0.2858266376, -0.690988588, 0.7237420374, -0.3163500759, 0.3419382811, 0.1881313988, 0.2594166659,
  0.2535522623, 0.45, 0.5, 1.12837917,
]);
const NEAR = memory.data<f32>([-0.00075757576, 0.0046296296, -0.023809524, 0.1, -0.33333333, 1]);

// @ts-ignore: decorator
@inline
function entry(table: usize, i: i32): v128 {
  return v128.load32_splat(table + (<usize>i << 2));
}

/** 1 − t P(t) exp(−x²) with t = 1 / (1 + 0.45 |x|), P fitted to erfc; the Taylor series near zero. */
// @ts-ignore: decorator
@inline
function erf(x: v128, height: v128): v128 {
  const size = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  const t = f32x4.div(entry(NEAR, 5), multiplyAdd(entry(ERFC, 9), size, entry(NEAR, 5)));
  let p = multiplyAdd(entry(ERFC, 0), t, entry(ERFC, 1));
  p = multiplyAdd(p, t, entry(ERFC, 2));
  p = multiplyAdd(p, t, entry(ERFC, 3));
  p = multiplyAdd(p, t, entry(ERFC, 4));
  p = multiplyAdd(p, t, entry(ERFC, 5));
  p = multiplyAdd(p, t, entry(ERFC, 6));
  p = multiplyAdd(p, t, entry(ERFC, 7));
  p = multiplyAdd(p, t, entry(ERFC, 8));
  const far = f32x4.sub(entry(NEAR, 5), f32x4.mul(f32x4.mul(p, t), height));
  const signed = v128.or(far, v128.and(x, i32x4.splat(0x80000000)));
  let series = multiplyAdd(entry(NEAR, 0), square, entry(NEAR, 1));
  series = multiplyAdd(series, square, entry(NEAR, 2));
  series = multiplyAdd(series, square, entry(NEAR, 3));
  series = multiplyAdd(series, square, entry(NEAR, 4));
  series = multiplyAdd(series, square, entry(NEAR, 5));
  const near = f32x4.mul(f32x4.mul(x, entry(ERFC, 11)), series);
  return v128.bitselect(near, signed, f32x4.lt(size, entry(ERFC, 10)));
}

function eachLane(op: i32, x: v128, alpha: f32, beta: f32): v128 {
  let y = f32x4.splat(one(op, f32x4.extract_lane(x, 0), alpha, beta));
  y = f32x4.replace_lane(y, 1, one(op, f32x4.extract_lane(x, 1), alpha, beta));
  y = f32x4.replace_lane(y, 2, one(op, f32x4.extract_lane(x, 2), alpha, beta));
  return f32x4.replace_lane(y, 3, one(op, f32x4.extract_lane(x, 3), alpha, beta));
}

function one(op: i32, x: f64, alpha: f64, beta: f64): f32 {
  if (op == Activation.log) return <f32>log64(x);
  if (op == Activation.sin) return <f32>sine64(x, 0);
  if (op == Activation.cos) return <f32>sine64(x, 1);
  if (op == Activation.mish) return <f32>(x * tanh64(softplus(x)));
  if (op == Activation.softplus) return <f32>(x * alpha > beta ? x : softplus(x * alpha) / alpha);
  return NaN;
}

function eachSlope(op: i32, s: v128): v128 {
  let y = f32x4.splat(oneSlope(op, f32x4.extract_lane(s, 0)));
  y = f32x4.replace_lane(y, 1, oneSlope(op, f32x4.extract_lane(s, 1)));
  y = f32x4.replace_lane(y, 2, oneSlope(op, f32x4.extract_lane(s, 2)));
  return f32x4.replace_lane(y, 3, oneSlope(op, f32x4.extract_lane(s, 3)));
}

function oneSlope(op: i32, x: f64): f32 {
  if (op == Activation.sin) return <f32>sine64(x, 1);
  if (op == Activation.cos) return <f32>-sine64(x, 0);
  if (op == Activation.mish) {
    const t = tanh64(softplus(x));
    return <f32>(t + (x * (1 - t * t)) / (1 + exp64(-x)));
  }
  return NaN;
}

export function softplus(x: f64): f64 {
  return (x > 0 ? x : 0) + log64(1 + exp64(-abs(x)));
}
