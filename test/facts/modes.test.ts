import assert from 'node:assert/strict';
import { NO_HINTS } from '../../src/base/hints.ts';
import { startParser } from '../../src/cli/parser-files.ts';
import { readFacts } from '../../src/facts/facts.ts';
import { readHints } from '../../src/facts/hints.ts';
import type { PythonParser } from '../../src/python/parser.ts';

const CORE = `import contextlib
import copy
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import resnet18
from elsewhere import anything, save_checkpoint, Wrapper

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.backbone = nn.Linear(4, width)
        self.bn = nn.BatchNorm1d(width)

    def forward(self, x):
        return self.bn(self.backbone(x))

`;

const HEAD = `${CORE}def look(model, loader):
    with torch.no_grad():
        for x, y in loader:
            print(model(x).argmax(1))

def learn(model, loader):
    for x, y in loader:
        nn.functional.mse_loss(model(x), y).backward()

`;

suite('Modes along the paths of a file', () => {
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

  /** The modes of the evaluation passes, in order. */
  const passes = (body: string) => read(HEAD + body).loops.passes.map((pass) => pass.mode);

  const bare = (body: string) => read(CORE + body).loops.passes.map((pass) => pass.mode);

  const cases: [string, string, string[]][] = [
    ['a constructor makes training mode', 'm = Net()\nlook(m, l)', ['training']],
    ['eval() and then', 'm = Net()\nm.eval()\nlook(m, l)', ['evaluation']],
    ['train(False) is eval()', 'm = Net()\nm.train(False)\nlook(m, l)', ['evaluation']],
    ['train(mode=False) is eval()', 'm = Net()\nm.train(mode=False)\nlook(m, l)', ['evaluation']],
    ['eval() returns the module', 'm = Net().to(d).eval()\nlook(m, l)', ['evaluation']],
    ['another name for it', 'm = Net()\nn = m\nn.eval()\nlook(m, l)', ['evaluation']],
    ['a wrapper is the same to modes', 'm = Net()\nw = nn.DataParallel(m)\nw.eval()\nlook(m, l)', ['evaluation']],
    ['what a wrapper holds, too', 'm = nn.DataParallel(Net())\nm.module.eval()\nlook(m, l)', ['evaluation']],
    [
      'a copy has the mode, and then its own',
      'm = Net()\nm.eval()\nc = copy.deepcopy(m)\nm.train()\nlook(c, l)',
      ['evaluation'],
    ],
    [
      'load_state_dict changes nothing',
      'm = Net()\nm.eval()\nm.load_state_dict(torch.load(p))\nlook(m, l)',
      ['evaluation'],
    ],
    ['either branch', 'm = Net()\nif a:\n    m.eval()\nelse:\n    m.train(False)\nlook(m, l)', ['evaluation']],
    ['one branch only: nobody knows', 'm = Net()\nif a:\n    m.eval()\nlook(m, l)', ['unknown']],
    [
      'a condition that is a constant',
      "mode = 'test'\nm = Net()\nif mode == 'test':\n    m.eval()\nlook(m, l)",
      ['evaluation'],
    ],
    ['an unknown argument', 'm = Net()\nm.train(flag)\nlook(m, l)', ['unknown']],
    [
      'saved and restored',
      'm = Net()\nm.eval()\nwas = m.training\nm.train()\nlearn(m, l)\nm.train(was)\nlook(m, l)',
      ['evaluation'],
    ],
    [
      'restored by a condition',
      'm = Net()\nm.eval()\nwas = m.training\nm.train()\nif not was:\n    m.eval()\nlook(m, l)',
      ['evaluation'],
    ],
    [
      'the loop’s first round and its later ones',
      'm = Net()\nfor e in r:\n    look(m, l)\n    m.eval()',
      ['sometimes-training'],
    ],
    [
      'a loop that switches first',
      'm = Net()\nfor e in r:\n    m.train()\n    learn(m, l)\n    m.eval()\n    look(m, l)',
      ['evaluation'],
    ],
    [
      'continue and break',
      'm = Net()\nfor e in r:\n    m.train()\n    if e:\n        continue\n    if a:\n        break\nlook(m, l)',
      ['training'],
    ],
    ['while', 'm = Net()\nwhile a:\n    m.eval()\nlook(m, l)', ['evaluation']],
    ['try and finally', 'm = Net()\ntry:\n    learn(m, l)\nfinally:\n    m.eval()\nlook(m, l)', ['evaluation']],
    ['an except that may or may not', 'm = Net()\ntry:\n    m.eval()\nexcept E:\n    pass\nlook(m, l)', ['unknown']],
    [
      'phases, each on its own',
      "m = Net()\nfor phase in ['train', 'val']:\n    m.train(phase == 'train')\nlook(m, l)",
      ['evaluation'],
    ],
    ['a helper that switches', 'def off(x):\n    x.eval()\nm = Net()\noff(m)\nlook(m, l)', ['evaluation']],
    [
      'a helper that returns early',
      'def off(x):\n    if a:\n        x.eval()\n        return\n    x.eval()\nm = Net()\noff(m)\nlook(m, l)',
      ['evaluation'],
    ],
    ['a factory', 'def make():\n    m = Net()\n    m.eval()\n    return m\nm = make()\nlook(m, l)', ['evaluation']],
    [
      'two objects of one factory',
      'def make():\n    return Net()\na = make()\nb = make()\na.eval()\nlook(b, l)',
      ['training'],
    ],
    [
      'an object that holds it',
      'class T:\n    def __init__(self, m):\n        self.m = m\n    def off(self):\n        self.m.eval()\nm = Net()\nt = T(m)\nt.off()\nlook(m, l)',
      ['evaluation'],
    ],
    [
      'a method of the model',
      'class P(Net):\n    def freeze(self):\n        self.eval()\nm = P()\nm.freeze()\nlook(m, l)',
      ['evaluation'],
    ],
    [
      'train() overridden',
      'class P(Net):\n    def train(self, mode=True):\n        super().train(mode)\n        self.bn.eval()\n        return self\nm = P()\nm.train()\nlook(m, l)',
      ['unknown'],
    ],
    ['only a part was switched', 'm = Net()\nm.bn.eval()\nlook(m, l)', ['unknown']],
    ['parts were switched one by one', 'm = Net()\nfor c in m.modules():\n    c.eval()\nlook(m, l)', ['unknown']],
    [
      'apply with a function of the file',
      'def off(c):\n    if isinstance(c, nn.BatchNorm1d):\n        c.eval()\nm = Net()\nm.apply(off)\nlook(m, l)',
      ['unknown'],
    ],
    ['the attribute training', 'm = Net()\nm.training = False\nlook(m, l)', ['unknown']],
    ['a function nobody sees', 'm = Net()\nanything(m)\nlook(m, l)', ['unknown']],
    ['a function that only saves', 'm = Net()\nsave_checkpoint(m, 1)\nlook(m, l)', ['training']],
    ['an object nobody sees', 'm = Net()\nw = Wrapper(m)\nw.run()\nlook(m, l)', ['unknown']],
    ['an optimizer', 'm = Net()\no = torch.optim.SGD(m.parameters(), lr=1)\no.step()\nlook(m, l)', ['training']],
    [
      'Hugging Face returns eval mode',
      'from transformers import AutoModel\nm = AutoModel.from_pretrained(p)\nlook(m, l)',
      ['evaluation'],
    ],
    ['a whole module that was saved', 'm = torch.load(p)\nlook(m, l)', ['unknown']],
    [
      'prepared for devices',
      'from accelerate import Accelerator\na = Accelerator()\nm, o = a.prepare(Net(), o)\nm.eval()\nlook(m, l)',
      ['evaluation'],
    ],
    ['a container of two', 'a = Net()\nb = Net()\ns = nn.Sequential(a, b)\ns.eval()\nlook(a, l)', ['evaluation']],
    [
      'a container whose part differs',
      'a = Net()\nb = Net()\ns = nn.Sequential(a, b)\na.eval()\nlook(s, l)',
      ['unknown'],
    ],
    [
      'a list of models',
      'models = [Net(), Net()]\nfor m in models:\n    m.eval()\nfor m in models:\n    look(m, l)',
      ['evaluation'],
    ],
    ['recursion ends', 'def r(m):\n    m.eval()\n    r(m)\nm = Net()\nr(m)\nlook(m, l)', ['evaluation']],
    [
      'a context manager of the file',
      '@contextlib.contextmanager\ndef off(m):\n    was = m.training\n    m.eval()\n    yield m\n    m.train(was)\nm = Net()\nwith off(m):\n    look(m, l)',
      ['evaluation'],
    ],
    [
      'after that context manager',
      '@contextlib.contextmanager\ndef off(m):\n    was = m.training\n    m.eval()\n    yield m\n    m.train(was)\nm = Net()\nwith off(m):\n    pass\nlook(m, l)',
      ['training'],
    ],
    ['a function below that nobody calls', 'def alone(m, l):\n    m.train()\n    look(m, l)', ['training']],
    ['two models to choose from', 'if a:\n    m = Net()\nelse:\n    m = resnet18()\nlook(m, l)', ['training']],
  ];
  for (const [what, body, expected] of cases)
    test(what, () => {
      assert.deepEqual(passes(body), expected);
    });

  test('set_grad_enabled(False) is as good as no_grad, set_grad_enabled(flag) is neither', () => {
    const run = (flag: string) =>
      bare(`m = Net()\nfor x in l:\n    with torch.set_grad_enabled(${flag}):\n        print(m(x))`);
    assert.deepEqual(run('False'), ['training']);
    assert.deepEqual(run('True'), []);
    assert.deepEqual(run('flag'), []);
  });

  test('a decorator switches gradients off for its function', () => {
    const run = (decorator: string) =>
      bare(`${decorator}\ndef go(m, l):\n    return [m(x) for x in l]\nm = Net()\ngo(m, l)`);
    assert.deepEqual(run('@torch.no_grad()'), ['training']);
    assert.deepEqual(run('@torch.inference_mode()'), ['training']);
    assert.deepEqual(run('@anything'), []);
  });

  test('what reaches backward() is training, through sums, lists and scalers', () => {
    const facts = read(`${CORE}m = Net()
total = 0
kept = []
for x, y in DataLoader(d, batch_size=6):
    out = m(x)
    kept.append(nn.functional.mse_loss(out, y))
    total = total + sum(kept)
scaler.scale(total).backward()
`);
    assert.deepEqual(
      facts.loops.trainings.map(({ loader, inEval }) => [loader?.batchSize, inEval]),
      [[6, false]],
    );
    assert.deepEqual(facts.loops.passes, []);
  });

  test('training in eval mode is counted', () => {
    assert.equal(read(`${HEAD}m = Net()\nm.eval()\nlearn(m, l)`).trainingInEval, 1);
    assert.equal(read(`${HEAD}m = Net()\nlearn(m, l)`).trainingInEval, 0);
  });

  test('a file of endless paths is given up, in silence', () => {
    const loops = Array.from({ length: 14 }, (_, i) => `${'    '.repeat(i)}for i${i} in r:`).join('\n');
    const body = `${loops}\n${'    '.repeat(14)}m.train(flag)\n${'    '.repeat(14)}look(m, l)`;
    const started = performance.now();
    const facts = read(`${HEAD}m = Net()\n${body}\n`);
    assert.ok(facts.loops.passes.every((pass) => pass.mode !== 'training'));
    assert.ok(performance.now() - started < 3000);
  });

  test('hints: how the file builds and trains its model', () => {
    const hints = readHints(
      read(`${HEAD}
WIDTH = 8
def main():
    loader = DataLoader(data, batch_size=5, shuffle=True)
    model = Net(width=WIDTH)
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for x, y in loader:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()

if __name__ == '__main__':
    main()
`),
    );
    assert.deepEqual(hints, {
      construct: 'Net(width=8)',
      batch: 5,
      optimizer: { target: 'torch.optim.SGD', args: { lr: 0.1, momentum: 0.9 } },
      loss: 'torch.nn.MSELoss',
      lossArgs: {},
    });
  });

  test('hints: what a loss is given, where it is written out', () => {
    const lossArgs = (made: string) =>
      readHints(
        read(
          `${CORE}def main(loader, unknown):\n    model = Net()\n    criterion = ${made}\n    for x, y in loader:\n        criterion(model(x), y).backward()\n`,
        ),
      ).lossArgs;
    assert.deepEqual(lossArgs('nn.CrossEntropyLoss(torch.tensor([1.0, 2.5]), label_smoothing=0.1)'), {
      weight: [1, 2.5],
      label_smoothing: 0.1,
    });
    assert.deepEqual(lossArgs('nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0]), reduction="sum")'), {
      pos_weight: [3],
    });
    assert.deepEqual(lossArgs('nn.CrossEntropyLoss(weight=unknown)'), {});
  });

  test('hints: what the code does not say stays unsaid', () => {
    const hints = readHints(
      read(
        `${CORE}def f(model, loader, criterion):\n    for x, y in loader:\n        criterion(model(x), y).backward()\n`,
      ),
    );
    assert.deepEqual(hints, NO_HINTS);
  });
});
