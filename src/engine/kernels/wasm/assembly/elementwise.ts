import { Binary } from './codes';
import { pow64 } from './math';

export function binary(
  op: i32,
  d0: i32, d1: i32, d2: i32, d3: i32,
  a: usize, a0: i32, a1: i32, a2: i32, a3: i32,
  b: usize, b0: i32, b1: i32, b2: i32, b3: i32,
  y: usize,
): void {
  for (let i0 = 0; i0 < d0; i0++)
    for (let i1 = 0; i1 < d1; i1++)
      for (let i2 = 0; i2 < d2; i2++) {
        const p = a + (<usize>(i0 * a0 + i1 * a1 + i2 * a2) << 2);
        const q = b + (<usize>(i0 * b0 + i1 * b1 + i2 * b2) << 2);
        row(op, d3, p, a3, q, b3, y);
        y += <usize>d3 << 2;
      }
}

// Most of what there is to do; a loop of its own for each, with nothing to decide in it.

function addRows(n: i32, a: usize, b: usize, y: usize): void {
  for (let j = 0; j < n; j += 4, a += 16, b += 16, y += 16) v128.store(y, f32x4.add(v128.load(a), v128.load(b)));
}

function subtractRows(n: i32, a: usize, b: usize, y: usize): void {
  for (let j = 0; j < n; j += 4, a += 16, b += 16, y += 16) v128.store(y, f32x4.sub(v128.load(a), v128.load(b)));
}

function multiplyRows(n: i32, a: usize, b: usize, y: usize): void {
  for (let j = 0; j < n; j += 4, a += 16, b += 16, y += 16) v128.store(y, f32x4.mul(v128.load(a), v128.load(b)));
}

function scaleRow(n: i32, a: usize, factor: v128, y: usize): void {
  for (let j = 0; j < n; j += 4, a += 16, y += 16) v128.store(y, f32x4.mul(v128.load(a), factor));
}

/** How many of a row are done so. */
function plainly(op: i32, n: i32, a: usize, as: i32, b: usize, bs: i32, y: usize): i32 {
  const whole = n & ~3;
  if (as == 1 && bs == 1) {
    if (op == Binary.add) addRows(whole, a, b, y);
    else if (op == Binary.mul) multiplyRows(whole, a, b, y);
    else if (op == Binary.sub) subtractRows(whole, a, b, y);
    else return 0;
    return whole;
  }
  if (as != 1 || bs != 0 || op != Binary.mul) return 0;
  scaleRow(whole, a, v128.load32_splat(b), y);
  return whole;
}

function row(op: i32, n: i32, a: usize, as: i32, b: usize, bs: i32, y: usize): void {
  let j = plainly(op, n, a, as, b, bs, y);
  if (j > 0) {
    a += <usize>j << 2;
    b += <usize>(j * bs) << 2;
    y += <usize>j << 2;
  } else if (op != Binary.pow && (as == 0 || as == 1) && (bs == 0 || bs == 1)) {
    const whole = n & ~3;
    const aStep: usize = as ? 16 : 0;
    const bStep: usize = bs ? 16 : 0;
    let p = as ? v128.load(a, 0) : v128.load32_splat(a);
    let q = bs ? v128.load(b, 0) : v128.load32_splat(b);
    for (; j < whole; j += 4) {
      if (as) p = v128.load(a);
      if (bs) q = v128.load(b);
      v128.store(y, vector(op, p, q));
      a += aStep;
      b += bStep;
      y += 16;
    }
  }
  for (; j < n; j++) {
    store<f32>(y, scalar(op, load<f32>(a), load<f32>(b)));
    a += <usize>as << 2;
    b += <usize>bs << 2;
    y += 4;
  }
}

// @ts-ignore: decorator
@inline
function vector(op: i32, p: v128, q: v128): v128 {
  switch (op) {
    case Binary.add: return f32x4.add(p, q);
    case Binary.sub: return f32x4.sub(p, q);
    case Binary.mul: return f32x4.mul(p, q);
    case Binary.div: return f32x4.div(p, q);
    case Binary.maximum: return f32x4.max(p, q);
    case Binary.minimum: return f32x4.min(p, q);
    default: return v128.and(comparison(op, p, q), f32x4.splat(1));
  }
}

// @ts-ignore: decorator
@inline
function comparison(op: i32, p: v128, q: v128): v128 {
  switch (op) {
    case Binary.eq: return f32x4.eq(p, q);
    case Binary.ne: return f32x4.ne(p, q);
    case Binary.lt: return f32x4.lt(p, q);
    case Binary.le: return f32x4.le(p, q);
    case Binary.gt: return f32x4.gt(p, q);
    default: return f32x4.ge(p, q);
  }
}

function scalar(op: i32, a: f32, b: f32): f32 {
  switch (op) {
    case Binary.add: return a + b;
    case Binary.sub: return a - b;
    case Binary.mul: return a * b;
    case Binary.div: return a / b;
    case Binary.maximum: return max(a, b);
    case Binary.minimum: return min(a, b);
    case Binary.pow: return <f32>pow64(a, b);
    default: return <f32>compared(op, a, b);
  }
}

function compared<T>(op: i32, a: T, b: T): i32 {
  switch (op) {
    case Binary.eq: return i32(a == b);
    case Binary.ne: return i32(a != b);
    case Binary.lt: return i32(a < b);
    case Binary.le: return i32(a <= b);
    case Binary.gt: return i32(a > b);
    default: return i32(a >= b);
  }
}

export function compare(
  op: i32,
  d0: i32, d1: i32, d2: i32, d3: i32,
  a: usize, a0: i32, a1: i32, a2: i32, a3: i32,
  b: usize, b0: i32, b1: i32, b2: i32, b3: i32,
  y: usize,
): void {
  for (let i0 = 0; i0 < d0; i0++)
    for (let i1 = 0; i1 < d1; i1++)
      for (let i2 = 0; i2 < d2; i2++) {
        let p = a + (<usize>(i0 * a0 + i1 * a1 + i2 * a2) << 2);
        let q = b + (<usize>(i0 * b0 + i1 * b1 + i2 * b2) << 2);
        for (let j = 0; j < d3; j++) {
          store<i32>(y, compared<f32>(op, load<f32>(p), load<f32>(q)));
          p += <usize>a3 << 2;
          q += <usize>b3 << 2;
          y += 4;
        }
      }
}

export function binary_int(
  op: i32,
  d0: i32, d1: i32, d2: i32, d3: i32,
  a: usize, a0: i32, a1: i32, a2: i32, a3: i32,
  b: usize, b0: i32, b1: i32, b2: i32, b3: i32,
  y: usize,
): void {
  for (let i0 = 0; i0 < d0; i0++)
    for (let i1 = 0; i1 < d1; i1++)
      for (let i2 = 0; i2 < d2; i2++) {
        let p = a + (<usize>(i0 * a0 + i1 * a1 + i2 * a2) << 2);
        let q = b + (<usize>(i0 * b0 + i1 * b1 + i2 * b2) << 2);
        for (let j = 0; j < d3; j++) {
          store<i32>(y, integers(op, load<i32>(p), load<i32>(q)));
          p += <usize>a3 << 2;
          q += <usize>b3 << 2;
          y += 4;
        }
      }
}

function integers(op: i32, a: i32, b: i32): i32 {
  switch (op) {
    case Binary.add: return a + b;
    case Binary.sub: return a - b;
    case Binary.mul: return a * b;
    case Binary.maximum: return max(a, b);
    case Binary.minimum: return min(a, b);
    case Binary.pow: return <i32>pow64(a, b);
    default: return compared<i32>(op, a, b);
  }
}

export function where(n: i32, condition: usize, a: usize, b: usize, y: usize): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    const chosen = i32x4.ne(v128.load(condition), i32x4.splat(0));
    v128.store(y, v128.bitselect(v128.load(a), v128.load(b), chosen));
    condition += 16; a += 16; b += 16; y += 16;
  }
  for (; j < n; j++) {
    store<i32>(y, load<i32>(condition) ? load<i32>(a) : load<i32>(b));
    condition += 4; a += 4; b += 4; y += 4;
  }
}

export function cast_to_int(n: i32, x: usize, y: usize): void {
  for (let j = 0; j < n; j++, x += 4, y += 4) store<i32>(y, <i32>load<f32>(x));
}

export function cast_to_float(n: i32, x: usize, y: usize): void {
  for (let j = 0; j < n; j++, x += 4, y += 4) store<f32>(y, <f32>load<i32>(x));
}

export function cast_to_bool(n: i32, from_float: i32, x: usize, y: usize): void {
  for (let j = 0; j < n; j++, x += 4, y += 4)
    store<i32>(y, from_float ? i32(load<f32>(x) != 0) : i32(load<i32>(x) != 0));
}

export function fill(n: i32, value: f32, y: usize): void {
  const four = f32x4.splat(value);
  let j = 0;
  for (; j + 4 <= n; j += 4, y += 16) v128.store(y, four);
  for (; j < n; j++, y += 4) store<f32>(y, value);
}

export function fill_int(n: i32, value: i32, y: usize): void {
  for (let j = 0; j < n; j++, y += 4) store<i32>(y, value);
}

/** Contiguous floats. */
export function copyRun(n: i32, x: usize, y: usize): void {
  let j = 0;
  for (; j + 4 <= n; j += 4, x += 16, y += 16) v128.store(y, v128.load(x));
  for (; j < n; j++, x += 4, y += 4) store<i32>(y, load<i32>(x));
}

export function copy(
  d0: i32, d1: i32, d2: i32, d3: i32, d4: i32, d5: i32,
  x: usize, x0: i32, x1: i32, x2: i32, x3: i32, x4: i32, x5: i32,
  y: usize, y0: i32, y1: i32, y2: i32, y3: i32, y4: i32, y5: i32,
): void {
  const runs = x5 == 1 && y5 == 1;
  const xs = <usize>x5 << 2;
  const ys = <usize>y5 << 2;
  for (let i0 = 0; i0 < d0; i0++)
    for (let i1 = 0; i1 < d1; i1++)
      for (let i2 = 0; i2 < d2; i2++)
        for (let i3 = 0; i3 < d3; i3++) {
          let p = x + (<usize>(i0 * x0 + i1 * x1 + i2 * x2 + i3 * x3) << 2);
          let q = y + (<usize>(i0 * y0 + i1 * y1 + i2 * y2 + i3 * y3) << 2);
          for (let i4 = 0; i4 < d4; i4++) {
            if (runs) copyRun(d5, p, q);
            else {
              let r = p;
              let s = q;
              for (let j = 0; j < d5; j++, r += xs, s += ys) store<i32>(s, load<i32>(r));
            }
            p += <usize>x4 << 2;
            q += <usize>y4 << 2;
          }
        }
}
