import assert from 'node:assert/strict';
import { GraphBuilder } from '../../src/graph/build.ts';
import { inferShapes } from '../../src/graph/infer-shapes.ts';
import { builtInModel } from '../../src/graph/models.ts';
import { printGraph } from '../../src/graph/print-graph.ts';
import { parameterCount, residualNet, simpleNet } from './graphs.ts';

suite('graph: build and print', () => {
  test('SimpleNet as text', () => {
    assert.equal(parameterCount(simpleNet()), 281);
    assert.equal(
      printGraph(simpleNet()),
      `SimpleNet()

inputs:
  x [batch=5, 10] float32

modules:
  . = SimpleNet
  fc1 = torch.nn.Linear(in_features=10, out_features=20, bias=True)
  bn1 = torch.nn.BatchNorm1d(num_features=20, eps=0.00001, momentum=0.1, affine=True, track_running_stats=True)
  relu = torch.nn.ReLU(inplace=False)
  fc2 = torch.nn.Linear(in_features=20, out_features=1, bias=True)

tensors:
  fc1.weight parameter [20, 10] = torch.nn.init.kaiming_uniform_(a=2.23606797749979)
  fc1.bias parameter [20] = torch.nn.init.uniform_(a=-0.31622776601683794, b=0.31622776601683794)
  bn1.weight parameter [20] = torch.nn.init.ones_()
  bn1.bias parameter [20] = torch.nn.init.zeros_()
  bn1.running_mean buffer [20] = torch.nn.init.zeros_()
  bn1.running_var buffer [20] = torch.nn.init.ones_()
  bn1.num_batches_tracked buffer [] int64 = torch.nn.init.zeros_()
  fc2.weight parameter [1, 20] = torch.nn.init.kaiming_uniform_(a=2.23606797749979)
  fc2.bias parameter [1] = torch.nn.init.uniform_(a=-0.22360679774997896, b=0.22360679774997896)

train and eval:
  x = placeholder x() -> [5, 10]
  fc1 = call_module fc1(input=x) -> [5, 20]
  bn1 = call_module bn1(input=fc1) -> [5, 20]
  relu = call_module relu(input=bn1) -> [5, 20]
  fc2 = call_module fc2(input=relu) -> [5, 1]
  output = fc2
`,
    );
  });

  test('a size that grows with the batch is printed as such', () => {
    assert.match(
      printGraph(residualNet()),
      /view = call_function torch\.Tensor\.view\(input=relu, size=\[batch, -1\]\)/,
    );
  });

  test('a layer called twice is one module', () => {
    const net = new GraphBuilder('Twice');
    const args = { in_features: 4, out_features: 4 };
    const once = net.layer('fc', 'torch.nn.Linear', args, net.input({ shape: [2, 4] }));
    const graph = net.finish(net.layer('fc', 'torch.nn.Linear', args, once));
    assert.equal(graph.modules.length, 2);
    assert.equal(parameterCount(graph), 20);
    assert.deepEqual(
      graph.train.map(({ name }) => name),
      ['x', 'fc', 'fc_1', 'output'],
    );
  });

  test('built-in models: parameters by depth, width and norm', () => {
    const digits = { shape: [8, 1, 8, 8] };
    const mlp = builtInModel({ family: 'mlp', depth: 2, width: 32, norm: 'batch' }, digits, 10);
    assert.equal(parameterCount(mlp), 64 * 32 + 32 + 64 + 32 * 32 + 32 + 64 + 32 * 10 + 10);
    const cnn = builtInModel({ family: 'cnn', depth: 3, width: 8, norm: 'group' }, digits, 10);
    assert.equal(parameterCount(cnn), 80 + 16 + (8 * 16 * 9 + 16) + 32 + (16 * 16 * 9 + 16) + 32 + 170);
    for (const graph of [mlp, cnn]) {
      const { outputs, problem } = inferShapes(graph, { batch: 32, mode: 'train' });
      assert.equal(problem, null);
      assert.deepEqual(outputs, [{ shape: [32, 10], dtype: 'float32' }]);
    }
    assert.throws(() => builtInModel({ family: 'cnn', depth: 1, width: 8 }, { shape: [8, 64] }, 10), {
      code: 'graph/input',
    });
    assert.throws(() => builtInModel({ family: 'mlp', depth: 1, width: 0 }, digits, 10), { code: 'graph/model' });
  });
});
