import assert from 'node:assert/strict';
import { describeLine } from '../../src/graph/describe-line.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { residualNet, simpleNet } from './graphs.ts';

const at = (line: number) => ({ path: 'net.py', line, column: 0, endLine: line, endColumn: 1 });

/** Module i is made on line 10 + i, node j called on line 50 + j. */
function placed(graph: Graph, more: Partial<Graph> = {}): Graph {
  return {
    ...graph,
    modules: graph.modules.map((module, i) => ({ ...module, place: at(10 + i) })),
    train: graph.train.map((node, j) => ({ ...node, place: at(50 + j) })),
    ...more,
  };
}

suite('what a line of a model makes and calls', () => {
  const graph = placed(simpleNet());
  const lineOf = (path: string) => 10 + graph.modules.findIndex((module) => module.path === path);

  test('a layer: its output, parameters and how they begin', () => {
    const text = describeLine(graph, 'net.py', lineOf('fc1')) ?? '';
    assert.match(text, /^\*\*nn\.Linear\*\* `fc1`: output \(5, 20\), 220 parameters\n/);
    assert.match(text, /- `weight` \(20, 10\) begins as `kaiming_uniform_\(a=2\.236/);
    assert.match(
      describeLine(graph, 'net.py', lineOf('bn1')) ?? '',
      /- `running_mean` \(20\) buffer begins as `zeros_\(\)`/,
    );
    assert.match(describeLine(graph, 'net.py', lineOf('relu')) ?? '', /`relu`: output \(5, 20\), no parameters$/);
  });

  test('a call: what it gives', () => {
    const residual = placed(residualNet());
    const line = 50 + residual.train.findIndex(({ target }) => target === 'torch.add');
    assert.equal(describeLine(residual, 'net.py', line), '`add` → (2, 8, 8, 8)');
  });

  test('many layers of one line are counted, a frozen and a forgotten one told', () => {
    const repeated = {
      ...simpleNet(),
      modules: simpleNet().modules.flatMap((module) => Array.from({ length: 3 }, () => module)),
    };
    const same = { ...repeated, modules: repeated.modules.map((module) => ({ ...module, place: at(3) })) };
    assert.match(describeLine(same, 'net.py', 3) ?? '', /…and 8 more layers made on this line\.$/);
    const frozen = placed({
      ...simpleNet(),
      tensors: simpleNet().tensors.map((tensor) => ({ ...tensor, requires_grad: false })),
    });
    assert.match(describeLine(frozen, 'net.py', lineOf('fc2')) ?? '', /21 parameters, frozen/);
    const uncalled = placed(simpleNet(), { train: [] });
    assert.match(describeLine(uncalled, 'net.py', lineOf('fc2')) ?? '', /never called/);
  });

  test('nothing of another line or file', () => {
    assert.equal(describeLine(graph, 'net.py', 2), null);
    assert.equal(describeLine(graph, 'other.py', lineOf('fc1')), null);
  });
});
