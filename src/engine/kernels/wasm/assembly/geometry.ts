// What a convolution is, and where its image lies in scratch memory while it is worked on: channels last, in a border
// of zeros, so that every window is inside.

import { rowToLast } from './last';

class Geometry {
  n: i32 = 0; ci: i32 = 0; id: i32 = 0; ih: i32 = 0; iw: i32 = 0;
  co: i32 = 0; od: i32 = 0; oh: i32 = 0; ow: i32 = 0;
  kd: i32 = 0; kh: i32 = 0; kw: i32 = 0;
  sd: i32 = 0; sh: i32 = 0; sw: i32 = 0;
  pd: i32 = 0; ph: i32 = 0; pw: i32 = 0;
  dd: i32 = 0; dh: i32 = 0; dw: i32 = 0;
  groups: i32 = 0; samples: i32 = 0;
  /** Of a group. */
  inputs: i32 = 0; outputs: i32 = 0;
  kernel: i32 = 0; places: i32 = 0; pixels: i32 = 0;
}

export const g = new Geometry();

// The images with channels last: bytes of a pixel, row, plane and image, with the border's zeros around.
export let pixel: usize = 0, row: usize = 0, plane: usize = 0, image: usize = 0;
export let source: usize = 0;
/** Free scratch memory. */
let free: usize = 0;

export function prepare(
  n: i32, ci: i32, id: i32, ih: i32, iw: i32, co: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  groups: i32, samples: i32, scratch: usize,
): void {
  g.n = n; g.ci = ci; g.id = id; g.ih = ih; g.iw = iw; g.co = co; g.od = od; g.oh = oh; g.ow = ow;
  g.kd = kd; g.kh = kh; g.kw = kw; g.sd = sd; g.sh = sh; g.sw = sw;
  g.pd = pd; g.ph = ph; g.pw = pw; g.dd = dd; g.dh = dh; g.dw = dw;
  g.groups = groups; g.samples = samples;
  g.inputs = ci / groups;
  g.outputs = co / groups;
  g.kernel = kd * kh * kw;
  g.places = od * oh * ow;
  g.pixels = id * ih * iw;
  free = scratch;
}

export function take(elements: i32): usize {
  const at = free;
  free += <usize>((elements + 31) & ~15) << 2;
  return at;
}

// @ts-ignore: decorator
@inline
export function at(base: usize, index: i32): usize {
  return base + (<usize>index << 2);
}

// @ts-ignore: decorator
@inline
export function eights(channels: i32): i32 {
  return (channels + 7) & ~7;
}

/** Makes room for images of this size, border and all, of zeros. */
export function takeSource(channels: i32, depth: i32, height: i32, width: i32): void {
  pixel = <usize>channels << 2;
  row = <usize>width * pixel;
  plane = <usize>height * row;
  image = <usize>depth * plane;
  source = take(g.samples * depth * height * width * channels);
  memory.fill(source, 0, free - source);
}

/** A group's channels of one image, from (channels, d, h, w) into the source; four channels are read as they lie. */
export function bring(x: usize, channels: i32, d: i32, h: i32, w: i32, target: usize): void {
  const line = <usize>w << 2;
  const all = <usize>(d * h) * line;
  for (let c = 0; c < channels; c += 4, x += 4 * all, target += 16)
    for (let z = 0, p = x; z < d; z++)
      for (let y = 0; y < h; y++, p += line)
        rowToLast(p, min(4, channels - c), all, w, target + <usize>z * plane + <usize>y * row, pixel);
}

/** Takes room for x with its border, as the forward windows meet it, and says where the image begins in it. */
export function takeInput(channels: i32): usize {
  takeSource(
    channels,
    max(g.pd + g.id, (g.od - 1) * g.sd + (g.kd - 1) * g.dd + 1),
    max(g.ph + g.ih, (g.oh - 1) * g.sh + (g.kh - 1) * g.dh + 1),
    max(g.pw + g.iw, (g.ow - 1) * g.sw + (g.kw - 1) * g.dw + 1),
  );
  return <usize>g.pd * plane + <usize>g.ph * row + <usize>g.pw * pixel;
}

/** Whether the window's rows are whole runs. */
// @ts-ignore: decorator
@inline
export function merged(): bool {
  return g.dw == 1 || g.kw == 1;
}

// @ts-ignore: decorator
@inline
export function runLength(): i32 {
  return merged() ? g.kw * g.inputs : g.inputs;
}

/** Up to a whole number of the products' steps. */
// @ts-ignore: decorator
@inline
export function fours(numbers: i32): i32 {
  return (numbers + 3) & ~3;
}

/** Byte offset of a window's run; there are kd · kh of them, or kd · kh · kw. */
export function runAt(t: i32): usize {
  const e = merged() ? 0 : t % g.kw;
  const line = merged() ? t : t / g.kw;
  return <usize>((line / g.kh) * g.dd) * plane + <usize>((line % g.kh) * g.dh) * row + <usize>(e * g.dw) * pixel;
}

/** Where each place's window begins. */
export function takeStarts(starts: usize): void {
  for (let i = 0; i < g.samples; i++)
    for (let z = 0; z < g.od; z++)
      for (let h = 0; h < g.oh; h++) {
        const line = <usize>i * image + <usize>(z * g.sd) * plane + <usize>(h * g.sh) * row;
        for (let v = 0; v < g.ow; v++, starts += 4) store<u32>(starts, <u32>(line + <usize>(v * g.sw) * pixel));
      }
}
