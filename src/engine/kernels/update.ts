// What happens to gradients and parameters around the optimizer, each in one pass over all of them. Numbers that
// change from step to step lie in memory at `scalars`.

import { address, int, kernel } from './kernel.ts';

/** y = a x + b y, with [a, b] at `scalars`; b = 0 forgets y whatever it holds. */
export const axpby = kernel({ n: int, x: address, y: address, scalars: address }, ({ f }, { n, x, y, scalars }) => {
  const [a, b] = f.subarray(scalars, scalars + 2);
  for (let j = 0; j < n; j++) f[y + j] = b === 0 ? a * f[x + j] : a * f[x + j] + b * f[y + j];
});

/**
 * torch.nn.utils.clip_grad_norm_ with the Euclidean norm of all gradients as one vector: g ·= min(1, max / (norm +
 * 1e-6)). `scalars` holds [max, norm]; the norm, before clipping, is written.
 */
export const clip_grad_norm = kernel({ n: int, g: address, scalars: address }, ({ f }, { n, g, scalars }) => {
  let sum = 0;
  for (let j = 0; j < n; j++) sum += f[g + j] * f[g + j];
  const norm = Math.sqrt(sum);
  f[scalars + 1] = norm;
  const factor = Math.fround(Math.min(1, f[scalars] / (norm + 1e-6)));
  for (let j = 0; j < n; j++) f[g + j] *= factor;
});

/** torch.nn.utils.clip_grad_value_: every element into [−max, max], with max at `scalars`. */
export const clip_grad_value = kernel({ n: int, g: address, scalars: address }, ({ f }, { n, g, scalars }) => {
  const most = f[scalars];
  for (let j = 0; j < n; j++) f[g + j] = Math.max(-most, Math.min(most, f[g + j]));
});
