import assert from 'node:assert/strict';
import { cos, erf, exp, log, pow, sin, tanh } from '../../src/base/elementary.ts';
import { normalQuantile, philox, Random, type Words4 } from '../../src/base/random.ts';

suite('random', () => {
  // The published known answers of Random123 for philox4x32-10.
  const known: [Words4, [number, number], Words4][] = [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];

  for (const [counter, key, expected] of known) {
    test(`philox of ${counter.map((word) => word.toString(16)).join(' ')}`, () => {
      assert.deepEqual(philox([...counter], ...key), expected);
    });
  }

  test('a stream is named by seed, purpose, name and step', () => {
    const first = (...key: ConstructorParameters<typeof Random>) => new Random(...key).word();
    const words = [
      first(1, 'init', 'fc.weight'),
      first(2, 'init', 'fc.weight'),
      first(1, 'data', 'fc.weight'),
      first(1, 'init', 'fc.bias'),
      first(1, 'init', 'fc.weight', 1),
      first(1 + 2 ** 32, 'init', 'fc.weight'),
    ];
    assert.equal(new Set(words).size, words.length);
    assert.equal(first(1, 'init', 'fc.weight'), words[0]);
  });

  test('uniform and normal have their moments', () => {
    const random = new Random(7, 'moments');
    const n = 100_000;
    const moments = (draw: () => number) => {
      const xs = Array.from({ length: n }, draw);
      const mean = xs.reduce((sum, x) => sum + x, 0) / n;
      const central = (k: number) => xs.reduce((sum, x) => sum + (x - mean) ** k, 0) / n;
      return { mean, variance: central(2), kurtosis: central(4) / central(2) ** 2 };
    };
    const uniform = moments(() => random.uniform(-1, 3));
    assert.ok(Math.abs(uniform.mean - 1) < 0.02);
    assert.ok(Math.abs(uniform.variance - 16 / 12) < 0.02);
    const normal = moments(() => random.normal(2, 3));
    assert.ok(Math.abs(normal.mean - 2) < 0.04);
    assert.ok(Math.abs(normal.variance - 9) < 0.2);
    assert.ok(Math.abs(normal.kurtosis - 3) < 0.1);
  });

  test('the normal quantile inverts the distribution', () => {
    for (const x of [-8, -5, -3, -1.5, -0.3, 0, 0.7, 2, 4]) {
      const p = 0.5 * (1 + erf(x / Math.SQRT2));
      if (x > -5) assert.ok(Math.abs(normalQuantile(p) - x) < 1e-10 * Math.max(1, Math.exp((x * x) / 2)), `${x}`);
    }
    assert.ok(Math.abs(normalQuantile(2.866515718791939e-7) + 5) < 1e-9);
    assert.ok(Math.abs(normalQuantile(6.220960574271785e-16) + 8) < 1e-9);
  });

  test('int is unbiased in range, shuffle is a permutation', () => {
    const random = new Random(3, 'int');
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 50_000; i++) counts[random.int(5)] = (counts[random.int(5)] ?? 0) + 1;
    assert.ok(counts.every((count) => Math.abs(count - 10_000) < 500));
    const items = random.shuffle(Array.from({ length: 100 }, (_, i) => i));
    assert.notDeepEqual(items.slice(0, 5), [0, 1, 2, 3, 4]);
    assert.deepEqual(
      [...items].sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    );
  });
});

suite('elementary', () => {
  const cases: [string, (x: number) => number, (x: number) => number, number, number][] = [
    ['exp', exp, Math.exp, -740, 709],
    ['log', log, Math.log, 1e-9, 1e9],
    ['tanh', tanh, Math.tanh, -30, 30],
    ['sin', sin, Math.sin, -300, 300],
    ['cos', cos, Math.cos, -300, 300],
  ];
  for (const [name, own, theirs, low, high] of cases) {
    test(name, () => {
      const random = new Random(1, name);
      for (let i = 0; i < 5000; i++) {
        const wide = random.uniform(low, high);
        const x = i % 2 === 0 || name === 'log' ? wide : wide / 1000;
        const expected = theirs(x);
        const tolerance = Math.max(Math.abs(expected) * 2e-15, name === 'sin' || name === 'cos' ? 1e-14 : 1e-320);
        assert.ok(Math.abs(own(x) - expected) <= tolerance, `${name}(${x}) is ${expected}, got ${own(x)}`);
      }
    });
  }

  test('erf', () => {
    const known = [
      0.1, 0.1124629160182849, 0.5, 0.5204998778130465, 1, 0.8427007929497149, 2, 0.9953222650189527, 3,
      0.9999779095030014,
    ];
    for (let i = 0; i < known.length; i += 2) {
      assert.ok(Math.abs(erf(known[i] ?? 0) - (known[i + 1] ?? 0)) < 1e-15);
      assert.equal(erf(-(known[i] ?? 0)), -erf(known[i] ?? 0));
    }
  });

  test('edges', () => {
    assert.equal(exp(Number.NEGATIVE_INFINITY), 0);
    assert.equal(exp(710), Number.POSITIVE_INFINITY);
    assert.equal(log(0), Number.NEGATIVE_INFINITY);
    assert.ok(Number.isNaN(log(-1)));
    assert.ok(Number.isNaN(exp(Number.NaN)));
    assert.ok(Number.isNaN(tanh(Number.NaN)));
    assert.equal(pow(-2, 3), -8);
    assert.equal(pow(2, -2), 0.25);
    assert.ok(Math.abs(pow(3, 1.5) - 3 ** 1.5) < 1e-14);
  });
});
