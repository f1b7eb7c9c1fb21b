// Channels last: (channels, pixels), as tensors lie, to (pixels, channels) and back, four by four. Products then take
// a vector of channels, or run along them, wherever a pixel lies.

/** Four vectors become their transpose at q. */
// @ts-ignore: decorator
@inline
export function turnFour(r0: v128, r1: v128, r2: v128, r3: v128, q: usize, step: usize): void {
  const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(q, v128.shuffle<f64>(t0, t2, 0, 2));
  v128.store(q + step, v128.shuffle<f64>(t0, t2, 1, 3));
  v128.store(q + 2 * step, v128.shuffle<f64>(t1, t3, 0, 2));
  v128.store(q + 3 * step, v128.shuffle<f64>(t1, t3, 1, 3));
}

/** One row of w pixels, of channels `plane` bytes apart, to pixels `pixel` bytes apart. */
export function rowToLast(x: usize, channels: i32, plane: usize, w: i32, target: usize, pixel: usize): void {
  let c = 0;
  if (w >= 4)
    for (; c + 4 <= channels; c += 4, x += 4 * plane, target += 16)
      for (let j = 0; j < w; j += 4) {
        // The last four overlap those before.
        const at = <usize>min(j, w - 4);
        const p = x + (at << 2);
        turnFour(
          v128.load(p), v128.load(p + plane), v128.load(p + 2 * plane), v128.load(p + 3 * plane), target + at * pixel, pixel,
        );
      }
  for (; c < channels; c++, x += plane, target += 4)
    for (let j: usize = 0; j < <usize>w; j++) store<f32>(target + j * pixel, load<f32>(x + (j << 2)));
}

/**
 * Back: `places` pixels, a row of `ldc` bytes each, to channels; plus the bias. The pixels' rows are at `rows`, or lie
 * one after another where that is 0.
 */
export function fromLast(
  source: usize, ldc: usize, rows: usize, channels: i32, places: i32, bias: usize, y: usize,
): void {
  const plane = <usize>places << 2;
  let c = 0;
  if (places >= 4)
    for (; c + 4 <= channels; c += 4, source += 16, y += 4 * plane) {
      const shift = bias ? v128.load(bias + (<usize>c << 2)) : f32x4.splat(0);
      for (let j = 0; j < places; j += 4) {
        const at = min(j, places - 4);
        turnFour(
          f32x4.add(v128.load(source + rowAt(rows, at) * ldc), shift),
          f32x4.add(v128.load(source + rowAt(rows, at + 1) * ldc), shift),
          f32x4.add(v128.load(source + rowAt(rows, at + 2) * ldc), shift),
          f32x4.add(v128.load(source + rowAt(rows, at + 3) * ldc), shift),
          y + (<usize>at << 2), plane,
        );
      }
    }
  for (; c < channels; c++, source += 4, y += plane) {
    const shift: f32 = bias ? load<f32>(bias + (<usize>c << 2)) : 0;
    for (let j = 0; j < places; j++) store<f32>(y + (<usize>j << 2), load<f32>(source + rowAt(rows, j) * ldc) + shift);
  }
}

// @ts-ignore: decorator
@inline
function rowAt(rows: usize, place: i32): usize {
  return rows ? load<u32>(rows + (<usize>place << 2)) : place;
}
