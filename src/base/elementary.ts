// exp, log, tanh, erf, sin and cos from + - * / and sqrt alone. The language leaves the last bits of Math.exp
// and its kin to the runtime, so two versions of it would train the same seed to different bytes. All are
// good to a few units in the last place of a double.

const bits = new Float64Array(1);
const words = new Int32Array(bits.buffer); // Little-endian: words[1] holds sign and exponent.

const LN2_HIGH = 0.6931471803691238; // The low 20 bits are zero, so that k · LN2_HIGH is exact.
const LN2_LOW = 1.9082149292705877e-10;
const INVERSE_LN2 = Math.LOG2E;
const TWO_OVER_SQRT_PI = 1.1283791670955126;

/** 2^k for an integer k in the normal range. */
function powerOfTwo(k: number): number {
  words[0] = 0;
  words[1] = (k + 1023) << 20;
  return bits[0];
}

export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.2) return 0;
  const k = Math.round(x * INVERSE_LN2);
  const r = x - k * LN2_HIGH - k * LN2_LOW; // |r| ≤ ln 2 / 2
  let sum = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (sum * r) / n;
  // Twice, because 2^k alone leaves the range of normal doubles at both ends.
  const half = k >> 1;
  return sum * powerOfTwo(half) * powerOfTwo(k - half);
}

export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  let exponent = 0;
  bits[0] = x;
  if (words[1] >> 20 === 0) {
    bits[0] = x * 18014398509481984; // 2^54 lifts a subnormal number.
    exponent = -54;
  }
  exponent += ((words[1] >> 20) & 0x7ff) - 1023;
  words[1] = (words[1] & 0xfffff) | (1023 << 20);
  let mantissa = bits[0];
  if (mantissa > Math.SQRT2) {
    mantissa *= 0.5;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1); // log m = 2 artanh s, |s| ≤ 0.1716
  const square = s * s;
  let sum = 0;
  for (let n = 23; n >= 3; n -= 2) sum = (sum + 1 / n) * square;
  return exponent * LN2_HIGH + (2 * s + (2 * s * sum + exponent * LN2_LOW));
}

export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size > 22) return x > 0 ? 1 : -1;
  if (size > 0.5) {
    const y = 1 - 2 / (exp(2 * size) + 1);
    return x > 0 ? y : -y;
  }
  // Lambert's continued fraction: x / (1 + x² / (3 + x² / (5 + …))).
  const square = x * x;
  let below = 19;
  for (let n = 17; n >= 1; n -= 2) below = n + square / below;
  return x / below;
}

export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size > 6) return x > 0 ? 1 : -1;
  const square = x * x;
  if (size < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 80 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (2 * square) / (2 * n + 1);
      sum += term;
    }
    return TWO_OVER_SQRT_PI * exp(-square) * sum;
  }
  // erfc's continued fraction, from its tail: x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …))).
  let below = size;
  for (let n = 60; n >= 1; n--) below = size + n / 2 / below;
  const y = 1 - (0.5 * TWO_OVER_SQRT_PI * exp(-square)) / below;
  return x > 0 ? y : -y;
}

const HALF_PI_HIGH = 1.5707963267341256; // The low 20 bits are zero.
const HALF_PI_LOW = 6.077100506506192e-11;

export function sin(x: number): number {
  return sine(x, 0);
}

export function cos(x: number): number {
  return sine(x, 1);
}

/** sin(x + quarters · π/2); exact to a double's precision for |x| below a million. */
function sine(x: number, quarters: number): number {
  const k = Math.round(x / (HALF_PI_HIGH + HALF_PI_LOW));
  const r = x - k * HALF_PI_HIGH - k * HALF_PI_LOW;
  const square = r * r;
  const quadrant = (((k + quarters) % 4) + 4) % 4;
  const even = quadrant % 2 === 1;
  let sum = 1;
  for (let n = even ? 18 : 19; n >= 2; n -= 2) sum = 1 - (sum * square) / (n * (n - 1));
  const y = even ? sum : r * sum;
  return quadrant >= 2 ? -y : y;
}

/** a^b as C's pow for what training meets: integer exponents exactly signed, others by exp and log. */
export function pow(a: number, b: number): number {
  if (b === 0) return 1;
  if (b === 0.5) return Math.sqrt(a);
  if (Number.isInteger(b) && Math.abs(b) <= 1024) {
    let result = 1;
    let base = a;
    for (let n = Math.abs(b); n > 0; n = Math.floor(n / 2)) {
      if (n % 2 === 1) result *= base;
      base *= base;
    }
    return b > 0 ? result : 1 / result;
  }
  return exp(b * log(a));
}
