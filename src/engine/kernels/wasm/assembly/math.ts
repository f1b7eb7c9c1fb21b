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

// Numbers of the functions below; a vector of one is a single load.
const EXP = memory.data<f32>([
  -87.33654, 88.72283, 1.44269504, 12582912, -0.693359375, 2.12194440e-4, 0.00019841270, 0.0013888889, 0.0083333333,
  0.041666667, 0.16666667, 0.5, 1, -88, 88,
]);
const TANH = memory.data<f32>([21, 1260, 10395, 210, 4725, 0.6]);

// @ts-ignore: decorator
@inline
function exp(i: i32): v128 {
  return v128.load32_splat(EXP + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
function ofTanh(i: i32): v128 {
  return v128.load32_splat(TANH + (<usize>i << 2));
}

/** Of x = k ln 2 + r the whole number k in the last bits of a float32: 1.5 · 2²³ leaves no room for a fraction. */
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return multiplyAdd(x, exp(2), exp(3));
}

/** Taylor to the seventh of e^r, |r| ≤ ln 2 / 2. */
// @ts-ignore: decorator
@inline
function expOfRest(x: v128, shifted: v128): v128 {
  const k = f32x4.sub(shifted, exp(3));
  const r = multiplyAdd(k, exp(5), multiplyAdd(k, exp(4), x));
  let sum = multiplyAdd(exp(6), r, exp(7));
  sum = multiplyAdd(sum, r, exp(8));
  sum = multiplyAdd(sum, r, exp(9));
  sum = multiplyAdd(sum, r, exp(10));
  sum = multiplyAdd(sum, r, exp(11));
  sum = multiplyAdd(sum, r, exp(12));
  return multiplyAdd(sum, r, exp(12));
}

// @ts-ignore: decorator
@inline
export function expVector(x: v128): v128 {
  // The pseudo-minimum and -maximum keep a NaN that comes first.
  const clamped = f32x4.pmin(f32x4.pmax(x, exp(0)), exp(1));
  const shifted = rounded(clamped);
  const sum = expOfRest(clamped, shifted);
  // Twice, because 2^128 alone is infinite.
  const n = i32x4.sub(shifted, exp(3));
  const half = i32x4.shr_s(n, 1);
  const first = i32x4.add(i32x4.shl(half, 23), exp(12));
  const second = i32x4.add(i32x4.shl(i32x4.sub(n, half), 23), exp(12));
  const value = v128.andnot(f32x4.mul(f32x4.mul(sum, first), second), f32x4.lt(x, exp(0)));
  return v128.bitselect(f32x4.splat(Infinity), value, f32x4.gt(x, exp(1)));
}

/** e^x between −87 and 88, where sums with 1 have long stopped changing; beyond it stays as it is there. */
// @ts-ignore: decorator
@inline
function expWithin(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, exp(13)), exp(14));
  const shifted = rounded(clamped);
  return f32x4.mul(expOfRest(clamped, shifted), i32x4.add(i32x4.shl(shifted, 23), exp(12)));
}

// @ts-ignore: decorator
@inline
export function sigmoidVector(x: v128): v128 {
  return f32x4.div(exp(12), f32x4.add(exp(12), expWithin(f32x4.neg(x))));
}

/** (e^2|x| − 1) / (e^2|x| + 1) or, near zero, Lambert's continued fraction, cut and cleared of its denominators. */
// @ts-ignore: decorator
@inline
export function tanhVector(x: v128): v128 {
  const size = f32x4.abs(x);
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const grown = expWithin(f32x4.add(size, size));
  const s = f32x4.mul(x, x);
  const above = f32x4.mul(x, multiplyAdd(multiplyAdd(ofTanh(0), s, ofTanh(1)), s, ofTanh(2)));
  const below = multiplyAdd(multiplyAdd(f32x4.add(s, ofTanh(3)), s, ofTanh(4)), s, ofTanh(2));
  const near = f32x4.lt(size, ofTanh(5));
  return f32x4.div(
    v128.bitselect(above, v128.or(f32x4.sub(grown, exp(12)), sign), near),
    v128.bitselect(below, f32x4.add(grown, exp(12)), near),
  );
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
