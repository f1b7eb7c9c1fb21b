import { bool, float, ignored } from '../params.ts';
import { optimizer } from './optimizer.ts';

/** https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html: eps is added after the root. */
export default optimizer({
  name: 'torch.optim.RMSprop',
  args: {
    lr: float(1e-2),
    alpha: float(0.99),
    eps: float(1e-8),
    weight_decay: float(0),
    momentum: float(0),
    centered: bool(false),
    capturable: ignored(false),
    foreach: ignored(),
    maximize: bool(false),
    differentiable: ignored(false),
  },
  kernel: 'rmsprop',
  slots: ({ momentum, centered }) => ({
    square_avg: 0,
    ...(momentum > 0 ? { momentum_buffer: 0 } : {}),
    ...(centered ? { grad_avg: 0 } : {}),
  }),
  rates: ({ lr, momentum }) => ({ lr, momentum: momentum > 0 ? momentum : null }),
  scalars: ({ alpha, eps, weight_decay, maximize }, { lr, momentum }) => [
    lr,
    alpha,
    1 - alpha,
    eps,
    weight_decay,
    momentum ?? 0,
    maximize ? -1 : 1,
  ],
});
