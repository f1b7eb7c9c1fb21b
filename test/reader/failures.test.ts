// Whatever the user's file does, there is an answer, with the line to look at, and the reader can read on.

import assert from 'node:assert/strict';
import type { ReadResult } from '../../src/protocol/messages.ts';
import { net, read, readGraph, startReader, type TestReader } from './support.ts';

const fine = net('self.fc = nn.Linear(3, 2)', 'return self.fc(x)');

function only(result: ReadResult) {
  assert.equal(result.graph, null);
  const [first] = result.problems;
  assert.ok(first, 'A problem is expected.');
  return { code: first.code, line: first.place?.line, message: first.message, column: first.place?.column };
}

suite('files that cannot be read', () => {
  test('a syntax error has its line and column', async () => {
    const { code, line, column } = only(await read('import torch\n\ndef f(:\n    pass\n'));
    assert.deepEqual({ code, line, column }, { code: 'python/syntax', line: 3, column: 7 });
  });

  test('a file without a model', async () => {
    assert.equal(only(await read('x = 1\n')).code, 'model/none');
  });

  test('missing constructor arguments are named', async () => {
    const text = `import torch.nn as nn
class Net(nn.Module):
    def __init__(self, width, depth=2, *, heads):
        super().__init__()
`;
    const { code, message, line } = only(await read(text));
    assert.equal(code, 'model/arguments');
    assert.equal(line, 2);
    assert.match(message, /`width`, `heads`/);
  });

  test('a shape that does not fit names both shapes and the line', async () => {
    const text = net('self.a = nn.Linear(3, 4)\nself.b = nn.Linear(5, 2)', 'x = self.a(x)\nreturn self.b(x)');
    const { message, line } = only(await read(text, { input: 'torch.randn(2, 3)' }));
    assert.equal(line, 13);
    assert.match(message, /5/);
    assert.match(message, /\[2, 4\]/);
  });

  test('an unknown function is refused by name, with its line', async () => {
    const text = net('self.a = nn.Linear(3, 4)', 'y = self.a(x)\nreturn torch.linalg_made_up(y)');
    const { code, message, line } = only(await read(text));
    assert.equal(code, 'model/unsupported');
    assert.equal(line, 12);
    assert.match(message, /torch\.linalg_made_up/);
  });

  test('an unknown keyword is refused by name', async () => {
    const text = net('self.a = nn.Linear(3, 4, color=1)', 'return self.a(x)');
    const { message, line } = only(await read(text));
    assert.equal(line, 8);
    assert.match(message, /color/);
  });

  const byData = {
    'the number of what is true': ['return y[y > 0]', /mask that is computed from the input/],
    nonzero: ['return torch.nonzero(y)', /`torch\.nonzero` .* depends on the numbers/],
    unique: ['return y.unique()', /`torch\.Tensor\.unique` .* depends on the numbers/],
    'where alone': ['return torch.where(y > 0)[0]', /`torch\.where` .* depends on the numbers/],
    'a number of the input as a size': ['return y[:, :int(y.max())]', /value of a tensor that depends on the input/],
  } as const;
  const unknown = {
    'a function of complex numbers': ['return torch.fft.fft(y).tanh()', /`torch\.tanh` of complex numbers/],
    'a layer of complex numbers': ['return self.a(torch.fft.fft(y))', /complex numbers is used here/],
    'complex numbers as output': ['return torch.view_as_complex(y.view(-1, 2, 2))', /returns complex numbers/],
    'a package nobody has': ['return torch.stack([y, y], dim=other.axis)', /`other\.axis`, whose value is not known/],
  } as const;
  for (const [expected, cases] of [
    ['model/data-dependent', byData],
    ['model/unsupported', unknown],
  ] as const)
    for (const [what, [forward, message]] of Object.entries(cases))
      test(`${what}: refused by name, with its line`, async () => {
        const text = net('self.a = nn.Linear(3, 4)', `y = self.a(x)\n${forward}`, 'import other');
        const { code, line, message: found } = only(await read(text));
        assert.deepEqual([code, line], [expected, 12]);
        assert.match(found, message);
      });

  test('an exception of the user has its innermost line', async () => {
    const text = net('self.a = self.make()', 'return x', 'def fail():\n    raise ValueError("no such size")\n').replace(
      '    def forward',
      '    def make(self):\n        return fail()\n\n    def forward',
    );
    const { code, message, line } = only(await read(text));
    assert.equal(code, 'python/exception');
    assert.equal(line, 5);
    assert.match(message, /ValueError: no such size/);
  });

  test('classes are listed although none could be built', async () => {
    const { classes } = await read(`${net('raise ValueError', 'return x')}\nclass Part(nn.Module):\n    pass\n`);
    assert.deepEqual(
      classes.map(({ name, place }) => [name, place?.line, place?.column]),
      [
        ['Net', 5, 7],
        ['Part', 13, 7],
      ],
    );
  });

  test('a package that is not there takes no tensor', async () => {
    const text = net('self.a = nn.Linear(3, 4)', 'return magic(self.a(x))', 'from nowhere import magic');
    const { code, message, line } = only(await read(text));
    assert.deepEqual({ code, line }, { code: 'model/unsupported', line: 11 });
    assert.match(message, /nowhere\.magic/);
  });
});

suite('code that does not end', function () {
  this.timeout(60_000);
  let reader: TestReader;
  suiteSetup(async () => {
    reader = await startReader(1);
    await readGraph(fine, { reader });
  });
  suiteTeardown(async () => {
    await reader.thread.terminate();
  });

  async function stopped(init: string): Promise<{ code: string; line: number | undefined; seconds: number }> {
    const began = performance.now();
    const { code, line } = only(await read(net(init, 'return x'), { reader }));
    const seconds = (performance.now() - began) / 1000;
    // The same thread reads the next file.
    assert.equal((await readGraph(fine, { reader })).rootClass, 'Net');
    return { code, line, seconds };
  }

  test('an endless loop is stopped at its line', async () => {
    const { code, line } = await stopped('while True:\n    pass');
    assert.ok(code === 'reader/steps' || code === 'reader/time', code);
    assert.ok(line === 8 || line === 9, String(line));
  });

  test('a loop that catches everything is stopped too', async () => {
    const { code } = await stopped('while True:\n    try:\n        pass\n    except BaseException:\n        pass');
    assert.ok(code === 'reader/steps' || code === 'reader/time', code);
  });

  test('one long call is interrupted', async () => {
    const { code, line, seconds } = await stopped('self.n = 3 ** (10 ** 9)');
    assert.deepEqual({ code, line }, { code: 'reader/time', line: 8 });
    assert.ok(seconds < 5, `${seconds} s`);
  });

  test('endless recursion', async () => {
    const { code } = await stopped('f = lambda g: g(g)\nf(f)');
    assert.equal(code, 'python/recursion');
  });

  test('endless recursion with a raised limit', async () => {
    const { code } = await stopped('import sys\nsys.setrecursionlimit(10 ** 9)\nf = lambda g: g(g)\nf(f)');
    assert.equal(code, 'python/recursion');
  });

  test('a list larger than memory', async () => {
    const { code, line } = await stopped('self.x = [0] * (10 ** 9)');
    assert.deepEqual({ code, line }, { code: 'python/memory', line: 8 });
  });

  test('a list that grows without end', async () => {
    const { code } = await stopped('grow = []\nwhile True:\n    grow.append(bytes(10 ** 6))');
    assert.ok(['python/memory', 'reader/steps', 'reader/time'].includes(code), code);
  });

  test('what ignores the interrupt ends with its thread, and another reads on', async () => {
    const own = await startReader(1);
    const call = read(net('sum(range(10 ** 13))', 'return x'), { reader: own });
    const late = new Promise((resolve) => setTimeout(resolve, 3000, 'late'));
    assert.equal(await Promise.race([call, late]), 'late');
    const gone = assert.rejects(call);
    own.channel.fail(new Error('ended'));
    await Promise.all([gone, own.thread.terminate()]);
    assert.equal((await readGraph(fine)).rootClass, 'Net');
  });
});
