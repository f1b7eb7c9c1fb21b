// Layers that count their inputs when they are first called.

import assert from 'node:assert/strict';
import { net, read, readGraph } from './support.ts';

suite('lazy layers', () => {
  const init = `self.conv = nn.LazyConv2d(4, 3, padding=1)
self.bn = nn.LazyBatchNorm2d()
self.fc = nn.LazyLinear(5, bias=False)
assert isinstance(self.fc, nn.Linear)`;
  const forward = 'return self.fc(F.relu(self.bn(self.conv(x))).flatten(1))';

  test('are settled by the input that is given', async () => {
    const graph = await readGraph(net(init, forward), { input: 'torch.randn(2, 3, 6, 6)' });
    assert.deepEqual(
      graph.modules.slice(1).map((module) => module.class),
      ['torch.nn.Conv2d', 'torch.nn.BatchNorm2d', 'torch.nn.Linear'],
    );
    assert.deepEqual(Object.fromEntries(graph.tensors.map(({ name, shape }) => [name, shape])), {
      'conv.weight': [4, 3, 3, 3],
      'conv.bias': [4],
      'bn.weight': [4],
      'bn.bias': [4],
      'bn.running_mean': [4],
      'bn.running_var': [4],
      'bn.num_batches_tracked': [],
      'fc.weight': [5, 144],
    });
    assert.equal(graph.modules[1]?.place?.line, 8);
    assert.deepEqual(graph.problems, []);
  });

  test('are settled by a guess that fits all of them', async () => {
    const graph = await readGraph(net(init, forward));
    assert.deepEqual(graph.inputs[0]?.shape.slice(1), [3, 32, 32]);
  });

  test('an input they cannot take is told', async () => {
    const { graph, problems } = await read(net(init, forward), { input: 'torch.randn(3)' });
    assert.equal(graph, null);
    assert.match(problems.map(({ message }) => message).join(), /LazyConv2d.* cannot count the features/);
  });
});
