// Around the optimizer: all gradients or parameters in one pass; their number is a multiple of 16.

export function axpby(n: i32, x: usize, y: usize, scalars: usize): void {
  const a = v128.load32_splat(scalars), b = v128.load32_splat(scalars, 4);
  const end = <usize>n << 2;
  if (load<f32>(scalars, 4) == 0) {
    for (let j: usize = 0; j < end; j += 16) v128.store(y + j, f32x4.mul(a, v128.load(x + j)));
    return;
  }
  for (let j: usize = 0; j < end; j += 16)
    v128.store(y + j, f32x4.add(f32x4.mul(a, v128.load(x + j)), f32x4.mul(b, v128.load(y + j))));
}

export function clip_grad_norm(n: i32, g: usize, scalars: usize): void {
  const end = g + (<usize>n << 2);
  let even = f64x2.splat(0), odd = f64x2.splat(0);
  for (let p = g; p < end; p += 16) {
    const four = v128.load(p);
    const low = f64x2.promote_low_f32x4(four);
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(four, four, 2, 3, 2, 3));
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
  }
  const both = f64x2.add(even, odd);
  const norm = sqrt(f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1));
  store<f32>(scalars, <f32>norm, 4);
  const factor = f32x4.splat(<f32>min<f64>(1, <f64>load<f32>(scalars) / (norm + 1e-6)));
  for (let p = g; p < end; p += 16) v128.store(p, f32x4.mul(v128.load(p), factor));
}

export function clip_grad_value(n: i32, g: usize, scalars: usize): void {
  const most = v128.load32_splat(scalars);
  const least = f32x4.neg(most);
  for (let p = g, end = g + (<usize>n << 2); p < end; p += 16)
    v128.store(p, f32x4.max(least, f32x4.min(most, v128.load(p))));
}
