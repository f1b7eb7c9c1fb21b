// What is read where nobody said how: as the project itself builds the model, and with what it gives to it.

import assert from 'node:assert/strict';
import { read, readGraph } from './support.ts';

const unet = `import torch
import torch.nn as nn
class UNet(nn.Module):
    def __init__(self, channels, classes, width=8):
        super().__init__()
        self.a = nn.Conv2d(channels, width, 3, padding=1)
        self.b = nn.Conv2d(width, classes, 1)
    def forward(self, x):
        return self.b(self.a(x))
`;
const entry = '/ws/unet/model.py';
const package_ = { '/ws/unet/__init__.py': 'from .model import UNet\n' };

async function built(train: string, files: Record<string, string> = package_) {
  const { graph, problems, input } = await read(unet, { entry, files: { ...files, '/ws/train.py': train } });
  const note = problems.find(({ code }) => code === 'model/as-used');
  return { construct: graph?.construct, note, input, problems };
}

suite('a model as its project builds it', () => {
  test('with the literals of the call, and the line is named', async () => {
    const { construct, note } = await built('from unet import UNet\n\nnet = UNet(3, classes=2)\n');
    assert.equal(construct, 'UNet(3, classes=2)');
    assert.deepEqual([note?.place?.path, note?.place?.line], ['/ws/train.py', 3]);
    assert.equal(note?.message, '`UNet(3, classes=2)` is read, as it is built here.');
  });

  for (const [what, train, expected] of [
    [
      'constants of the file',
      'from unet import UNet\nC = 2\nW = C * 8\nnet = UNet(3, C, width=W)\n',
      'UNet(3, 2, width=16)',
    ],
    [
      'defaults of an argument parser',
      `import argparse
from unet.model import UNet
parser = argparse.ArgumentParser()
parser.add_argument('--classes', '-c', type=int, default=5)
parser.add_argument('--base-width', type=int, default=4)
def main():
    args = parser.parse_args()
    net = UNet(channels=1, classes=args.classes, width=args.base_width)
`,
      'UNet(channels=1, classes=5, width=4)',
    ],
    [
      'a configuration',
      "import unet.model\ncfg = {'classes': 7}\nnet = unet.model.UNet(3, cfg['classes'])\n",
      'UNet(3, 7)',
    ],
    ['the number of names', "from unet import *\nnames = ['cat', 'dog']\nnet = UNet(3, len(names))\n", 'UNet(3, 2)'],
    ['another name', 'from unet import UNet as Model\nnet = Model(4, 4)\n', 'UNet(4, 4)'],
  ] as const)
    test(what, async () => {
      const { construct, problems } = await built(train);
      assert.equal(construct, expected, JSON.stringify(problems));
    });

  test('what is not known is not guessed', async () => {
    for (const train of [
      'import sys\nfrom unet import UNet\nnet = UNet(3, int(sys.argv[1]))\n',
      'from unet import UNet\nfor n in (1, 2):\n    net = UNet(3, n)\n',
      'from unet import UNet\nC = 1\nC = 2\nnet = UNet(3, C)\n',
      'from unet import UNet\nnet = UNet(3, 1 / 0)\n',
      'from unet import UNet\nnet = UNet(*sizes)\n',
      'from other import UNet\nnet = UNet(3, 2)\n',
    ]) {
      const { construct, problems } = await built(train);
      assert.equal(construct, undefined, train);
      assert.match(problems.at(-1)?.message ?? '', /^`UNet` needs `channels`, `classes` to be built/);
    }
  });

  test('where it is trained goes before where it is tested', async () => {
    const { construct } = await built('from unet import UNet\nnet = UNet(3, 2)\nloss.backward()\n', {
      ...package_,
      '/ws/a.py': 'from unet import UNet\nnet = UNet(1, 1)\n',
      '/ws/tests/test_unet.py': 'from unet import UNet\nnet = UNet(9, 9)\nloss.backward()\n',
    });
    assert.equal(construct, 'UNet(3, 2)');
  });

  test('a function that learns is not asked for a model', async () => {
    const learning = `${unet}def fit():\n    net = UNet(1, 1)\n    net(0).backward()\n    return net\n`;
    const files = { ...package_, '/ws/train.py': 'from unet.model import fit\nnet = fit()\n' };
    const { construct } = await readGraph(learning, { entry, files });
    assert.equal(construct, 'UNet(1, 1)');
  });

  test('a training script is read by what it trains', async () => {
    const script = `import torch
from unet import UNet
from losses import Dice
criterion = Dice()
net = UNet(3, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for x, y in loader:
    criterion(net(x), y).backward()
`;
    const graph = await readGraph(script, {
      entry: '/ws/train.py',
      files: {
        ...package_,
        [entry]: unet,
        '/ws/losses.py': 'from torch import nn\nclass Dice(nn.Module):\n    def forward(self, x, y): return x\n',
      },
    });
    assert.deepEqual([graph.rootClass, graph.construct], ['UNet', 'UNet(3, 2)']);
  });

  test('a chain of layers that a script trains is read where it is written', async () => {
    const script = `import torch
from torch import nn
hidden = 20
critic = nn.Sequential(
    nn.Linear(10, hidden),
    nn.ReLU(),
    nn.Linear(hidden, 1))
critic = critic.to('cuda')
optimizer = torch.optim.SGD(critic.parameters(), lr=0.1)
`;
    const graph = await readGraph(script);
    assert.deepEqual([graph.rootClass, graph.construct], ['Sequential', 'critic']);
    assert.deepEqual(
      graph.modules.map(({ place }) => place?.line),
      [4, 5, 6, 7],
    );
    assert.deepEqual(graph.inputs[0]?.shape, [2, 10]);
  });
});

suite('an input as its project makes it', () => {
  test('from a demonstration in the file', async () => {
    const { input, graph } = await read(
      `${unet}def test():\n    net = UNet(1, 1)\n    print(net(torch.randn(4, 1, 48, 40)).shape)\n`,
      { construct: 'UNet(1, 1)' },
    );
    assert.equal(input, 'torch.randn(4, 1, 48, 40), as in model.py:12');
    assert.deepEqual(graph?.inputs[0]?.shape, [4, 1, 48, 40]);
  });

  test('one that does not fit is passed over', async () => {
    const { input } = await read(`${unet}def test():\n    return torch.zeros(4, 5, 48, 48)\n`, {
      construct: 'UNet(1, 1)',
    });
    assert.equal(input, "torch.randn(2, 1, 32, 32), from a's in_channels");
  });

  test('from what the file does when it is run', async () => {
    const main = `if __name__ == '__main__':
    h = torch.zeros(2, 1, 40, 40)
    net = UNet(1, 1)
    net(torch.rand((2, 1, 24, 24)))
`;
    const { input } = await read(unet + main);
    assert.equal(input, 'torch.rand((2, 1, 24, 24)), as in model.py:13');
  });

  for (const [where, text] of [
    ['forward', unet.replace('x):\n', 'x):\n        """x: (N, 1, 20, 36)"""\n')],
    ['UNet', unet.replace('Module):\n', 'Module):\n    """Takes [B, 1, 20, 36] images."""\n')],
  ] as const)
    test(`from the docstring of ${where}`, async () => {
      const { input } = await read(text, { construct: 'UNet(1, 1)' });
      assert.equal(input, `torch.randn(2, 1, 20, 36), as in ${where}'s docstring`);
    });

  test('the side of the data set', async () => {
    const train =
      'from torchvision import datasets\nfrom unet import UNet\ndata = datasets.STL10(".")\nnet = UNet(3, 2)\n';
    assert.equal((await built(train)).input, "torch.randn(2, 3, 96, 96), from a's in_channels");
  });

  test('the side that a transform crops to', async () => {
    const train = `from torchvision import transforms
from unet import UNet
both = transforms.Compose([transforms.Resize(72), transforms.RandomCrop((60, 60))])
net = UNet(3, 2)
`;
    const { input } = await built(train);
    assert.equal(input, "torch.randn(2, 3, 60, 60), from a's in_channels");
  });
});
