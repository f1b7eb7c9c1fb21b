// exp, tanh, erf and log from + - * / alone, four at a time in float32 or one in float64: the same bits on
// every machine and in every engine, which the host's Math does not promise.

/** a b + c, rounded once in the fused build and twice in the plain one. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// Where no compiler can know it: (1 + 2⁻¹²)² rounds to 1 + 2⁻¹¹, and only a fused product keeps 2⁻²⁴.
const factor = memory.data<f32>([1.000244140625, 1.000244140625, 1.000244140625, 1.000244140625]);
const square = memory.data<f32>([-1.00048828125, -1.00048828125, -1.00048828125, -1.00048828125]);

/** What multiplyAdd does here: 0 two roundings, 1 one, 2 not what the build promises. */
export function rounding(): i32 {
  const rest = multiplyAdd(v128.load(factor), v128.load(factor), v128.load(square));
  const expected: f32 = ASC_FEATURE_RELAXED_SIMD ? 5.9604644775390625e-8 : 0;
  const kept = i32x4.all_true(f32x4.eq(rest, f32x4.splat(expected)));
  return kept ? i32(ASC_FEATURE_RELAXED_SIMD) : 2;
}

// @ts-ignore: decorator
@inline
export function horizontalSum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

// @ts-ignore: decorator
@inline
export function horizontalMax(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** The first `n` (1 to 3) floats at `p`, then `rest`. */
export function loadPart(p: usize, n: i32, rest: f32): v128 {
  let v = f32x4.replace_lane(f32x4.splat(rest), 0, load<f32>(p));
  if (n > 1) v = f32x4.replace_lane(v, 1, load<f32>(p, 4));
  if (n > 2) v = f32x4.replace_lane(v, 2, load<f32>(p, 8));
  return v;
}

/** Writes the first `n` (1 to 3) lanes. */
export function storePart(p: usize, v: v128, n: i32): void {
  store<f32>(p, f32x4.extract_lane(v, 0));
  if (n > 1) store<f32>(p, f32x4.extract_lane(v, 1), 4);
  if (n > 2) store<f32>(p, f32x4.extract_lane(v, 2), 8);
}

/** 2^k · (Taylor to the seventh of the rest), |rest| ≤ ln 2 / 2. */
export function expVector(x: v128): v128 {
  const low = f32x4.splat(-87.33654);
  const high = f32x4.splat(88.72283);
  const clamped = f32x4.min(f32x4.max(x, low), high);
  const k = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(1.44269504)));
  let r = f32x4.sub(clamped, f32x4.mul(k, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(k, f32x4.splat(-2.12194440e-4)));
  let sum = f32x4.splat(1.0 / 5040.0);
  sum = multiplyAdd(sum, r, f32x4.splat(1.0 / 720.0));
  sum = multiplyAdd(sum, r, f32x4.splat(1.0 / 120.0));
  sum = multiplyAdd(sum, r, f32x4.splat(1.0 / 24.0));
  sum = multiplyAdd(sum, r, f32x4.splat(1.0 / 6.0));
  sum = multiplyAdd(sum, r, f32x4.splat(0.5));
  sum = multiplyAdd(sum, r, f32x4.splat(1));
  sum = multiplyAdd(sum, r, f32x4.splat(1));
  // Twice, because 2^128 alone is infinite.
  const n = i32x4.trunc_sat_f32x4_s(k);
  const half = i32x4.shr_s(n, 1);
  const bias = i32x4.splat(127);
  const first = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), bias), 23);
  sum = f32x4.mul(f32x4.mul(sum, first), second);
  sum = v128.andnot(sum, f32x4.lt(x, low));
  return v128.bitselect(f32x4.splat(Infinity), sum, f32x4.gt(x, high));
}

// @ts-ignore: decorator
@inline
export function sigmoidVector(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), expVector(f32x4.neg(x))));
}

export function tanhVector(x: v128): v128 {
  const size = f32x4.abs(x);
  const one = f32x4.splat(1);
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const grown = expVector(f32x4.add(size, size));
  const large = v128.or(f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(grown, one))), sign);
  // Lambert's continued fraction, cut and cleared of its denominators.
  const s = f32x4.mul(x, x);
  let above = multiplyAdd(f32x4.splat(21), s, f32x4.splat(1260));
  above = f32x4.mul(x, multiplyAdd(above, s, f32x4.splat(10395)));
  let below = f32x4.add(s, f32x4.splat(210));
  below = multiplyAdd(below, s, f32x4.splat(4725));
  below = multiplyAdd(below, s, f32x4.splat(10395));
  return v128.bitselect(f32x4.div(above, below), large, f32x4.lt(size, f32x4.splat(0.6)));
}

export function exp64(x: f64): f64 {
  if (x != x) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.2) return 0;
  const k = nearest(x * 1.4426950408889634);
  const r = x - k * 0.6931471803691238 - k * 1.9082149292705877e-10;
  let sum: f64 = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (sum * r) / <f64>n;
  const whole = <i64>k;
  const half = whole >> 1;
  return sum * reinterpret<f64>((half + 1023) << 52) * reinterpret<f64>((whole - half + 1023) << 52);
}

export function log64(x: f64): f64 {
  if (x != x || x < 0) return NaN;
  if (x == 0) return -Infinity;
  if (x == Infinity) return x;
  let exponent: i64 = 0;
  let bits = reinterpret<i64>(x);
  if (bits >> 52 == 0) {
    bits = reinterpret<i64>(x * 18014398509481984);
    exponent = -54;
  }
  exponent += (bits >> 52) - 1023;
  let mantissa = reinterpret<f64>((bits & 0xfffffffffffff) | (1023 << 52));
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum: f64 = 0;
  for (let n = 23; n >= 3; n -= 2) sum = (sum + 1 / <f64>n) * square;
  const e = <f64>exponent;
  return e * 0.6931471803691238 + (2 * s + (2 * s * sum + e * 1.9082149292705877e-10));
}

export function tanh64(x: f64): f64 {
  const size = abs(x);
  if (size > 22) return x > 0 ? 1 : -1;
  if (size > 0.5) {
    const y = 1 - 2 / (exp64(2 * size) + 1);
    return x > 0 ? y : -y;
  }
  const square = x * x;
  let below: f64 = 19;
  for (let n = 17; n >= 1; n -= 2) below = <f64>n + square / below;
  return x / below;
}

export function sine64(x: f64, quarters: i64): f64 {
  const k = nearest(x / (1.5707963267341256 + 6.077100506506192e-11));
  const r = x - k * 1.5707963267341256 - k * 6.077100506506192e-11;
  const square = r * r;
  const quadrant = (<i64>k + quarters) & 3;
  const even = (quadrant & 1) == 1;
  let sum: f64 = 1;
  for (let n = even ? 18 : 19; n >= 2; n -= 2) sum = 1 - (sum * square) / <f64>(n * (n - 1));
  const y = even ? sum : r * sum;
  return quadrant >= 2 ? -y : y;
}

export function pow64(a: f64, b: f64): f64 {
  if (b == 0) return 1;
  if (b == 0.5) return sqrt(a);
  if (floor(b) == b && abs(b) <= 1024) {
    let result: f64 = 1;
    let base = a;
    for (let n = <i32>abs(b); n > 0; n >>= 1) {
      if (n & 1) result *= base;
      base *= base;
    }
    return b > 0 ? result : 1 / result;
  }
  return exp64(b * log64(a));
}
