import { bool, float, ignored, keywordOnly } from '../params.ts';
import { optimizer } from './optimizer.ts';

/** https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html */
export default optimizer({
  name: 'torch.optim.Adagrad',
  args: {
    lr: float(1e-2),
    lr_decay: float(0),
    weight_decay: float(0),
    initial_accumulator_value: float(0),
    eps: float(1e-10),
    foreach: ignored(),
    maximize: keywordOnly(bool(false)),
    differentiable: keywordOnly(ignored(false)),
    fused: keywordOnly(ignored()),
  },
  kernel: 'adagrad',
  slots: ({ initial_accumulator_value }) => ({ sum: initial_accumulator_value }),
  rates: ({ lr }) => ({ lr, momentum: null }),
  scalars: ({ lr_decay, weight_decay, eps, maximize }, { lr }, step) => [
    lr / (1 + (step - 1) * lr_decay),
    weight_decay,
    eps,
    maximize ? -1 : 1,
  ],
});
