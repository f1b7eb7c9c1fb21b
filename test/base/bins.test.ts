import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BIN_COUNT, BIN_EDGES, binOfBits } from '../../src/base/bins.ts';

const view = new DataView(new ArrayBuffer(4));
function bin(value: number): number {
  view.setFloat32(0, value);
  return binOfBits(view.getInt32(0));
}

suite('bins', () => {
  test('edges ascend, one more than there are bins, and mirror each other', () => {
    assert.equal(BIN_EDGES.length, BIN_COUNT + 1);
    for (let i = 1; i < BIN_EDGES.length; i++) assert.ok((BIN_EDGES[i] as number) > (BIN_EDGES[i - 1] as number));
    assert.equal(BIN_EDGES[BIN_COUNT / 2], 0);
    assert.equal(BIN_EDGES[0], -(BIN_EDGES[BIN_COUNT] as number));
  });

  test('every finite number but zero falls between its bin’s edges; the outermost bins are open', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        fc.pre(value !== 0);
        const i = bin(value);
        const low = BIN_EDGES[i] as number;
        const high = BIN_EDGES[i + 1] as number;
        if (value > 0) assert.ok(value >= low && (value < high || i === BIN_COUNT - 1), `${value} in bin ${i}`);
        else assert.ok(value <= high && (value > low || i === 0), `${value} in bin ${i}`);
      }),
      { numRuns: 2000 },
    );
  });
});
