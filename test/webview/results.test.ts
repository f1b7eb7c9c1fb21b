import assert from 'node:assert/strict';
import type { CellOutput } from '../../src/protocol/messages.ts';
import grid from '../../webview-ui/charts/grid.ts';
import { curveNames, curves, gridData, layoutOf, measureName, progressOf } from '../../webview-ui/renderer/results.ts';
import { asText } from '../../webview-ui/table-text.ts';
import { cellOutput } from '../browser/fixtures.ts';
import { close } from './samples.ts';

const WHOLE = cellOutput(36);
const LAYOUT = layoutOf(WHOLE.axes);

suite('a cell’s results', () => {
  test('numbers go across, every combination of the rest goes down', () => {
    assert.equal(LAYOUT.columnAxis, 'batch');
    assert.deepEqual(
      LAYOUT.rows.map(({ norm }) => norm),
      ['batch', 'layer', 'group', 'none'],
    );
    const three = layoutOf({ norm: ['a', 'b'], init: ['x', 'y'], batch: [2, 8] });
    assert.equal(three.rows.length, 4);
    assert.deepEqual(layoutOf({ batch: [2, 8] }).rows, [{}]);
    assert.equal(layoutOf({ norm: ['a'], init: ['x', 'y'] }).columnAxis, 'init');
    assert.equal(layoutOf({ norm: ['a', 'b'] }).rows.length, 2);
  });

  test('mean and interval are those of the seeds', () => {
    const data = gridData(WHOLE, LAYOUT, 'val_loss');
    const values = WHOLE.results.slice(0, 3).map(({ summary }) => summary['val_loss'] ?? 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / 3;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
    close(data.cells[0]?.[0]?.mean ?? 0, mean);
    close(data.cells[0]?.[0]?.interval ?? 0, (4.303 * deviation) / Math.sqrt(3));
    assert.deepEqual(data.cells[0]?.[0]?.values, values);
  });

  test('the best of a column is named when all of it has ended, and never one that diverged', () => {
    const best = (output: CellOutput, measure: string) =>
      gridData(output, layoutOf(output.axes), measure).cells.map((row) => row.map((cell) => cell.best));
    assert.deepEqual(
      best(WHOLE, 'val_loss').map((row) => row[0]),
      [false, false, true, false],
    );
    assert.ok(best(cellOutput(35), 'val_loss').every((row) => row[2] === false));
    const accurate = best(WHOLE, 'val_accuracy').map((row) => row[0]);
    assert.deepEqual(accurate, [false, false, true, false], 'the highest accuracy belongs to the lowest loss here');
    const none = gridData(WHOLE, LAYOUT, 'val_loss').cells[3]?.[0];
    assert.equal(none?.diverged, 1);
    assert.equal(none?.values.length, 2);
  });

  test('runs that have not ended are missing, not zero', () => {
    const data = gridData(cellOutput(4), LAYOUT, 'val_loss');
    assert.equal(data.cells[0]?.[1]?.missing, 2);
    assert.equal(data.cells[3]?.[2]?.mean, null);
    assert.deepEqual(progressOf(cellOutput(17)), { ended: 17, planned: 36, diverged: 0 });
    assert.equal(progressOf(WHOLE).diverged, 1);
  });

  test('a chosen cell’s curve is its seeds, their mean and their spread', () => {
    const { series } = curves(WHOLE, LAYOUT, [[0, 0]], 'loss/eval');
    assert.equal(series.length, 4);
    const mean = series[3];
    assert.equal(mean?.label, 'batch at batch 2');
    const first = series.slice(0, 3).map(({ values }) => values[7] ?? 0);
    close(mean?.values[7] ?? 0, first.reduce((sum, value) => sum + value, 0) / 3);
    assert.equal(mean?.band?.low[7], Math.min(...first));
    assert.deepEqual(curves(cellOutput(0), LAYOUT, [[0, 0]], 'loss/eval').series, []);
    assert.deepEqual(curveNames(WHOLE), ['loss/train', 'loss/eval']);
  });

  test('the copied table is the grid at full precision', () => {
    const data = gridData(WHOLE, LAYOUT, 'val_loss');
    const lines = asText(grid.table(data)).split('\n');
    assert.equal(lines[0], 'norm\tbatch 2\t±\tbatch 8\t±\tbatch 32\t±');
    assert.equal(lines[1]?.split('\t')[1], String(data.cells[0]?.[0]?.mean));
    assert.equal(lines.length, 5);
  });

  test('names are words', () => {
    assert.equal(measureName('val_loss_train_mode'), 'validation loss train mode');
    assert.equal(measureName('loss/eval-in-train-mode'), 'loss, eval in train mode');
  });
});
