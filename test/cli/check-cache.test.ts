import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CheckOptions, check } from '../../src/cli/check.ts';
import { threadFile } from '../../src/cli/check-threads.ts';

const NET = `import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.bn = nn.BatchNorm1d(8)

    def forward(self, x):
        return self.bn(self.fc(x))
`;
const PLAIN = NET.replace('        self.bn = nn.BatchNorm1d(8)\n', '').replace('self.bn(self.fc(x))', 'self.fc(x)');
const USE = `import torch
from models import Net

def main(train_loader, val_loader, criterion, optimizer):
    model = Net()
    for epoch in range(10):
        for x, y in train_loader:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            for x, y in val_loader:
                print(criterion(model(x), y).item())

main(None, None, None, None)
`;

suite('What a check keeps for the next one', () => {
  let folder: string;

  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'normlab-'));
  });

  teardown(() => rmSync(folder, { recursive: true, force: true }));

  /** Written a while ago: what is written during a check is not kept. */
  function write(name: string, text: string): void {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    utimesSync(file, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
  }

  const run = async (options: Partial<CheckOptions> = {}, paths: readonly string[] = ['.']) =>
    (await check(paths, { format: 'json', select: [], ignore: [], threads: 1, ...options }, folder, false)).output;

  const rulesIn = (output: string): readonly string[] =>
    JSON.parse(output).findings.map((finding: { rule: string; path: string }) => `${finding.path} ${finding.rule}`);

  /** What is said with the help of the last time is what is said without. */
  async function agreed(options: Partial<CheckOptions> = {}, paths?: readonly string[]): Promise<string> {
    const output = await run(options, paths);
    assert.equal(output, await run({ ...options, cache: false }, paths));
    return output;
  }

  const kept = () => readdirSync(path.join(folder, '.normlab_cache')).filter((name) => name.startsWith('check-'));

  test('the second check reads no Python, and says the same', async () => {
    write('models.py', NET);
    write('use.py', USE);
    const first = await agreed();
    assert.ok(rulesIn(first).includes('use.py NL101'), first);
    const file = path.join(folder, '.normlab_cache', kept()[0] ?? '');
    const text = readFileSync(file, 'utf8');
    const stored = JSON.parse(text.slice(text.indexOf('\n') + 1));
    assert.deepEqual(Object.keys(stored[Object.keys(stored)[0] ?? '']).sort(), ['models.py', 'use.py']);
    assert.equal(await agreed(), first);
    assert.equal(readFileSync(file, 'utf8'), text);
  });

  test('a change of what a file imports is seen, through another file too', async () => {
    write('models/__init__.py', 'from .net import *\n');
    write('models/net.py', NET);
    write('use.py', USE);
    assert.ok(rulesIn(await agreed()).includes('use.py NL101'));
    write('models/net.py', PLAIN);
    const without = await agreed();
    assert.ok(!rulesIn(without).includes('use.py NL101'), without);
    write('models/net.py', NET);
    assert.ok(rulesIn(await agreed()).includes('use.py NL101'));
  });

  test('a file that appears or disappears where an import looks for it is seen', async () => {
    write('scripts/use.py', USE);
    write('models.py', NET);
    assert.ok(rulesIn(await agreed()).includes('scripts/use.py NL101'));
    write('scripts/models.py', PLAIN);
    assert.ok(!rulesIn(await agreed()).includes('scripts/use.py NL101'));
    rmSync(path.join(folder, 'scripts/models.py'));
    assert.ok(rulesIn(await agreed()).includes('scripts/use.py NL101'));
  });

  test('other settings, formats and places are other questions', async () => {
    write('a/models.py', NET);
    write('a/use.py', USE);
    await agreed();
    assert.deepEqual(rulesIn(await agreed({ ignore: ['NL'] })), []);
    await agreed({ format: 'github' });
    await agreed({ format: 'sarif' });
    assert.ok(rulesIn(await agreed({}, ['a/use.py'])).length > 0);
    write('pyproject.toml', '[tool.normlab]\nignore = ["NL101"]\n');
    assert.ok(!rulesIn(await agreed()).includes('a/use.py NL101'));
  });

  test('a spoiled file is as if there were none, and is put right', async () => {
    write('models.py', NET);
    write('use.py', USE);
    const first = await agreed();
    const file = path.join(folder, '.normlab_cache', kept()[0] ?? '');
    const good = readFileSync(file, 'utf8');
    for (const bad of ['', '{', good.slice(0, -5), good.replace('NL101', 'NL999'), good.replace(/^\w/, '\0')]) {
      writeFileSync(file, bad);
      assert.equal(await agreed(), first);
      assert.equal(readFileSync(file, 'utf8'), good);
    }
  });

  test('checks at once disturb no one', async () => {
    write('models.py', NET);
    write('use.py', USE);
    const outputs = await Promise.all(Array.from({ length: 4 }, () => run()));
    assert.equal(new Set(outputs).size, 1);
    assert.deepEqual(
      readdirSync(path.join(folder, '.normlab_cache')).filter((name) => name.endsWith('.tmp')),
      [],
    );
    await agreed();
  });

  test('git is told to pass over it, and so are checks', async () => {
    write('use.py', USE);
    await run({ cacheDir: 'kept/here' });
    assert.match(readFileSync(path.join(folder, 'kept/here/.gitignore'), 'utf8'), /^\*$/m);
    await run();
    write('.normlab_cache/use.py', USE);
    assert.equal(JSON.parse(await run()).files, 1);
  });

  test('nothing is kept where nobody wants it, where it cannot be, and of files that are being changed', async () => {
    write('use.py', USE);
    await run({ cache: false });
    assert.ok(!existsSync(path.join(folder, '.normlab_cache')));
    write('file', '');
    await run({ cacheDir: 'file/below' });
    await run({ fix: true });
    await run({ diff: true });
    assert.ok(!existsSync(path.join(folder, '.normlab_cache')));
  });

  test('what is written while a check runs is looked at again', async () => {
    write('models.py', NET);
    write('use.py', USE);
    utimesSync(path.join(folder, 'models.py'), new Date(Date.now() + 60_000), new Date(Date.now() + 60_000));
    assert.ok(rulesIn(await agreed()).includes('use.py NL101'));
    write('models.py', PLAIN);
    assert.ok(!rulesIn(await agreed()).includes('use.py NL101'));
  });

  test('more threads find what one finds, in the same order', async function () {
    if (!threadFile()) this.skip();
    for (let i = 0; i < 60; i++) {
      write(
        `p${i % 7}/models${i}.py`,
        i % 3 === 0 ? PLAIN : `from p${(i * 5) % 7}.models${(i * 11) % 60} import *\n${NET}`,
      );
      write(`use${i}.py`, USE.replace('models', `p${i % 7}.models${i}`));
    }
    const one = await run({ threads: 1, cache: false });
    assert.ok(rulesIn(one).length >= 40);
    assert.equal(await run({ threads: 3, cache: false }), one);
    assert.equal(await run({ threads: 2 }), one);
    assert.equal(await run({ threads: 2 }), one);
  }).timeout(60_000);
});
