import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { zipSync } from 'fflate';
import type { Graph, GraphNode } from '../../src/graph/graph.ts';
import { adapt } from '../../src/train/data/adapt.ts';
import { BatchOrder, gather, split, wholeBatches } from '../../src/train/data/batches.ts';
import { readCsv } from '../../src/train/data/csv.ts';
import { readDigits } from '../../src/train/data/digits.ts';
import { readDataFile } from '../../src/train/data/file.ts';
import { lowestFrequencies, resize, zigZag } from '../../src/train/data/images.ts';
import { readNpy } from '../../src/train/data/npy.ts';
import { makeSynthetic, SYNTHETIC_NAMES } from '../../src/train/data/synthetic.ts';
import { keptSteps, mostKept, mostValidated, windowRows } from '../../src/train/schedule.ts';

const digits = readDigits(readFileSync(path.resolve(import.meta.dirname, '../../media/data/digits.bin')));

function graphOf(input: readonly number[], output: readonly number[], dtype: 'float32' | 'int64' = 'float32'): Graph {
  const node = (name: string, op: GraphNode['op'], shape: readonly number[], args: GraphNode['args']): GraphNode => ({
    name,
    op,
    target: name,
    args,
    outputs: [{ shape, dtype }],
    place: null,
    stack: [],
    fidelity: 'exact',
    reason: '',
  });
  const train = [
    node('x', 'placeholder', input, {}),
    node('fc', 'call_module', output, { input: { node: 'x' } }),
    node('output', 'output', [], { output: { node: 'fc' } }),
  ];
  return {
    version: 1,
    rootClass: 'Net',
    construct: 'Net()',
    path: 'net.py',
    place: null,
    inputs: [
      { name: 'x', shape: input, dtype, batched: true, ...(dtype === 'int64' ? { range: [0, 15] as const } : {}) },
    ],
    modules: [],
    tensors: [],
    train,
    eval: train,
    problems: [],
  };
}

function npy(descr: string, shape: string, body: Uint8Array, { fortran = false, major = 1 } = {}): Uint8Array {
  const order = fortran ? 'True' : 'False';
  const header = new TextEncoder().encode(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`);
  const length =
    major === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.from([0x93, 78, 85, 77, 80, 89, major, 0, ...length, ...header, ...body]);
}

const bytesOf = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer);

suite('digits', () => {
  test('1,797 images of 10 classes, as the UCI set has them', () => {
    assert.equal(digits.count, 1797);
    assert.ok(digits.target.kind === 'class');
    const counts = Array.from(
      { length: 10 },
      (_, digit) => digits.target.kind === 'class' && digits.target.labels.filter((label) => label === digit).length,
    );
    assert.deepEqual(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    assert.deepEqual(
      [...digits.features.subarray(0, 8)].map((x) => x * 16),
      [0, 0, 5, 13, 9, 1, 0, 0],
    );
  });
});

suite('csv', () => {
  test('header, quotes and line ends of any kind; class names as target', () => {
    const data = readCsv('a.csv', '\ufeff"a ""x""",b,kind\r\n1,2.5,cat\r\n"3",4,dog\r\n5,6,cat', null);
    assert.deepEqual([...data.features], [1, 2.5, 3, 4, 5, 6]);
    assert.deepEqual(data.target, { kind: 'class', labels: Int32Array.of(0, 1, 0), classes: 2 });
  });

  test('without a header; a quantity as target; the column asked for', () => {
    const data = readCsv('a.csv', '1,2,0.5\n3,4,0.25\n', null);
    assert.deepEqual(data.target, { kind: 'value', values: Float32Array.of(0.5, 0.25), width: 1 });
    assert.equal(readCsv('a.csv', '1,2,cat\n3,4,dog\n', null).count, 2);
    const asked = readCsv('a.csv', 'y,a,b\n1.5,2,3\n2.5,4,5\n', 'b');
    assert.deepEqual([...asked.features], [1.5, 2, 2.5, 4]);
    assert.deepEqual([...readCsv('a.csv', 'y,a\n1.5,2\n2.5,4\n', null).features], [2, 4]);
  });

  test('what is wrong is said with the line', () => {
    const message = (text: string, target: string | null = null) => {
      try {
        readCsv('a.csv', text, target);
      } catch (error) {
        return (error as Error).message;
      }
      return 'read';
    };
    assert.equal(message('a,b,y\n1,2,3\n\n1,2\n'), '`a.csv`, line 4: expected 3 fields, and got 2.');
    assert.equal(message('a,b,y\n1,x,3.5\n2,3,4.5\n'), '`a.csv`, line 2: expected a number in `b`, and got `x`.');
    assert.equal(message('a,b,y\n1,,3.5\n'), '`a.csv`, line 2: expected a number in `b`, and got an empty field.');
    assert.equal(message('a,y\n1,"2\n3,4\n'), '`a.csv`, line 2: the quote is never closed.');
    assert.equal(message('a,y\n1,2\n', 'z'), '`a.csv` has no column `z`; its columns are `a`, `y`.');
    assert.equal(message(''), '`a.csv` is empty; expected rows of numbers.');
  });
});

suite('npy and npz', () => {
  test('every number type, both orders, all versions', () => {
    const read = (descr: string, body: Uint8Array, shape = '(2,)') => [...readNpy('a', npy(descr, shape, body)).data];
    assert.deepEqual(read('<f4', bytesOf(Float32Array.of(1.5, -2))), [1.5, -2]);
    assert.deepEqual(read('<f8', bytesOf(Float64Array.of(1e300, -2))), [1e300, -2]);
    assert.deepEqual(read('<i4', bytesOf(Int32Array.of(7, -2))), [7, -2]);
    assert.deepEqual(read('<i8', bytesOf(BigInt64Array.of(7n, -2n))), [7, -2]);
    assert.deepEqual(read('|u1', Uint8Array.of(200, 3)), [200, 3]);
    assert.deepEqual(read('|b1', Uint8Array.of(1, 0)), [1, 0]);
    assert.deepEqual(read('<f2', Uint8Array.of(0, 0x3c, 0, 0xc0)), [1, -2]);
    assert.deepEqual(read('<i2', bytesOf(Int16Array.of(7, -2))), [7, -2]);
    assert.deepEqual(read('<u2', bytesOf(Uint16Array.of(7, 65535))), [7, 65535]);
    assert.deepEqual(read('<u4', bytesOf(Uint32Array.of(7, 4294967295))), [7, 4294967295]);
    assert.deepEqual(read('|i1', Uint8Array.of(7, 254)), [7, -2]);
    const six = bytesOf(Int32Array.of(1, 2, 3, 4, 5, 6));
    assert.deepEqual([...readNpy('a', npy('<i4', '(2, 3)', six, { fortran: true })).data], [1, 3, 5, 2, 4, 6]);
    for (const major of [2, 3])
      assert.deepEqual([...readNpy('a', npy('<i4', '(6,)', six, { major })).data], [1, 2, 3, 4, 5, 6]);
  });

  test('what cannot be read is refused with what to do', () => {
    const refuse = (bytes: Uint8Array, pattern: RegExp) =>
      assert.throws(() => readNpy('a.npy', bytes), { code: 'data/npy', message: pattern });
    refuse(npy('>f4', '(1,)', new Uint8Array(4)), /big-endian.*astype/);
    refuse(npy('<c8', '(1,)', new Uint8Array(8)), /`<c8`; expected one of f8, f4/);
    refuse(npy('<f4', '(9,)', new Uint8Array(4)), /ends after/);
    refuse(Uint8Array.of(1, 2, 3), /is not an array/);
    refuse(npy('<f4', '(1,)', new Uint8Array(4)).subarray(0, 20), /inside its header/);
  });

  test('an archive of x and y; the last column of one array', () => {
    const x = npy('<f4', '(2, 2)', bytesOf(Float32Array.of(1, 2, 3, 4)));
    const y = npy('<i8', '(2,)', bytesOf(BigInt64Array.of(0n, 1n)));
    const data = readDataFile('a.npz', zipSync({ 'X.npy': x, 'y.npy': y }), null);
    assert.deepEqual([...data.features], [1, 2, 3, 4]);
    assert.deepEqual(data.target, { kind: 'class', labels: Int32Array.of(0, 1), classes: 2 });
    const table = readDataFile('a.npy', npy('<f4', '(2, 2)', bytesOf(Float32Array.of(1, 0.5, 3, 0.25))), null);
    assert.deepEqual([...table.features], [1, 3]);
    assert.throws(() => readDataFile('a.npz', zipSync({ 'X.npy': x }), null), { code: 'data/target' });
    assert.throws(() => readDataFile('a.npz', Uint8Array.of(1, 2), null), { code: 'data/npz' });
    assert.throws(() => readDataFile('a.parquet', Uint8Array.of(1, 2), null), { code: 'data/format' });
  });
});

suite('synthetic sets', () => {
  test('each is the same for the same seed and another for another', () => {
    for (const name of SYNTHETIC_NAMES) {
      const [a, b, c] = [0, 0, 1].map((seed) => makeSynthetic(name, { n: 50 }, seed));
      assert.deepEqual(a, b, name);
      assert.notDeepEqual(a?.features, c?.features, name);
    }
    assert.throws(() => makeSynthetic('moons', {}, 0), { code: 'data/synthetic' });
    assert.throws(() => makeSynthetic('blobs', { n: 1 }, 0), { code: 'data/synthetic' });
  });

  test('the linear teacher is linear up to its noise: least squares finds the floor it names', () => {
    const { features, target, note } = makeSynthetic('linear-teacher', { n: 4000, features: 1, noise: 0.5 }, 3);
    assert.ok(target.kind === 'value');
    const y = [...target.values];
    const center = y.reduce((sum, value) => sum + value, 0) / y.length;
    let [xy, xx, yy] = [0, 0, 0];
    for (const [i, x] of features.entries()) {
      const dy = (y[i] as number) - center;
      xy += x * dy;
      xx += x * x;
      yy += dy * dy;
    }
    const floor = Number(/below ([\d.e-]+)/.exec(note)?.[1]);
    assert.ok(
      Math.abs(1 - (xy * xy) / (xx * yy) - floor) < 0.03,
      `residual ${1 - (xy * xy) / (xx * yy)}, note ${floor}`,
    );
  });
});

suite('fitting data to a model', () => {
  test('ten features are the lowest frequencies, standardized', () => {
    const task = adapt(digits, graphOf([5, 10], [5, 1]), 'auto');
    assert.equal(task.loss, 'mse_loss');
    assert.deepEqual(task.inputs[0]?.shape, [10]);
    const data = task.inputs[0]?.data as Float32Array;
    for (let j = 0; j < 10; j++) {
      const column = Array.from({ length: digits.count }, (_, i) => data[i * 10 + j] as number);
      const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
      assert.ok(Math.abs(mean) < 1e-5);
      assert.ok(Math.abs(column.reduce((sum, x) => sum + x * x, 0) / column.length - 1) < 1e-4);
    }
    assert.match(task.choices.join('\n'), /10 lowest frequencies.*mse_loss on the label as a number, standardized/s);
  });

  test('all 64 coefficients keep the energy, and zig-zag begins along the edges', () => {
    const image = digits.features.slice(0, 64);
    const energy = (values: Float32Array) => values.reduce((sum, x) => sum + x * x, 0);
    assert.ok(Math.abs(energy(lowestFrequencies(image, [8, 8], 64)) - energy(image)) < 1e-4);
    assert.deepEqual(zigZag(8, 8).slice(0, 6), [
      [0, 0],
      [0, 1],
      [1, 0],
      [2, 0],
      [1, 1],
      [0, 2],
    ]);
  });

  test('more features than pixels are those of a larger image', () => {
    for (const [features, image] of [
      [784, [1, 28, 28]],
      [3072, [3, 32, 32]],
      [200, [1, 10, 20]],
    ] as const) {
      const flat = adapt(digits, graphOf([5, features], [5, 10]), 'auto').inputs[0];
      assert.deepEqual(flat?.shape, [features]);
      assert.deepEqual(flat?.data, adapt(digits, graphOf([5, ...image], [5, 10]), 'auto').inputs[0]?.data);
    }
    const task = adapt(digits, graphOf([5, 784], [5, 10]), 'auto');
    assert.match(task.choices.join('\n'), /8×8 pixels resized to 28×28, standardized, in raster order/);
  });

  test('images are resized and repeated in channels; a constant stays constant', () => {
    const task = adapt(digits, graphOf([2, 3, 32, 32], [2, 10]), 'auto');
    assert.deepEqual([task.loss, task.classes], ['cross_entropy', 10]);
    const data = task.inputs[0]?.data as Float32Array;
    assert.deepEqual([...data.subarray(0, 1024)], [...data.subarray(2048, 3072)]);
    assert.deepEqual([...resize(Float32Array.of(0, 1), [1, 2], [1, 4])], [0, 0.25, 0.75, 1]);
    assert.ok(resize(new Float32Array(64).fill(3), [8, 8], [5, 13]).every((x) => Math.abs(x - 3) < 1e-6));
  });

  test('tokens stay in the range, and the next token has none after the last', () => {
    const task = adapt(digits, graphOf([2, 12], [2, 12, 16], 'int64'), 'auto');
    const tokens = task.inputs[0]?.data as Int32Array;
    assert.ok(tokens.every((token) => token >= 0 && token <= 15));
    assert.deepEqual([...task.target.data.subarray(0, 12)], [...tokens.subarray(1, 12), -100]);
  });

  test('a text is its characters, in windows; the model must know as many tokens', () => {
    const text = 'to be, or not to be, that is the question.\r\n'.repeat(4);
    const data = readDataFile('hamlet.txt', new TextEncoder().encode(text), null);
    const kinds = new Set(text.replaceAll('\r', '')).size;
    assert.equal(data.vocabulary, kinds);
    const task = adapt(data, graphOf([2, 12], [2, 12, 16], 'int64'), 'auto');
    assert.equal(task.count, Math.floor((text.length - 4) / 12));
    const tokens = task.inputs[0]?.data as Int32Array;
    assert.equal(Math.max(...tokens), kinds - 1);
    assert.deepEqual([...task.target.data.subarray(0, 12)], [...tokens.subarray(1, 12), -100]);
    assert.match(task.choices.join(' '), /172 characters of 16 kinds/);
    const more = readDataFile('a.txt', new TextEncoder().encode(`${text}WXYZ`), null);
    assert.throws(() => adapt(more, graphOf([2, 12], [2, 12, 16], 'int64'), 'auto'), { code: 'data/vocabulary' });
    assert.throws(() => adapt(data, graphOf([2, 12], [2, 12]), 'auto'), { code: 'data/shape', message: /is a text/ });
    assert.throws(() => adapt(data, graphOf([2, 12], [2, 5, 3], 'int64'), 'auto'), { message: /expected \(B, T, V\)/ });
    const last = adapt(data, graphOf([2, 12], [2, 1, 16], 'int64'), 'auto');
    assert.deepEqual(last.target.shape, [1]);
    const following = Array.from({ length: last.count }, (_, i) => tokens[12 * (i + 1)] ?? -100);
    assert.deepEqual([...last.target.data], following);
    assert.deepEqual(adapt(data, graphOf([2, 12], [2, 16], 'int64'), 'auto').target.shape, []);
    assert.throws(() => readDataFile('b.txt', new Uint8Array(3), null), { code: 'data/text' });
  });

  test('a flat autoencoder learns its input; a layer as wide as the classes classifies', () => {
    const flat = adapt(digits, graphOf([2, 784], [2, 784]), 'auto');
    assert.deepEqual([flat.loss, flat.target.shape], ['mse_loss', [784]]);
    assert.equal(adapt(digits, graphOf([2, 784], [2, 784]), 'cross_entropy').loss, 'cross_entropy');
    assert.equal(adapt(digits, graphOf([2, 10], [2, 10]), 'auto').loss, 'cross_entropy');
    assert.equal(adapt(digits, graphOf([2, 784], [2, 100]), 'auto').loss, 'cross_entropy');
  });

  test('an autoencoder learns its input, a segmentation net the brightness of each pixel', () => {
    const same = adapt(digits, graphOf([2, 1, 16, 16], [2, 1, 16, 16]), 'auto');
    assert.equal(same.loss, 'mse_loss');
    assert.deepEqual(same.target.shape, [1, 16, 16]);
    assert.deepEqual(same.target.data.subarray(0, 5), same.inputs[0]?.data.subarray(0, 5));
    const parts = adapt(digits, graphOf([2, 3, 16, 16], [2, 2, 16, 16]), 'auto');
    assert.deepEqual([parts.loss, parts.classes, parts.channelsFirst], ['cross_entropy', 2, true]);
    assert.deepEqual(parts.target.shape, [16, 16]);
    const pixels = parts.inputs[0]?.data as Float32Array;
    for (let i = 0; i < 256; i++) assert.equal(parts.target.data[i], (pixels[i] as number) >= 0 ? 1 : 0);
  });

  test('large inputs take fewer rows, and say so', () => {
    const task = adapt(digits, graphOf([2, 3, 224, 224], [2, 10]), 'auto');
    assert.equal(task.count, 106);
    assert.match(task.choices.join(' '), /first 106 rows/);
  });

  test('what does not fit is refused with both shapes', () => {
    const refuse = (graph: Graph, pattern: RegExp) =>
      assert.throws(() => adapt(digits, graph, 'auto'), { message: pattern });
    refuse(graphOf([2, 101], [2, 10]), /`x` is \(B, 101\), and a row of digits has shape \(8, 8\)/);
    refuse(graphOf([2, 64], [2, 5]), /returns \(B, 5\); expected \(B, 10\) for the 10 classes/);
    refuse(graphOf([2, 64], [3, 10]), /expected the batch in dimension 0/);
  });
});

suite('batches', () => {
  test('the split is a partition, and follows the seed', () => {
    const a = split(100, 5, 1);
    assert.deepEqual(
      [...a.train, ...a.validation].sort((x, y) => x - y),
      Array.from({ length: 100 }, (_, i) => i),
    );
    assert.equal(a.validation.length, 20);
    assert.deepEqual(split(100, 5, 1), a);
    assert.notDeepEqual(split(100, 5, 2), a);
    assert.throws(() => split(10, 8, 0), { code: 'data/too-few' });
    assert.equal(split(100_000, 32, 0).validation.length, 512);
    assert.equal(split(100_000, 1024, 0).validation.length, 1024);
  });

  test('an epoch shows every row at most once; the last batch that is not full is dropped', () => {
    const order = new BatchOrder(
      Int32Array.from({ length: 11 }, (_, i) => i),
      5,
      0,
    );
    assert.equal(order.length, 2);
    for (let epoch = 0; epoch < 3; epoch++) {
      const seen = [...order.next(), ...order.next()];
      assert.equal(new Set(seen).size, 10);
    }
    assert.deepEqual(
      [...wholeBatches(Int32Array.of(1, 2, 3, 4, 5), 2)].map((rows) => [...rows]),
      [
        [1, 2],
        [3, 4],
      ],
    );
  });

  test('rows are gathered with their targets', () => {
    const task = adapt(digits, graphOf([5, 64], [5, 10]), 'auto');
    const { inputs, target } = gather(task, Int32Array.of(7, 3));
    assert.deepEqual(inputs[0]?.shape, [2, 64]);
    assert.deepEqual([...target.data], [7, 3]);
  });
});

suite('kept steps', () => {
  test('first and last always; dense at first, even later; the same each time', () => {
    for (const steps of [1, 2, 10, 300, 5000]) {
      const kept = [...keptSteps(steps)];
      assert.equal(kept[0], 0);
      assert.equal(kept.at(-1), steps - 1);
      assert.deepEqual(kept, [...keptSteps(steps)]);
      assert.ok(kept.length <= 48);
    }
    const kept = [...keptSteps(5000)];
    assert.deepEqual(kept.slice(0, 4), [0, 1, 3, 4]);
    assert.ok(kept.slice(1).every((step, i) => step - (kept[i] as number) <= 5000 / 24 + 1));
  });

  test('a heavy model is validated on no more rows than it trains on', () => {
    const light = graphOf([2, 10], [2, 10]);
    const heavy = graphOf([2, 3, 512, 512], [2, 10]);
    assert.equal(mostValidated({ steps: 1, batch: 2 }, light), Number.POSITIVE_INFINITY);
    assert.equal(mostValidated({ steps: 300, batch: 16 }, heavy), 1600);
    assert.equal(mostValidated({ steps: 2, batch: 4 }, heavy), 32);
    assert.equal(mostValidated({ steps: 2, batch: 64 }, heavy), 128);
    assert.deepEqual(
      [1, 40, 9000].map((steps) => windowRows({ steps, batch: 10 }, heavy)),
      [70, 100, 520],
    );
    assert.equal(windowRows({ steps: 1, batch: 10 }, light), 520);
  });

  test('fewer where observing costs much, among the same steps', () => {
    let finer = keptSteps(300);
    for (const most of [40, 20, 10]) {
      const kept = keptSteps(300, most);
      assert.ok(kept.size <= most && kept.size < finer.size);
      assert.ok(kept.has(0) && kept.has(299));
      assert.ok([...kept].every((step) => finer.has(step)));

      finer = kept;
    }
    assert.equal(keptSteps(300, 0).size, 6);
    assert.deepEqual([...keptSteps(3, 0)], [0, 1, 2]);
  });

  test('a twentieth of the time, by sizes; all where nobody would notice', () => {
    const large = { step: 50e6, probed: 8e6, parameters: 25e3 };
    const most = mostKept(1000, large);
    assert.ok(most * 5 * large.probed <= 0.05 * 1000 * large.step);
    assert.ok(most > 50);
    assert.ok(mostKept(300, { step: 5000, probed: 300, parameters: 281 }) > 1000);
  });
});
