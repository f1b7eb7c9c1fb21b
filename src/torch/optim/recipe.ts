// What stands around the optimizer in a training loop.

import type { Values } from '../signature.ts';

export interface Recipe {
  /** Changes the rates once per optimizer step; see lr_scheduler.ts. */
  readonly schedule?: { readonly target: string; readonly args: Values };
  /** torch.nn.utils.clip_grad_norm_ or clip_grad_value_, between backward and the optimizer. */
  readonly clip?: { readonly by: 'norm' | 'value'; readonly max: number };
  /** Batches whose gradients are averaged into one optimizer step, as `(loss / n).backward()` n times; 1 otherwise. */
  readonly accumulate?: number;
  /** Decay of an exponential moving average of the parameters (torch.optim.swa_utils.get_ema_multi_avg_fn). */
  readonly ema?: number;
}
