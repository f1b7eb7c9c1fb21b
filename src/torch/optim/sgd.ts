import { bool, float, ignored, keywordOnly } from '../params.ts';
import { optimizer } from './optimizer.ts';

export default optimizer({
  name: 'torch.optim.SGD',
  args: {
    lr: float(1e-3),
    momentum: float(0),
    dampening: float(0),
    weight_decay: float(0),
    nesterov: bool(false),
    maximize: keywordOnly(bool(false)),
    foreach: keywordOnly(ignored()),
    differentiable: keywordOnly(ignored(false)),
    fused: keywordOnly(ignored()),
  },
  kernel: 'sgd',
  slots: ({ momentum }) => (momentum === 0 ? {} : { momentum_buffer: 0 }),
  rates: ({ lr, momentum }) => ({ lr, momentum: momentum === 0 ? null : momentum }),
  scalars: ({ dampening, weight_decay, nesterov, maximize }, { lr, momentum }, step) => [
    lr,
    momentum ?? 0,
    1 - dampening,
    weight_decay,
    Number(nesterov),
    maximize ? -1 : 1,
    Number(step === 1),
  ],
});
