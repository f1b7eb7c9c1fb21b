// What is read directly must be what the grammar reads, to the last span, or must be left to the grammar.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { startParser } from '../../src/cli/parser-files.ts';
import { readDirectly } from '../../src/python/direct/direct.ts';
import type { PythonParser } from '../../src/python/parser.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const SNIPPETS = [
  '',
  '\n\n',
  '# only this',
  'x = 1;  # behind\n',
  'if x: y = 1; z = 2;  # of the line\nelse: pass\n',
  'def f():\n    x\n    # of the block\n  # of neither\n# of none\ny = 1\n',
  'def f():\n    if a:\n        b\n        # inner\n    # outer\n    # outer still\nc\n',
  'class A:  # c\n    # first\n    def f(self): return 1  # end\n\n    # after\n',
  'if a:\n    b\n# between\nelif c:\n    d\n    # of d\nelse:\n    e\n',
  'try:\n    a\nexcept (B, C) as e:\n    d\nexcept* E:\n    f\nelse:\n    g\nfinally:\n    h\n',
  'try:\n    a\nexcept B as e:\n    d\nfinally:\n    h\n',
  'with (a as b, c as d):\n    pass\nwith (a or b).c() as d, e:\n    pass\nwith (a, b): pass\n',
  'async def f():\n    async with a as b:\n        await c(await d)\n    async for x in y: pass\n',
  '@a.b(1)\n@c\nclass D(E, metaclass=F): x: int = 3\n',
  'def f(a, /, b: int, *, c=1, d: List[int] = None, **e) -> Dict[str, Any]: ...\n',
  'def f(*args: int, x: list[str] | None = None): pass\n',
  'x: Optional[int]\nself.y: "A" = b = c\n',
  'lambda: 0\nlambda *a, b=1, **c: (yield)\nf = lambda x: x if x else lambda: y\n',
  'a = b = c, *d = e\nx, = y\n(a, b) = c\n[a, [b]] = c\na.b[1:2, ::3, ...], c = d\n(a) = 1\n',
  'x += 1\nx **= 2\nx //= y, z\nx @= yield\n',
  'x = yield\ny = yield from z\nyield a, b\n',
  'print(a)\nprint (a), b\nprint "x"\n',
  'print(a, file=b)\nexec(c)\nmatch = 1\ntype = 2\nmatch.group(1)\ntype(x)\n',
  'match x:\n    case 1: pass\n',
  'a < b <= c != d is not e not in f in g is h\nnot a and b or not c == d\n',
  '-x ** -y ** z * a @ b % c // d\na | b ^ c & d << e >> f\n~a + +b\n',
  '[*a, b, *c]\n[*f(x)]\n(*a,)\n{*a, b}\n{**a, "b": c, **d}\n{}\n()\n[]\nf(*a, **b, c=d, *e)\n',
  'f(x for x in y)\nf((x for x in y), z)\n[x for x, in a for (b, c) in d if e if f]\n{k: v for k, v in a}\n{x async for x in y}\n',
  'if (n := f(x)) > 1: pass\nx = (y := 1, 2)\nf(y := 1)\n',
  'a[1], a[1:], a[:1], a[:], a[::2], a[1, :, None], a[...]\n',
  '"a" \'b\' r"\\d" b"\\x00" u"c"\n"\\n"\n"\\d"\n"""a\n"b"\n"""\n\'\'\'\\\n\'\'\'\n',
  'f"{x!r:>{w}} {y = } {{}} {z:%H:%M} {a[\'b\']} {f(c, d=1)}"\nf"a{x}b" "c"\nrf"\\{x}"\n',
  'f"""{\n  x\n}"""\n',
  '0x1F 0b1 0o7\n',
  '0x1F, 0b1, 0o7, 1_000, 1e5, 1.5e-3, .5, 1., 017, 1j, 1E+3\n',
  'from . import a\nfrom .. import b as c\nfrom ...d.e import (f, g as h,)\nfrom i import *\nimport a.b.c as d, e\nfrom __future__ import annotations, division\n',
  'raise\nraise A from b\nassert a, b\ndel a, b[0]\nglobal a, b\nreturn\nreturn a,\nreturn *a, b.c\nreturn *a.b, c\n',
  'x = 1 + \\\n    2\nassert a, \\\n    b\n',
  'x = (1 +  # c\n     2)  # d\n',
  'for x in a, b: pass\nelse: pass\nfor *a, b in c:\n    pass\nwhile a: break\nelse:\n    continue\n',
  'if a:\n\tb\n\tif c:\n\t\td\n',
  'if a:\n  b\n   c\n',
  '  a\n',
  'a.b.c.d(e)(f)[g].h\n(a).b\n(a + b) * c\n(a)(b)\n((a))\n',
  'ä = 1\n',
  's = "ä𝔘"  # ä𝔘\nx = s\n',
  'x = 1\r\nif x:\r\n    # c\r\n    y = """a\r\nb"""\r\n    # d\r\nz\r\n',
  'a if b else c if d else e\n(a if b else c).d\n',
  'nonlocal x\n',
  'x = not a\nx = a,\nx = *a, *b\n',
  'await x\n',
  'a; b; c\n',
];

function pythonOfProject(): readonly string[] {
  const rules = path.join(ROOT, 'src/analysis/rules');
  const pages = readdirSync(rules)
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => [...readFileSync(path.join(rules, file), 'utf8').matchAll(/```python\n(.*?)```/gs)])
    .map(([, code]) => code ?? '');
  const files = ['examples', 'tools', 'src/reader/python'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.py'))
      .map((file) => readFileSync(path.join(ROOT, folder, file), 'utf8')),
  );
  return [...pages, ...files];
}

suite('Python read directly', () => {
  let grammar: PythonParser;
  let texts: readonly string[];

  suiteSetup(async () => {
    grammar = await startParser(() => null);
    texts = pythonOfProject();
  });

  suiteTeardown(() => grammar.dispose());

  /** true where it was read. */
  function check(text: string): boolean {
    const read = readDirectly(text);
    if (!read) return false;
    const tree = grammar.parse(text);
    tree.dispose();
    assert.deepEqual(tree.syntaxErrors, [], text);
    assert.deepEqual(read.module, tree.module, text);
    assert.deepEqual(read.comments, tree.comments, text);
    return true;
  }

  for (const text of SNIPPETS)
    test(`as the grammar reads it, or not at all: ${JSON.stringify(text).slice(1, 70)}`, () => {
      check(text);
      check(text.replaceAll('\n', '\r\n'));
    });

  test('all but a few of the files and pages of this project are read, as the grammar reads them', () => {
    const read = texts.filter((text) => check(text));
    assert.ok(read.length > 0.96 * texts.length, `${read.length} of ${texts.length}`);
  });

  test('what a person types in between is read as the grammar reads it, or not at all', () => {
    const pieces = [...SNIPPETS, ...texts].filter((text) => text.length < 1500);
    const inserted = fc.constantFrom(
      ...[
        '',
        ' ',
        '\n',
        '    ',
        '\t',
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        ':',
        ',',
        '.',
        '=',
        '*',
        '**',
        '"',
        "'",
        '"""',
        '#',
        '\\\n',
      ],
      ...[
        'x',
        '1',
        'if ',
        ' else ',
        'lambda ',
        ' for x in y',
        ' as b',
        'yield ',
        'await ',
        'async ',
        'not ',
        ' in ',
        'f"',
        'é',
        ';',
        '@',
      ],
      ...['# c\n', 'else:\n', 'def f():\n', ' -> x', ':=', '|', 'print ', 'pass\n', '\n# c\n', '\n    # c\n'],
    );
    const edit = fc.record({ piece: fc.constantFrom(...pieces), at: fc.nat(1500), cut: fc.nat(6), inserted });
    let read = 0;
    fc.assert(
      fc.property(edit, ({ piece, at, cut, inserted: text }) => {
        const start = at % (piece.length + 1);
        if (check(piece.slice(0, start) + text + piece.slice(start + cut))) read++;
      }),
      { numRuns: 1500, seed: 7 },
    );
    assert.ok(read > 100, `${read}`);
  });

  test('brackets deeper than the stack are left to the grammar', () => {
    assert.equal(readDirectly(`x = ${'('.repeat(100_000)}${')'.repeat(100_000)}\n`), null);
  });
});
