import assert from 'node:assert/strict';
import { cellOfPath, cellPath, whereOf } from '../src/host/cell-path.ts';
import { Choices } from '../src/host/models/choices.ts';

type Memory = ConstructorParameters<typeof Choices>[0];
type Uri = Parameters<Choices['of']>[0];

/** As VS Code keeps it: what comes back is a copy. */
function memory(): Memory {
  const kept = new Map<string, string>();
  return {
    keys: () => [...kept.keys()],
    get: <T>(key: string, otherwise?: T) => {
      const text = kept.get(key);
      return (text === undefined ? otherwise : JSON.parse(text)) as T;
    },
    update: async (key: string, value: unknown) => {
      kept.set(key, JSON.stringify(value));
    },
  };
}

const at = (path: string) => ({ toString: () => `file://${path}` }) as Uri;
const NETS = at('/ws/nets.py');

suite('what was chosen of a model', () => {
  test('is remembered by file and class, and the class chosen last is meant', async () => {
    const shared = memory();
    const choices = new Choices(shared);
    assert.equal(choices.of(NETS), null);
    await choices.remember(NETS, { name: 'A', construct: 'A(1)', input: null });
    await choices.remember(NETS, { name: 'B', construct: null, input: 'torch.randn(2, 3)' });
    await choices.remember(at('/ws/other.py'), { name: 'A', construct: 'A(2)', input: null });
    // Another window of the same workspace, or the same after a reload.
    const again = new Choices(shared);
    assert.deepEqual(again.of(NETS), { name: 'B', construct: null, input: 'torch.randn(2, 3)' });
    assert.deepEqual(again.of(NETS, 'A'), { name: 'A', construct: 'A(1)', input: null });
    assert.deepEqual(again.of(at('/ws/other.py')), { name: 'A', construct: 'A(2)', input: null });
    assert.equal(again.of(NETS, 'C'), null);
  });

  test('is forgotten for one file', async () => {
    const choices = new Choices(memory());
    await choices.remember(NETS, { name: 'A', construct: 'A(1)', input: null });
    await choices.remember(at('/ws/other.py'), { name: 'A', construct: 'A(2)', input: null });
    await choices.forget(NETS);
    assert.equal(choices.of(NETS), null);
    assert.equal(choices.of(at('/ws/other.py'))?.construct, 'A(2)');
  });
});

suite('a place in a notebook', () => {
  test('names its cell', () => {
    const path = cellPath('/ws/a notebook.ipynb', 2);
    assert.deepEqual(cellOfPath(path), { notebook: '/ws/a notebook.ipynb', cell: 2 });
    assert.equal(whereOf({ path, line: 4 }), 'Cell 3, line 4');
    assert.equal(whereOf({ path: '/ws/net.py', line: 4 }), 'Line 4');
    assert.equal(cellOfPath('/ws/net.py#cell2'), null);
  });
});
