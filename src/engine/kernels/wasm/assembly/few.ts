// Convolutions of few channels and stride 1, as a net's first one: channels stay first, for there are too few to fill
// a vector, and a vector is of neighboring pixels. A tap of the window is then the image, moved. Images lie in scratch
// memory with a border of zeros, (channels, H, W).
//
//   y: tiles of 6 or 4 outputs by 8 pixels, over the taps       gw: 3 outputs by 3 taps, over all pixels of an image

import { at, g, take } from './geometry';
import { horizontalSum, multiplyAdd } from './math';
import { inSixes, inTiles, tileAtPlaces } from './tiles';

let width: i32 = 0;
let height: i32 = 0;

function measure(): void {
  width = max(g.pw + g.iw, g.ow + (g.kw - 1) * g.dw);
  height = max(g.ph + g.ih, g.oh + (g.kh - 1) * g.dh);
}

/** Tiles take taps in pairs. */
function taps(): i32 {
  return (g.inputs * g.kernel + 1) & ~1;
}

/** A last tap without another is taken twice with half its weight, which keeps what is infinite as it is. */
// @ts-ignore: decorator
@inline
function tapAt(i: i32): i32 {
  return min(i, g.inputs * g.kernel - 1);
}

function takePlaces(): usize {
  const places = take(taps());
  for (let i = 0; i < taps(); i++) {
    const t = tapAt(i) % g.kernel;
    const moved = (t / g.kw) * g.dh * width + (t % g.kw) * g.dw;
    store<u32>(at(places, i), <u32>(((tapAt(i) / g.kernel) * height * width + moved) << 2));
  }
  return places;
}

/** Room for planes, and zeros in it. */
function takePlanes(channels: i32, plane: i32): usize {
  const planes = take(channels * plane + 16);
  memory.fill(planes, 0, <usize>(channels * plane + 16) << 2);
  return planes;
}

/** Rows of an image into rows of `width`. */
function bringRows(from: usize, channels: i32, h: i32, w: i32, to: usize, plane: i32): void {
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < h; y++, from += <usize>w << 2) {
      const target = at(to, c * plane + y * width);
      let j = 0;
      for (; j + 4 <= w; j += 4) v128.store(at(target, j), v128.load(at(from, j)));
      for (; j < w; j++) store<f32>(at(target, j), load<f32>(at(from, j)));
    }
}

/** The weights in panels of as many outputs as a tile has, (taps, outputs). */
export function fewPack(w: usize, packed: usize): void {
  const depth = g.inputs * g.kernel;
  const six = inSixes(g.outputs, 2);
  for (let o = 0, h = 6; o < g.outputs; o += h) {
    if (o >= six) h = 4;
    for (let i = 0; i < taps(); i++)
      for (let lane = 0; lane < h; lane++, packed += 4) {
        const half: f32 = depth & 1 && i >= depth - 1 ? 0.5 : 1;
        store<f32>(packed, o + lane < g.outputs ? half * load<f32>(at(w, (o + lane) * depth + tapAt(i))) : 0);
      }
  }
}

export function fewConv(x: usize, packed: usize, bias: usize, y: usize): void {
  measure();
  const count = taps();
  const planes = takePlanes(g.inputs, height * width);
  const places = takePlaces();
  const spare = take(48), shifts = take(8 * inTiles(g.outputs, 2));
  if (bias)
    for (let o = 0; o < g.outputs; o++) {
      const shift = v128.load32_splat(at(bias, o));
      v128.store(at(shifts, 8 * o), shift);
      v128.store(at(shifts, 8 * o + 4), shift);
    }
  const six = inSixes(g.outputs, 2);
  const inside = at(planes, g.ph * width + g.pw);
  for (let i = 0; i < g.n; i++, x = at(x, g.inputs * g.pixels), y = at(y, g.outputs * g.places)) {
    bringRows(x, g.inputs, g.ih, g.iw, inside, height * width);
    for (let o = 0, h = 6; o < g.outputs; o += h) {
      if (o >= six) h = 4;
      const whole = o + h <= g.outputs;
      const base = bias ? at(shifts, 8 * o) : 0, onward: usize = bias ? 32 : 0;
      for (let row = 0; row < g.oh; row++)
        for (let j = 0; j < g.ow; j += 8) {
          // The last eight overlap those before.
          const column = min(j, g.ow - 8);
          const out = at(y, o * g.places + row * g.ow + column);
          tileAtPlaces(
            places, count, h, at(packed, o * count), <usize>h << 2, at(planes, row * width + column),
            whole ? out : spare, whole ? <usize>g.places << 2 : 32, base, onward,
          );
          if (whole) continue;
          for (let r = 0; o + r < g.outputs; r++) {
            v128.store(at(out, r * g.places), v128.load(at(spare, 8 * r)));
            v128.store(at(out, r * g.places + 4), v128.load(at(spare, 8 * r + 4)));
          }
        }
    }
  }
}

export function fewGradWeight(x: usize, gy: usize, gw: usize): void {
  measure();
  const depth = g.inputs * g.kernel;
  // Columns that are no places hold zeros.
  const plane = (g.oh * width + 3) & ~3;
  const planes = takePlanes(g.inputs, height * width);
  const gradients = takePlanes(g.outputs, plane);
  const places = takePlaces();
  const across = (depth + 2) / 3;
  const sums = take(((g.outputs + 2) / 3) * across * 36);
  memory.fill(sums, 0, <usize>(((g.outputs + 2) / 3) * across * 36) << 2);
  for (let i = 0; i < g.n; i++, x = at(x, g.inputs * g.pixels), gy = at(gy, g.outputs * g.places)) {
    bringRows(x, g.inputs, g.ih, g.iw, at(planes, g.ph * width + g.pw), height * width);
    bringRows(gy, g.outputs, g.oh, g.ow, gradients, plane);
    let sum = sums;
    for (let o = 0; o < g.outputs; o += 3)
      for (let t = 0; t < depth; t += 3, sum += 144)
        addNine(
          plane,
          at(gradients, o * plane), at(gradients, min(o + 1, g.outputs - 1) * plane),
          at(gradients, min(o + 2, g.outputs - 1) * plane),
          planes + load<u32>(at(places, t)), planes + load<u32>(at(places, min(t + 1, depth - 1))),
          planes + load<u32>(at(places, min(t + 2, depth - 1))),
          sum,
        );
  }
  for (let o = 0; o < g.outputs; o++)
    for (let t = 0; t < depth; t++) {
      const nine = at(sums, 36 * ((o / 3) * across + t / 3));
      store<f32>(at(gw, o * depth + t), horizontalSum(v128.load(at(nine, 12 * (o % 3) + 4 * (t % 3)))));
    }
}

/** sum(3, 3) += the products of three rows of n gradients with three of pixels, n a multiple of 4. */
function addNine(n: i32, g0: usize, g1: usize, g2: usize, x0: usize, x1: usize, x2: usize, sum: usize): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s02 = f32x4.splat(0);
  let s10 = f32x4.splat(0), s11 = f32x4.splat(0), s12 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s22 = f32x4.splat(0);
  const end = at(g0, n);
  for (; g0 < end; g0 += 16, g1 += 16, g2 += 16, x0 += 16, x1 += 16, x2 += 16) {
    const p = v128.load(x0), q = v128.load(x1), r = v128.load(x2);
    let d = v128.load(g0);
    s00 = multiplyAdd(d, p, s00); s01 = multiplyAdd(d, q, s01); s02 = multiplyAdd(d, r, s02);
    d = v128.load(g1);
    s10 = multiplyAdd(d, p, s10); s11 = multiplyAdd(d, q, s11); s12 = multiplyAdd(d, r, s12);
    d = v128.load(g2);
    s20 = multiplyAdd(d, p, s20); s21 = multiplyAdd(d, q, s21); s22 = multiplyAdd(d, r, s22);
  }
  addTo(sum, s00); addTo(sum + 16, s01); addTo(sum + 32, s02);
  addTo(sum + 48, s10); addTo(sum + 64, s11); addTo(sum + 80, s12);
  addTo(sum + 96, s20); addTo(sum + 112, s21); addTo(sum + 128, s22);
}

// @ts-ignore: decorator
@inline
function addTo(p: usize, v: v128): void {
  v128.store(p, f32x4.add(v128.load(p), v));
}
