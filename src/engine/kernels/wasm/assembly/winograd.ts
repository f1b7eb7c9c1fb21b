// 3×3 convolutions of stride 1 with a quarter of the products: Winograd's F(4×4, 3×3). A tile of 4×4 outputs needs
// 6×6 inputs; between the two lie 36 products instead of 144. With the points 0, ±1, 1/2, −2 and ∞ the transforms
// are a few additions, and the result is within some float32 roundings of the direct sum.
//
//   y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ x B) ] A      the same for the gradient at the input, with flipped weights
//   gw = Gᵀ [ (A gy Aᵀ) ⊙ (Bᵀ x B) ] G
//
// Between transforms everything lies with channels last, (36, tiles, channels), so that four channels are a vector
// and the 36 products of matrices read both sides as they lie. Some rows of tiles are made at a time, to stay in the
// cache. Every sum has an order that only sizes decide.

import { turnFour } from './last';
import { multiplyAdd } from './math';
import { inSixes, inTiles, tileOfRows, tileOfSteps } from './tiles';

const POINTS: i32 = 36;

/** One side: images of channels, each a plane; a row of tiles is `tilesX` wide, and an image has `tilesY` of them. */
class Side {
  channels: i32 = 0;
  /** Up to a whole vector, or panel. */
  padded: i32 = 0;
  height: i32 = 0;
  width: i32 = 0;
  /** Bytes. */
  plane: usize = 0;
  image: usize = 0;
}

// @ts-ignore: decorator
@inline
function bytes(elements: i32): usize {
  return <usize>elements << 2;
}

// @ts-ignore: decorator
@inline
function splat(value: f32): v128 {
  return f32x4.splat(value);
}

let tilesX: i32 = 0;
let tilesY: i32 = 0;
/** Tiles between the transforms, and bytes from one of the 36 to the next; 64 more, so that they share no cache set. */
let tiles: i32 = 0;

function between(channels: i32): usize {
  return bytes(tiles * channels) + 64;
}

const from = new Side();
const to = new Side();

function setSide(side: Side, channels: i32, padded: i32, height: i32, width: i32, total: i32): void {
  side.channels = channels;
  side.padded = padded;
  side.height = height;
  side.width = width;
  side.plane = bytes(height * width);
  side.image = bytes(height * width * total);
}

/** Where a strip of transformed rows lies between the vertical and the horizontal transform: (6, columns, 4). */
let strip: usize = 0;
let stripRow: usize = 0;
/** The same before channels come last: (6, 4, columns). */
let flat: usize = 0;
let flatRow: usize = 0;
/** Zeros as long as a row. */
let nothing: usize = 0;
let small: usize = 0;

/** Lays out what both directions need; the rest of scratch memory begins at the result. */
function layOut(scratch: usize, widest: i32): usize {
  small = scratch;
  nothing = scratch + 1024;
  strip = nothing + bytes((widest + 15) & ~15);
  stripRow = <usize>(max(4 * tilesX + 4, widest + 8)) * 16;
  memory.fill(nothing, 0, strip + 6 * stripRow - nothing);
  flat = strip + 6 * stripRow;
  flatRow = bytes((widest + 7) & ~3);
  return flat + 24 * flatRow;
}

/** Elements of the transformed weights. */
export function winogradWeights(ins: i32, outs: i32): i32 {
  return POINTS * ((ins + 3) & ~3) * ((outs + 7) & ~7);
}

/** The convolution of `n` images with the weights of winogradPack. */
export function winogradConv(
  n: i32, ci: i32, ciAll: i32, ih: i32, iw: i32, co: i32, coAll: i32, oh: i32, ow: i32, ph: i32, pw: i32,
  rows: i32, x: usize, weights: usize, bias: usize, y: usize, scratch: usize,
): void {
  tilesX = (ow + 3) >> 2;
  tilesY = (oh + 3) >> 2;
  tiles = ((rows * tilesX + 5) / 6) * 6;
  setSide(from, ci, (ci + 3) & ~3, ih, iw, ciAll);
  setSide(to, co, (co + 7) & ~7, oh, ow, coAll);
  const inputs = layOut(scratch, iw);
  const one = bytes(from.padded * to.padded);
  const outputs = inputs + POINTS * between(from.padded);
  for (let q = 0; q < n * tilesY; q += rows) {
    const now = min(rows, n * tilesY - q);
    for (let r = 0; r < now; r++) {
      const image = (q + r) / tilesY, ty = (q + r) % tilesY;
      transformInput(x + <usize>image * from.image, 4 * ty - ph, pw, inputs + bytes(r * tilesX * from.padded));
    }
    multiply(now * tilesX, inputs, weights, one, outputs);
    for (let r = 0; r < now; r++) {
      const image = (q + r) / tilesY, ty = (q + r) % tilesY;
      transformOutput(outputs + bytes(r * tilesX * to.padded), bias, y + <usize>image * to.image, 4 * ty);
    }
  }
}

/** outputs(36, tiles, co) = inputs(36, tiles, ci) · weights(36, ci, co), the weights in panels of eight columns. */
function multiply(count: i32, inputs: usize, weights: usize, one: usize, outputs: usize): void {
  const k = from.padded;
  const left = bytes(k), right = bytes(to.padded);
  for (let p = 0; p < POINTS; p++) {
    for (let j = 0; j < to.padded; j += 8)
      for (let i = 0; i < count; i += 6)
        tileOfRows(k, inputs + <usize>i * left, left, weights + bytes(j * k), outputs + <usize>i * right + bytes(j), right, 0, 0);
    inputs += between(k);
    outputs += between(to.padded);
    weights += one;
  }
}

/**
 * G w Gᵀ for four outputs at a time, into panels (ins, 8) for each of the 36. The weight of (output, input, t) is at
 * output · outStep + input · inStep + t, or 8 − t with `flip`.
 */
export function winogradPack(
  ins: i32, outs: i32, w: usize, outStep: i32, inStep: i32, flip: bool, weights: usize, small: usize,
): void {
  const depth = (ins + 3) & ~3;
  const one = bytes(depth * ((outs + 7) & ~7));
  for (let o = 0; o < outs; o += 4)
    for (let i = 0; i < depth; i++) {
      const target = weights + bytes(((o >> 3) * depth + i) * 8 + (o & 4));
      const lanes = i < ins ? min(4, outs - o) : 0;
      const source = w + bytes(o * outStep + i * inStep);
      for (let column: usize = 0; column < 3; column++) {
        const g0 = weightsAt(source, outStep, flip ? 8 - column : column, lanes);
        const g1 = weightsAt(source, outStep, flip ? 5 - column : column + 3, lanes);
        const g2 = weightsAt(source, outStep, flip ? 2 - column : column + 6, lanes);
        spreadWeights(g0, g1, g2, small + column * 16, 48);
      }
      for (let row: usize = 0; row < 6; row++) {
        const p = small + row * 48;
        spreadWeights(v128.load(p), v128.load(p, 16), v128.load(p, 32), target + 6 * row * one, one);
      }
    }
}

function weightsAt(source: usize, outStep: i32, t: usize, lanes: i32): v128 {
  const p = source + (t << 2);
  const step = bytes(outStep);
  let four = splat(0);
  if (lanes > 0) four = v128.load_lane<f32>(p, four, 0);
  if (lanes > 1) four = v128.load_lane<f32>(p + step, four, 1);
  if (lanes > 2) four = v128.load_lane<f32>(p + 2 * step, four, 2);
  if (lanes > 3) four = v128.load_lane<f32>(p + 3 * step, four, 3);
  return four;
}

/** G g */
// @ts-ignore: decorator
@inline
function spreadWeights(g0: v128, g1: v128, g2: v128, p: usize, step: usize): void {
  const outer = f32x4.add(g0, g2);
  v128.store(p, g0);
  v128.store(p + step, f32x4.mul(splat(1.0 / 3.0), f32x4.add(outer, g1)));
  v128.store(p + 2 * step, f32x4.mul(splat(-1.0 / 3.0), f32x4.sub(outer, g1)));
  const half = multiplyAdd(splat(0.25), g2, multiplyAdd(splat(0.5), g1, g0));
  v128.store(p + 3 * step, f32x4.mul(splat(-16.0 / 15.0), half));
  const double = multiplyAdd(splat(4), g2, multiplyAdd(splat(-2), g1, g0));
  v128.store(p + 4 * step, f32x4.mul(splat(1.0 / 15.0), double));
  v128.store(p + 5 * step, g2);
}

/** Bᵀ x B of a row of tiles whose upper edge is the image's row `top`, to (36, tiles, ci). */
function transformInput(image: usize, top: i32, left: i32, target: usize): void {
  for (let c = 0; c < from.channels; c += 4, target += 16) {
    for (let lane = 0; lane < 4; lane++) {
      const plane = c + lane < from.channels ? image + <usize>(c + lane) * from.plane : 0;
      const p0 = rowOf(from, plane, top), p1 = rowOf(from, plane, top + 1), p2 = rowOf(from, plane, top + 2);
      const p3 = rowOf(from, plane, top + 3), p4 = rowOf(from, plane, top + 4), p5 = rowOf(from, plane, top + 5);
      const out = flat + <usize>lane * flatRow;
      const last = bytes(from.width - 4);
      for (let j: usize = 0; j < last + 16; j += 16) {
        const k = min(j, last);
        spreadInput(
          v128.load(p0 + k), v128.load(p1 + k), v128.load(p2 + k), v128.load(p3 + k), v128.load(p4 + k), v128.load(p5 + k),
          out + k, 4 * flatRow,
        );
      }
    }
    turnFlat(from.width, left);
    const one = between(from.padded);
    for (let t = 0; t < tilesX; t++) {
      let out = target + bytes(t * from.padded);
      let p = strip + <usize>t * 64;
      for (let row = 0; row < 6; row++, p += stripRow, out += 6 * one)
        spreadInput(
          v128.load(p), v128.load(p, 16), v128.load(p, 32), v128.load(p, 48), v128.load(p, 64), v128.load(p, 80), out, one,
        );
    }
  }
}

/** A row of pixels; zeros above and below the image, and of a channel that is not there. */
// @ts-ignore: decorator
@inline
function rowOf(side: Side, plane: usize, row: i32): usize {
  const inside = plane != 0 && <u32>row < <u32>side.height;
  return inside ? plane + bytes(row * side.width) : nothing;
}

/** What lies flat comes into the strip with channels last, from its column `left` on. */
function turnFlat(width: i32, left: i32): void {
  const last = bytes(width - 4);
  for (let row: usize = 0; row < 6; row++) {
    const p = flat + 4 * row * flatRow;
    const q = strip + row * stripRow + <usize>left * 16;
    for (let j: usize = 0; j < last + 16; j += 16) {
      const k = min(j, last);
      turnFour(
        v128.load(p + k), v128.load(p + k + flatRow), v128.load(p + k + 2 * flatRow), v128.load(p + k + 3 * flatRow), q + 4 * k, 16,
      );
    }
  }
}

/** Bᵀ d */
// @ts-ignore: decorator
@inline
function spreadInput(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, p: usize, step: usize): void {
  const more = splat(1.5), two = splat(-2);
  const e = f32x4.sub(d3, d1), f = f32x4.sub(d4, d2);
  v128.store(p, multiplyAdd(two, d2, multiplyAdd(more, e, f32x4.add(d0, d4))));
  v128.store(p + step, multiplyAdd(more, f32x4.add(d2, d3), f32x4.add(f, e)));
  v128.store(p + 2 * step, multiplyAdd(more, f32x4.sub(d3, d2), f32x4.sub(f, e)));
  v128.store(p + 3 * step, multiplyAdd(splat(2), e, f));
  v128.store(p + 4 * step, multiplyAdd(splat(-0.5), e, f));
  v128.store(p + 5 * step, multiplyAdd(two, d3, multiplyAdd(more, f, f32x4.add(d1, d5))));
}

/** y = Aᵀ m A of a row of tiles, plus the bias, to the rows of the image from `top`. */
function transformOutput(source: usize, bias: usize, image: usize, top: i32): void {
  const one = between(to.padded);
  const height = min(4, to.height - top);
  const row = bytes(to.width);
  for (let c = 0; c < to.channels; c += 4, source += 16) {
    const lanes = min(4, to.channels - c);
    const shift = bias ? biasAt(bias + bytes(c), lanes) : splat(0);
    let out = image + <usize>c * to.plane + <usize>top * row;
    for (let t = 0; t < tilesX; t++, out += 16) {
      let p = source + bytes(t * to.padded);
      for (let column: usize = 0; column < 6; column++, p += one)
        gatherOutput(
          v128.load(p), v128.load(p + 6 * one), v128.load(p + 12 * one), v128.load(p + 18 * one),
          v128.load(p + 24 * one), v128.load(p + 30 * one), small + column * 16, 96,
        );
      const width = min(4, to.width - 4 * t);
      for (let i = 0; i < height; i++) {
        const q = small + <usize>i * 96;
        const turned = small + 384;
        const line = out + <usize>i * row;
        const whole = width == 4 && lanes == 4;
        finishRow(q, shift, whole ? line : turned, whole ? to.plane : 16);
        if (!whole)
          for (let lane = 0; lane < lanes; lane++)
            for (let j = 0; j < width; j++)
              store<f32>(line + <usize>lane * to.plane + bytes(j), load<f32>(turned + bytes(4 * lane + j)));
      }
    }
  }
}

/** Aᵀ m along a row of six, plus the shift, with channels first again. */
function finishRow(q: usize, shift: v128, line: usize, plane: usize): void {
  const m0 = v128.load(q), m1 = v128.load(q, 16), m2 = v128.load(q, 32);
  const m3 = v128.load(q, 48), m4 = v128.load(q, 64), m5 = v128.load(q, 80);
  const sum = f32x4.add(m1, m2), difference = f32x4.sub(m1, m2);
  turnFour(
    f32x4.add(f32x4.add(f32x4.add(m0, sum), f32x4.add(m3, m4)), shift),
    f32x4.add(multiplyAdd(splat(0.5), m3, multiplyAdd(splat(-2), m4, difference)), shift),
    f32x4.add(multiplyAdd(splat(0.25), m3, multiplyAdd(splat(4), m4, sum)), shift),
    f32x4.add(f32x4.add(m5, multiplyAdd(splat(0.125), m3, multiplyAdd(splat(-8), m4, difference))), shift),
    line, plane,
  );
}

function biasAt(p: usize, lanes: i32): v128 {
  let four = splat(0);
  if (lanes > 0) four = v128.load_lane<f32>(p, four, 0);
  if (lanes > 1) four = v128.load_lane<f32>(p + 4, four, 1);
  if (lanes > 2) four = v128.load_lane<f32>(p + 8, four, 2);
  if (lanes > 3) four = v128.load_lane<f32>(p + 12, four, 3);
  return four;
}

/** Aᵀ m */
// @ts-ignore: decorator
@inline
function gatherOutput(m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, p: usize, step: usize): void {
  const sum = f32x4.add(m1, m2), difference = f32x4.sub(m1, m2);
  v128.store(p, f32x4.add(f32x4.add(m0, sum), f32x4.add(m3, m4)));
  v128.store(p + step, multiplyAdd(splat(0.5), m3, multiplyAdd(splat(-2), m4, difference)));
  v128.store(p + 2 * step, multiplyAdd(splat(0.25), m3, multiplyAdd(splat(4), m4, sum)));
  v128.store(p + 3 * step, f32x4.add(m5, multiplyAdd(splat(0.125), m3, multiplyAdd(splat(-8), m4, difference))));
}

/** The gradient at the weights (co, ci, 3, 3). */
export function winogradGradWeight(
  n: i32, ci: i32, ciAll: i32, ih: i32, iw: i32, co: i32, coAll: i32, oh: i32, ow: i32, ph: i32, pw: i32,
  rows: i32, x: usize, gy: usize, gw: usize, scratch: usize,
): void {
  tilesX = (ow + 3) >> 2;
  tilesY = (oh + 3) >> 2;
  tiles = rows * tilesX;
  setSide(from, ci, (ci + 7) & ~7, ih, iw, ciAll);
  setSide(to, co, (co + 3) & ~3, oh, ow, coAll);
  const sums = layOut(scratch, max(iw, ow));
  // Sixes take an even number of steps, whatever rows of tiles there are.
  const six = inSixes(co, tilesX);
  const one = bytes(inTiles(co, tilesX) * from.padded);
  const inputs = sums + POINTS * one;
  const gradients = inputs + POINTS * between(from.padded);
  // The channels that only fill up are read and their sums dropped; they must be numbers all the same.
  if (ci & 7) memory.fill(inputs, 0, POINTS * between(from.padded));
  for (let q = 0; q < n * tilesY; q += rows) {
    const now = min(rows, n * tilesY - q);
    memory.fill(strip, 0, 6 * stripRow);
    for (let r = 0; r < now; r++) {
      const image = (q + r) / tilesY, ty = (q + r) % tilesY;
      transformInput(x + <usize>image * from.image, 4 * ty - ph, pw, inputs + bytes(r * tilesX * from.padded));
    }
    memory.fill(strip, 0, 6 * stripRow);
    for (let r = 0; r < now; r++) {
      const image = (q + r) / tilesY, ty = (q + r) % tilesY;
      transformGradient(gy + <usize>image * to.image, 4 * ty, gradients + bytes(r * tilesX * to.padded));
    }
    accumulate(now * tilesX, six, gradients, inputs, sums, one, q > 0);
  }
  gatherWeights(sums, one, gw);
}

/** sums(36, co, ci) += gradients(36, tiles, co)ᵀ · inputs(36, tiles, ci) */
function accumulate(count: i32, six: i32, gradients: usize, inputs: usize, sums: usize, one: usize, add: bool): void {
  const left = bytes(to.padded), right = bytes(from.padded);
  for (let p = 0; p < POINTS; p++) {
    for (let j = 0; j < from.padded; j += 8)
      for (let i = 0, h = 6; i < to.channels; i += h) {
        if (i >= six) h = 4;
        const sum = sums + <usize>i * right + bytes(j);
        tileOfSteps(count, h, gradients + bytes(i), left, inputs + bytes(j), right, sum, right, add ? sum : 0, add ? right : 0);
      }
    gradients += between(to.padded);
    inputs += between(from.padded);
    sums += one;
  }
}

/** A gy Aᵀ of a row of tiles, to (36, tiles, co). */
function transformGradient(image: usize, top: i32, target: usize): void {
  const one = between(to.padded);
  for (let c = 0; c < to.channels; c += 4, target += 16) {
    for (let lane = 0; lane < 4; lane++) {
      const plane = c + lane < to.channels ? image + <usize>(c + lane) * to.plane : 0;
      const p0 = rowOf(to, plane, top), p1 = rowOf(to, plane, top + 1);
      const p2 = rowOf(to, plane, top + 2), p3 = rowOf(to, plane, top + 3);
      const out = flat + <usize>lane * flatRow;
      const last = bytes(to.width - 4);
      for (let j: usize = 0; j < last + 16; j += 16) {
        const k = min(j, last);
        spreadGradient(v128.load(p0 + k), v128.load(p1 + k), v128.load(p2 + k), v128.load(p3 + k), out + k, 4 * flatRow);
      }
    }
    turnFlat(to.width, 0);
    for (let t = 0; t < tilesX; t++) {
      let out = target + bytes(t * to.padded);
      let p = strip + <usize>t * 64;
      for (let row = 0; row < 6; row++, p += stripRow, out += 6 * one)
        spreadGradient(v128.load(p), v128.load(p, 16), v128.load(p, 32), v128.load(p, 48), out, one);
    }
  }
}

/** A g */
// @ts-ignore: decorator
@inline
function spreadGradient(g0: v128, g1: v128, g2: v128, g3: v128, p: usize, step: usize): void {
  const even = f32x4.add(g0, g2), odd = f32x4.add(g1, g3);
  v128.store(p, g0);
  v128.store(p + step, f32x4.add(even, odd));
  v128.store(p + 2 * step, f32x4.sub(even, odd));
  v128.store(p + 3 * step, multiplyAdd(splat(0.125), g3, multiplyAdd(splat(0.25), g2, multiplyAdd(splat(0.5), g1, g0))));
  v128.store(p + 4 * step, multiplyAdd(splat(-8), g3, multiplyAdd(splat(4), g2, multiplyAdd(splat(-2), g1, g0))));
  v128.store(p + 5 * step, g3);
}

/** gw = Gᵀ m G, four inputs at a time. */
function gatherWeights(sums: usize, one: usize, gw: usize): void {
  for (let o = 0; o < to.channels; o++)
    for (let i = 0; i < from.channels; i += 4) {
      let p = sums + bytes(o * from.padded + i);
      for (let column: usize = 0; column < 6; column++, p += one)
        gatherThree(
          v128.load(p), v128.load(p + 6 * one), v128.load(p + 12 * one), v128.load(p + 18 * one),
          v128.load(p + 24 * one), v128.load(p + 30 * one), small + column * 16, 96,
        );
      const out = gw + bytes((o * from.channels + i) * 9);
      const lanes = min(4, from.channels - i);
      const turned = small + 384;
      for (let row: usize = 0; row < 3; row++) {
        const q = small + row * 96;
        gatherThree(
          v128.load(q), v128.load(q, 16), v128.load(q, 32), v128.load(q, 48), v128.load(q, 64), v128.load(q, 80), turned, 16,
        );
        for (let lane = 0; lane < lanes; lane++)
          for (let j: usize = 0; j < 3; j++)
            store<f32>(out + bytes(9 * lane) + ((3 * row + j) << 2), load<f32>(turned + (j << 4) + bytes(lane)));
      }
    }
}

/** Gᵀ m */
// @ts-ignore: decorator
@inline
function gatherThree(m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, p: usize, step: usize): void {
  const third = splat(1.0 / 3.0), large = splat(-16.0 / 15.0), less = splat(1.0 / 15.0);
  const difference = f32x4.mul(third, f32x4.sub(m1, m2));
  const half = f32x4.mul(large, m3), double = f32x4.mul(less, m4);
  v128.store(p, f32x4.add(f32x4.add(m0, difference), f32x4.add(half, double)));
  const sum = f32x4.mul(third, f32x4.add(m1, m2));
  v128.store(p + step, multiplyAdd(splat(-2), double, multiplyAdd(splat(0.5), half, sum)));
  v128.store(p + 2 * step, f32x4.add(m5, multiplyAdd(splat(4), double, multiplyAdd(splat(0.25), half, difference))));
}
