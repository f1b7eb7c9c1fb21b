import assert from 'node:assert/strict';
import { startParser } from '../../src/cli/parser-files.ts';
import { readFacts } from '../../src/facts/facts.ts';
import type { PythonParser } from '../../src/python/parser.ts';

const HEAD = `import torch
from torch import nn
from torchvision.models import resnet18
from elsewhere import build

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(4)
        self.weight = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return self.norm(x)

`;

suite('Which expressions are modules', () => {
  let parser: PythonParser;

  suiteSetup(async () => {
    parser = await startParser();
  });

  suiteTeardown(() => parser.dispose());

  function read(text: string) {
    const tree = parser.parse(text);
    tree.dispose();
    assert.deepEqual(tree.syntaxErrors, []);
    return readFacts(tree, 'file.py');
  }

  /** What the object of the last statement, `object.mark`, is. */
  function receiver(body: string): string {
    const facts = read(HEAD + body);
    const place = facts.places.statements.findLast(({ statement }) => statement.kind === 'expression');
    assert.ok(place?.statement.kind === 'expression' && place.statement.value.kind === 'attribute');
    const found = facts.receivers.of(place.statement.value.object, place);
    return found ? (found.fact?.name ?? found.type ?? 'some module') : 'no module';
  }

  const cases: [string, string, string][] = [
    ["the file's own class", 'net = Net()\nnet.mark', 'Net'],
    ['moved and wrapped', 'net = Net()\nnet = nn.DataParallel(net.cuda())\nnet.mark', 'Net'],
    ['of two classes', 'net = Net()\nnet = resnet18()\nnet.mark', 'some module'],
    ['an attribute', 'net = Net()\nnet.norm.mark', 'torch.nn.BatchNorm1d'],
    ['a factory', 'net = resnet18()\nnet.mark', 'torchvision.models.resnet18'],
    ['a parameter is none', 'net = Net()\nnet.weight.mark', 'no module'],
    ['unknown', 'net = build()\nnet.mark', 'no module'],
    ['used as one', 'net = build()\nprint(net.state_dict())\nnet.mark', 'some module'],
    ['a parameter used as one', 'def f(net):\n    net.eval()\n    net.mark', 'some module'],
    ['the name of another function', 'def f(net):\n    net.eval()\n\ndef g(net):\n    net.mark', 'no module'],
    ['a table', "def f(df):\n    df.eval('a + b')\n    df.mark", 'no module'],
    ['a tensor', 'def f(x):\n    x.requires_grad_()\n    x.mark', 'no module'],
  ];
  for (const [name, body, expected] of cases)
    test(name, () => {
      assert.equal(receiver(body), expected);
    });

  test('a leak is the same forward, first in training mode and later in that of an evaluation', () => {
    const loop = (first: string) => `
def look(net, loader):
    net.eval()
    with torch.no_grad():
        print([net(x) for x in loader])

def main(loader):
    net = Net()
    for epoch in range(9):
        ${first}
        for x in loader:
            net(x).sum().backward()
        look(net, loader)
`;
    const leaks = (first: string) => read(HEAD + loop(first)).loops.trainings.map(({ leak }) => leak?.always ?? null);
    assert.deepEqual(leaks('pass'), [true]);
    assert.deepEqual(leaks('net.train()'), [null]);
    assert.deepEqual(leaks('if epoch > 3:\n            net.train()'), [false]);
  });
});
