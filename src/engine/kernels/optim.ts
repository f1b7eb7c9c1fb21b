// One pass over all parameters, which lie in one piece, as do their gradients and the optimizer's state.
// `update` receives what the step added. The numbers of a step lie in memory at `scalars`, in the order the
// optimizer's value in torch/optim names them, so that a schedule changes no instruction.

import { address, int, kernel } from './kernel.ts';

/** d = ±g + λ p;  b = first ? d : μ b + fresh · d (fresh = 1 − τ);  p −= η (nesterov ? d + μ b : μ ≠ 0 ? b : d) */
export const sgd = kernel(
  { n: int, p: address, g: address, momentum_buffer: address, update: address, scalars: address },
  ({ f }, { n, p, g, momentum_buffer: b, update, scalars }) => {
    const [lr, momentum, fresh, weight_decay, nesterov, sign, first] = f.subarray(scalars, scalars + 7);
    for (let j = 0; j < n; j++) {
      let d = sign * f[g + j] + weight_decay * f[p + j];
      if (b !== 0) {
        f[b + j] = first !== 0 ? d : momentum * f[b + j] + fresh * d;
        d = nesterov !== 0 ? d + momentum * f[b + j] : f[b + j];
      }
      const before = f[p + j];
      f[p + j] = before - lr * d;
      f[update + j] = f[p + j] - before;
    }
  },
);

/**
 * m = β₁ m + (1 − β₁) g;  v = β₂ v + (1 − β₂) g²;  p −= step · m / (√v / root + ε), where step and root carry the
 * bias corrections. Weight decay joins the gradient (coupled) or shrinks p before (decoupled).
 */
export const adam = kernel(
  {
    n: int,
    p: address,
    g: address,
    exp_avg: address,
    exp_avg_sq: address,
    max_exp_avg_sq: address,
    update: address,
    scalars: address,
  },
  ({ f }, { n, p, g, exp_avg: m, exp_avg_sq: v, max_exp_avg_sq: top, update, scalars }) => {
    const [beta1, fresh1, beta2, fresh2, eps, coupled, shrink, sign, step, root] = f.subarray(scalars, scalars + 10);
    for (let j = 0; j < n; j++) {
      const before = f[p + j];
      const d = sign * f[g + j] + coupled * before;
      f[m + j] = beta1 * f[m + j] + fresh1 * d;
      f[v + j] = beta2 * f[v + j] + fresh2 * d * d;
      if (top !== 0) f[top + j] = Math.max(f[top + j], f[v + j]);
      const second = top !== 0 ? f[top + j] : f[v + j];
      f[p + j] = before * shrink - (step * f[m + j]) / (Math.sqrt(second) / root + eps);
      f[update + j] = f[p + j] - before;
    }
  },
);

/** v = α v + (1 − α) d²;  step d / (√(v − ḡ²) + ε), with ḡ the mean of gradients where centered; b = μ b + that. */
export const rmsprop = kernel(
  {
    n: int,
    p: address,
    g: address,
    square_avg: address,
    momentum_buffer: address,
    grad_avg: address,
    update: address,
    scalars: address,
  },
  ({ f }, { n, p, g, square_avg: v, momentum_buffer: b, grad_avg: mean, update, scalars }) => {
    const [lr, alpha, fresh, eps, weight_decay, momentum, sign] = f.subarray(scalars, scalars + 7);
    for (let j = 0; j < n; j++) {
      const before = f[p + j];
      const d = sign * f[g + j] + weight_decay * before;
      f[v + j] = alpha * f[v + j] + fresh * d * d;
      let second = f[v + j];
      if (mean !== 0) {
        f[mean + j] = alpha * f[mean + j] + fresh * d;
        second -= f[mean + j] * f[mean + j];
      }
      let step = d / (Math.sqrt(second) + eps);
      if (b !== 0) {
        f[b + j] = momentum * f[b + j] + step;
        step = f[b + j];
      }
      f[p + j] = before - lr * step;
      f[update + j] = f[p + j] - before;
    }
  },
);

/** s = s + d²;  p −= η d / (√s + ε) */
export const adagrad = kernel(
  { n: int, p: address, g: address, sum: address, update: address, scalars: address },
  ({ f }, { n, p, g, sum, update, scalars }) => {
    const [lr, weight_decay, eps, sign] = f.subarray(scalars, scalars + 4);
    for (let j = 0; j < n; j++) {
      const before = f[p + j];
      const d = sign * f[g + j] + weight_decay * before;
      f[sum + j] += d * d;
      f[p + j] = before - (lr * d) / (Math.sqrt(f[sum + j]) + eps);
      f[update + j] = f[p + j] - before;
    }
  },
);
