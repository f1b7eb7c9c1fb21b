import { loadPart, multiplyAdd, sigmoidVector, storePart, tanhVector } from './math';

// @ts-ignore: decorator
@inline
function four(p: usize, rest: i32): v128 {
  return rest >= 4 ? v128.load(p) : loadPart(p, rest, 0);
}

/** Zeros where `p` is absent. */
// @ts-ignore: decorator
@inline
function fourOrZero(base: usize, p: usize, rest: i32): v128 {
  return base == 0 ? f32x4.splat(0) : four(p, rest);
}

// @ts-ignore: decorator
@inline
function write(p: usize, v: v128, rest: i32): void {
  if (rest >= 4) v128.store(p, v);
  else storePart(p, v, rest);
}

// @ts-ignore: decorator
@inline
function complement(v: v128): v128 {
  return f32x4.sub(f32x4.splat(1), v);
}

export function rnn_cell(n: i32, relu: i32, x: usize, r: usize, y: usize): void {
  const zero = f32x4.splat(0);
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j << 2, rest = n - j;
    const sum = f32x4.add(four(x + at, rest), fourOrZero(r, r + at, rest));
    write(y + at, relu ? f32x4.max(sum, zero) : tanhVector(sum), rest);
  }
}

export function rnn_cell_grad(n: i32, relu: i32, y: usize, gy: usize, gh: usize, gx: usize): void {
  const zero = f32x4.splat(0);
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j << 2, rest = n - j;
    const g = f32x4.add(fourOrZero(gy, gy + at, rest), fourOrZero(gh, gh + at, rest));
    const value = four(y + at, rest);
    const slope = complement(f32x4.mul(value, value));
    write(gx + at, relu ? v128.and(g, f32x4.gt(value, zero)) : f32x4.mul(g, slope), rest);
  }
}

export function lstm_cell(n: i32, h: i32, x: usize, r: usize, c0: usize, gates: usize, c: usize, y: usize): void {
  const width = <usize>h << 2;
  for (let row = 0; row < n; row++) {
    for (let j = 0; j < h; j += 4) {
      const rest = h - j;
      const unit = (<usize>(row * h + j)) << 2;
      const ai = (<usize>(row * 4 * h + j)) << 2;
      const af = ai + width, ag = af + width, ao = ag + width;
      const i = sigmoidVector(f32x4.add(four(x + ai, rest), fourOrZero(r, r + ai, rest)));
      const f = sigmoidVector(f32x4.add(four(x + af, rest), fourOrZero(r, r + af, rest)));
      const g = tanhVector(f32x4.add(four(x + ag, rest), fourOrZero(r, r + ag, rest)));
      const o = sigmoidVector(f32x4.add(four(x + ao, rest), fourOrZero(r, r + ao, rest)));
      const cell = multiplyAdd(f, fourOrZero(c0, c0 + unit, rest), f32x4.mul(i, g));
      write(gates + ai, i, rest);
      write(gates + af, f, rest);
      write(gates + ag, g, rest);
      write(gates + ao, o, rest);
      write(c + unit, cell, rest);
      write(y + unit, f32x4.mul(o, tanhVector(cell)), rest);
    }
  }
}

export function lstm_cell_grad(
  n: i32, h: i32, gates: usize, c0: usize, c: usize, gy: usize, gh: usize, gc: usize, carry: usize, first: i32, gx: usize,
): void {
  const width = <usize>h << 2;
  const later = first ? 0 : carry;
  for (let row = 0; row < n; row++) {
    for (let j = 0; j < h; j += 4) {
      const rest = h - j;
      const unit = (<usize>(row * h + j)) << 2;
      const ai = (<usize>(row * 4 * h + j)) << 2;
      const af = ai + width, ag = af + width, ao = ag + width;
      const i = four(gates + ai, rest), f = four(gates + af, rest), g = four(gates + ag, rest), o = four(gates + ao, rest);
      const dy = f32x4.add(fourOrZero(gy, gy + unit, rest), fourOrZero(gh, gh + unit, rest));
      const t = tanhVector(four(c + unit, rest));
      let dc = f32x4.add(fourOrZero(later, later + unit, rest), fourOrZero(gc, gc + unit, rest));
      dc = multiplyAdd(f32x4.mul(dy, o), complement(f32x4.mul(t, t)), dc);
      const before = fourOrZero(c0, c0 + unit, rest);
      write(gx + ai, f32x4.mul(f32x4.mul(dc, g), f32x4.mul(i, complement(i))), rest);
      write(gx + af, f32x4.mul(f32x4.mul(dc, before), f32x4.mul(f, complement(f))), rest);
      write(gx + ag, f32x4.mul(f32x4.mul(dc, i), complement(f32x4.mul(g, g))), rest);
      write(gx + ao, f32x4.mul(f32x4.mul(dy, t), f32x4.mul(o, complement(o))), rest);
      write(carry + unit, f32x4.mul(dc, f), rest);
    }
  }
}

export function gru_cell(n: i32, h: i32, x: usize, r: usize, h0: usize, gates: usize, rn: usize, y: usize): void {
  const width = <usize>h << 2;
  for (let row = 0; row < n; row++) {
    for (let j = 0; j < h; j += 4) {
      const rest = h - j;
      const unit = (<usize>(row * h + j)) << 2;
      const ar = (<usize>(row * 3 * h + j)) << 2;
      const az = ar + width, an = az + width;
      const reset = sigmoidVector(f32x4.add(four(x + ar, rest), fourOrZero(r, r + ar, rest)));
      const z = sigmoidVector(f32x4.add(four(x + az, rest), fourOrZero(r, r + az, rest)));
      const product = fourOrZero(r, r + an, rest);
      const fresh = tanhVector(multiplyAdd(reset, product, four(x + an, rest)));
      write(gates + ar, reset, rest);
      write(gates + az, z, rest);
      write(gates + an, fresh, rest);
      write(rn + unit, product, rest);
      write(y + unit, multiplyAdd(z, fourOrZero(h0, h0 + unit, rest), f32x4.mul(complement(z), fresh)), rest);
    }
  }
}

export function gru_cell_grad(
  n: i32, h: i32, gates: usize, rn: usize, h0: usize, gy: usize, gh: usize, carry: usize, first: i32, gx: usize, gr: usize,
): void {
  const width = <usize>h << 2;
  const later = first ? 0 : carry;
  for (let row = 0; row < n; row++) {
    for (let j = 0; j < h; j += 4) {
      const rest = h - j;
      const unit = (<usize>(row * h + j)) << 2;
      const ar = (<usize>(row * 3 * h + j)) << 2;
      const az = ar + width, an = az + width;
      const reset = four(gates + ar, rest), z = four(gates + az, rest), fresh = four(gates + an, rest);
      let dy = f32x4.add(fourOrZero(gy, gy + unit, rest), fourOrZero(gh, gh + unit, rest));
      dy = f32x4.add(dy, fourOrZero(later, later + unit, rest));
      const dn = f32x4.mul(f32x4.mul(dy, complement(z)), complement(f32x4.mul(fresh, fresh)));
      const change = f32x4.sub(fourOrZero(h0, h0 + unit, rest), fresh);
      const dz = f32x4.mul(f32x4.mul(dy, change), f32x4.mul(z, complement(z)));
      const dr = f32x4.mul(f32x4.mul(dn, four(rn + unit, rest)), f32x4.mul(reset, complement(reset)));
      write(gx + ar, dr, rest);
      write(gx + az, dz, rest);
      write(gx + an, dn, rest);
      write(gr + ar, dr, rest);
      write(gr + az, dz, rest);
      write(gr + an, f32x4.mul(dn, reset), rest);
      write(carry + unit, f32x4.mul(dy, z), rest);
    }
  }
}
