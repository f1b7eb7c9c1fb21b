import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BIN_COUNT, BIN_EDGES } from '../../src/base/bins.ts';
import { cells, quantile, valueAxis } from '../../webview-ui/draw/density.ts';
import { histogramOf } from '../browser/fixtures.ts';
import { close, normals } from './samples.ts';

const OF = { name: 'activation', layer: 'fc1', step: 0 };
const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 300 });

suite('histogram density', () => {
  test('areas sum to the number of values in bins, however many cells are drawn', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 90 }), (sample, n) => {
        const histogram = histogramOf(sample, OF);
        const axis = valueAxis([histogram]);
        const area = cells(histogram, axis, n).reduce(
          (sum, cell) => sum + cell.density * (axis.value(cell.high) - axis.value(cell.low)),
          0,
        );
        close(area, histogram.count - histogram.zeros);
      }),
    );
  });

  test('a bell is drawn as one bell: nowhere does it rise away from zero', () => {
    for (const std of [0.01, 1, 20]) {
      const histogram = histogramOf(
        normals(40_000).map((value) => value * std),
        OF,
      );
      const drawn = cells(histogram, valueAxis([histogram]), 24).map((cell) => cell.density);
      const top = drawn.indexOf(Math.max(...drawn));
      assert.ok(Math.abs(top - 11.5) <= 3, `the top is in cell ${top}`);
      const outward = [drawn.slice(top), drawn.slice(0, top + 1).reverse()];
      for (const side of outward) {
        for (let i = 2; i < side.length; i++) assert.ok((side[i] ?? 0) <= (side[i - 2] ?? 0) * 1.1 + 1e-9);
      }
    }
  });

  test('the axis leads back to the value it came from', () => {
    const axis = valueAxis([histogramOf(normals(500), OF)]);
    for (const x of [-30, -1, -0.01, 0, 0.5, 7]) close(axis.value(axis.place(x)), x);
    for (const place of axis.ticks(7)) assert.ok(place >= axis.low && place <= axis.high);
    assert.ok(axis.ticks(7).includes(0));
    assert.ok(axis.ticks(5).length <= 5);
  });

  test('an axis without any value still has two ends', () => {
    const empty = { ...histogramOf([0, 0], OF), std: 0 };
    const axis = valueAxis([empty]);
    assert.ok(axis.high > axis.low);
    assert.equal(
      cells(empty, axis, 10).every((cell) => cell.density === 0),
      true,
    );
  });

  test('quantiles agree with the sorted values to within their bin', () => {
    const sample = normals(5000);
    const histogram = histogramOf(sample, OF);
    const sorted = [...sample].sort((a, b) => a - b);
    for (const share of [0.0668, 0.3085, 0.5, 0.8413]) {
      const direct = sorted[Math.floor(share * sorted.length)] ?? 0;
      const bin = BIN_EDGES.findIndex((edge) => edge > direct) - 1;
      const allowed = (BIN_EDGES[bin + 1] ?? 0) - (BIN_EDGES[bin] ?? 0);
      assert.ok(Math.abs(quantile(histogram, share) - direct) <= allowed + 1e-9);
    }
    assert.equal(quantile(histogram, 0), histogram.min);
    assert.equal(quantile(histogram, 1), histogram.max);
  });

  test('half of a ReLU is exactly zero, and so is its median', () => {
    const histogram = histogramOf(
      normals(1001).map((value) => Math.max(0, value - 0.2)),
      OF,
    );
    assert.equal(quantile(histogram, 0.5), 0);
    assert.equal(histogram.bins.length, BIN_COUNT);
  });
});
