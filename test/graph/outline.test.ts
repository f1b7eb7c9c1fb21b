import assert from 'node:assert/strict';
import type { Graph, GraphNode, ModuleInfo, TensorInfo } from '../../src/graph/graph.ts';
import { type OutlineItem, outlineLine, outlineOf } from '../../src/graph/outline.ts';

const place = (line: number) => ({ path: '/ws/net.py', line, column: 1, endLine: line, endColumn: 9 });

function module(path: string, name: string, state: Readonly<Record<string, string | null>> = {}): ModuleInfo {
  const layer = name.startsWith('torch.nn.') && name !== 'torch.nn.Sequential';
  return { path, class: name, args: {}, layer, state, place: place(path.length + 1) };
}

function tensor(name: string, shape: readonly number[], target: string): TensorInfo {
  const init = [
    { target: 'torch.empty', args: {}, place: null },
    { target, args: {}, place: null },
  ];
  return { name, kind: 'parameter', shape, dtype: 'float32', requires_grad: true, persistent: true, init };
}

function call(target: string, shape: readonly number[]): GraphNode {
  const outputs = [{ shape, dtype: 'float32' as const }];
  const rest = { args: {}, place: null, stack: [], fidelity: 'exact' as const, reason: '' };
  return { name: target, op: 'call_module', target, outputs, ...rest };
}

function graph(modules: readonly ModuleInfo[], tensors: readonly TensorInfo[], train: readonly GraphNode[]): Graph {
  const rest = { version: 1, rootClass: 'Net', construct: 'Net()', path: '/ws/net.py', place: null } as const;
  return { ...rest, inputs: [], modules, tensors, train, eval: train, problems: [] };
}

const NET = graph(
  [
    module('', 'Net'),
    module('body', 'torch.nn.Sequential'),
    module('body.0', 'torch.nn.Linear', { weight: 'body.0.weight', bias: null }),
    module('body.1', 'torch.nn.ReLU'),
    module('tied', 'torch.nn.Linear', { weight: 'body.0.weight' }),
    module('idle', 'torch.nn.Linear', { weight: 'idle.weight' }),
  ],
  [
    tensor('body.0.weight', [8, 4], 'torch.nn.init.kaiming_uniform_'),
    tensor('idle.weight', [1], 'torch.Tensor.normal_'),
  ],
  [call('body.0', [2, 8]), call('body.1', [2, 8]), call('tied', [2, 8]), call('body.1', [2, 8])],
);

function lines(item: OutlineItem, depth = 0): string[] {
  const own = `${'  '.repeat(depth)}${item.name} ${outlineLine(item)}`.trimEnd();
  return [own, ...item.children.flatMap((child) => lines(child, depth + 1))];
}

suite('the outline of a model', () => {
  test('is its modules, in their order, with what they give, hold and begin with', () => {
    const root = outlineOf(NET);
    assert.ok(root);
    assert.deepEqual(lines(root), [
      ' Net · 33',
      '  body Sequential · 32',
      '    0 Linear → (2, 8) · 32 · kaiming_uniform_',
      '    1 ReLU → (2, 8) · called 2 times',
      '  tied Linear → (2, 8) · 32 · kaiming_uniform_',
      '  idle Linear · never called · 1 · normal_',
    ]);
  });

  test('says it in full to who cannot see it', () => {
    const layer = outlineOf(NET)?.children[0]?.children[0];
    assert.ok(layer);
    assert.equal(
      outlineLine(layer, { spoken: true }),
      'Linear gives (2, 8), 32 parameters, begins with kaiming_uniform_',
    );
  });

  test('knows the lines, and what a hover tells of a layer', () => {
    const layer = outlineOf(NET)?.children[0]?.children[0];
    assert.equal(layer?.place?.line, 7);
    assert.match(layer?.detail ?? '', /\*\*nn\.Linear\*\* `body\.0`: output \(2, 8\), 32 parameters/);
  });

  test('keeps a module whose parent is not there', () => {
    const orphan = graph([module('', 'Net'), module('a.b.c', 'torch.nn.ReLU')], [], []);
    assert.deepEqual(
      outlineOf(orphan)?.children.map(({ path }) => path),
      ['a.b.c'],
    );
    assert.equal(outlineOf(graph([], [], [])), null);
  });
});
