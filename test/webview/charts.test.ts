import assert from 'node:assert/strict';
import { all } from '../../webview-ui/charts/all.ts';
import type { Chart, Table } from '../../webview-ui/charts/chart.ts';
import drift, { distance } from '../../webview-ui/charts/drift.ts';
import grid, { cellText } from '../../webview-ui/charts/grid.ts';
import heatmap from '../../webview-ui/charts/heatmap.ts';
import histogram from '../../webview-ui/charts/histogram.ts';
import line from '../../webview-ui/charts/line.ts';
import profile from '../../webview-ui/charts/profile.ts';
import ridgeline from '../../webview-ui/charts/ridgeline.ts';
import type { Theme } from '../../webview-ui/theme.ts';
import { histogramOf } from '../browser/fixtures.ts';
import { SHEET_NAMES } from '../browser/support/tokens.ts';
import { close, DRIFT, GRID, HISTORY, LINE, normals, PROFILE, themeOf } from './samples.ts';

/** What a chart answers for its sample, in one theme; the sample's type stays between the two. */
type Answers = (theme: Theme) => {
  readonly table: Table;
  readonly summary: string;
  readonly legend: number;
  readonly height: number;
  readonly config: ReturnType<Chart<never>['config']>;
};

function answers<Data>(chart: Chart<Data>, data: Data): Answers {
  return (theme) => ({
    table: chart.table(data),
    summary: chart.summary(data),
    legend: chart.legend(data, theme).length,
    height: chart.height(data),
    config: chart.config(data, theme),
  });
}

const SAMPLES: Readonly<Record<string, Answers>> = {
  drift: answers(drift, DRIFT),
  grid: answers(grid, GRID),
  heatmap: answers(heatmap, HISTORY),
  histogram: answers(histogram, HISTORY),
  line: answers(line, LINE),
  profile: answers(profile, PROFILE),
  ridgeline: answers(ridgeline, HISTORY),
};

suite('every chart', () => {
  for (const { name } of all) {
    for (const sheet of SHEET_NAMES) {
      test(`${name} in ${sheet}: drawing, table, sentence and legend`, () => {
        const ask = SAMPLES[name];
        assert.ok(ask, `there is no sample for ${name}`);
        const { table, summary, legend, height, config } = ask(themeOf(sheet));
        assert.ok(table.rows.length > 0 && table.rows.every((row) => row.length === table.columns.length));
        assert.match(summary, /^[A-Z0-9b].*\.$/s);
        assert.ok(legend > 0 && height >= 60);
        assert.equal(config.options?.animation, false);
      });
    }
  }
});

suite('line', () => {
  test('draws the numbers of its table', () => {
    const { data, options } = line.config(LINE, themeOf('dark'));
    assert.deepEqual(data.datasets[0]?.data, [
      { x: 0, y: 2 },
      { x: 10, y: 1 },
      { x: 20, y: 0.5 },
      { x: 30, y: 0.25 },
    ]);
    assert.equal(data.datasets.length, 4, 'a band adds its two edges');
    assert.equal(options?.scales?.['x']?.max, 30);
    assert.deepEqual(line.table(LINE).rows, [
      [0, 2, 2],
      [10, 1, null],
      [20, 0.5, 1.5],
      [30, 0.25, null],
    ]);
  });

  test('the legend speaks of the scrubber’s step', () => {
    const said = line.legend(LINE, themeOf('dark')).map(({ label, value }) => `${label} ${value}`);
    assert.deepEqual(said, ['Train 0.5', 'Eval 1.5']);
  });

  test('says from when on the numbers are none, and does not draw them', () => {
    const data = { ...LINE, series: [{ label: 'Loss', slot: 0, steps: [0, 1, 2], values: [1, 2, Number.NaN] }] };
    assert.equal(line.summary(data), 'Loss rose from 1 to 2, and is not finite from step 2 on.');
    assert.ok(Number.isNaN(lastHeight(line.config(data, themeOf('dark')))));
  });

  test('a logarithmic axis shows no zero and no negative guide', () => {
    const series = [{ label: 'Norm', slot: 0, steps: [0, 1], values: [10, 0] }];
    assert.ok(Number.isNaN(lastHeight(line.config({ ...LINE, series, scale: 'logarithmic' }, themeOf('light')))));
  });

  test('two series never share color, dash and marker', () => {
    for (const sheet of SHEET_NAMES) {
      const looks = themeOf(sheet).series.map(({ color, dash, marker }) => `${color} ${dash} ${marker}`);
      assert.equal(new Set(looks).size, looks.length);
      assert.equal(new Set(themeOf(sheet).series.map(({ dash }) => dash.join())).size, looks.length);
      assert.equal(new Set(themeOf(sheet).series.map(({ marker }) => marker)).size, looks.length);
    }
  });
});

suite('histograms over time', () => {
  test('the table holds counts, moments and quantiles as measured', () => {
    const [row] = heatmap.table(HISTORY).rows;
    const [first] = HISTORY.histograms;
    assert.ok(row && first);
    assert.deepEqual(row.slice(0, 7), [0, 200, first.mean, first.std, first.zeros / 200, 0, 0]);
    assert.equal(row.at(-1), first.max);
  });

  test('the overlay’s area is the share of values that are not exactly zero', () => {
    const { data, options } = histogram.config(HISTORY, themeOf('dark'));
    const points = data.datasets[0]?.data as { x: number; y: number }[];
    const now = HISTORY.histograms[2];
    assert.ok(now && options);
    const unit = median(HISTORY.histograms.map(({ std }) => std));
    const value = (u: number) => Math.sign(u) * (10 ** Math.abs(u) - 1) * unit;
    const area = points
      .slice(0, -1)
      .reduce((sum, point, i) => sum + point.y * (value(points[i + 1]?.x ?? 0) - value(point.x)), 0);
    close(area, 1 - now.zeros / now.count, 1e-6);
    assert.equal(data.datasets[1]?.label, 'step 0');
  });

  test('zeros have a gutter, and non-finite values another', () => {
    const plain = histogramOf(normals(50), { name: 'activation', layer: 'a', step: 0 });
    const ticks = (histograms: typeof HISTORY.histograms) => {
      const scale = heatmap.config({ ...HISTORY, histograms }, themeOf('dark')).options?.scales?.['y'];
      const places: { ticks: { value: number }[] } = { ticks: [] };
      (scale as unknown as { afterBuildTicks(of: typeof places): void }).afterBuildTicks(places);
      const label = (scale as { ticks: { callback(value: number): string } }).ticks.callback;
      return places.ticks.map(({ value }) => label(value));
    };
    assert.ok(!ticks([plain]).includes('= 0'));
    assert.ok(ticks([{ ...plain, zeros: 3, count: 53 }]).includes('= 0'));
    assert.ok(ticks([{ ...plain, nan: 1, count: 51 }]).includes('NaN ∞'));
  });

  test('the sentence names the first step with a value that is none', () => {
    const [first, second] = HISTORY.histograms;
    assert.ok(first && second);
    const histograms = [first, { ...second, nan: 3, inf: 1 }];
    assert.match(heatmap.summary({ ...HISTORY, histograms }), /^First non-finite values at step 10: 4 values of 200\./);
    assert.equal(heatmap.summary({ ...HISTORY, histograms: [] }), 'No histogram has been taken yet.');
  });
});

suite('profile', () => {
  test('names the ends of the model and the worst layer', () => {
    assert.equal(profile.summary(PROFILE), 'Activation std: 1 in fc1, 0.02 in fc2. Dead %: 60 % in relu1.');
  });

  test('each column has an axis of its own, from one power of ten to another', () => {
    const scales = profile.config(PROFILE, themeOf('dark')).options?.scales;
    assert.equal(scales?.['x0']?.min, 0.01);
    assert.equal(scales?.['x1']?.max, 1);
  });
});

suite('drift', () => {
  test('a half and a double are equally far', () => {
    const row = { layer: 'bn', of: 'variance', steps: [0, 1], values: [0.5, 2] } as const;
    assert.equal(distance(row, 0), distance(row, 1));
  });

  test('says which layer is farthest, and how', () => {
    assert.equal(
      drift.summary(DRIFT),
      'The batches of 1 layer are not what eval mode normalizes with; farthest is bn1, whose batch variance is 4 times the running one.',
    );
    assert.match(drift.summary({ ...DRIFT, step: 5 }), /^Running statistics follow the batches/);
    assert.equal(drift.summary({ ...DRIFT, rows: [] }), 'The model has no BatchNorm layer with running statistics.');
  });
});

suite('grid', () => {
  test('says a number to the digit that is certain, or why there is none', () => {
    const cell = {
      values: [],
      mean: null,
      interval: null,
      best: false,
      planned: 3,
      diverged: 0,
      failed: 0,
      missing: 3,
    };
    assert.equal(cellText({ ...cell, mean: 1.0712, interval: 0.0161 }), '1.07 ± 0.02');
    assert.equal(cellText({ ...cell, mean: 0.5 }), '0.5');
    assert.equal(cellText(cell), 'not run');
    assert.equal(cellText({ ...cell, diverged: 3, missing: 0 }), 'diverged');
    assert.equal(cellText({ ...cell, failed: 1, missing: 2 }), 'failed');
    assert.equal(cellText(null), '–');
  });
});

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** Where the first series ends. */
function lastHeight({ data }: ReturnType<typeof line.config>): number {
  const point = data.datasets[0]?.data.at(-1);
  assert.ok(typeof point === 'object' && point !== null && typeof point.y === 'number');
  return point.y;
}
