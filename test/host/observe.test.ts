import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { NormLab } from '../../src/extension.ts';
import { closeAll, edit, eventually, extension, inFolder, pause, watchThreads, write } from '../support/host.ts';

suite('observe', () => {
  let observation: NormLab['observation'];
  // From the beginning: another suite may be the first to need the engine.
  const threads = watchThreads();

  suiteSetup(async () => {
    observation = (await extension().activate()).observation;
  });

  suiteTeardown(() => threads.stop());

  teardown(async () => {
    await vscode.commands.executeCommand('normLab.stop');
    await setSteps(undefined);
    await closeAll();
  });

  async function setSteps(steps: number | undefined): Promise<void> {
    const section = vscode.workspace.getConfiguration('normLab');
    await section.update('observatory.steps', steps, vscode.ConfigurationTarget.Workspace);
  }

  /** Starts and does not wait for the end. */
  async function start(steps: number): Promise<{ readonly done: Thenable<unknown> }> {
    await setSteps(steps);
    const done = vscode.commands.executeCommand('normLab.observeModel');
    await eventually(() => assert.equal(observation.state.phase, 'running', observation.state.message), 60_000);
    return { done };
  }

  test('a model that another file builds is trained as that file trains it', async () => {
    const net = `import torch.nn as nn


class Wide(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(64, width)

    def forward(self, x):
        return self.fc(x)
`;
    const train = `import torch
from torch.utils.data import DataLoader
from wide import Wide

net = Wide(width=10)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.5)
criterion = torch.nn.CrossEntropyLoss()
loader = DataLoader(data, batch_size=24, shuffle=True)
for x, y in loader:
    optimizer.zero_grad()
    criterion(net(x), y).backward()
    optimizer.step()
`;
    const files = [await write('built/wide.py', net), await write('built/train_wide.py', train)];
    try {
      await edit(files[0] as vscode.Uri);
      await setSteps(20);
      await vscode.commands.executeCommand('normLab.observeModel');
      const { phase, message, model, run } = observation.state;
      assert.equal(phase, 'finished', message);
      assert.equal(model?.parameters, 650);
      assert.equal(run?.batch, 24);
      assert.deepEqual(run?.optimizer, { target: 'torch.optim.SGD', args: { lr: 0.05, momentum: 0.5 } });
    } finally {
      await closeAll();
      for (const uri of files) await vscode.workspace.fs.delete(uri);
    }
  });

  test('a run completes, measures everything and names the planted faults at their lines', async () => {
    const uri = inFolder('simple_net.py');
    const { document } = await edit(uri);
    const moments: number[] = [];
    const listener = observation.onDidObserve(() => moments.push(performance.now()));
    await vscode.commands.executeCommand('normLab.observeModel');
    listener.dispose();
    const { phase, message, step, model, observations, verdicts } = observation.state;
    assert.equal(phase, 'finished', message);
    assert.equal(step, 300, message);
    assert.equal(model?.name, 'SimpleNet');
    assert.equal(model?.parameters, 281);
    const names = new Set(observations.map(({ name }) => name));
    for (const wanted of ['loss/train', 'loss/eval']) assert.ok(names.has(wanted), [...names].join(', '));
    assert.ok(observations.some(({ kind }) => kind === 'histogram'));
    const rules = new Set(verdicts.map(({ rule }) => rule));
    for (const planted of ['NL101', 'NL201', 'NL504']) assert.ok(rules.has(planted), [...rules].join(', '));
    for (const { place, numbers, message } of verdicts) {
      assert.ok(place, message);
      assert.equal(place.path, uri.path);
      assert.notEqual(document.lineAt(place.line - 1).text.trim(), '');
      assert.ok(Object.values(numbers).every(Number.isFinite), message);
    }
    const gaps = moments.slice(1).map((moment, i) => moment - (moments[i] ?? 0));
    const tooClose = gaps.filter((gap) => gap < 80).length;
    // The last piece is sent with the end, however soon that comes.
    assert.ok(tooClose <= 1, `Pieces came ${gaps.map((gap) => gap.toFixed(0)).join(', ')} ms apart.`);
  }).timeout(120_000);

  test('stopping takes at most 200 ms and keeps what was measured', async () => {
    await edit(inFolder('simple_net.py'));
    const { done } = await start(10_000_000);
    await eventually(() => assert.ok(observation.state.step > 0));
    const started = performance.now();
    await vscode.commands.executeCommand('normLab.stop');
    assert.equal(observation.state.phase, 'cancelled', observation.state.message);
    await done;
    const took = performance.now() - started;
    assert.ok(took <= 200, `Stopping took ${took.toFixed(0)} ms.`);
    const { step, observations, message } = observation.state;
    assert.ok(observations.length > 0);
    assert.match(message, /^Stopped at step \d+; what was measured is kept\.$/);
    await pause(500);
    assert.equal(observation.state.step, step, 'The engine went on.');
  }).timeout(120_000);

  test('a killed engine says so, keeps what was measured, and the next run works', async () => {
    await edit(inFolder('simple_net.py'));
    const { done } = await start(10_000_000);
    await eventually(() => assert.ok(observation.state.step > 0));
    const engine = threads.scripts.findLast(({ script }) => script.includes('engine-worker'));
    assert.ok(engine);
    const killed = performance.now();
    await engine.thread.terminate();
    await done;
    assert.ok(performance.now() - killed < 1000);
    assert.equal(observation.state.phase, 'failed');
    assert.match(observation.state.message, /engine stopped unexpectedly.*kept.*Run again/);
    assert.ok(observation.state.observations.length > 0);
    await setSteps(20);
    await vscode.commands.executeCommand('normLab.observeModel');
    assert.equal(observation.state.phase, 'finished', observation.state.message);
    assert.equal(observation.state.step, 20);
  }).timeout(120_000);

  test('a class that cannot be read says why, with the line', async () => {
    const text = [
      'import torch',
      'from torch import nn',
      '',
      'class Net(nn.Module):',
      '    def __init__(self):',
      '        super().__init__()',
      '        self.fc = nn.Linear(10, 4)',
      '',
      '    def forward(self, x):',
      '        return self.missing(self.fc(x))',
      '',
    ].join('\n');
    await edit(await write('unreadable.py', text));
    await vscode.commands.executeCommand('normLab.observeModel');
    const { phase, message } = observation.state;
    assert.equal(phase, 'failed');
    assert.match(message, /could not be read\. .*Line 10: .*missing/);
  }).timeout(120_000);

  test('Python with a syntax error says so, with the line', async () => {
    await edit(await write('unfinished.py', 'from torch import nn\n\nclass Net(nn.Module:\n    pass\n'));
    await vscode.commands.executeCommand('normLab.observeModel');
    assert.equal(observation.state.phase, 'failed');
    assert.match(observation.state.message, /Line 3/);
  }).timeout(120_000);

  test('a file without a model says so', async () => {
    await edit(await write('empty.py', 'print("no model here")\n'));
    await vscode.commands.executeCommand('normLab.observeModel');
    assert.equal(observation.state.phase, 'failed');
    assert.match(observation.state.message, /No class of this file derives from `torch\.nn\.Module`/);
  }).timeout(120_000);
});
