// @ts-ignore: decorator
@inline
function at(base: usize, index: i32): usize {
  return base + (<usize>index << 2);
}

export function max_pool(
  nc: i32, id: i32, ih: i32, iw: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32, dd: i32, dh: i32, dw: i32,
  x: usize, y: usize, index: usize,
): void {
  for (let c = 0; c < nc; c++) {
    const image = at(x, c * id * ih * iw);
    for (let d = 0; d < od; d++)
      for (let h = 0; h < oh; h++)
        for (let w = 0; w < ow; w++, y += 4, index += 4) {
          let best: f32 = -Infinity;
          let found = -1;
          for (let a = 0; a < kd; a++) {
            const z = d * sd - pd + a * dd;
            if (z < 0 || z >= id) continue;
            for (let b = 0; b < kh; b++) {
              const r = h * sh - ph + b * dh;
              if (r < 0 || r >= ih) continue;
              for (let e = 0; e < kw; e++) {
                const q = w * sw - pw + e * dw;
                if (q < 0 || q >= iw) continue;
                const place = (z * ih + r) * iw + q;
                const value = load<f32>(at(image, place));
                if (found < 0 || value > best || value != value) {
                  best = value;
                  found = place;
                }
              }
            }
          }
          store<f32>(y, best);
          store<i32>(index, found);
        }
  }
}

export function adaptive_max_pool(
  nc: i32, id: i32, ih: i32, iw: i32, od: i32, oh: i32, ow: i32, x: usize, y: usize, index: usize,
): void {
  for (let c = 0; c < nc; c++) {
    const image = at(x, c * id * ih * iw);
    for (let d = 0; d < od; d++)
      for (let h = 0; h < oh; h++)
        for (let w = 0; w < ow; w++, y += 4, index += 4) {
          let best: f32 = -Infinity;
          let found = -1;
          for (let z = start(d, id, od); z < end(d, id, od); z++)
            for (let r = start(h, ih, oh); r < end(h, ih, oh); r++)
              for (let q = start(w, iw, ow); q < end(w, iw, ow); q++) {
                const place = (z * ih + r) * iw + q;
                const value = load<f32>(at(image, place));
                if (found < 0 || value > best || value != value) {
                  best = value;
                  found = place;
                }
              }
          store<f32>(y, best);
          store<i32>(index, found);
        }
  }
}

// @ts-ignore: decorator
@inline
function start(i: i32, size: i32, count: i32): i32 {
  return (i * size) / count;
}

// @ts-ignore: decorator
@inline
function end(i: i32, size: i32, count: i32): i32 {
  return ((i + 1) * size + count - 1) / count;
}

export function max_pool_grad(nc: i32, inputs: i32, outputs: i32, index: usize, gy: usize, gx: usize): void {
  memory.fill(gx, 0, <usize>(nc * inputs) << 2);
  for (let c = 0; c < nc; c++) {
    for (let j = 0; j < outputs; j++, index += 4, gy += 4) {
      const p = at(gx, load<i32>(index));
      store<f32>(p, load<f32>(p) + load<f32>(gy));
    }
    gx += <usize>inputs << 2;
  }
}

export function avg_pool(
  nc: i32, id: i32, ih: i32, iw: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32,
  count_include_pad: i32, x: usize, y: usize,
): void {
  average(nc, id, ih, iw, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw, count_include_pad, x, y, false);
}

export function avg_pool_grad(
  nc: i32, id: i32, ih: i32, iw: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32,
  count_include_pad: i32, gy: usize, gx: usize,
): void {
  memory.fill(gx, 0, <usize>(nc * id * ih * iw) << 2);
  average(nc, id, ih, iw, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw, count_include_pad, gx, gy, true);
}

function average(
  nc: i32, id: i32, ih: i32, iw: i32, od: i32, oh: i32, ow: i32,
  kd: i32, kh: i32, kw: i32, sd: i32, sh: i32, sw: i32, pd: i32, ph: i32, pw: i32,
  count_include_pad: i32, x: usize, y: usize, back: bool,
): void {
  for (let c = 0; c < nc; c++) {
    const image = at(x, c * id * ih * iw);
    for (let d = 0; d < od; d++)
      for (let h = 0; h < oh; h++)
        for (let w = 0; w < ow; w++, y += 4) {
          const fd = d * sd - pd, fh = h * sh - ph, fw = w * sw - pw;
          const d0 = max(fd, 0), h0 = max(fh, 0), w0 = max(fw, 0);
          const d1 = min(fd + kd, id), h1 = min(fh + kh, ih), w1 = min(fw + kw, iw);
          const count = count_include_pad
            ? (min(fd + kd, id + pd) - fd) * (min(fh + kh, ih + ph) - fh) * (min(fw + kw, iw + pw) - fw)
            : (d1 - d0) * (h1 - h0) * (w1 - w0);
          box(image, ih, iw, d0, d1, h0, h1, w0, w1, count, y, back);
        }
  }
}

/** The mean of a box, or its share of the gradient added to each of its places. */
// @ts-ignore: decorator
@inline
function box(
  image: usize, ih: i32, iw: i32, d0: i32, d1: i32, h0: i32, h1: i32, w0: i32, w1: i32, count: i32, y: usize, back: bool,
): void {
  let sum: f64 = 0;
  const share = back ? load<f32>(y) / <f32>count : 0;
  for (let z = d0; z < d1; z++)
    for (let r = h0; r < h1; r++) {
      let p = at(image, (z * ih + r) * iw + w0);
      for (let q = w0; q < w1; q++, p += 4) {
        if (back) store<f32>(p, load<f32>(p) + share);
        else sum += load<f32>(p);
      }
    }
  if (!back) store<f32>(y, <f32>(sum / <f64>count));
}

export function adaptive_avg_pool(
  nc: i32, id: i32, ih: i32, iw: i32, od: i32, oh: i32, ow: i32, x: usize, y: usize,
): void {
  adaptive(nc, id, ih, iw, od, oh, ow, x, y, false);
}

export function adaptive_avg_pool_grad(
  nc: i32, id: i32, ih: i32, iw: i32, od: i32, oh: i32, ow: i32, gy: usize, gx: usize,
): void {
  memory.fill(gx, 0, <usize>(nc * id * ih * iw) << 2);
  adaptive(nc, id, ih, iw, od, oh, ow, gx, gy, true);
}

function adaptive(
  nc: i32, id: i32, ih: i32, iw: i32, od: i32, oh: i32, ow: i32, x: usize, y: usize, back: bool,
): void {
  for (let c = 0; c < nc; c++) {
    const image = at(x, c * id * ih * iw);
    for (let d = 0; d < od; d++)
      for (let h = 0; h < oh; h++)
        for (let w = 0; w < ow; w++, y += 4) {
          const d0 = start(d, id, od), d1 = end(d, id, od);
          const h0 = start(h, ih, oh), h1 = end(h, ih, oh);
          const w0 = start(w, iw, ow), w1 = end(w, iw, ow);
          box(image, ih, iw, d0, d1, h0, h1, w0, w1, (d1 - d0) * (h1 - h0) * (w1 - w0), y, back);
        }
  }
}
