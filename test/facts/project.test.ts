import assert from 'node:assert/strict';
import { checkText } from '../../src/analysis/check-text.ts';
import { DEFAULT_SETTINGS } from '../../src/analysis/settings.ts';
import { Summaries } from '../../src/analysis/summaries.ts';
import { startParser } from '../../src/cli/parser-files.ts';
import type { PythonParser } from '../../src/python/parser.ts';

const NET = `import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.bn = nn.BatchNorm1d(8)

    def forward(self, x):
        return self.bn(self.fc(x))
`;

const TRAIN = `import torch
from torch import nn, optim
IMPORT

def main(train_loader, val_loader, criterion):
    model = MAKE
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(10):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        VALIDATE

main(None, None, None)
`;
const VALIDATE = `with torch.no_grad():
            for x, y in val_loader:
                print(criterion(model(x), y).item())`;
const EVALUATE = `import torch

def evaluate(model, loader, criterion):
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            print(criterion(model(x), y).item())
`;

suite('Across files', () => {
  let parser: PythonParser;

  suiteSetup(async () => {
    parser = await startParser();
  });

  suiteTeardown(() => parser.dispose());

  /** Rule and severity of what is found in a file of a workspace. */
  function found(files: Readonly<Record<string, string>>, path: string): readonly string[] {
    const summaries = new Summaries(parser, {
      has: (one) => one in files,
      text: (one) => files[one] ?? null,
    });
    const checked = checkText(
      parser,
      files[path] ?? '',
      path,
      DEFAULT_SETTINGS,
      undefined,
      summaries.neighborsOf(path),
    );
    checked.dispose();
    return checked.findings.map(({ rule, severity }) => `${rule} ${severity}`);
  }

  const train = (imported: string, make: string, validate = VALIDATE) =>
    TRAIN.replace('IMPORT', imported).replace('MAKE', make).replace('VALIDATE', validate);

  const WAYS: readonly (readonly [
    what: string,
    imported: string,
    make: string,
    files: Readonly<Record<string, string>>,
  ])[] = [
    ['from a file beside', 'from net import Net', 'Net()', { 'net.py': NET }],
    ['from a package', 'from models.net import Net', 'Net()', { 'models/net.py': NET }],
    ['as a module', 'import models.net', 'models.net.Net()', { 'models/net.py': NET }],
    ['under another name', 'from models import net as n', 'n.Net()', { 'models/net.py': NET }],
    [
      'passed on',
      'from models import Net',
      'Net()',
      { 'models/__init__.py': 'from .net import Net\n', 'models/net.py': NET },
    ],
    [
      'passed on by a star',
      'import models',
      'models.Net()',
      { 'models/__init__.py': 'from .net import *\n', 'models/net.py': NET },
    ],
    [
      'by a factory',
      'from models import build',
      'build()',
      { 'models.py': `${NET}\n\ndef build():\n    return Net()\n` },
    ],
    [
      'by a factory that chooses',
      'from models import build',
      "build('a')",
      {
        'models.py': `${NET}\n\nclass Other(Net):\n    pass\n\ndef build(name):\n    if name == 'a':\n        net = Net()\n    else:\n        net = Other()\n    return net\n`,
      },
    ],
    [
      'as a base',
      'from models import Big',
      'Big()',
      { 'net.py': NET, 'models.py': 'from net import Net\n\nclass Big(Net):\n    pass\n' },
    ],
    [
      'as a part',
      'from models import Big',
      'Big()',
      {
        'net.py': NET,
        'models.py':
          'import torch.nn as nn\nfrom net import Net\n\nclass Big(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.net = Net()\n\n    def forward(self, x):\n        return self.net(x)\n',
      },
    ],
  ];
  for (const [what, imported, make, files] of WAYS)
    test(`a model is known ${what}`, () => {
      const all = { ...files, 'train.py': train(imported, make) };
      assert.deepEqual(found(all, 'train.py'), ['NL101 warning']);
      assert.deepEqual(found({ 'train.py': all['train.py'] }, 'train.py'), ['NL101 hint'], 'without the others');
    });

  test('a model without layers that follow the mode is known to have none', () => {
    const files = {
      'net.py': NET.replace('nn.BatchNorm1d(8)', 'nn.LayerNorm(8)'),
      'train.py': train('from net import Net', 'Net()'),
    };
    assert.deepEqual(found(files, 'train.py'), []);
  });

  test('a class that freezes its BatchNorm is seen where it is trained', () => {
    const frozen = NET.replace(
      'BatchNorm1d(8)\n',
      'BatchNorm1d(8)\n        for p in self.bn.parameters():\n            p.requires_grad = False\n',
    );
    const choosing = `${frozen}\n\ndef build(big):\n    return Net() if big else Net()\n`;
    for (const [imported, make] of [
      ['from net import Net', 'Net()'],
      ['from net import build', 'build(True)'],
    ] as const)
      assert.deepEqual(
        found({ 'net.py': choosing, 'train.py': train(imported, make, 'pass') }, 'train.py'),
        ['NL104 information'],
        make,
      );
    const thawed = `${frozen}\n    def thaw(self):\n        for p in self.bn.parameters():\n            p.requires_grad = True\n`;
    const kept = `${frozen}\n    def train(self, mode=True):\n        super().train(mode)\n        self.bn.eval()\n        return self\n`;
    for (const net of [NET, thawed, kept])
      assert.deepEqual(
        found({ 'net.py': net, 'train.py': train('from net import Net', 'Net()', 'pass') }, 'train.py'),
        [],
      );
  });

  test('a module of another file that is given a module runs in its mode', () => {
    const wrapper = `import torch.nn as nn

class Wrapper(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)
`;
    const script = (evaluate: string) => `import torch
from net import Net
from wrapper import Wrapper

net = Net()
wrapped = Wrapper(net)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for x, y in train_loader:
    net.train()
    torch.nn.functional.mse_loss(wrapped(x), y).backward()
    optimizer.step()
    ${evaluate}
    with torch.no_grad():
        for u, v in val_loader:
            print(wrapped(u))
`;
    const files = (evaluate: string) => ({ 'net.py': NET, 'wrapper.py': wrapper, 'train.py': script(evaluate) });
    assert.deepEqual(found(files('net.eval()'), 'train.py'), []);
    assert.deepEqual(found(files('wrapped.eval()'), 'train.py'), []);
    assert.deepEqual(found(files('pass'), 'train.py'), ['NL101 warning']);
  });

  test('an evaluation elsewhere that leaves eval mode is seen where training goes on', () => {
    const files = {
      'net.py': NET,
      'evaluation.py': EVALUATE,
      'train.py': train(
        'from net import Net\nfrom evaluation import evaluate',
        'Net()',
        'evaluate(model, val_loader, criterion)',
      ),
    };
    assert.deepEqual(found(files, 'train.py'), ['NL102 warning']);
    const restored = { ...files, 'evaluation.py': `${EVALUATE}    model.train()\n` };
    assert.deepEqual(found(restored, 'train.py'), []);
  });

  test('a helper elsewhere that switches to eval mode counts as the switch it is', () => {
    const files = {
      'net.py': NET,
      'helpers.py': 'def to_eval(model):\n    model.eval()\n\ndef to_train(model):\n    model.train()\n',
      'train.py': train(
        'from net import Net\nfrom helpers import to_eval, to_train',
        'Net()',
        `to_eval(model)\n        ${VALIDATE}\n        to_train(model)`,
      ),
    };
    assert.deepEqual(found(files, 'train.py'), []);
  });

  test('files that import each other are read, and end', () => {
    const files = {
      'a.py': 'from b import Net\n\nclass A(Net):\n    pass\n',
      'b.py': `from a import A\n${NET}`,
      'train.py': train('from a import A', 'A()'),
    };
    assert.deepEqual(found(files, 'train.py'), ['NL101 warning']);
    assert.deepEqual(
      found(
        { 'x.py': 'from y import *\n', 'y.py': 'from x import *\n', 'train.py': train('from x import Net', 'Net()') },
        'train.py',
      ),
      ['NL101 hint'],
    );
  });
});
