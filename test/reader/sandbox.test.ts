// What a user's file must not reach, tried from inside: each line is Python that leaves a sentence in `found`.
// These are accidents kept out; the behavior is Pyodide's and may change with each release of it.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { net, read } from './support.ts';

/** What `attempt` found, by the message of the exception that carries it out. */
async function tried(attempt: string): Promise<string> {
  const body = ['found = "nothing"', 'try:', ...attempt.split('\n').map((line) => `    ${line}`)];
  body.push(
    'except BaseException as error:',
    '    found = type(error).__name__',
    'raise ValueError("found " + str(found))',
  );
  const { problems } = await read(net(body.join('\n'), 'return x'));
  const message = problems.find((problem) => problem.code === 'python/exception')?.message ?? '';
  return /found (.*)\.$/.exec(message)?.[1] ?? `no answer: ${JSON.stringify(problems)}`;
}

/** A file that is there, so that an open door would be seen. */
const manifest = path.resolve(import.meta.dirname, '../../package.json');
assert.ok(existsSync(manifest));

const closed: readonly (readonly [string, string])[] = [
  ['a file of the machine', 'found = open("/etc/hostname").read()'],
  ['a file of the project', `found = open(${JSON.stringify(manifest)}).read()`],
  ['a command', 'import os\nfound = os.system("id")'],
  ['a command through posix', 'import posix\nfound = posix.system("id")'],
  ['a command through os.popen', 'import os\nfound = os.popen("id").read()'],
  [
    'a command through a new posix',
    'import _imp, importlib.machinery\nspec = importlib.machinery.ModuleSpec("posix", None)\nfound = _imp.create_builtin(spec).system("id")',
  ],
  ['JavaScript', 'import js\nfound = str(js.process)'],
  ['JavaScript through pyodide', 'import pyodide_js\nfound = str(pyodide_js.FS)'],
  ['JavaScript through pyodide.code', 'from pyodide.code import run_js\nfound = str(run_js("1"))'],
  ['JavaScript through sys.modules', 'import sys\nfound = str(sys.modules["_pyodide_core"])'],
  [
    'a JavaScript object in memory',
    'import gc\nfound = [o for o in gc.get_objects() if type(o).__name__.startswith(("JsProxy", "JsDoubleProxy")) and not isinstance(o, type)][0]',
  ],
  [
    'JavaScript through a function found in memory',
    'import gc\nrun = [o for o in gc.get_objects() if getattr(o, "__name__", None) == "run_js"][0]\nfound = str(run("globalThis.constructor.constructor(\'return 1\')()"))',
  ],
  ['memory', 'import ctypes\nfound = ctypes.string_at(0, 4)'],
  ['a socket', 'import socket\nfound = socket.socket().connect(("127.0.0.1", 80))'],
];

/** An inert stand-in shows its kind and nothing else. */
const harmless = /^(nothing|.*Error|<torch\._inert.*|None)$/;

suite('what a file cannot reach', () => {
  for (const [name, attempt] of closed) {
    test(name, async () => {
      assert.match(await tried(attempt), harmless);
    });
  }

  test('the attempt is really made', async () => {
    assert.equal(await tried('found = 6 * 7'), '42');
  });

  test("the environment is not the machine's", async () => {
    assert.equal(await tried('import os\nfound = os.environ["PATH"] + os.environ["HOME"]'), '//home');
  });

  test('a change of torch does not reach the next file', async () => {
    await read(net('nn.Linear.forward = lambda self, x: 1\nnn.Module.train = None\ntorch.relu = None', 'return x'));
    const { graph } = await read(net('self.a = nn.Linear(3, 4)', 'return torch.relu(self.a(x))'));
    assert.deepEqual(
      graph?.train.map((node) => node.op),
      ['placeholder', 'call_module', 'call_function', 'output'],
    );
  });
});
