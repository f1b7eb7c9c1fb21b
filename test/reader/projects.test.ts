// A model in a package: what of the packages around its file is executed, and what is said where that fails.

import assert from 'node:assert/strict';
import { net, read, readGraph } from './support.ts';

const parts = 'import torch.nn as nn\nclass Head(nn.Linear):\n    def __init__(self): super().__init__(7, 2)\n';

suite('packages around a file', () => {
  test('a name that __init__ gives is found by running __init__ as far as that', async () => {
    const files = {
      '/ws/nets/__init__.py': 'from .parts import *\nfrom .net import Net\nraise RuntimeError("too far")\n',
      '/ws/nets/parts.py': parts,
    };
    const text = net('self.head = Head()', 'return self.head(x)', 'from nets import Head\nfrom . import parts');
    const graph = await readGraph(text, { files, entry: '/ws/nets/net.py' });
    assert.deepEqual(graph.inputs[0]?.shape, [2, 7]);
    assert.deepEqual(graph.problems, []);
  });

  test('a statement of __init__ that fails costs its names and no others', async () => {
    const files = {
      '/ws/nets/__init__.py': 'from .missing import Other\nWIDTH = 1 / 0\nfrom .parts import Head\n',
      '/ws/nets/parts.py': parts,
    };
    const text = net('self.head = Head()', 'return self.head(x)', 'from nets import Head');
    const graph = await readGraph(text, { files, entry: '/ws/nets/net.py' });
    assert.equal(graph.modules[1]?.class, 'torch.nn.Linear');
    const other = net('self.head = nn.Linear(WIDTH, 2)', 'return self.head(x)', 'from nets import WIDTH');
    const { problems } = await read(other, { files, entry: '/ws/nets/net.py', construct: 'Net()' });
    assert.equal(problems.at(-1)?.message, 'This line raises ZeroDivisionError: division by zero.');
    assert.deepEqual([problems.at(-1)?.place?.path, problems.at(-1)?.place?.line], ['/ws/nets/__init__.py', 2]);
  });

  test('a file of the package goes before what __init__ imports with a star', async () => {
    const files = { '/ws/nets/__init__.py': 'from .others import *\n', '/ws/nets/parts.py': parts };
    const text = net('self.head = parts.Head()', 'return self.head(x)', 'import nets\nfrom nets import parts');
    const graph = await readGraph(text, { files, entry: '/ws/nets/net.py' });
    assert.deepEqual(graph.problems, []);
  });

  test('what follows from a failed import is told as that import, once', async () => {
    const text = net('pass', 'return x').replace('nn.Module', 'Base');
    const entry = `from missing_part.base import Base as Kept\nBase = Kept.no / 0\n${text}`;
    const { problems } = await read(entry, { construct: 'Net()' });
    assert.deepEqual(new Set(problems.map(({ place }) => place?.line)), new Set([2]));
  });

  test('a part that another file registers is known when the model is built', async () => {
    const files = { '/ws/registry.py': 'parts = {}\ndef register(name, part): parts[name] = part\n' };
    const before =
      'from registry import parts, register\nclass Head(nn.Linear): pass\nregister("head", Head)\nmain(Head())';
    const graph = await readGraph(net('self.head = parts["head"](7, 2)', 'return self.head(x)', before), {
      files,
      construct: 'Net()',
    });
    assert.deepEqual(graph.inputs[0]?.shape, [2, 7]);
    assert.deepEqual(graph.problems, []);
  });

  test('what PyTorch does not have is not found, so that the way out is taken', async () => {
    const before =
      'try:\n    from torch._six import container_abcs\nexcept ImportError:\n    import collections.abc as container_abcs';
    const graph = await readGraph(net('assert container_abcs.Iterable', 'return x + 1', before), {
      input: 'torch.randn(2, 3)',
    });
    assert.deepEqual(graph.problems, []);
  });

  test('what forward() notes in a list or dictionary is gone with the next call', async () => {
    const graph = await readGraph(
      net('self.a = nn.Linear(3, 3)\nself.kept = {}', "return self.kept.setdefault('x', self.a(x)) + len(self.kept)"),
    );
    assert.deepEqual(graph.problems, []);
    assert.equal(graph.eval.filter(({ op }) => op === 'call_module').length, 1);
  });

  test('Identity takes what the layer it stands for would take', async () => {
    const graph = await readGraph(
      net('self.a = nn.Identity(4, inplace=True)\nself.b = nn.Linear(3, 2)', 'return self.b(self.a(x))'),
      {
        input: 'torch.randn(2, 3)',
      },
    );
    assert.deepEqual(graph.problems, []);
  });

  test('a way out that raises again is none', async () => {
    const before = 'try:\n    import apex\nexcept ImportError as error:\n    print(error)\n    raise ImportError';
    const graph = await readGraph(net('self.a = nn.Linear(3, 2)', 'return self.a(x)', before));
    assert.deepEqual(graph.problems, []);
  });

  test('a model that wants targets in training is read in evaluation mode, and that is said', async () => {
    const body = 'if self.training:\n    raise ValueError("targets")\nreturn self.a(x)';
    const graph = await readGraph(net('self.a = nn.Linear(3, 2)', body));
    assert.deepEqual(graph.train, graph.eval);
    const [{ code, message, place }] = graph.problems as [(typeof graph.problems)[number]];
    assert.deepEqual([code, place?.line], ['model/evaluation-only', 12]);
    assert.match(message, /^In training mode: forward\(\) raises ValueError: targets\./);
  });

  test('a reason without a line of its own has the line of the class', async () => {
    const text = net('self.a = nn.Linear(3, 2)', 'return self.a(x)');
    const { problems } = await read(text, { construct: 'Net()', input: '(torch.randn(2, 3), torch.randn(2, 3))' });
    assert.equal(problems.at(-1)?.place?.line, 5);
  });

  test('a model that is ready for quantization has the stubs as modules', async () => {
    const init =
      'self.quant = torch.ao.quantization.QuantStub()\nself.a = nn.Linear(3, 3)\nself.add = nn.quantized.FloatFunctional()';
    const graph = await readGraph(net(init, 'return self.add.add_relu(x, self.a(self.quant(x)))'));
    assert.deepEqual(
      graph.modules.map((module) => module.class),
      ['Net', 'torch.nn.QuantStub', 'torch.nn.Linear', 'torch.nn.FloatFunctional', 'torch.nn.Identity'],
    );
    assert.deepEqual(graph.problems, []);
  });

  test('dir() of a namespace names its functions', async () => {
    const before = "HAS = 'silu' in dir(F) and 'relu' in dir(torch) and 'silu7' not in dir(F) and 'nn' in dir(torch)";
    const graph = await readGraph(net('assert HAS\nself.a = nn.Linear(3, 2)', 'return self.a(x)', before));
    assert.deepEqual(graph.problems, []);
  });

  test('hasattr() says what PyTorch says, whether the reader knows the function or not', async () => {
    const names = [
      ['F', 'scaled_dot_product_attention', 'True'],
      ['F', 'flash_attention_of_tomorrow', 'False'],
      ['torch', 'rfft', 'False'],
      ['torch', 'svd_lowrank', 'True'],
      ['torch.fft', 'rfft2', 'True'],
      ['torch.Tensor', 'unflatten', 'True'],
      ['torch.Tensor', 'no_such', 'False'],
      ['torch.randn(2)', 'cholesky_inverse', 'True'],
      ['torch.randn(2)', 'no_such', 'False'],
      ['nn', 'RMSNorm', 'True'],
      ['nn', 'FlashNorm', 'False'],
    ];
    const checks = names.map(([owner, name, has]) => `assert hasattr(${owner}, '${name}') is ${has}, '${name}'`);
    const graph = await readGraph(net(`${checks.join('\n')}\nself.a = nn.Linear(3, 2)`, 'return self.a(x)'));
    assert.deepEqual(graph.problems, []);
  });

  test('a function PyTorch has and the reader has not is refused by name when it is called', async () => {
    for (const [call, name] of [
      ['torch.svd_lowrank(x)', 'torch.svd_lowrank'],
      ['F.multilabel_margin_loss(x, x)', 'torch.nn.functional.multilabel_margin_loss'],
      ['F.torch_of_tomorrow(x)', 'torch.nn.functional.torch_of_tomorrow'],
      ['x.cholesky_inverse()', 'torch.Tensor.cholesky_inverse'],
      ['torch.rfft(x, 1)', 'torch.rfft'],
      ['nn.FlashNorm(3)(x)', 'torch.nn.FlashNorm'],
      ['torch.fft.hfft(x)', 'torch.fft.hfft'],
      ['torch.fft.fft(x).sigmoid()', 'torch.sigmoid'],
      ['F.relu(torch.fft.fft(x))', 'torch.relu'],
    ]) {
      const { graph, problems } = await read(net('self.a = nn.Linear(3, 2)', `return self.a(${call})`));
      assert.equal(graph, null, call);
      assert.ok(problems.at(-1)?.message.includes(`\`${name}\``), `${call}: ${problems.at(-1)?.message}`);
      assert.ok(problems.at(-1)?.place !== null, call);
    }
  });

  test("a class may derive from a layer's ancestor", async () => {
    const before = `from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.loss import _Loss
class Norm(_BatchNorm):
    def forward(self, x):
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps)
class Conv(_ConvNd):
    def __init__(self, i, o, k):
        super().__init__(i, o, (k, k), (1, 1), (0, 0), (1, 1), False, (0, 0), 1, True, 'zeros')
    def forward(self, x):
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
class Own(_Loss):
    def forward(self, x):
        return x.mean() if self.reduction == 'mean' else x
`;
    const init = 'self.conv = Conv(3, 4, 3)\nself.norm = Norm(4, momentum=0.2)\nself.loss = Own(reduction="none")';
    const text = net(init, 'return self.loss(self.norm(self.conv(x)))', before);
    const graph = await readGraph(text, { input: 'torch.randn(2, 3, 8, 8)', construct: 'Net()' });
    assert.deepEqual(graph.problems, []);
    assert.deepEqual(
      graph.tensors.map(({ name, shape }) => `${name} ${shape}`),
      [
        'conv.weight 4,3,3,3',
        'conv.bias 4',
        'norm.weight 4',
        'norm.bias 4',
        'norm.running_mean 4',
        'norm.running_var 4',
        'norm.num_batches_tracked ',
      ],
    );
  });

  test('one process is not distributed', async () => {
    const before =
      'import torch.distributed as dist\ndef norm(n):\n    several = dist.is_initialized() and dist.get_world_size() > 1\n    return nn.SyncBatchNorm(n) if several else nn.BatchNorm1d(n)\n';
    const graph = await readGraph(net('self.a = norm(3)', 'return self.a(x)', before));
    assert.equal(graph.modules[1]?.class, 'torch.nn.BatchNorm1d');
    assert.deepEqual(graph.problems, []);
  });

  test('a condition on what an unknown package says is told', async () => {
    const graph = await readGraph(
      net('self.a = nn.Linear(3, 2 if hub.has_gpu() else 1)', 'return self.a(x)', 'import hub'),
    );
    assert.match(graph.problems[0]?.message ?? '', /`hub\.has_gpu` is asked for its truth here .* taken to be True/);
    assert.equal(graph.problems[0]?.place?.line, 8);
  });

  test('a script may have been started in any folder above it', async () => {
    const files = { '/ws/long/layers/blocks.py': 'WIDE = 9\n' };
    const text = net('self.a = nn.Linear(WIDE, 2)', 'return self.a(x)', 'from layers.blocks import WIDE');
    const graph = await readGraph(text, { files, entry: '/ws/long/models/net.py' });
    assert.deepEqual(graph.inputs[0]?.shape, [2, 9]);
    assert.deepEqual(graph.problems, []);
  });

  test('numbers that several buffers begin with cross once and are whole', async () => {
    const init = `self.a = nn.Linear(3, 2)
for i in range(3):
    self.register_buffer(f'table{i}', torch.arange(100.0).view(10, 10) - torch.arange(10.0))`;
    const graph = await readGraph(net(init, 'return self.a(x)'));
    const tables = graph.tensors.filter(({ name }) => name.startsWith('table'));
    const data = tables.map(({ init }) => init[0]?.args['data']);
    assert.equal(tables.length, 3);
    assert.deepEqual(data[2], data[0]);
    assert.deepEqual((data[0] as readonly number[]).slice(9, 12), [0, 10, 10]);
  });

  test('who decorates a factory finds the tables of its module', async () => {
    const registry =
      'import sys\nsizes = {}\ndef register(make):\n    sizes.update(sys.modules[make.__module__].CONFIGURATIONS)\n    return make\n';
    const before =
      'from registry import register, sizes\nWIDE = 9\nCONFIGURATIONS = {"wide": WIDE}\n@register\ndef wide(): return Net()\n';
    const text = net('self.a = nn.Linear(sizes["wide"], 2)', 'return self.a(x)', before);
    const graph = await readGraph(text, { files: { '/ws/registry.py': registry }, construct: 'wide()' });
    assert.deepEqual(graph.inputs[0]?.shape, [2, 9]);
    assert.deepEqual(graph.problems, []);
  });
});
