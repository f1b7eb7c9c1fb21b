// All parameters in one pass; their number is a multiple of 16. What is left of an old gradient in an average shrinks
// by a factor a step and would end as a number below the normal ones, on which processors take a hundred times as long:
// every dead unit has such averages. They are 0 here.

// @ts-ignore: decorator
@inline
function scalar(scalars: usize, i: usize): v128 {
  return v128.load32_splat(scalars + (i << 2));
}

// @ts-ignore: decorator
@inline
function normal(v: v128): v128 {
  return v128.andnot(v, f32x4.lt(f32x4.abs(v), f32x4.splat(1.17549435e-38)));
}

export function sgd(n: i32, p: usize, g: usize, momentum_buffer: usize, update: usize, scalars: usize): void {
  const lr = scalar(scalars, 0), momentum = scalar(scalars, 1), fresh = scalar(scalars, 2);
  const decay = scalar(scalars, 3), sign = scalar(scalars, 5);
  const nesterov = load<f32>(scalars, 16) != 0;
  const first = load<f32>(scalars, 24) != 0;
  for (let j: usize = 0; j < <usize>n << 2; j += 16) {
    const before = v128.load(p + j);
    let d = f32x4.add(f32x4.mul(sign, v128.load(g + j)), f32x4.mul(decay, before));
    if (momentum_buffer) {
      const b = first ? d : normal(f32x4.add(f32x4.mul(momentum, v128.load(momentum_buffer + j)), f32x4.mul(fresh, d)));
      v128.store(momentum_buffer + j, b);
      d = nesterov ? f32x4.add(d, f32x4.mul(momentum, b)) : b;
    }
    const after = f32x4.sub(before, f32x4.mul(lr, d));
    v128.store(p + j, after);
    v128.store(update + j, f32x4.sub(after, before));
  }
}

export function adam(
  n: i32, p: usize, g: usize, exp_avg: usize, exp_avg_sq: usize, max_exp_avg_sq: usize, update: usize, scalars: usize,
): void {
  const beta1 = scalar(scalars, 0), fresh1 = scalar(scalars, 1), beta2 = scalar(scalars, 2), fresh2 = scalar(scalars, 3);
  const eps = scalar(scalars, 4), coupled = scalar(scalars, 5), shrink = scalar(scalars, 6), sign = scalar(scalars, 7);
  const size = scalar(scalars, 8), root = scalar(scalars, 9);
  for (let j: usize = 0; j < <usize>n << 2; j += 16) {
    const before = v128.load(p + j);
    const d = f32x4.add(f32x4.mul(sign, v128.load(g + j)), f32x4.mul(coupled, before));
    const m = normal(f32x4.add(f32x4.mul(beta1, v128.load(exp_avg + j)), f32x4.mul(fresh1, d)));
    const v = normal(f32x4.add(f32x4.mul(beta2, v128.load(exp_avg_sq + j)), f32x4.mul(fresh2, f32x4.mul(d, d))));
    v128.store(exp_avg + j, m);
    v128.store(exp_avg_sq + j, v);
    let second = v;
    if (max_exp_avg_sq) {
      second = f32x4.max(v128.load(max_exp_avg_sq + j), v);
      v128.store(max_exp_avg_sq + j, second);
    }
    const below = f32x4.add(f32x4.div(f32x4.sqrt(second), root), eps);
    const after = f32x4.sub(f32x4.mul(before, shrink), f32x4.div(f32x4.mul(size, m), below));
    v128.store(p + j, after);
    v128.store(update + j, f32x4.sub(after, before));
  }
}

export function rmsprop(
  n: i32, p: usize, g: usize, square_avg: usize, momentum_buffer: usize, grad_avg: usize, update: usize, scalars: usize,
): void {
  const lr = scalar(scalars, 0), alpha = scalar(scalars, 1), fresh = scalar(scalars, 2), eps = scalar(scalars, 3);
  const decay = scalar(scalars, 4), momentum = scalar(scalars, 5), sign = scalar(scalars, 6);
  for (let j: usize = 0; j < <usize>n << 2; j += 16) {
    const before = v128.load(p + j);
    const d = f32x4.add(f32x4.mul(sign, v128.load(g + j)), f32x4.mul(decay, before));
    let second = normal(f32x4.add(f32x4.mul(alpha, v128.load(square_avg + j)), f32x4.mul(fresh, f32x4.mul(d, d))));
    v128.store(square_avg + j, second);
    if (grad_avg) {
      const mean = f32x4.add(f32x4.mul(alpha, v128.load(grad_avg + j)), f32x4.mul(fresh, d));
      v128.store(grad_avg + j, mean);
      second = f32x4.sub(second, f32x4.mul(mean, mean));
    }
    let step = f32x4.div(d, f32x4.add(f32x4.sqrt(second), eps));
    if (momentum_buffer) {
      step = normal(f32x4.add(f32x4.mul(momentum, v128.load(momentum_buffer + j)), step));
      v128.store(momentum_buffer + j, step);
    }
    const after = f32x4.sub(before, f32x4.mul(lr, step));
    v128.store(p + j, after);
    v128.store(update + j, f32x4.sub(after, before));
  }
}

export function adagrad(n: i32, p: usize, g: usize, sum: usize, update: usize, scalars: usize): void {
  const lr = scalar(scalars, 0), decay = scalar(scalars, 1), eps = scalar(scalars, 2), sign = scalar(scalars, 3);
  for (let j: usize = 0; j < <usize>n << 2; j += 16) {
    const before = v128.load(p + j);
    const d = f32x4.add(f32x4.mul(sign, v128.load(g + j)), f32x4.mul(decay, before));
    const total = f32x4.add(v128.load(sum + j), f32x4.mul(d, d));
    v128.store(sum + j, total);
    const after = f32x4.sub(before, f32x4.div(f32x4.mul(lr, d), f32x4.add(f32x4.sqrt(total), eps)));
    v128.store(p + j, after);
    v128.store(update + j, f32x4.sub(after, before));
  }
}
