import assert from 'node:assert/strict';
import { startParser } from '../../src/cli/parser-files.ts';
import { bindNames, bindParameters } from '../../src/python/arguments.ts';
import { type Names, readNames, type Scope } from '../../src/python/names.ts';
import type { PythonParser } from '../../src/python/parser.ts';
import type { Call, Expression, FunctionDef, Module } from '../../src/python/tree.ts';
import { readValues, visitStatements } from '../../src/python/values.ts';
import { ownExpressions, visitExpression } from '../../src/python/walk.ts';

suite('Names, values and arguments', () => {
  let parser: PythonParser;

  suiteSetup(async () => {
    parser = await startParser();
  });

  suiteTeardown(() => parser.dispose());

  function read(text: string): { module: Module; names: Names } {
    const tree = parser.parse(text);
    tree.dispose();
    assert.deepEqual(tree.syntaxErrors, []);
    return { module: tree.module, names: readNames(tree.module) };
  }

  /** The argument of `probe(…)`, and the scope it stands in. */
  function probe(text: string): { expression: Expression; scope: Scope; module: Module; names: Names } {
    const { module, names } = read(text);
    let found: { expression: Expression; scope: Scope } | null = null;
    visitStatements(module.body, (statement, owner) => {
      for (const own of ownExpressions(statement))
        visitExpression(own, (part) => {
          const argument =
            part.kind === 'call' && part.callee.kind === 'name' && part.callee.id === 'probe' ? part.args[0] : null;
          if (argument) found = { expression: argument.value, scope: owner ? names.scopeOf(owner) : names.module };
        });
    });
    assert.ok(found !== null);
    return { ...(found as { expression: Expression; scope: Scope }), module, names };
  }

  const resolved = (text: string) => {
    const { expression, scope, names } = probe(text);
    return names.resolve(expression, scope);
  };

  const resolutions: [string, string, string | null][] = [
    ['an alias', 'import torch.nn as nn\nprobe(nn.Linear)', 'torch.nn.Linear'],
    ['from torch import nn', 'from torch import nn\nprobe(nn.Linear)', 'torch.nn.Linear'],
    ['a plain import of a submodule', 'import torch.nn\nprobe(torch.nn.functional.relu)', 'torch.nn.functional.relu'],
    ['a name with an alias', 'from torch.nn import Linear as L\nprobe(L)', 'torch.nn.Linear'],
    [
      'the long way to a layer',
      'from torch.nn.modules.batchnorm import BatchNorm2d\nprobe(BatchNorm2d)',
      'torch.nn.BatchNorm2d',
    ],
    ['an assignment that renames', 'from torch import nn\nLinear = nn.Linear\nprobe(Linear)', 'torch.nn.Linear'],
    ['the one star import, torch’s', 'from torch.nn import *\nprobe(Linear)', 'torch.nn.Linear'],
    ['two star imports', 'from torch.nn import *\nfrom mine import *\nprobe(Linear)', null],
    ['a class of the file', 'import torch.nn as nn\nclass Normalize: pass\nprobe(Normalize)', null],
    ['a name bound again', 'from torch import nn\nnn = other()\nprobe(nn.Linear)', null],
    [
      'a fallback import',
      'try:\n    from torch import compile as c\nexcept ImportError:\n    c = None\nprobe(c)',
      null,
    ],
    ['a parameter of the same name', 'from torch import nn\ndef f(nn):\n    probe(nn.Linear)', null],
    ['a loop variable of the same name', 'import torch\nfor torch in x:\n    probe(torch.no_grad)', null],
    ['global in a function', 'from torch import nn\ndef g():\n    global nn\n    nn = 3\nprobe(nn.Linear)', null],
    [
      'a class’s names from its methods',
      'class A:\n    from torch import nn\n    def f(self):\n        probe(nn.Linear)',
      null,
    ],
    [
      'an outer function’s import',
      'def f():\n    from torch import nn\n    def g():\n        probe(nn.Linear)',
      'torch.nn.Linear',
    ],
    ['a builtin', 'probe(len)', 'builtins.len'],
    ['nobody’s name', 'probe(mystery)', null],
  ];
  for (const [what, text, expected] of resolutions)
    test(`resolves ${what}`, () => {
      assert.equal(resolved(text), expected);
    });

  const folded = (text: string) => {
    const { expression, scope, module, names } = probe(text);
    return readValues(module, names).fold(expression, scope);
  };

  const foldings: [string, unknown][] = [
    ['probe(-2 ** 2 + 7 // 2)', { value: -1, isDefault: false }],
    ['N = 4\nprobe(2 * N)', { value: 8, isDefault: false }],
    ['N = 4\nN += 1\nprobe(N)', undefined],
    ['N = 4\ndef f():\n    probe(N)', { value: 4, isDefault: false }],
    ['def f(n):\n    probe(n)', undefined],
    ["c = {'batch': 8, 'lr': 0.1}\nprobe(c['batch'])", { value: 8, isDefault: false }],
    ['sizes = [3, 5]\nprobe(sizes[-1])', { value: 5, isDefault: false }],
    ['probe(int(7.9))', { value: 7, isDefault: false }],
    ['probe(1 / 0)', undefined],
    [
      "import argparse\np = argparse.ArgumentParser()\np.add_argument('-b', '--batch-size', type=int, default=6)\nargs = p.parse_args()\nprobe(args.batch_size)",
      { value: 6, isDefault: true },
    ],
    [
      "import argparse\np = argparse.ArgumentParser()\np.add_argument('--n', type=int)\nargs = p.parse_args()\nprobe(args.n)",
      undefined,
    ],
  ];
  for (const [text, expected] of foldings)
    test(`folds ${text.split('\n').at(-1)}`, () => {
      assert.deepEqual(folded(text), expected);
    });

  function callAndDef(text: string): { call: Call; def: FunctionDef } {
    const [def, statement] = read(text).module.body;
    assert.ok(def?.kind === 'function' && statement?.kind === 'expression' && statement.value.kind === 'call');
    return { call: statement.value, def };
  }

  const names = (values: ReadonlyMap<string, Expression>) =>
    Object.fromEntries([...values].map(([name, value]) => [name, value.kind === 'number' ? value.value : value.kind]));

  test('binds by position and by name, as Python does', () => {
    const { call, def } = callAndDef('def f(a, b=2, *rest, c, **more): pass\nf(1, 5, 6, 7, c=8, d=9)');
    const bound = bindParameters(call, def.params, 0);
    assert.deepEqual(names(bound.values), { a: 1, b: 5, c: 8 });
    assert.equal(bound.rest.length, 3);
    assert.equal(bound.complete, true);
  });

  test('knows what stars hide', () => {
    const { call, def } = callAndDef('def f(a, b): pass\nf(1, *more, b=3)');
    const bound = bindParameters(call, def.params, 0);
    assert.deepEqual(names(bound.values), { a: 1, b: 3 });
    assert.equal(bound.complete, false);
  });

  test('leaves self to the receiver', () => {
    const { call, def } = callAndDef('def f(self, a): pass\nf(1)');
    assert.deepEqual(names(bindParameters(call, def.params, 1).values), { a: 1 });
  });

  test('binds to a list of names', () => {
    const { call } = callAndDef('def f(): pass\nf(1, bias=0)');
    assert.deepEqual(names(bindNames(call, ['in_features', 'out_features', 'bias']).values), {
      in_features: 1,
      bias: 0,
    });
  });
});
