// Convolutions that keep their channels apart: one weight a channel and place of the window. There is no product of
// matrices in them; four channels at a time are the lanes of a vector, and one image of four channels stays in the
// nearest cache while the window goes over it.

import { at, bring, g, image, pixel, plane, row, source, take, takeInput, takeStarts } from './geometry';
import { fromLast, rowToLast } from './last';
import { multiplyAdd } from './math';

/** Where the windows begin; where each of a window's pixels lies from there. */
let starts: usize = 0;
let offsets: usize = 0;
/** (places, 4) */
let outputs: usize = 0;
/** Bytes from the source to its image, inside of the border. */
let inside: usize = 0;

function begin(): void {
  inside = takeInput(4);
  starts = take(g.places + 4);
  offsets = take(g.kernel);
  outputs = take(4 * g.places + 16);
  takeStarts(starts);
  memory.fill(at(starts, g.places), 0, 16);
  for (let t = 0; t < g.kernel; t++) {
    const a = t / (g.kh * g.kw), b = (t / g.kw) % g.kh, e = t % g.kw;
    store<u32>(at(offsets, t), <u32>(<usize>(a * g.dd) * plane + <usize>(b * g.dh) * row + <usize>(e * g.dw) * pixel));
  }
}

/** (channels, kernel) to (channels / 4, kernel, 4) */
export function depthwisePack(w: usize, packed: usize): void {
  for (let c = 0; c < g.ci; c += 4)
    for (let t = 0; t < g.kernel; t++, packed += 16)
      for (let lane = 0; lane < 4; lane++)
        store<f32>(at(packed, lane), c + lane < g.ci ? load<f32>(at(w, (c + lane) * g.kernel + t)) : 0);
}

export function depthwiseConv(x: usize, packed: usize, bias: usize, y: usize): void {
  begin();
  for (let n = 0; n < g.n; n++)
    for (let c = 0; c < g.ci; c += 4) {
      const lanes = min(4, g.ci - c);
      bring(at(x, (n * g.ci + c) * g.pixels), lanes, g.id, g.ih, g.iw, source + inside);
      for (let p = 0; p < g.places; p += 4) windows(at(starts, p), at(packed, c * g.kernel), at(outputs, 4 * p));
      fromLast(outputs, 16, 0, lanes, g.places, bias ? at(bias, c) : 0, at(y, (n * g.ci + c) * g.places));
    }
}

/** Four windows' sums. */
function windows(first: usize, w: usize, out: usize): void {
  const p0 = source + load<u32>(first), p1 = source + load<u32>(first, 4);
  const p2 = source + load<u32>(first, 8), p3 = source + load<u32>(first, 12);
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
  const last = at(offsets, g.kernel);
  for (let t = offsets; t < last; t += 4, w += 16) {
    const offset = load<u32>(t);
    const weight = v128.load(w);
    s0 = multiplyAdd(v128.load(p0 + offset), weight, s0);
    s1 = multiplyAdd(v128.load(p1 + offset), weight, s1);
    s2 = multiplyAdd(v128.load(p2 + offset), weight, s2);
    s3 = multiplyAdd(v128.load(p3 + offset), weight, s3);
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
}

/** Each output's gradient goes back into its window. */
export function depthwiseGradInput(gy: usize, packed: usize, bias: usize, gx: usize): void {
  begin();
  const rows = take(g.pixels);
  for (let z = 0, p = rows; z < g.id; z++)
    for (let h = 0; h < g.ih; h++)
      for (let v = 0; v < g.iw; v++, p += 4)
        store<u32>(p, <u32>((inside + <usize>z * plane + <usize>h * row + <usize>v * pixel) >> 4));
  for (let n = 0; n < g.n; n++)
    for (let c = 0; c < g.ci; c += 4) {
      const lanes = min(4, g.ci - c);
      memory.fill(source, 0, image);
      rowToLast(at(gy, (n * g.ci + c) * g.places), lanes, <usize>g.places << 2, g.places, outputs, 16);
      for (let p = 0; p < g.places; p++) spread(source + load<u32>(at(starts, p)), at(packed, c * g.kernel), at(outputs, 4 * p));
      fromLast(source, 16, rows, lanes, g.pixels, bias ? at(bias, c) : 0, at(gx, (n * g.ci + c) * g.pixels));
    }
}

function spread(window: usize, w: usize, out: usize): void {
  const gradient = v128.load(out);
  const last = at(offsets, g.kernel);
  for (let t = offsets; t < last; t += 4, w += 16) {
    const p = window + load<u32>(t);
    v128.store(p, multiplyAdd(gradient, v128.load(w), v128.load(p)));
  }
}

export function depthwiseGradWeight(x: usize, gy: usize, gw: usize): void {
  begin();
  for (let n = 0; n < g.n; n++)
    for (let c = 0; c < g.ci; c += 4) {
      const lanes = min(4, g.ci - c);
      bring(at(x, (n * g.ci + c) * g.pixels), lanes, g.id, g.ih, g.iw, source + inside);
      rowToLast(at(gy, (n * g.ci + c) * g.places), lanes, <usize>g.places << 2, g.places, outputs, 16);
      // Zeros make the number of places one of fours.
      memory.fill(at(outputs, 4 * g.places), 0, 48);
      for (let t = 0; t < g.kernel; t++) {
        const sum = meeting(source + load<u32>(at(offsets, t)));
        for (let lane = 0; lane < lanes; lane++) {
          const p = at(gw, (c + lane) * g.kernel + t);
          const one = load<f32>(at(sum, lane));
          store<f32>(p, n ? load<f32>(p) + one : one);
        }
      }
    }
}

/** Σ over places of one pixel of their windows times their gradient, four places in turn. */
function meeting(from: usize): usize {
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
  const last = at(starts, g.places);
  for (let p = starts, q = outputs; p < last; p += 16, q += 64) {
    s0 = multiplyAdd(v128.load(from + load<u32>(p)), v128.load(q), s0);
    s1 = multiplyAdd(v128.load(from + load<u32>(p, 4)), v128.load(q, 16), s1);
    s2 = multiplyAdd(v128.load(from + load<u32>(p, 8)), v128.load(q, 32), s2);
    s3 = multiplyAdd(v128.load(from + load<u32>(p, 12)), v128.load(q, 48), s3);
  }
  const sum = at(outputs, 4 * g.places + 16);
  v128.store(sum, f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  return sum;
}
