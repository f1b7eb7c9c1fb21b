// What the reader says of whole models, held against what PyTorch recorded of them (tools/record-models.py).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  bufferElements,
  leafModuleCounts,
  moduleCounts,
  outputShape,
  parameterCount,
} from '../../src/cli/model-numbers.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { initialValues } from '../../src/torch/init.ts';
import { readGraph } from './support.ts';

interface RecordedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly mean: number;
  readonly std: number;
}

interface Recorded {
  readonly construct: string;
  readonly input: string;
  readonly parameters: readonly RecordedTensor[];
  readonly buffers: readonly RecordedTensor[];
  readonly state_dict: readonly string[];
  readonly outputs: { readonly train: unknown; readonly eval: unknown };
  readonly moduleCounts: Record<string, number>;
  readonly leafModuleCounts: Record<string, number>;
}

const folder = new URL('../fixtures/models/', import.meta.url);
const { models } = JSON.parse(readFileSync(new URL('recorded.json', folder), 'utf8')) as {
  models: Record<string, Recorded>;
};

suite('models as PyTorch has them', () => {
  for (const [name, recorded] of Object.entries(models)) {
    test(name, async function () {
      this.timeout(60_000);
      const text = readFileSync(new URL(`${name}.py`, folder), 'utf8');
      const { construct, input } = recorded;
      const graph = await readGraph(text, { construct, input, entry: `/ws/${name}.py` });
      const shapes = (kind: string) => graph.tensors.filter((t) => t.kind === kind).map((t) => [t.name, t.shape]);
      const expected = (tensors: readonly RecordedTensor[]) => tensors.map((t) => [t.name, t.shape]);
      assert.deepEqual(shapes('parameter'), expected(recorded.parameters));
      assert.deepEqual(shapes('buffer'), expected(recorded.buffers));
      const persistent = graph.tensors.filter((t) => t.persistent).map((t) => t.name);
      for (const key of persistent) assert.ok(recorded.state_dict.includes(key), key);
      assert.deepEqual(outputShape(graph), recorded.outputs.eval);
      assert.deepEqual(outputShape({ ...graph, eval: graph.train }), recorded.outputs.train);
      assert.deepEqual(moduleCounts(graph), recorded.moduleCounts);
      assert.deepEqual(leafModuleCounts(graph), recorded.leafModuleCounts);
      const total = (tensors: readonly RecordedTensor[]) =>
        tensors.reduce((sum, t) => sum + t.shape.reduce((a, b) => a * b, 1), 0);
      assert.equal(
        parameterCount(graph, () => true),
        total(recorded.parameters),
      );
      assert.equal(bufferElements(graph), total(recorded.buffers));
      for (const tensor of [...recorded.parameters, ...recorded.buffers]) checkStart(graph, tensor);
      for (const node of [...graph.train, ...graph.eval]) assert.ok(node.place, `${node.name} has no place`);
      assert.deepEqual(graph.problems, []);
    });
  }
});

/** Larger tensors are of layers whose smaller ones are checked. */
const LARGEST = 200_000;

/** The tensor's steps give numbers with the mean and deviation PyTorch's had, within sampling error. */
function checkStart(graph: Graph, { name, shape, mean, std }: RecordedTensor): void {
  const tensor = graph.tensors.find((t) => t.name === name);
  assert.ok(tensor);
  if (shape.reduce((a, b) => a * b, 1) > LARGEST) return;
  const values = initialValues(tensor.init, shape, stream());
  const n = values.length;
  const found = values.reduce((sum, v) => sum + v, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - found) ** 2, 0) / n);
  // Both are samples: six standard errors of their difference.
  const error = (6 * Math.SQRT2 * Math.max(std, deviation)) / Math.sqrt(n) + 1e-5;
  assert.ok(Math.abs(found - mean) <= error, `${name}: mean ${found}, and PyTorch ${mean}`);
  assert.ok(Math.abs(deviation - std) <= error, `${name}: deviation ${deviation}, and PyTorch ${std}`);
}

function stream() {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}
