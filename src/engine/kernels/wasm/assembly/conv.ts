// Convolution with channels last. A window's row of pixels is then one run of numbers, so that a product of matrices
// reads the image where it lies: nothing is unfolded. The gradient at the input is made of as many such convolutions
// of gy as the stride has phases; the gradient at the weights is a product along the rows of places.
//
// `samples` images are made at a time (see convPlan). What is 3×3 with stride 1 goes by Winograd instead; few channels,
// and channels that are kept apart, have their own ways.

import { depthwiseConv, depthwiseGradInput, depthwiseGradWeight, depthwisePack } from './depthwise';
import { fewConv, fewGradWeight, fewPack } from './few';
import {
  at, bring, eights, fours, g, image, merged, pixel, plane, prepare, row, runAt, runLength, source, take, takeInput, takeSource,
  takeStarts,
} from './geometry';
import { fromLast, rowToLast } from './last';
import { inSixes, inTiles, tileAtPlaces, tileOfPlaces, tileOfSteps } from './tiles';
import { winogradConv, winogradGradWeight, winogradPack, winogradWeights } from './winograd';

// As in kernels/conv.ts.
const WINOGRAD: i32 = 1;
const DEPTHWISE: i32 = 2;
const FEW: i32 = 3;

/** Jumps of a row's reader from four numbers to the next four, with run `t` at the byte offset `now`. */
function takeRun(jumps: usize, t: i32, run: i32, before: usize, now: usize): void {
  const steps = fours(run) >> 2;
  const first = at(jumps, t * steps);
  store<u32>(first, <u32>(t ? now - before - (<usize>(steps - 1) << 4) : now));
  for (let i = 1; i < steps; i++) store<u32>(at(first, i), 16);
}

/** From the weights (co, ci, kernel), one tap of all outputs and inputs into panels (depth, 8), at step k. */
function packTap(w: usize, outs: i32, outStep: i32, ins: i32, inStep: i32, t: i32, weights: usize, depth: i32, k: i32): void {
  for (let o = 0; o < outs; o += 8) {
    const lanes = min(8, outs - o);
    let to = at(weights, o * depth + 8 * k);
    let from = at(w, o * outStep + t);
    for (let i = 0; i < ins; i++, to += 32, from = at(from, inStep)) {
      if (lanes < 8) memory.fill(to, 0, 32);
      for (let lane = 0; lane < lanes; lane++) store<f32>(at(to, lane), load<f32>(at(from, lane * outStep)));
    }
  }
}

/** sums(rows, outs) of the rows that begin at `starts`, read in `depth` steps by `jumps`. */
function multiplyRows(rows: i32, starts: usize, jumps: usize, depth: i32, weights: usize, outs: i32, sums: usize): void {
  const ldc = <usize>eights(outs) << 2;
  for (let o = 0; o < outs; o += 8)
    for (let i = 0; i < rows; i += 6)
      tileOfPlaces(
        at(starts, i), source, jumps, depth >> 2, at(weights, o * depth), sums + <usize>i * ldc + (<usize>o << 2), ldc,
      );
}

/** The weights as the products read them, for the convolution or for the gradient at its input. */
export function conv_pack(
  n: i32, ci: i32, id: i32, ih: i32, iw: i32, co: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  groups: i32, method: i32, columns: i32, samples: i32,
  to_input: i32, w: usize, packed: usize, scratch: usize,
): void {
  prepare(n, ci, id, ih, iw, co, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw, dd, dh, dw, groups, samples, scratch);
  const depth = g.inputs * g.kernel;
  if (method == DEPTHWISE) return depthwisePack(w, packed);
  if (method == FEW && !to_input) return fewPack(w, packed);
  for (let group = 0; group < groups; group++, w = at(w, g.outputs * depth)) {
    if (method == WINOGRAD) {
      if (to_input) winogradPack(g.outputs, g.inputs, w, 9, depth, true, packed, scratch);
      else winogradPack(g.inputs, g.outputs, w, depth, 9, false, packed, scratch);
      packed = at(packed, to_input ? winogradWeights(g.outputs, g.inputs) : winogradWeights(g.inputs, g.outputs));
    } else if (to_input) {
      for (let phase = 0; phase < sd * sh * sw; phase++)
        packed = packPhase(w, phase / (sh * sw), (phase / sw) % sh, phase % sw, packed);
    } else {
      // What fills a run up to whole steps is zero.
      const run = runLength(), taps = run / g.inputs;
      const padded = (depth / run) * fours(run);
      memory.fill(packed, 0, <usize>(eights(g.outputs) * padded) << 2);
      for (let t = 0; t < g.kernel; t++) {
        const k = (t / taps) * fours(run) + (t % taps) * g.inputs;
        packTap(w, g.outputs, depth, g.inputs, g.kernel, t, packed, padded, k);
      }
      packed = at(packed, eights(g.outputs) * padded);
    }
  }
}

/** The taps of one phase of the gradient at the input; gives where the next one's begin. */
function packPhase(w: usize, rd: i32, rh: i32, rw: i32, packed: usize): usize {
  let count = 0;
  for (let t = 0; t < g.kernel; t++) count += i32(meetsTap(t, rd, rh, rw));
  memory.fill(packed, 0, <usize>(count * fours(g.outputs) * eights(g.inputs)) << 2);
  let k = 0;
  for (let t = 0; t < g.kernel; t++)
    if (meetsTap(t, rd, rh, rw)) {
      packTap(w, g.inputs, g.kernel, g.outputs, g.inputs * g.kernel, t, packed, count * fours(g.outputs), k);
      k += fours(g.outputs);
    }
  return at(packed, k * eights(g.inputs));
}

// @ts-ignore: decorator
@inline
function meetsTap(t: i32, rd: i32, rh: i32, rw: i32): bool {
  return meets(t / (g.kh * g.kw), g.dd, g.sd, rd) && meets((t / g.kw) % g.kh, g.dh, g.sh, rh) && meets(t % g.kw, g.dw, g.sw, rw);
}

export function conv(
  n: i32, ci: i32, id: i32, ih: i32, iw: i32, co: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  groups: i32, method: i32, columns: i32, samples: i32,
  x: usize, w: usize, packed: usize, bias: usize, y: usize, scratch: usize,
): void {
  prepare(n, ci, id, ih, iw, co, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw, dd, dh, dw, groups, samples, scratch);
  const depth = g.inputs * g.kernel;
  if (method == WINOGRAD) {
    for (let group = 0; group < groups; group++)
      winogradConv(
        n, g.inputs, ci, ih, iw, g.outputs, co, oh, ow, ph, pw, columns, at(x, group * g.inputs * g.pixels),
        at(packed, group * winogradWeights(g.inputs, g.outputs)), bias ? at(bias, group * g.outputs) : 0,
        at(y, group * g.outputs * g.places), scratch,
      );
    return;
  }
  if (method == DEPTHWISE) return depthwiseConv(x, packed, bias, y);
  if (method == FEW) return fewConv(x, packed, bias, y);
  const inside = takeInput(g.inputs);
  const run = runLength();
  const count = depth / run;
  const rows = samples * g.places;
  const padded = count * fours(run);
  const starts = take(rows + 6), jumps = take(padded >> 2);
  const sums = take((rows + 6) * eights(g.outputs));
  takeStarts(starts);
  memory.fill(at(starts, rows), 0, 24);
  for (let t = 0; t < count; t++) takeRun(jumps, t, run, t ? runAt(t - 1) : 0, runAt(t));
  for (let group = 0; group < groups; group++) {
    const weights = at(packed, group * eights(g.outputs) * padded);
    for (let n0 = 0; n0 < n; n0 += samples) {
      const images = min(samples, n - n0);
      for (let i = 0; i < images; i++)
        bring(at(x, ((n0 + i) * ci + group * g.inputs) * g.pixels), g.inputs, id, ih, iw, source + <usize>i * image + inside);
      multiplyRows(images * g.places, starts, jumps, padded, weights, g.outputs, sums);
      for (let i = 0; i < images; i++)
        fromLast(
          at(sums, i * g.places * eights(g.outputs)), <usize>eights(g.outputs) << 2, 0, g.outputs, g.places,
          bias ? at(bias, group * g.outputs) : 0, at(y, ((n0 + i) * co + group * g.outputs) * g.places),
        );
    }
  }
}

/** Whether tap `t` of the kernel meets phase `r` of the stride, along one dimension. */
// @ts-ignore: decorator
@inline
function meets(t: i32, dilation: i32, stride: i32, r: i32): bool {
  return (t * dilation) % stride == r;
}

export function conv_grad_input(
  n: i32, ci: i32, id: i32, ih: i32, iw: i32, co: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  groups: i32, method: i32, columns: i32, samples: i32,
  gy: usize, w: usize, packed: usize, bias: usize, gx: usize, scratch: usize,
): void {
  prepare(n, ci, id, ih, iw, co, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw, dd, dh, dw, groups, samples, scratch);
  if (method == WINOGRAD) {
    // The convolution of gy with the weights turned around, outputs and inputs exchanged.
    for (let group = 0; group < groups; group++)
      winogradConv(
        n, g.outputs, co, oh, ow, g.inputs, ci, ih, iw, 2 - ph, 2 - pw, columns, at(gy, group * g.outputs * g.places),
        at(packed, group * winogradWeights(g.outputs, g.inputs)), bias ? at(bias, group * g.inputs) : 0,
        at(gx, group * g.inputs * g.pixels), scratch,
      );
    return;
  }
  if (method == DEPTHWISE) return depthwiseGradInput(gy, packed, bias, gx);
  // gx[h] takes gy[m − e] of every tap t with t · dilation = e · stride + r, where h + padding = m · stride + r.
  const ed = ((kd - 1) * dd) / sd, eh = ((kh - 1) * dh) / sh, ew = ((kw - 1) * dw) / sw;
  takeSource(g.outputs, ed + max(od, (id - 1 + pd) / sd + 1), eh + max(oh, (ih - 1 + ph) / sh + 1), ew + max(ow, (iw - 1 + pw) / sw + 1));
  const inside = <usize>ed * plane + <usize>eh * row + <usize>ew * pixel;
  const rows = samples * g.pixels;
  const starts = take(rows + 6), rowOf = take(rows), jumps = take(g.kernel * (fours(g.outputs) >> 2));
  const sums = take((rows + 6) * eights(g.inputs));
  const phases = sd * sh * sw;
  for (let group = 0; group < groups; group++) {
    for (let n0 = 0; n0 < n; n0 += samples) {
      const images = min(samples, n - n0);
      for (let i = 0; i < images; i++)
        bring(at(gy, ((n0 + i) * co + group * g.outputs) * g.places), g.outputs, od, oh, ow, source + <usize>i * image + inside);
      let first = 0, k = 0;
      for (let phase = 0; phase < phases; phase++) {
        const rd = phase / (sh * sw), rh = (phase / sw) % sh, rw = phase % sw;
        const weights = at(packed, (group * fours(g.outputs) * g.kernel + k) * eights(g.inputs));
        const count = takePhase(rd, rh, rw, jumps);
        const met = placesOfPhase(images, rd, rh, rw, inside, first, starts, rowOf);
        multiplyRows(met, starts, jumps, count * fours(g.outputs), weights, g.inputs, at(sums, first * eights(g.inputs)));
        first += met;
        k += count * fours(g.outputs);
      }
      for (let i = 0; i < images; i++)
        fromLast(
          sums, <usize>eights(g.inputs) << 2, at(rowOf, i * g.pixels), g.inputs, g.pixels,
          bias ? at(bias, group * g.inputs) : 0, at(gx, ((n0 + i) * ci + group * g.inputs) * g.pixels),
        );
    }
  }
}

/** The jumps between the taps of one phase. Gives their number. */
function takePhase(rd: i32, rh: i32, rw: i32, jumps: usize): i32 {
  let before: usize = 0, k = 0;
  for (let t = 0; t < g.kernel; t++) {
    if (!meetsTap(t, rd, rh, rw)) continue;
    const a = t / (g.kh * g.kw), b = (t / g.kw) % g.kh, e = t % g.kw;
    const back = <usize>((a * g.dd) / g.sd) * plane + <usize>((b * g.dh) / g.sh) * row + <usize>((e * g.dw) / g.sw) * pixel;
    takeRun(jumps, k, g.outputs, before, 0 - back);
    before = 0 - back;
    k++;
  }
  return k;
}

/** Where the pixels of one phase meet gy, to `starts`, and which row will be theirs, to `rowOf`. Gives their number. */
function placesOfPhase(images: i32, rd: i32, rh: i32, rw: i32, inside: usize, first: i32, starts: usize, rowOf: usize): i32 {
  let met = 0;
  for (let i = 0; i < images; i++)
    for (let z = 0; z < g.id; z++)
      for (let h = 0; h < g.ih; h++) {
        if ((z + g.pd) % g.sd != rd || (h + g.ph) % g.sh != rh) continue;
        const line = <usize>i * image + <usize>((z + g.pd) / g.sd) * plane + <usize>((h + g.ph) / g.sh) * row + inside;
        const pixels = at(rowOf, ((i * g.id + z) * g.ih + h) * g.iw);
        const begin = (((rw - g.pw) % g.sw) + g.sw) % g.sw;
        for (let v = begin; v < g.iw; v += g.sw, met++) {
          store<u32>(at(starts, met), <u32>(line + <usize>((v + g.pw) / g.sw) * pixel));
          store<u32>(at(pixels, v), first + met);
        }
      }
  for (let i = 0; i < 6; i++) store<u32>(at(starts, met + i), 0);
  return met;
}

/** Eight numbers at each of the places, one after another. */
function gather(count: i32, places: usize, from: usize, to: usize): void {
  const last = at(places, count);
  for (; places < last; places += 4, to += 32) {
    const p = from + load<u32>(places);
    v128.store(to, v128.load(p));
    v128.store(to, v128.load(p, 16), 16);
  }
}

export function conv_grad_weight(
  n: i32, ci: i32, id: i32, ih: i32, iw: i32, co: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  groups: i32, method: i32, columns: i32, samples: i32,
  x: usize, gy: usize, gw: usize, scratch: usize,
): void {
  prepare(n, ci, id, ih, iw, co, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw, dd, dh, dw, groups, samples, scratch);
  const depth = g.inputs * g.kernel;
  if (method == WINOGRAD) {
    for (let group = 0; group < groups; group++)
      winogradGradWeight(
        n, g.inputs, ci, ih, iw, g.outputs, co, oh, ow, ph, pw, columns, at(x, group * g.inputs * g.pixels),
        at(gy, group * g.outputs * g.places), at(gw, group * g.outputs * depth), scratch,
      );
    return;
  }
  if (method == DEPTHWISE) return depthwiseGradWeight(x, gy, gw);
  if (method == FEW) return fewGradWeight(x, gy, gw);
  const inside = takeInput(g.inputs);
  const run = runLength();
  const count = depth / run;
  const six = inSixes(g.outputs, 2);
  const height = inTiles(g.outputs, 2);
  const rows = samples * g.places;
  const starts = take(rows + 1), gradients = take((rows + 1) * height);
  const panel = take(8 * (rows + 2)), sums = take(count * height * eights(run));
  takeStarts(starts);
  store<u32>(at(starts, rows), 0);
  const ldc = <usize>eights(run) << 2;
  for (let group = 0; group < groups; group++) {
    for (let n0 = 0; n0 < n; n0 += samples) {
      const images = min(samples, n - n0);
      const places = images * g.places, even = (places + 1) & ~1;
      for (let i = 0; i < images; i++) {
        bring(at(x, ((n0 + i) * ci + group * g.inputs) * g.pixels), g.inputs, id, ih, iw, source + <usize>i * image + inside);
        const from = at(gy, ((n0 + i) * co + group * g.outputs) * g.places);
        for (let o = 0, h = 6; o < g.outputs; o += h) {
          if (o >= six) h = 4;
          const to = at(gradients, o * (rows + 1) + i * g.places * h);
          rowToLast(at(from, o * g.places), min(h, g.outputs - o), <usize>g.places << 2, g.places, to, <usize>h << 2);
          // Zeros make the number of places even.
          if (i == images - 1) memory.fill(at(to, g.places * h), 0, <usize>h << 2);
        }
      }
      for (let t = 0; t < count; t++)
        for (let j = 0; j < run; j += 8) {
          const from = at(source, j) + runAt(t);
          // Many outputs read the same eight numbers of every window: those are put together once.
          const together = g.outputs >= 24;
          if (together) gather(even, starts, from, panel);
          for (let o = 0, h = 6; o < g.outputs; o += h) {
            if (o >= six) h = 4;
            const sum = at(sums, (t * height + o) * eights(run) + j);
            const base: usize = n0 > 0 ? sum : 0, onward: usize = n0 > 0 ? ldc : 0;
            const rowsOf = at(gradients, o * (rows + 1)), next = <usize>h << 2;
            if (together) tileOfSteps(even, h, rowsOf, next, panel, 32, sum, ldc, base, onward);
            else tileAtPlaces(starts, even, h, rowsOf, next, from, sum, ldc, base, onward);
          }
        }
    }
    // (count, outputs, run) to (outputs, inputs, kernel).
    const taps = run / g.inputs;
    for (let o = 0; o < g.outputs; o++)
      for (let i = 0; i < g.inputs; i++)
        for (let t = 0; t < g.kernel; t++)
          store<f32>(
            at(gw, ((group * g.outputs + o) * g.inputs + i) * g.kernel + t),
            load<f32>(at(sums, ((t / taps) * height + o) * eights(run) + (t % taps) * g.inputs + i)),
          );
  }
}
