import assert from 'node:assert/strict';
import { contrast, legible, mix, parseColor, type Rgb } from '../../webview-ui/color.ts';
import { formatNumber, formatTick, formatWithin, plural, shortened } from '../../webview-ui/format.ts';
import { quantileOf, trend } from '../../webview-ui/trend.ts';
import { SHEET_NAMES } from '../browser/support/tokens.ts';
import { close, themeOf } from './samples.ts';

suite('numbers for people', () => {
  const cases: readonly (readonly [string, string])[] = [
    [formatNumber(0.123456), '0.123'],
    [formatNumber(-0.5), '−0.5'],
    [formatNumber(12.3456), '12.3'],
    [formatNumber(1234.5), '1235'],
    [formatNumber(123456), '123\u202f456'],
    [formatNumber(0.000012345), '1.23e−5'],
    [formatNumber(12345678), '1.23e7'],
    [formatNumber(0), '0'],
    [formatNumber(null), '–'],
    [formatNumber(Number.NaN), 'NaN'],
    [formatNumber(Number.NEGATIVE_INFINITY), '−∞'],
    [formatNumber(0.5, 'percent'), '50 %'],
    [formatNumber(0.034, 'percent'), '3.4 %'],
    [formatNumber(-3.256, 'log10'), '−3.26'],
    [formatNumber(11000, 'count'), '11\u202f000'],
    [formatTick(0.01), '0.01'],
    [formatTick(0.00001), '1e−5'],
    [formatTick(12000), '12k'],
    [formatWithin(1.0712, 0.0161), '1.07 ± 0.02'],
    [formatWithin(0.344, 0.00797), '0.344 ± 0.008'],
    [formatWithin(12.34, 3.2), '12 ± 3'],
    [formatWithin(0.4091, 1.08), '0.4 ± 1.1'],
    [formatWithin(-0.5, 0), '−0.5 ± 0'],
    [plural(1, 'layer'), '1 layer'],
    [plural(3, 'layer'), '3 layers'],
    [shortened('layer1.0.bn1', 8), '…1.0.bn1'],
    [shortened('bn1', 8), 'bn1'],
  ];
  for (const [said, expected] of cases) test(expected, () => assert.equal(said, expected));
});

suite('trends', () => {
  const steps = Array.from({ length: 20 }, (_, i) => i * 10);
  const cases: readonly (readonly [readonly number[], string])[] = [
    [steps.map((step) => 2 - step / 100), 'fell from 1.95 to 0.15'],
    [steps.map(() => 0.7), 'stays at 0.7'],
    [steps.map((_, i) => (i % 2 === 0 ? 1 : 2)), 'varies between 1 and 2, now 1.5'],
    [[Number.NaN, 1], 'is not finite from step 0 on'],
    [[3], 'is 3 at step 0'],
    [[], 'has not been measured'],
  ];
  for (const [values, expected] of cases) {
    test(expected, () => assert.equal(trend(values, steps, 'number'), expected));
  }

  test('quantiles leave out what is not finite', () => {
    assert.equal(quantileOf([3, Number.NaN, 1, 2], 0.5), 2);
    assert.equal(quantileOf([1, 2], 0.25), 1.25);
    assert.ok(Number.isNaN(quantileOf([Number.NaN], 0.5)));
  });
});

suite('colors', () => {
  test('are read as style sheets write them', () => {
    assert.deepEqual(parseColor('#fff'), [255, 255, 255]);
    assert.deepEqual(parseColor(' #3794ff '), [55, 148, 255]);
    assert.deepEqual(parseColor('rgba(0, 0, 0, 0.5)', [255, 255, 255]), [127.5, 127.5, 127.5]);
    assert.deepEqual(parseColor('rgb(1 2 3 / 100%)'), [1, 2, 3]);
    for (const strange of ['', 'red', '#12345', 'rgb(a, b, c)']) assert.equal(parseColor(strange), null);
  });

  test('mixing ends where it began and where it should', () => {
    const [a, b]: readonly Rgb[] = [
      [10, 200, 30],
      [240, 20, 90],
    ];
    assert.ok(a && b);
    for (const [i, channel] of mix(a, b, 0).entries()) close(channel, a[i] ?? 0, 1e-4);
    for (const [i, channel] of mix(a, b, 1).entries()) close(channel, b[i] ?? 0, 1e-4);
  });

  test('legible colors stand as far apart as asked', () => {
    assert.ok(contrast(legible([255, 255, 0], [255, 255, 255], 3), [255, 255, 255]) >= 3);
    assert.ok(contrast(legible([0, 0, 40], [0, 0, 0], 4.5), [0, 0, 0]) >= 4.5);
    assert.deepEqual(
      legible([0, 0, 0], [255, 255, 255], 3),
      [0, 0, 0].map((c) => close(c, 0) ?? c),
    );
  });

  for (const sheet of SHEET_NAMES) {
    test(`${sheet}: lines can be seen, text can be read, and a ramp is ordered by contrast alone`, () => {
      const theme = themeOf(sheet);
      for (const { color } of theme.series) {
        assert.ok(contrast(color, theme.background) >= (theme.highContrast ? 4.5 : 3) - 1e-6);
      }
      for (const text of [theme.foreground, theme.muted]) assert.ok(contrast(text, theme.background) >= 4.5 - 1e-6);
      const steps = [0, 64, 128, 192, 255].map((i) => contrast(theme.ramp[i] ?? theme.background, theme.background));
      for (let i = 1; i < steps.length; i++) assert.ok((steps[i] ?? 0) > (steps[i - 1] ?? 0));
    });
  }
});
