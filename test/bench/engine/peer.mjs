// JavaScript peers' side of the engine's benchmark: `node peer.mjs LIBRARY FOLDER`, where FOLDER/node_modules has the
// library. Reads `net steps` lines, answers milliseconds of CPU a step, or `-` where the library cannot train the net.
// The nets are those of peer.py, written once over the few operations each library is asked for.

import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [library, folder] = process.argv.slice(2);
const require = createRequire(path.resolve(folder, 'package.json'));

/** Numbers that are no pattern; their values do not matter. */
function* noise() {
  for (let i = 1; ; i++) yield Math.sin(i * 12.9898) * 1.2;
}
const numbers = noise();
const draw = (size, scale = 1) => Float32Array.from({ length: size }, () => numbers.next().value * scale);
const sizeOf = (shape) => shape.reduce((n, one) => n * one, 1);

/** Parameters by shape, made in the order a net asks for them. */
function linear(widths) {
  return [
    { shape: widths, scale: 1 / Math.sqrt(widths[0]) },
    { shape: [widths[1]], scale: 0 },
  ];
}
const scaleAndShift = (n) => [
  { shape: [n], scale: 0, offset: 1 },
  { shape: [n], scale: 0 },
];

const batchNorm = (o, x, weight, bias) => normalize(o, x, 0, weight, bias);
const layerNorm = (o, x, weight, bias) => normalize(o, x, o.rank(x) - 1, weight, bias);

function normalize(o, x, axis, weight, bias) {
  const away = o.sub(x, o.mean(x, axis));
  const factor = o.rsqrt(o.plus(o.mean(o.mul(away, away), axis), 1e-5));
  return o.add(o.mul(o.mul(away, factor), weight), bias);
}

function mlp(...widths) {
  const last = widths.length - 2;
  return {
    parameters: widths
      .slice(0, -1)
      .flatMap((n, i) => [...linear([n, widths[i + 1]]), ...(i < last ? scaleAndShift(widths[i + 1]) : [])]),
    forward(o, p, x) {
      let at = 0;
      for (let i = 0; i <= last; i++) {
        x = o.add(o.matmul(x, p[at]), p[at + 1]);
        if (i < last) x = o.relu(batchNorm(o, x, p[at + 2], p[at + 3]));
        at += i < last ? 4 : 2;
      }
      return x;
    },
  };
}

function encoder(batch, length, width, heads) {
  const block = [
    ...scaleAndShift(width),
    ...linear([width, width]),
    linear([width, width])[0],
    ...linear([width, width]),
    ...linear([width, width]),
    ...scaleAndShift(width),
    ...linear([width, 4 * width]),
    ...linear([4 * width, width]),
  ];
  const rows = (o, x) => o.reshape(x, [batch * length, width]);
  const split = (o, x) => o.transpose(o.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
  return {
    parameters: [...block, ...block, ...linear([width, 10])],
    forward(o, p, input) {
      let x = o.reshape(input, [batch * length, width]);
      for (const m of [p.slice(0, 15), p.slice(15, 30)]) {
        const y = layerNorm(o, x, m[0], m[1]);
        const q = split(o, o.add(o.matmul(y, m[2]), m[3]));
        const k = split(o, o.matmul(y, m[4]));
        const v = split(o, o.add(o.matmul(y, m[5]), m[6]));
        const scores = o.softmax(o.times(o.matmul(q, o.transpose(k, [0, 1, 3, 2])), Math.sqrt(heads / width)));
        const mixed = rows(o, o.transpose(o.matmul(scores, v), [0, 2, 1, 3]));
        x = o.add(x, o.add(o.matmul(mixed, m[7]), m[8]));
        const up = o.gelu(o.add(o.matmul(layerNorm(o, x, m[9], m[10]), m[11]), m[12]));
        x = o.add(x, o.add(o.matmul(up, m[13]), m[14]));
      }
      return o.add(o.matmul(o.squeeze(o.mean(o.reshape(x, [batch, length, width]), 1), [batch, width]), p[30]), p[31]);
    },
  };
}

function lstm(batch, length, width, hidden, normed) {
  const products = [linear([width, 4 * hidden])[0], linear([hidden, 4 * hidden])[0]];
  const norms = [...scaleAndShift(4 * hidden), ...scaleAndShift(4 * hidden), ...scaleAndShift(hidden)];
  return {
    parameters: [...products, ...(normed ? norms : [{ shape: [4 * hidden], scale: 0 }]), ...linear([hidden, 10])],
    forward(o, p, x) {
      let h = o.zeros([batch, hidden]);
      let c = o.zeros([batch, hidden]);
      for (const at of o.steps(x, length)) {
        const [a, b] = [o.matmul(at, p[0]), o.matmul(h, p[1])];
        const gates = normed
          ? o.add(layerNorm(o, a, p[2], p[3]), layerNorm(o, b, p[4], p[5]))
          : o.add(o.add(a, b), p[2]);
        const [i, f, g, u] = o.quarters(gates, hidden);
        c = o.add(o.mul(o.sigmoid(f), c), o.mul(o.sigmoid(i), o.tanh(g)));
        h = o.mul(o.sigmoid(u), o.tanh(normed ? layerNorm(o, c, p[6], p[7]) : c));
      }
      const [weight, bias] = p.slice(-2);
      return o.add(o.matmul(h, weight), bias);
    },
  };
}

/** Channels last, as tfjs has them. */
function cnn(batch) {
  const convs = [
    [1, 16, 1],
    [16, 32, 2],
    [32, 64, 2],
  ];
  return {
    parameters: [
      ...convs.flatMap(([a, b]) => [{ shape: [3, 3, a, b], scale: 1 / Math.sqrt(9 * a) }, ...scaleAndShift(b)]),
      ...linear([64, 10]),
    ],
    forward(o, p, x) {
      for (const [i, [, , stride]] of convs.entries()) {
        x = o.conv(x, p[3 * i], stride);
        x = o.relu(normalize(o, x, [0, 1, 2], p[3 * i + 1], p[3 * i + 2]));
      }
      return o.add(o.matmul(o.reshape(o.mean(x, [1, 2]), [batch, 64]), p[9]), p[10]);
    },
  };
}

const NETS = {
  W1: { net: mlp(10, 20, 1), shape: [5, 10], classes: 1 },
  W2: { net: mlp(784, 256, 256, 10), shape: [64, 784], classes: 10 },
  W3: { net: cnn(64), shape: [64, 28, 28, 1], classes: 10 },
  W5: { net: encoder(16, 64, 128, 4), shape: [16, 64, 128], classes: 10 },
  W6: { net: lstm(32, 32, 64, 128, false), shape: [32, 32, 64], classes: 10 },
  W6N: { net: lstm(32, 32, 64, 128, true), shape: [32, 32, 64], classes: 10 },
};

function begin({ net, shape, classes }) {
  const rows = shape[0];
  const target =
    classes === 1
      ? draw(rows)
      : Float32Array.from({ length: rows * classes }, (_, i) =>
          Number(i % classes === Math.floor(i / classes) % classes),
        );
  const parameters = net.parameters.map(({ shape, scale, offset = 0 }) => ({
    shape,
    data: draw(sizeOf(shape), scale).map((x) => x + offset),
  }));
  return { parameters, x: draw(sizeOf(shape)), target, targetShape: [rows, classes] };
}

async function tfjs(backend) {
  const tf = require('@tensorflow/tfjs');
  if (backend === 'wasm') {
    const wasm = require('@tensorflow/tfjs-backend-wasm');
    wasm.setThreadsCount(1);
    wasm.setWasmPaths(path.join(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  }
  await tf.setBackend(backend);
  await tf.ready();
  const o = {
    rank: (x) => x.rank,
    matmul: (a, b) => tf.matMul(a, b),
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    plus: (x, n) => tf.add(x, n),
    times: (x, n) => tf.mul(x, n),
    mean: (x, axis) => tf.mean(x, axis, true),
    rsqrt: tf.rsqrt,
    relu: tf.relu,
    sigmoid: tf.sigmoid,
    tanh: tf.tanh,
    gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    softmax: (x) => tf.softmax(x),
    reshape: tf.reshape,
    squeeze: tf.reshape,
    transpose: tf.transpose,
    zeros: (shape) => tf.zeros(shape),
    conv: (x, weight, stride) => tf.conv2d(x, weight, stride, 'same'),
    steps: (x) => tf.unstack(x, 1),
    quarters: (x) => tf.split(x, 4, 1),
  };
  return ({ net, shape, classes }) => {
    const { parameters, x, target, targetShape } = begin({ net, shape, classes });
    const variables = parameters.map(({ shape, data }) => tf.variable(tf.tensor(data, shape)));
    const [input, wanted] = [tf.tensor(x, shape), tf.tensor(target, targetShape)];
    const optimizer = tf.train.momentum(0.01, 0.9);
    return () => {
      const loss = optimizer.minimize(
        () => {
          const output = net.forward(o, variables, input);
          return classes === 1
            ? tf.losses.meanSquaredError(wanted, output)
            : tf.losses.softmaxCrossEntropy(wanted, output);
        },
        true,
        variables,
      );
      const value = loss.dataSync()[0];
      loss.dispose();
      return value;
    };
  };
}

async function jaxJs() {
  const jax = await import(pathToFileURL(require.resolve('@jax-js/jax')).href);
  const { numpy: np, nn, valueAndGrad, jit } = jax;
  if (jax.init) await jax.init('wasm');
  if (jax.defaultDevice) jax.defaultDevice('wasm');
  const o = {
    rank: (x) => x.shape.length,
    matmul: (a, b) => np.matmul(a.ref, b.ref),
    add: (a, b) => np.add(a.ref, b.ref),
    sub: (a, b) => np.subtract(a.ref, b.ref),
    mul: (a, b) => np.multiply(a.ref, b.ref),
    plus: (x, n) => x.ref.add(n),
    times: (x, n) => x.ref.mul(n),
    mean: (x, axis) => np.mean(x.ref, axis, { keepdims: true }),
    rsqrt: (x) => np.reciprocal(np.sqrt(x.ref)),
    relu: (x) => nn.relu(x.ref),
    sigmoid: (x) => nn.sigmoid(x.ref),
    tanh: (x) => np.tanh(x.ref),
    gelu: (x) => nn.gelu(x.ref),
    softmax: (x) => nn.softmax(x.ref, -1),
    reshape: (x, shape) => x.ref.reshape(shape),
    squeeze: (x, shape) => x.ref.reshape(shape),
    transpose: (x, order) => np.transpose(x.ref, order),
    zeros: (shape) => np.zeros(shape),
    steps: (x, length) => Array.from({ length }, (_, t) => x.ref.slice([], t)),
    quarters: (x, n) => [0, 1, 2, 3].map((i) => x.ref.slice([], [i * n, (i + 1) * n])),
  };
  return ({ net, shape, classes }) => {
    const { parameters, x, target, targetShape } = begin({ net, shape, classes });
    const array = (data, shape) => np.array(data).reshape(shape);
    const loss = (p, x, y) => {
      const output = net.forward(o, p, x);
      if (classes === 1) return np.mean(np.square(np.subtract(output, y.ref)));
      return np.mean(np.sum(np.multiply(nn.logSoftmax(output, -1), y.ref), -1)).mul(-1);
    };
    const step = jit((p, v, x, y) => {
      const [value, g] = valueAndGrad(loss)(
        p.map((one) => one.ref),
        x.ref,
        y.ref,
      );
      const moved = v.map((one, i) => one.mul(0.9).add(g[i]));
      return [p.map((one, i) => one.sub(moved[i].ref.mul(0.01))), moved, value];
    });
    let p = parameters.map(({ data, shape }) => array(data, shape));
    let v = parameters.map(({ shape }) => np.zeros(shape));
    const [input, wanted] = [array(x, shape), array(target, targetShape)];
    return () => {
      let value;
      [p, v, value] = step(p, v, input.ref, wanted.ref);
      for (const one of [...p, ...v]) one.ref.dataSync?.length;
      return value.js();
    };
  };
}

/** It has no BatchNorm: the MLPs train without. */
async function jsPytorch() {
  const { torch } = require('js-pytorch');
  const widths = { W1: [10, 20, 1], W2: [784, 256, 256, 10] };
  return ({ shape, classes }) => {
    const sizes = classes === 1 ? widths.W1 : shape.length === 2 ? widths.W2 : null;
    if (sizes === null) throw new Error('no such net');
    class Net extends torch.nn.Module {
      constructor() {
        super();
        this.layers = sizes.slice(1).map((n, i) => new torch.nn.Linear(sizes[i], n));
        for (const [i, layer] of this.layers.entries()) this[`fc${i}`] = layer;
        this.relu = new torch.nn.ReLU();
      }
      forward(x) {
        for (const [i, layer] of this.layers.entries()) {
          x = layer.forward(x);
          if (i < this.layers.length - 1) x = this.relu.forward(x);
        }
        return x;
      }
    }
    const net = new Net();
    const x = torch.randn(shape);
    const y = classes === 1 ? torch.randn([shape[0], 1]) : torch.randint(0, classes, [shape[0]]);
    const criterion = classes === 1 ? new torch.nn.MSELoss() : new torch.nn.CrossEntropyLoss();
    const optimizer = new torch.optim.Adam(net.parameters(), 0.001, 0);
    return () => {
      const loss = criterion.forward(net.forward(x), y);
      loss.backward();
      optimizer.step();
      optimizer.zero_grad();
      return Number([loss.data ?? loss._data].flat(3)[0]);
    };
  };
}

const LIBRARIES = {
  'tfjs-cpu': () => tfjs('cpu'),
  'tfjs-wasm': () => tfjs('wasm'),
  'jax-js': jaxJs,
  'js-pytorch': jsPytorch,
};

const ready = new Map();
const prepare = await LIBRARIES[library]();
for await (const line of createInterface({ input: process.stdin })) {
  const [name, count] = line.split(' ');
  try {
    if (!ready.has(name)) {
      const step = NETS[name] ? prepare(NETS[name]) : null;
      ready.set(name, step);
      for (let i = 0; step && i < 3; i++)
        if (!Number.isFinite(step())) throw new Error(`${library} lost its way in ${name}.`);
    }
    const step = ready.get(name);
    if (!step) throw new Error('no such net');
    const start = process.cpuUsage();
    for (let i = 0; i < Number(count); i++) step();
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) / 1000 / Number(count));
  } catch (error) {
    ready.set(name, null);
    if (error.message !== 'no such net') console.error(`${library} ${name}: ${error.message.slice(0, 200)}`);
    console.log('-');
  }
}
