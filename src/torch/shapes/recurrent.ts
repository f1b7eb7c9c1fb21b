import type { Ops, RecurrentMode, TensorType } from '../ops.ts';
import { expectFloat, expectRank, expectVector, misfit, type Shape, same, type } from './arithmetic.ts';

/** Numbers a unit's step is made of. */
export const GATES: Readonly<Record<RecurrentMode, number>> = { RNN_TANH: 1, RNN_RELU: 1, LSTM: 4, GRU: 3 };

export const recurrent: Pick<Ops<TensorType>, 'recurrent'> = {
  recurrent({ x, weight_hh, bias_hh, weight_hr, h0, c0 }, { mode }) {
    expectFloat('recurrent', x);
    expectRank('recurrent', x.shape, 3);
    const [steps, batch, width] = x.shape;
    const hidden = width / GATES[mode];
    const size = weight_hr === null ? hidden : weight_hr.shape[0];
    expectShape('weight_hh', weight_hh, [width, size]);
    expectVector('recurrent', 'bias_hh', bias_hh, width);
    expectShape('weight_hr', weight_hr, [size, hidden]);
    expectShape('initial hidden state', h0, [batch, size]);
    expectShape('initial cell state', c0, [batch, hidden]);
    const output = type([steps, batch, size], 'float32');
    return [output, mode === 'LSTM' ? type([steps, batch, hidden], 'float32') : null];
  },
};

function expectShape(name: string, tensor: TensorType | null, shape: Shape): void {
  if (tensor !== null && !same(tensor.shape, shape))
    throw misfit('size', `recurrent expects the ${name} to have the shape [${shape.join(', ')}]`, tensor.shape);
}
