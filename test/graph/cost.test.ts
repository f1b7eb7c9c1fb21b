import assert from 'node:assert/strict';
import { sequential } from '../../src/graph/build.ts';
import { multiplyAdds } from '../../src/graph/cost.ts';
import { residualNet, simpleNet, tokenNet } from './graphs.ts';

const chain = (shape: readonly number[], name: string, args: Record<string, number | boolean>) =>
  sequential('Net', { shape: [1, ...shape] }, [{ class: `torch.nn.${name}`, args }]);

suite('graph: what a pass costs', () => {
  test('grows with the batch', () => {
    assert.equal(multiplyAdds(simpleNet(), { batch: 1, mode: 'eval' }), 10 * 20 + 20);
    assert.equal(multiplyAdds(simpleNet(), { batch: 7, mode: 'eval' }), 7 * (10 * 20 + 20));
  });

  test('of convolutions, by the positions of their output', () => {
    const expected = 8 * 8 * 8 * 3 * 9 + 8 * 8 * 8 * 8 * 9 + 512 * 10;
    assert.equal(multiplyAdds(residualNet(), { batch: 1, mode: 'eval' }), expected);
    const grouped = { in_channels: 8, out_channels: 16, kernel_size: 3, groups: 4, stride: 2 };
    assert.equal(multiplyAdds(chain([8, 9, 9], 'Conv2d', grouped), { batch: 1, mode: 'eval' }), 16 * 4 * 4 * 2 * 9);
    const transposed = { in_channels: 8, out_channels: 6, kernel_size: 4, stride: 2 };
    assert.equal(
      multiplyAdds(chain([8, 5, 5], 'ConvTranspose2d', transposed), { batch: 1, mode: 'eval' }),
      8 * 25 * 6 * 16,
    );
  });

  test('of attention, its projections and both products', () => {
    const tokens = 6;
    const expected = 4 * tokens * 8 * 8 + 2 * tokens * tokens * 8;
    assert.equal(multiplyAdds(tokenNet(), { batch: 1, mode: 'eval' }), expected);
  });

  test('of recurrent layers, every step', () => {
    const lstm = { input_size: 10, hidden_size: 20, batch_first: true };
    assert.equal(
      multiplyAdds(chain([7, 10], 'LSTM', lstm), { batch: 1, mode: 'eval' }),
      7 * (4 * 20 * 10 + 4 * 20 * 20),
    );
  });

  test('of what does not fit, what is before it', () => {
    const graph = simpleNet();
    const modules = graph.modules.map((module) =>
      module.path === 'fc2' ? { ...module, args: { in_features: 64, out_features: 1 } } : module,
    );
    assert.equal(multiplyAdds({ ...graph, modules }, { batch: 5, mode: 'eval' }), 5 * 10 * 20);
  });
});
