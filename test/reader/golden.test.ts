// Graphs as text, to be read by people: `UPDATE_GOLDEN=1` writes them anew.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printGraph } from '../../src/graph/print-graph.ts';
import { readGraph } from './support.ts';

const models = new URL('../fixtures/models/', import.meta.url);
const golden = new URL('../golden/reader/', import.meta.url);

suite('graphs', () => {
  for (const name of ['mlp', 'resnet18', 'gpt', 'modes']) {
    test(name, async () => {
      const text = readFileSync(new URL(`${name}.py`, models), 'utf8');
      const printed = printGraph(await readGraph(text, { entry: `/ws/${name}.py` }));
      const file = fileURLToPath(new URL(`${name}.graph`, golden));
      if (process.env['UPDATE_GOLDEN']) {
        mkdirSync(golden, { recursive: true });
        writeFileSync(file, printed);
      }
      assert.ok(existsSync(file), `There is no golden graph of ${name}.`);
      const expected = readFileSync(file, 'utf8');
      if (printed !== expected) writeFileSync(`${file}.actual`, printed);
      assert.equal(printed, expected);
    });
  }
});
