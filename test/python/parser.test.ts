import assert from 'node:assert/strict';
import fc from 'fast-check';
import { startParser } from '../../src/cli/parser-files.ts';
import type { PythonParser } from '../../src/python/parser.ts';
import type { Statement } from '../../src/python/tree.ts';

const SOURCE = `import torch
from torch import nn as n  # a comment

@torch.no_grad()
def f(a, *rest, b: int = 2, **more):
    """A text."""
    x, y = a[1:2], -3.5e1
    for i in range(10):
        if i == 2 and not a or b:
            continue
        elif i > 3:
            break
        else:
            x += [k ** 2 for k in rest if k]
    else:
        pass
    with open('ä.txt') as file, torch.no_grad():
        return {**more, 'key': (lambda z: z + 1)(x)}


class C(n.Module, metaclass=type):
    def m(self):
        try:
            yield self.x
        except (ValueError, TypeError) as error:
            raise error
        finally:
            del self.x
`;

suite('Python as a tree', () => {
  let parser: PythonParser;

  suiteSetup(async () => {
    parser = await startParser();
  });

  suiteTeardown(() => parser.dispose());

  const parse = (text: string) => {
    const tree = parser.parse(text);
    tree.dispose();
    return tree;
  };

  const only = (text: string): Statement => {
    const { module } = parse(text);
    assert.equal(module.body.length, 1);
    return module.body[0] as Statement;
  };

  test('a file becomes its statements, comments aside', () => {
    const tree = parse(SOURCE);
    assert.deepEqual(
      tree.module.body.map((statement) => statement.kind),
      ['import', 'importFrom', 'function', 'class'],
    );
    assert.deepEqual(tree.syntaxErrors, []);
    assert.deepEqual(
      tree.comments.map(({ start, end }) => SOURCE.slice(start, end)),
      ['# a comment'],
    );
  });

  test('parameters keep their stars, defaults and annotations', () => {
    const def = only('def f(a, *rest, b: int = 2, **more): pass');
    assert.ok(def.kind === 'function');
    assert.deepEqual(
      def.params.map(({ name, stars, keywordOnly, default: given }) => ({
        name,
        stars,
        keywordOnly,
        given: given?.kind ?? null,
      })),
      [
        { name: 'a', stars: 0, keywordOnly: false, given: null },
        { name: 'rest', stars: 1, keywordOnly: false, given: null },
        { name: 'b', stars: 0, keywordOnly: true, given: 'number' },
        { name: 'more', stars: 2, keywordOnly: true, given: null },
      ],
    );
  });

  test('elif is an if in the else of the one before', () => {
    const first = only('if a:\n    x\nelif b:\n    y\nelif c:\n    z\nelse:\n    w\n');
    assert.ok(first.kind === 'if');
    const [second] = first.orelse;
    assert.ok(second?.kind === 'if');
    const [third] = second.orelse;
    assert.ok(third?.kind === 'if');
    assert.deepEqual(
      third.orelse.map((statement) => statement.kind),
      ['expression'],
    );
  });

  test('a chained assignment has one value and all its targets', () => {
    const statement = only('a = b = 3');
    assert.ok(statement.kind === 'assign');
    assert.equal(statement.targets.length, 2);
    assert.ok(statement.value?.kind === 'number' && statement.value.value === 3);
  });

  test('spans are UTF-16 offsets, after letters of two bytes and of two units too', () => {
    const text = "s = 'äöü𝔘'\nmodel.eval()\n";
    const [, second] = parse(text).module.body;
    assert.equal(text.slice(second?.start, second?.end), 'model.eval()');
  });

  test('one broken line does not hide the rest', () => {
    const tree = parse('import torch\n\nx = = 3\n\ndef f():\n    return 1\n');
    assert.ok(tree.syntaxErrors.length > 0);
    assert.ok(tree.module.body.some((statement) => statement.kind === 'function' && statement.name === 'f'));
  });

  // While a text is broken, the parser's guess at what was meant may depend on the way there; once it is
  // Python, it must not.
  test('after any edits that end in Python, parsing what changed gives the same tree as parsing all', () => {
    const fragment = fc.constantFrom(
      '',
      'x',
      '\n',
      '    ',
      'def g():\n    pass\n',
      ')',
      '"""',
      '# c',
      '𝔘',
      'if a:\n',
      '.eval()',
    );
    const edit = fc.tuple(fc.nat(SOURCE.length), fc.nat(40), fragment);
    const end = fc.constantFrom(
      SOURCE,
      `import os\n${SOURCE}`,
      `${SOURCE}\nx = 1\n`,
      SOURCE.replace('range(10)', 'range(200)'),
      SOURCE.replace('yield self.x', 'pass'),
      SOURCE.replace('"""A text."""', 'a = 1'),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), end, (edits, last) => {
        let text = SOURCE;
        const texts = edits.map(([at, length, inserted]) => {
          const start = Math.min(at, text.length);
          text = text.slice(0, start) + inserted + text.slice(start + length);
          return text;
        });
        let tree = parser.parse(SOURCE);
        for (const next of [...texts, last]) {
          const parsed = parser.parse(next, tree);
          tree.dispose();
          tree = parsed;
        }
        const whole = parse(last);
        tree.dispose();
        assert.deepEqual(tree.module, whole.module);
        assert.deepEqual(tree.comments, whole.comments);
        assert.deepEqual(tree.syntaxErrors, []);
      }),
      { numRuns: 150 },
    );
  });

  test('an earlier tree stays readable after it was parsed on', () => {
    const first = parser.parse('a = 1\n');
    const second = parser.parse('a = 1\nb = 2\n', first);
    const third = parser.parse('b = 2\n', first);
    assert.deepEqual([second.module.body.length, third.module.body.length], [2, 1]);
    for (const tree of [first, second, third]) tree.dispose();
  });
});
