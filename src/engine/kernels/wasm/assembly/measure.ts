// One pass over memory: a block stays in the first cache while its values are summed, sorted into bins, and their
// squares summed around the block's own mean; blocks are merged in float64, in order (Chan, Golub, LeVeque, 1979).
//
// Bins are found without a logarithm and for four values at a time: the exponent and two bits of the mantissa, mirrored
// for negative values. Four tables take turns, so that equal neighbors do not wait for each other's store.

import { squaresOf, sumOf, total } from './reduce';

const BLOCK: i32 = 4096;
/** The quarter before that of 2^-10. */
const BEFORE_FIRST: i32 = ((-10 + 127) << 2) - 1;
/** Zeros are sorted apart, above the 128 bins. */
const ZERO: i32 = 128;
/** Between these sizes the square of a value, and a block's sum of them, are a float32's. */
const LEAST_SQUARED: f64 = 1e-13;
const MOST_SQUARED: f64 = 1e17;
const TABLE: usize = 1024;
const TABLES: usize = 4 * TABLE;

/** Where in the first table four values are counted. */
// @ts-ignore: decorator
@inline
function placesOf(v: v128, tables: v128): v128 {
  const quarter = v128.and(i32x4.shr_u(v, 21), i32x4.splat(0x3ff));
  const magnitude = i32x4.min_s(
    i32x4.max_s(i32x4.sub(quarter, i32x4.splat(BEFORE_FIRST)), i32x4.splat(0)),
    i32x4.splat(63),
  );
  const bin = i32x4.add(v128.xor(magnitude, i32x4.shr_s(v, 31)), i32x4.splat(64));
  const zero = v128.and(f32x4.eq(v, f32x4.splat(0)), i32x4.splat(ZERO));
  return i32x4.add(i32x4.shl(v128.or(bin, zero), 2), tables);
}

// @ts-ignore: decorator
@inline
function count(v: v128, tables: v128): void {
  const places = placesOf(v, tables);
  const low: u64 = i64x2.extract_lane(places, 0);
  const high: u64 = i64x2.extract_lane(places, 1);
  const a = <usize>(<u32>low), b = <usize>(low >> 32), c = <usize>(<u32>high), d = <usize>(high >> 32);
  store<i32>(a, load<i32>(a) + 1);
  store<i32>(b, load<i32>(b, 1024) + 1, 1024);
  store<i32>(c, load<i32>(c, 2048) + 1, 2048);
  store<i32>(d, load<i32>(d, 3072) + 1, 3072);
}

// @ts-ignore: decorator
@inline
function entryOf(bits: i32): i32 {
  const magnitude = min(max(((bits >>> 21) & 0x3ff) - BEFORE_FIRST, 0), 63);
  return ((magnitude ^ (bits >> 31)) + 64) | ((bits << 1) == 0 ? ZERO : 0);
}

export function measure(n: i32, binned: i32, x: usize, out: usize, scratch: usize): void {
  memory.fill(scratch, 0, TABLES);
  const tables = i32x4.splat(<i32>scratch);
  let nan = 0, inf = 0, finite = 0;
  let mean: f64 = 0, spread: f64 = 0;
  let low: f32 = Infinity, high: f32 = -Infinity;
  for (let first = 0; first < n; first += BLOCK) {
    const size = min(BLOCK, n - first);
    const start = x + (<usize>first << 2);
    const end = start + (<usize>(size & ~15) << 2);
    let p = start;
    let sum: f64 = 0;
    let least = f32x4.splat(Infinity), most = f32x4.splat(-Infinity), strange = f32x4.splat(0);
    while (p < end) {
      // Short runs in float32, their sums in float64.
      const stop = min(end, p + 1024);
      let s0 = f32x4.splat(0), s1 = f32x4.splat(0);
      for (; p < stop; p += 64) {
        const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
        s0 = f32x4.add(s0, f32x4.add(a, b));
        s1 = f32x4.add(s1, f32x4.add(c, d));
        least = f32x4.pmin(f32x4.pmin(f32x4.pmin(f32x4.pmin(least, a), b), c), d);
        most = f32x4.pmax(f32x4.pmax(f32x4.pmax(f32x4.pmax(most, a), b), c), d);
        if (binned) {
          count(a, tables);
          count(b, tables);
          count(c, tables);
          count(d, tables);
        }
        // 0 where all are finite.
        strange = v128.or(strange, v128.or(
          v128.or(f32x4.sub(a, a), f32x4.sub(b, b)),
          v128.or(f32x4.sub(c, c), f32x4.sub(d, d)),
        ));
      }
      sum += total(f32x4.add(s0, s1));
    }
    let smallest = min(
      min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)),
      min(f32x4.extract_lane(least, 2), f32x4.extract_lane(least, 3)),
    );
    let largest = max(
      max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    );
    let usual = !v128.any_true(strange);
    for (; p < start + (<usize>size << 2); p += 4) {
      const value = load<f32>(p);
      if (binned) {
        const at = scratch + (<usize>entryOf(load<i32>(p)) << 2);
        store<i32>(at, load<i32>(at) + 1);
      }
      if (value - value != 0) usual = false;
      sum += value;
      smallest = min(smallest, value);
      largest = max(largest, value);
    }
    let found = size;
    // Sums of finite values may be infinite in float32.
    if (!usual || sum - sum != 0) {
      usual = false;
      sum = 0;
      smallest = Infinity;
      largest = -Infinity;
      for (p = start; p < start + (<usize>size << 2); p += 4) {
        const value = load<f32>(p);
        if (value - value == 0) {
          sum += value;
          smallest = min(smallest, value);
          largest = max(largest, value);
          continue;
        }
        found--;
        if (value != value) nan++;
        else inf++;
        if (binned) {
          const at = scratch + (<usize>entryOf(load<i32>(p)) << 2);
          store<i32>(at, load<i32>(at) - 1);
        }
      }
    }
    if (found == 0) continue;
    // Exactly, where all are equal.
    const own = smallest == largest ? <f64>smallest : sum / <f64>found;
    const largestSize: f64 = max(abs(smallest), abs(largest));
    const inRange = largestSize == 0 || (largestSize > LEAST_SQUARED && largestSize < MOST_SQUARED);
    const squares = usual && inRange ? squaresOf(size, start, <f32>own) : finiteSquares(size, start, own);
    const all = <f64>(finite + found);
    const apart = own - mean;
    spread += squares + apart * apart * (<f64>finite * <f64>found) / all;
    mean += apart * <f64>found / all;
    finite += found;
    low = min(low, smallest);
    high = max(high, largest);
  }
  store<f32>(out, <f32>mean);
  store<f32>(out, finite ? <f32>sqrt(spread / <f64>finite) : 0, 4);
  // No negative zero.
  store<f32>(out, finite ? low + 0 : 0, 8);
  store<f32>(out, finite ? high + 0 : 0, 12);
  store<f32>(out, <f32>sqrt(spread + <f64>finite * mean * mean), 16);
  store<i32>(out, tally(scratch, ZERO + 63) + tally(scratch, ZERO + 64), 20);
  store<i32>(out, nan, 24);
  store<i32>(out, inf, 28);
  for (let bin = 0; bin < 128; bin++) store<i32>(out + 32 + (<usize>bin << 2), tally(scratch, bin));
}

function tally(tables: usize, entry: i32): i32 {
  const at = tables + (<usize>entry << 2);
  return load<i32>(at) + load<i32>(at + TABLE) + load<i32>(at + 2 * TABLE) + load<i32>(at + 3 * TABLE);
}

function finiteSquares(n: i32, x: usize, center: f64): f64 {
  let sum: f64 = 0;
  for (const end = x + (<usize>n << 2); x < end; x += 4) {
    const value: f64 = load<f32>(x);
    if (value - value == 0) sum += (value - center) * (value - center);
  }
  return sum;
}

/** For each unit of x(outer, units, inner): mean, unbiased variance, how many values are not 0. */
export function measure_units(outer: i32, units: i32, inner: i32, x: usize, out: usize): void {
  const count: f64 = <f64>outer * <f64>inner;
  let unit = 0;
  if (inner == 1) for (; unit + 4 <= units; unit += 4, out += 48) measureColumns(outer, units, x + (<usize>unit << 2), out);
  for (; unit < units; unit++, out += 12) {
    let mean: f64 = 0, spread: f64 = 0, seen: f64 = 0;
    let fired = 0;
    if (inner >= 8)
      for (let o = 0; o < outer; o++) {
        const p = x + (<usize>((o * units + unit) * inner) << 2);
        const own = sumOf(inner, p) / <f64>inner;
        fired += firedOf(inner, p);
        const apart = own - mean;
        const all = seen + <f64>inner;
        spread += squaresOf(inner, p, <f32>own) + apart * apart * seen * <f64>inner / all;
        mean += apart * <f64>inner / all;
        seen = all;
      }
    else {
      for (let o = 0; o < outer; o++)
        for (let j = 0; j < inner; j++) {
          const value = load<f32>(x + (<usize>((o * units + unit) * inner + j) << 2));
          mean += value;
          if (value != 0) fired++;
        }
      mean /= count;
      for (let o = 0; o < outer; o++)
        for (let j = 0; j < inner; j++) {
          const from: f64 = <f64>load<f32>(x + (<usize>((o * units + unit) * inner + j) << 2)) - mean;
          spread += from * from;
        }
    }
    storeUnit(out, mean, spread / max(count - 1, 1), fired);
  }
}

/** Four columns of x(rows, width). */
function measureColumns(rows: i32, width: i32, x: usize, out: usize): void {
  const step = <usize>width << 2;
  const count: f64 = rows;
  let low = f64x2.splat(0), high = f64x2.splat(0), fired = i32x4.splat(rows);
  let p = x;
  for (let row = 0; row < rows; row++, p += step) {
    const v = v128.load(p);
    low = f64x2.add(low, f64x2.promote_low_f32x4(v));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)));
    fired = i32x4.add(fired, f32x4.eq(v, f32x4.splat(0)));
  }
  low = f64x2.div(low, f64x2.splat(count));
  high = f64x2.div(high, f64x2.splat(count));
  let lowSpread = f64x2.splat(0), highSpread = f64x2.splat(0);
  p = x;
  for (let row = 0; row < rows; row++, p += step) {
    const v = v128.load(p);
    const a = f64x2.sub(f64x2.promote_low_f32x4(v), low);
    const b = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)), high);
    lowSpread = f64x2.add(lowSpread, f64x2.mul(a, a));
    highSpread = f64x2.add(highSpread, f64x2.mul(b, b));
  }
  const free = f64x2.splat(max(count - 1, 1));
  lowSpread = f64x2.div(lowSpread, free);
  highSpread = f64x2.div(highSpread, free);
  storeUnit(out, f64x2.extract_lane(low, 0), f64x2.extract_lane(lowSpread, 0), i32x4.extract_lane(fired, 0));
  storeUnit(out + 12, f64x2.extract_lane(low, 1), f64x2.extract_lane(lowSpread, 1), i32x4.extract_lane(fired, 1));
  storeUnit(out + 24, f64x2.extract_lane(high, 0), f64x2.extract_lane(highSpread, 0), i32x4.extract_lane(fired, 2));
  storeUnit(out + 36, f64x2.extract_lane(high, 1), f64x2.extract_lane(highSpread, 1), i32x4.extract_lane(fired, 3));
}

// @ts-ignore: decorator
@inline
function storeUnit(out: usize, mean: f64, variance: f64, fired: i32): void {
  store<f32>(out, <f32>mean);
  store<f32>(out, <f32>variance, 4);
  store<i32>(out, fired, 8);
}

function firedOf(n: i32, x: usize): i32 {
  let zeros = i32x4.splat(0);
  let j = 0;
  for (; j + 4 <= n; j += 4, x += 16) zeros = i32x4.sub(zeros, f32x4.eq(v128.load(x), f32x4.splat(0)));
  let found = i32x4.extract_lane(zeros, 0) + i32x4.extract_lane(zeros, 1) + i32x4.extract_lane(zeros, 2) + i32x4.extract_lane(zeros, 3);
  for (; j < n; j++, x += 4) if (load<f32>(x) == 0) found++;
  return n - found;
}
