// Sets with a known answer: made from the seed alone, with the loss that no model can go below said in the
// note, so that a lab result can be held against the truth.

import { exp } from '../../base/elementary.ts';
import { UserError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import type { Value } from '../../torch/signature.ts';
import type { Dataset } from './dataset.ts';

interface Settings {
  readonly n: number;
  readonly features: number;
  readonly classes: number;
  readonly noise: number;
}

interface Maker {
  readonly title: string;
  readonly defaults: Settings;
  readonly make: (settings: Settings, seed: number) => Pick<Dataset, 'features' | 'target' | 'note'>;
}

const MAKERS: Readonly<Record<string, Maker>> = {
  'linear-teacher': {
    title: 'numbers made by a linear function, with noise',
    defaults: { n: 2000, features: 10, classes: 0, noise: 0.1 },
    make: linearTeacher,
  },
  'offset-features': {
    title: 'the linear teacher seen through features of very different offset and scale',
    defaults: { n: 2000, features: 10, classes: 0, noise: 0.1 },
    make: offsetFeatures,
  },
  blobs: {
    title: 'one Gaussian cloud a class',
    defaults: { n: 2000, features: 10, classes: 3, noise: 1 },
    make: blobs,
  },
  'two-moons': {
    title: 'two interleaved half circles',
    defaults: { n: 2000, features: 2, classes: 2, noise: 0.1 },
    make: twoMoons,
  },
};

export const SYNTHETIC_NAMES: readonly string[] = Object.keys(MAKERS);

/** Deterministic in `seed`; `args` may set `n`, `features`, `classes`, `noise`. */
export function makeSynthetic(name: string, args: Readonly<Record<string, Value>>, seed: number): Dataset {
  const maker = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (!maker) {
    const list = SYNTHETIC_NAMES.map((known) => `\`${known}\``).join(', ');
    throw new UserError('data/synthetic', `There is no synthetic set \`${name}\`; expected one of ${list}.`);
  }
  const settings = readSettings(name, maker.defaults, args);
  const made = maker.make(settings, seed);
  return {
    ...made,
    name,
    count: settings.n,
    shape: [settings.features],
    note: `${name}: ${maker.title}; ${made.note}`,
  };
}

function readSettings(name: string, defaults: Settings, args: Readonly<Record<string, Value>>): Settings {
  const settings: Record<string, number> = { ...defaults };
  for (const [key, value] of Object.entries(args)) {
    if (!(key in defaults)) throw new UserError('data/synthetic', `The set \`${name}\` has no setting \`${key}\`.`);
    const whole = key !== 'noise';
    if (typeof value !== 'number' || value < 0 || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
      throw new UserError('data/synthetic', `\`${key}\` of \`${name}\` expects a ${whole ? 'whole ' : ''}number.`);
    settings[key] = value;
  }
  const { n = 0, features = 0, classes = 0, noise = 0 } = settings;
  if (n < 20 || n > 1_000_000 || features < 1 || features > 4096)
    throw new UserError(
      'data/synthetic',
      `\`${name}\` expects \`n\` from 20 to 1000000 and \`features\` from 1 to 4096.`,
    );
  if (name === 'two-moons' && (features !== 2 || classes !== 2))
    throw new UserError('data/synthetic', 'The set `two-moons` has 2 features and 2 classes.');
  if (name === 'blobs' && classes < 2)
    throw new UserError('data/synthetic', 'The set `blobs` expects `classes` of at least 2.');
  return { n, features, classes, noise };
}

function linearTeacher({ n, features: width, noise }: Settings, seed: number) {
  const random = new Random(seed, 'data', 'linear-teacher');
  const weight = Array.from({ length: width }, () => random.normal());
  const features = new Float32Array(n * width);
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++) {
      const x = random.normal();
      features[i * width + j] = x;
      sum += x * (weight[j] as number);
    }
    values[i] = sum + noise * random.normal();
  }
  const variance = weight.reduce((total, w) => total + w * w, noise * noise);
  const floor = (noise * noise) / variance;
  const note = `no model's mse on the standardized target can be below ${floor.toPrecision(3)}`;
  return { features, target: { kind: 'value' as const, values, width: 1 }, note };
}

/** Feature j has offset up to ±100 and scale from 0.01 to 100: what a missing normalization layer must cope with. */
function offsetFeatures(settings: Settings, seed: number) {
  const made = linearTeacher(settings, seed);
  const random = new Random(seed, 'data', 'offset-features');
  const width = settings.features;
  const scale = Array.from({ length: width }, () => exp(random.uniform(-4.6, 4.6)));
  const offset = scale.map((s) => s * random.uniform(-10, 10));
  for (let i = 0; i < made.features.length; i++) {
    const j = i % width;
    made.features[i] = (made.features[i] as number) * (scale[j] as number) + (offset[j] as number);
  }
  return made;
}

/** Centers at distance 4 from the origin, so that clouds of deviation 1 overlap a little. */
function blobs({ n, features: width, classes, noise }: Settings, seed: number) {
  const random = new Random(seed, 'data', 'blobs');
  const centers = Array.from({ length: classes }, () => {
    const center = Array.from({ length: width }, () => random.normal());
    const norm = Math.sqrt(center.reduce((total, x) => total + x * x, 0));
    return center.map((x) => (4 * x) / norm);
  });
  const features = new Float32Array(n * width);
  const labels = new Int32Array(n);
  let nearest = 0;
  for (let i = 0; i < n; i++) {
    const label = i % classes;
    labels[i] = label;
    const row = (centers[label] as number[]).map((c) => c + noise * random.normal());
    features.set(row, i * width);
    const distances = centers.map((center) => center.reduce((d, c, j) => d + (c - (row[j] as number)) ** 2, 0));
    if (distances.indexOf(Math.min(...distances)) === label) nearest++;
  }
  const note = `the best classifier, which knows the centers, is right for ${((100 * nearest) / n).toFixed(1)} %`;
  return { features, target: { kind: 'class' as const, labels, classes }, note };
}

/** Points of two half circles by rejection in a square, so that no sine is needed and every engine agrees. */
function twoMoons({ n, noise }: Settings, seed: number) {
  const random = new Random(seed, 'data', 'two-moons');
  const features = new Float32Array(n * 2);
  const labels = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const label = i % 2;
    const [x, y] = halfCircle(random);
    features[2 * i] = (label === 0 ? x : 1 - x) + noise * random.normal();
    features[2 * i + 1] = (label === 0 ? y : 0.5 - y) + noise * random.normal();
    labels[i] = label;
  }
  const note = noise <= 0.1 ? 'a curved boundary separates all but stray points' : 'the half circles overlap';
  return { features, target: { kind: 'class' as const, labels, classes: 2 }, note };
}

function halfCircle(random: Random): readonly [number, number] {
  for (;;) {
    const x = random.uniform(-1, 1);
    const y = random.uniform(0, 1);
    const radius = Math.sqrt(x * x + y * y);
    if (radius > 0.05 && radius <= 1) return [x / radius, y / radius];
  }
}
