// What models do with tensors besides calling layers: read, computed from the graph, and held against what PyTorch
// recorded of the same functions (tools/record-tracing.py).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tensorOf } from '../torch/oracle.ts';
import { evaluate } from './evaluate.ts';
import { readGraph } from './support.ts';

interface Recorded {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | string)[];
}

const folder = new URL('../fixtures/tracing/', import.meta.url);

compare('tensors as PyTorch has them', 'functions.py', 'recorded.json');
compare('complex numbers as pairs', 'complex_numbers.py', 'complex_numbers.json');

function compare(title: string, source: string, record: string): void {
  const text = readFileSync(new URL(source, folder), 'utf8');
  const recorded: Record<string, readonly Recorded[]> = JSON.parse(readFileSync(new URL(record, folder), 'utf8'));
  suite(title, () => eachFunction(text, recorded));
}

function eachFunction(text: string, recorded: Readonly<Record<string, readonly Recorded[]>>): void {
  for (const [name, expected] of Object.entries(recorded)) {
    test(name.replaceAll('_', ' '), async () => {
      const graph = await readGraph(text, { construct: `Call('${name}')`, input: 'torch.randn(2, 3, 4)' });
      const outputs = evaluate(graph, graph.eval, [tensorOf('x', { shape: [2, 3, 4] })]);
      assert.deepEqual(
        outputs.map(({ shape, dtype }) => [[...shape], dtype]),
        expected.map(({ shape, dtype }) => [shape, dtype]),
      );
      for (const [i, { data }] of expected.entries())
        for (const [j, want] of data.entries()) {
          const got = outputs[i]?.data[j] ?? Number.NaN;
          const number = typeof want === 'number' ? want : Number(want.replace('inf', 'Infinity'));
          const close = Object.is(got, number) || Math.abs(got - number) <= 1e-4 + 1e-4 * Math.abs(number);
          assert.ok(close, `output ${i}[${j}]: ${got}, and PyTorch ${number}`);
        }
    });
  }
}
