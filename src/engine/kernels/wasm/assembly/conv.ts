// Convolution as products over the unfolded image, a piece that fits the cache at a time: `columns` output
// places of `samples` images (see convPlan). Scratch memory holds the unfolded piece (depth, width), a tile of
// the result (outputs, width), one of the weights' size, and what the product packs.

import { copyRun } from './elementwise';
import { product } from './gemm';
import { winogradConv, winogradGradWeight } from './winograd';

// As in kernels/conv.ts.
const WINOGRAD: i32 = 1;

class Geometry {
  n: i32 = 0; ci: i32 = 0; id: i32 = 0; ih: i32 = 0; iw: i32 = 0;
  co: i32 = 0; od: i32 = 0; oh: i32 = 0; ow: i32 = 0;
  kd: i32 = 0; kh: i32 = 0; kw: i32 = 0;
  sd: i32 = 0; sh: i32 = 0; sw: i32 = 0;
  pd: i32 = 0; ph: i32 = 0; pw: i32 = 0;
  dd: i32 = 0; dh: i32 = 0; dw: i32 = 0;
  groups: i32 = 0; columns: i32 = 0; samples: i32 = 0;
  depth: i32 = 0; outputs: i32 = 0; places: i32 = 0; pixels: i32 = 0;
  unfolded: usize = 0; tile: usize = 0; packed: usize = 0;
}

const g = new Geometry();

function prepare(
  n: i32, ci: i32, id: i32, ih: i32, iw: i32, co: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  groups: i32, columns: i32, samples: i32, scratch: usize,
): void {
  g.n = n; g.ci = ci; g.id = id; g.ih = ih; g.iw = iw; g.co = co; g.od = od; g.oh = oh; g.ow = ow;
  g.kd = kd; g.kh = kh; g.kw = kw; g.sd = sd; g.sh = sh; g.sw = sw;
  g.pd = pd; g.ph = ph; g.pw = pw; g.dd = dd; g.dh = dh; g.dw = dw;
  g.groups = groups; g.columns = columns; g.samples = samples;
  g.depth = (ci / groups) * kd * kh * kw;
  g.outputs = co / groups;
  g.places = od * oh * ow;
  g.pixels = id * ih * iw;
  const width = columns * samples;
  g.unfolded = scratch;
  g.tile = scratch + aligned(g.depth * width);
  g.packed = g.tile + aligned(g.outputs * width);
}

// @ts-ignore: decorator
@inline
function aligned(elements: i32): usize {
  return <usize>((elements + 15) & ~15) << 2;
}

// @ts-ignore: decorator
@inline
function at(base: usize, index: i32): usize {
  return base + (<usize>index << 2);
}

/** Whether the image itself is the unfolded one. */
function pointwise(): bool {
  return (
    g.kd * g.kh * g.kw == 1 && g.sd == 1 && g.sh == 1 && g.sw == 1 && g.pd == 0 && g.ph == 0 && g.pw == 0
  );
}

export function conv(
  n: i32, ci: i32, id: i32, ih: i32, iw: i32, co: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  groups: i32, method: i32, columns: i32, samples: i32,
  x: usize, w: usize, bias: usize, y: usize, scratch: usize,
): void {
  prepare(n, ci, id, ih, iw, co, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw, dd, dh, dw, groups, columns, samples, scratch);
  const inputs = ci / groups;
  if (method == WINOGRAD) {
    for (let group = 0; group < groups; group++)
      winogradConv(
        n, inputs, ci, ih, iw, g.outputs, co, oh, ow, ph, pw, columns, at(x, group * inputs * g.pixels),
        at(w, group * g.outputs * g.depth), g.depth, 9, false, bias ? at(bias, group * g.outputs) : 0,
        at(y, group * g.outputs * g.places), scratch,
      );
    return;
  }
  const direct = pointwise();
  for (let group = 0; group < groups; group++) {
    const weights = at(w, group * g.outputs * g.depth);
    const shift = bias ? at(bias, group * g.outputs) : 0;
    for (let n0 = 0; n0 < n; n0 += samples) {
      const images = min(samples, n - n0);
      for (let p0 = 0; p0 < g.places; p0 += columns) {
        const length = min(columns, g.places - p0);
        const width = length * images;
        const target = at(y, (n0 * co + group * g.outputs) * g.places + p0);
        if (images == 1) {
          let from = g.unfolded, ldb = width;
          if (direct) {
            from = at(x, (n0 * ci + group * g.depth) * g.pixels + p0);
            ldb = g.pixels;
          } else unfold(x, n0, 1, group, p0, length);
          product(g.outputs, width, g.depth, weights, g.depth, 0, from, ldb, 0, target, g.places, 1, shift, 0, false, 0, g.packed);
        } else {
          unfold(x, n0, images, group, p0, length);
          product(g.outputs, width, g.depth, weights, g.depth, 0, g.unfolded, width, 0, g.tile, width, 1, shift, 0, false, 0, g.packed);
          for (let o = 0; o < g.outputs; o++)
            for (let i = 0; i < images; i++)
              copyRun(length, at(g.tile, o * width + i * length), at(target, (i * co + o) * g.places));
        }
      }
    }
  }
}

export function conv_grad_weight(
  n: i32, ci: i32, id: i32, ih: i32, iw: i32, co: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  groups: i32, method: i32, columns: i32, samples: i32,
  x: usize, gy: usize, gw: usize, scratch: usize,
): void {
  prepare(n, ci, id, ih, iw, co, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw, dd, dh, dw, groups, columns, samples, scratch);
  const inputs = ci / groups;
  if (method == WINOGRAD) {
    for (let group = 0; group < groups; group++)
      winogradGradWeight(
        n, inputs, ci, ih, iw, g.outputs, co, oh, ow, ph, pw, columns, at(x, group * inputs * g.pixels),
        at(gy, group * g.outputs * g.places), at(gw, group * g.outputs * g.depth), scratch,
      );
    return;
  }
  const direct = pointwise();
  for (let group = 0; group < groups; group++) {
    const weights = at(gw, group * g.outputs * g.depth);
    let first = true;
    for (let n0 = 0; n0 < n; n0 += samples) {
      const images = min(samples, n - n0);
      for (let p0 = 0; p0 < g.places; p0 += columns) {
        const length = min(columns, g.places - p0);
        const width = length * images;
        const source = at(gy, (n0 * co + group * g.outputs) * g.places + p0);
        let from = g.unfolded, ldb = width;
        if (direct && images == 1) {
          from = at(x, (n0 * ci + group * g.depth) * g.pixels + p0);
          ldb = g.pixels;
        } else unfold(x, n0, images, group, p0, length);
        if (images == 1) {
          product(g.outputs, g.depth, width, source, g.places, 0, from, ldb, 1, weights, g.depth, 1, 0, 0, !first, 0, g.packed);
        } else {
          collect(source, images, length);
          product(g.outputs, g.depth, width, g.tile, width, 0, from, ldb, 1, weights, g.depth, 1, 0, 0, !first, 0, g.packed);
        }
        first = false;
      }
    }
  }
}

export function conv_grad_input(
  n: i32, ci: i32, id: i32, ih: i32, iw: i32, co: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  groups: i32, method: i32, columns: i32, samples: i32,
  gy: usize, w: usize, bias: usize, gx: usize, scratch: usize,
): void {
  prepare(n, ci, id, ih, iw, co, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw, dd, dh, dw, groups, columns, samples, scratch);
  const inputs = ci / groups;
  if (method == WINOGRAD) {
    // The convolution of gy with the weights turned around, outputs and inputs exchanged.
    for (let group = 0; group < groups; group++)
      winogradConv(
        n, g.outputs, co, oh, ow, inputs, ci, ih, iw, 2 - ph, 2 - pw, columns, at(gy, group * g.outputs * g.places),
        at(w, group * g.outputs * g.depth), 9, g.depth, true, bias ? at(bias, group * inputs) : 0,
        at(gx, group * inputs * g.pixels), scratch,
      );
    return;
  }
  const direct = pointwise();
  if (!direct || bias) {
    for (let channel = 0; channel < n * ci; channel++) {
      const value: f32 = bias ? load<f32>(at(bias, channel % ci)) : 0;
      const four = f32x4.splat(value);
      let p = at(gx, channel * g.pixels);
      let j = 0;
      for (; j + 4 <= g.pixels; j += 4, p += 16) v128.store(p, four);
      for (; j < g.pixels; j++, p += 4) store<f32>(p, value);
    }
  }
  for (let group = 0; group < groups; group++) {
    const weights = at(w, group * g.outputs * g.depth);
    for (let n0 = 0; n0 < n; n0 += samples) {
      const images = min(samples, n - n0);
      for (let p0 = 0; p0 < g.places; p0 += columns) {
        const length = min(columns, g.places - p0);
        const width = length * images;
        let from = at(gy, (n0 * co + group * g.outputs) * g.places + p0), ldb = g.places;
        if (images > 1) {
          collect(from, images, length);
          from = g.tile;
          ldb = width;
        }
        if (direct && images == 1) {
          const to = at(gx, (n0 * ci + group * g.depth) * g.pixels + p0);
          product(g.depth, width, g.outputs, weights, g.depth, 1, from, ldb, 0, to, g.pixels, 1, 0, 0, bias != 0, 0, g.packed);
        } else {
          product(g.depth, width, g.outputs, weights, g.depth, 1, from, ldb, 0, g.unfolded, width, 1, 0, 0, false, 0, g.packed);
          if (direct) spread(gx, n0, images, group, bias != 0);
          else fold(gx, n0, images, group, p0, length);
        }
      }
    }
  }
}

/** Rows of several images beside each other. */
function collect(source: usize, images: i32, length: i32): void {
  const width = images * length;
  for (let o = 0; o < g.outputs; o++)
    for (let i = 0; i < images; i++)
      copyRun(length, at(source, (i * g.co + o) * g.places), at(g.tile, o * width + i * length));
}

/** The reverse for whole images of a 1×1 convolution's input. */
function spread(gx: usize, n0: i32, images: i32, group: i32, add: bool): void {
  const width = images * g.places;
  for (let k = 0; k < g.depth; k++)
    for (let i = 0; i < images; i++) {
      const from = at(g.unfolded, k * width + i * g.places);
      const to = at(gx, ((n0 + i) * g.ci + group * g.depth + k) * g.pixels);
      if (add) addRun(g.places, from, to);
      else copyRun(g.places, from, to);
    }
}

function addRun(n: i32, x: usize, y: usize): void {
  let j = 0;
  for (; j + 4 <= n; j += 4, x += 16, y += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
  for (; j < n; j++, x += 4, y += 4) store<f32>(y, load<f32>(y) + load<f32>(x));
}

/** unfolded(depth, images · length) = x at each place's window; zero outside. */
function unfold(x: usize, n0: i32, images: i32, group: i32, p0: i32, length: i32): void {
  walk(x, n0, images, group, p0, length, false);
}

/** x += unfolded, each element where it came from. */
function fold(x: usize, n0: i32, images: i32, group: i32, p0: i32, length: i32): void {
  walk(x, n0, images, group, p0, length, true);
}

function walk(x: usize, n0: i32, images: i32, group: i32, p0: i32, length: i32, back: bool): void {
  const kernel = g.kd * g.kh * g.kw;
  const inputs = g.depth / kernel;
  const startW = p0 % g.ow;
  const startH = (p0 / g.ow) % g.oh;
  const startD = p0 / (g.ow * g.oh);
  let to = g.unfolded;
  for (let c = 0; c < inputs; c++)
    for (let a = 0; a < g.kd; a++)
      for (let b = 0; b < g.kh; b++)
        for (let e = 0; e < g.kw; e++) {
          const fd = a * g.dd - g.pd;
          const fh = b * g.dh - g.ph;
          const fw = e * g.dw - g.pw;
          // Places whose column falls inside of the image.
          const low = fw >= 0 ? 0 : (-fw + g.sw - 1) / g.sw;
          const high = min(g.ow, g.iw - 1 - fw < 0 ? 0 : (g.iw - 1 - fw) / g.sw + 1);
          for (let i = 0; i < images; i++) {
            const image = at(x, ((n0 + i) * g.ci + group * inputs + c) * g.pixels);
            let w0 = startW, h = startH * g.sh + fh, d = startD * g.sd + fd;
            let row = startH;
            let left = length;
            while (left > 0) {
              const w1 = min(g.ow, w0 + left);
              const inside = <u32>h < <u32>g.ih && <u32>d < <u32>g.id;
              const first = inside ? max(w0, min(low, w1)) : w1;
              const last = inside ? max(first, min(high, w1)) : w1;
              const line = image + (<usize>((d * g.ih + h) * g.iw + fw) << 2);
              if (back) foldLine(line, to, w0, first, last);
              else unfoldLine(line, to, w0, first, last, w1);
              to += <usize>(w1 - w0) << 2;
              left -= w1 - w0;
              w0 = 0;
              row++;
              h += g.sh;
              if (row == g.oh) {
                row = 0;
                h = fh;
                d += g.sd;
              }
            }
          }
        }
}

// @ts-ignore: decorator
@inline
function unfoldLine(line: usize, to: usize, w0: i32, first: i32, last: i32, w1: i32): void {
  for (let w = w0; w < first; w++, to += 4) store<f32>(to, 0);
  const step = <usize>g.sw << 2;
  let from = line + <usize>first * step;
  let w = first;
  if (g.sw == 1) {
    for (; w + 4 <= last; w += 4, from += 16, to += 16) v128.store(to, v128.load(from));
  } else if (g.sw == 2) {
    for (; w + 4 < last; w += 4, from += 32, to += 16)
      v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
  }
  for (; w < last; w++, from += step, to += 4) store<f32>(to, load<f32>(from));
  for (; w < w1; w++, to += 4) store<f32>(to, 0);
}

// @ts-ignore: decorator
@inline
function foldLine(line: usize, from: usize, w0: i32, first: i32, last: i32): void {
  const step = <usize>g.sw << 2;
  let to = line + <usize>first * step;
  from += <usize>(first - w0) << 2;
  let w = first;
  if (g.sw == 1) {
    for (; w + 4 <= last; w += 4, from += 16, to += 16)
      v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; w < last; w++, from += 4, to += step) store<f32>(to, load<f32>(to) + load<f32>(from));
}
