let r0: u32 = 0, r1: u32 = 0, r2: u32 = 0, r3: u32 = 0;

/** Philox 4×32-10; see base/random.ts. */
function philox(c0: u32, c2: u32, c3: u32, k0: u32, k1: u32): void {
  let c1: u32 = 0;
  for (let round = 0; round < 10; round++) {
    const p = <u64>c0 * 0xd2511f53;
    const q = <u64>c2 * 0xcd9e8d57;
    c0 = <u32>(q >> 32) ^ c1 ^ k0;
    c1 = <u32>q;
    c2 = <u32>(p >> 32) ^ c3 ^ k1;
    c3 = <u32>p;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  r0 = c0; r1 = c1; r2 = c2; r3 = c3;
}

export function dropout(
  n: i32, inner: i32, start: i32, x: usize, y: usize, p: f32, key0: i32, key1: i32, stream: i32, step: usize,
): void {
  const scale: f32 = 1 / (1 - p);
  const threshold = <f64>p * 4294967296.0;
  const now = load<u32>(step);
  const count = n / inner;
  for (let j = 0; j < count; j += 4) {
    philox(<u32>(start + j) >> 2, now, stream, key0, key1);
    for (let lane = 0; lane < 4 && j + lane < count; lane++) {
      const word = lane == 0 ? r0 : lane == 1 ? r1 : lane == 2 ? r2 : r3;
      const factor: f32 = <f64>word >= threshold ? scale : 0;
      for (let i = 0; i < inner; i++, x += 4, y += 4) store<f32>(y, factor == 0 ? 0 : load<f32>(x) * factor);
    }
  }
}
