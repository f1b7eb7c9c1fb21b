// @ts-ignore: decorator
@inline
function position(i: i32, size: i32, out: i32, align_corners: i32): f64 {
  if (align_corners) return out > 1 ? <f64>(i * (size - 1)) / <f64>(out - 1) : 0;
  return max(0.0, ((<f64>i + 0.5) * <f64>size) / <f64>out - 0.5);
}

export function interpolate(
  nc: i32, ih: i32, iw: i32, oh: i32, ow: i32, bilinear: i32, align_corners: i32, x: usize, y: usize,
): void {
  walk(nc, ih, iw, oh, ow, bilinear, align_corners, x, y, false);
}

export function interpolate_grad(
  nc: i32, ih: i32, iw: i32, oh: i32, ow: i32, bilinear: i32, align_corners: i32, gy: usize, gx: usize,
): void {
  memory.fill(gx, 0, <usize>(nc * ih * iw) << 2);
  walk(nc, ih, iw, oh, ow, bilinear, align_corners, gx, gy, true);
}

function walk(
  nc: i32, ih: i32, iw: i32, oh: i32, ow: i32, bilinear: i32, align_corners: i32, x: usize, y: usize, back: bool,
): void {
  for (let h = 0; h < oh; h++) {
    const v = bilinear ? position(h, ih, oh, align_corners) : <f64>min((h * ih) / oh, ih - 1);
    const h0 = min(<i32>v, ih - 1), h1 = min(h0 + 1, ih - 1);
    const dv = v - <f64>h0;
    for (let w = 0; w < ow; w++) {
      const u = bilinear ? position(w, iw, ow, align_corners) : <f64>min((w * iw) / ow, iw - 1);
      const w0 = min(<i32>u, iw - 1), w1 = min(w0 + 1, iw - 1);
      const du = u - <f64>w0;
      for (let c = 0; c < nc; c++) {
        const image = x + (<usize>(c * ih * iw) << 2);
        const p = image + (<usize>(h0 * iw + w0) << 2), q = image + (<usize>(h0 * iw + w1) << 2);
        const r = image + (<usize>(h1 * iw + w0) << 2), s = image + (<usize>(h1 * iw + w1) << 2);
        const a = (1 - dv) * (1 - du), b = (1 - dv) * du, d = dv * (1 - du), e = dv * du;
        const out = y + (<usize>((c * oh + h) * ow + w) << 2);
        if (back) {
          const g = <f64>load<f32>(out);
          store<f32>(p, <f32>(load<f32>(p) + a * g));
          if (bilinear) {
            store<f32>(q, <f32>(load<f32>(q) + b * g));
            store<f32>(r, <f32>(load<f32>(r) + d * g));
            store<f32>(s, <f32>(load<f32>(s) + e * g));
          }
        } else if (bilinear) {
          store<f32>(out, <f32>(a * load<f32>(p) + b * load<f32>(q) + d * load<f32>(r) + e * load<f32>(s)));
        } else store<f32>(out, load<f32>(p));
      }
    }
  }
}
