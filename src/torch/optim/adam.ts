import { bool, custom, float, ignored, keywordOnly } from '../params.ts';
import { isList } from '../signature.ts';
import { optimizer, power } from './optimizer.ts';

export default adam('torch.optim.Adam', 0, false);

/** Adam, or AdamW, whose weight decay is `decoupled`: it shrinks the parameter instead of joining the gradient. */
export function adam(name: string, defaultDecay: number, decoupled: boolean) {
  return optimizer({
    name,
    args: {
      lr: float(1e-3),
      betas: custom('two numbers', pair, [0.9, 0.999]),
      eps: float(1e-8),
      weight_decay: float(defaultDecay),
      amsgrad: bool(false),
      maximize: keywordOnly(bool(false)),
      foreach: keywordOnly(ignored()),
      capturable: keywordOnly(ignored(false)),
      differentiable: keywordOnly(ignored(false)),
      fused: keywordOnly(ignored()),
    },
    kernel: 'adam',
    slots: ({ amsgrad }) => ({ exp_avg: 0, exp_avg_sq: 0, ...(amsgrad ? { max_exp_avg_sq: 0 } : {}) }),
    rates: ({ lr, betas: [momentum] }) => ({ lr, momentum }),
    scalars({ betas, eps, weight_decay, maximize }, { lr, momentum }, step) {
      const beta1 = momentum ?? betas[0];
      const beta2 = betas[1];
      const size = lr / (1 - power(beta1, step));
      const root = Math.sqrt(1 - power(beta2, step));
      const [coupled, shrink] = decoupled ? [0, 1 - lr * weight_decay] : [weight_decay, 1];
      return [beta1, 1 - beta1, beta2, 1 - beta2, eps, coupled, shrink, maximize ? -1 : 1, size, root];
    },
  });
}

function pair(value: unknown): readonly [number, number] | undefined {
  if (!isList(value)) return undefined;
  const [first, second] = value;
  return typeof first === 'number' && typeof second === 'number' && value.length === 2 ? [first, second] : undefined;
}
