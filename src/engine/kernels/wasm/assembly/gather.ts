import { copyRun } from './elementwise';

/** Negative indices count from the end; what lies outside is held at the edge, so that no memory is harmed. */
// @ts-ignore: decorator
@inline
function row(p: usize, size: i32): i32 {
  const given = load<i32>(p);
  return max(0, min(size - 1, given < 0 ? given + size : given));
}

export function index_select(
  outer: i32, size: i32, inner: i32, count: i32, x: usize, index: usize, y: usize,
): void {
  const bytes = <usize>inner << 2;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++, y += bytes)
      copyRun(inner, x + <usize>row(index + (<usize>j << 2), size) * bytes, y);
    x += <usize>size * bytes;
  }
}

export function index_add(
  outer: i32, size: i32, inner: i32, count: i32, ignore: i32, first: i32, rows: i32,
  gy: usize, index: usize, gx: usize,
): void {
  const bytes = <usize>inner << 2;
  memory.fill(gx, 0, <usize>(outer * rows) * bytes);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++, gy += bytes) {
      const at = row(index + (<usize>j << 2), size);
      if (at == ignore || at < first || at >= first + rows) continue;
      const to = gx + <usize>(at - first) * bytes;
      let i: usize = 0;
      for (; i + 16 <= bytes; i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(gy + i)));
      for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(to + i) + load<f32>(gy + i));
    }
    gx += <usize>rows * bytes;
  }
}

export function gather(outer: i32, size: i32, inner: i32, count: i32, x: usize, index: usize, y: usize): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++)
      for (let i = 0; i < inner; i++, index += 4, y += 4)
        store<i32>(y, load<i32>(x + (<usize>(row(index, size) * inner + i) << 2)));
    x += <usize>(size * inner) << 2;
  }
}

export function gather_add(outer: i32, size: i32, inner: i32, count: i32, gy: usize, index: usize, gx: usize): void {
  memory.fill(gx, 0, <usize>(outer * size * inner) << 2);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++)
      for (let i = 0; i < inner; i++, index += 4, gy += 4) {
        const to = gx + (<usize>(row(index, size) * inner + i) << 2);
        store<f32>(to, load<f32>(to) + load<f32>(gy));
      }
    gx += <usize>(size * inner) << 2;
  }
}
