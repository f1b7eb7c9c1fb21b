import assert from 'node:assert/strict';
import { mergeBatches } from '../../src/reader/batch.ts';
import { decodeFloats } from '../../src/reader/floats.ts';
import type { RawNode } from '../../src/reader/python.ts';
import type { Values } from '../../src/torch/signature.ts';

const batches = { first: 2, second: 3 };

function node(args: Values, shape: readonly number[], target = 'torch.reshape'): RawNode {
  const place = { place: null, stack: [], note: null };
  return { name: 'a', op: 'call_function', target, args, outputs: [[shape, 'float32']], ...place };
}

suite('two batch sizes become one graph', () => {
  test('what grew is a multiple, what did not is a number', () => {
    const merged = mergeBatches([node({ shape: [2, 8, -1] }, [2, 8])], [node({ shape: [3, 8, -1] }, [3, 8])], batches);
    assert.equal(merged.differs, null);
    assert.deepEqual(merged.nodes[0]?.args, { shape: [{ batch: 1 }, 8, -1] });
  });

  test('products with the batch', () => {
    const merged = mergeBatches([node({ shape: [32, 4] }, [32, 4])], [node({ shape: [48, 4] }, [48, 4])], batches);
    assert.deepEqual(merged.nodes[0]?.args, { shape: [{ batch: 16 }, 4] });
  });

  test('a number that grows otherwise makes the graphs differ', () => {
    const first = [node({ n: 2 }, [2])];
    assert.equal(mergeBatches(first, [node({ n: 4 }, [3])], batches).differs, first[0]);
  });

  test('another call makes them differ', () => {
    const first = [node({}, [2])];
    assert.equal(mergeBatches(first, [node({}, [3], 'torch.flatten')], batches).differs, first[0]);
  });

  test('one call more makes them differ', () => {
    const first = [node({}, [2])];
    assert.equal(mergeBatches(first, [node({}, [3]), node({}, [3])], batches).differs, first[0]);
  });
});

suite('packed numbers', () => {
  for (const numbers of [[], [1], [0.5, -2], [1, 2, 3], [1e-20, 3.25, -0, 7]]) {
    test(`${numbers.length}`, () => {
      const text = Buffer.from(new Float32Array(numbers).buffer).toString('base64');
      assert.deepEqual(decodeFloats(text), Array.from(new Float32Array(numbers)));
    });
  }
});
