// A `yaml norm-lab` cell as a typed experiment, or problems with their places. A cell holds only data;
// unknown keys are kept in the file and reported, never acted on.

import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { Span } from '../base/finding.ts';
import type { Value } from '../torch/signature.ts';
import { parseExpectation } from './expect-parser.ts';
import { MEASURE_NAMES } from './measures.ts';
import { distance, list } from './words.ts';

export const NORMS = ['batch', 'layer', 'group', 'instance', 'none'] as const;
export type NormName = (typeof NORMS)[number];

const NORM_ALIASES: Readonly<Record<string, NormName>> = {
  bn: 'batch',
  ln: 'layer',
  gn: 'group',
  in: 'instance',
  batchnorm: 'batch',
  layernorm: 'layer',
  groupnorm: 'group',
  instancenorm: 'instance',
  identity: 'none',
};

/** `batch` for `bn`, `BatchNorm2d`, `batch`; null where it names no normalization. */
export function normName(text: string): NormName | null {
  const lower = text.toLowerCase().replace(/[123]d$/, '');
  return NORMS.find((name) => name === lower) ?? NORM_ALIASES[lower] ?? null;
}

export type ModelSpec =
  | {
      readonly kind: 'family';
      readonly family: 'mlp' | 'cnn';
      readonly depth: number;
      readonly width: number;
      /** For data of a file, which is not read before the plan is made. */
      readonly features?: number;
      readonly outputs?: number;
    }
  /** `file` as written, relative to the notebook. */
  | { readonly kind: 'file'; readonly file: string; readonly construct: string | null; readonly input: string | null };

export type DataChoice =
  | { readonly kind: 'digits' }
  | { readonly kind: 'synthetic'; readonly name: string; readonly args: Readonly<Record<string, Value>> }
  | { readonly kind: 'file'; readonly file: string; readonly target: string | null };

/** What is equal between combinations: optimizer steps, or rows seen. */
export type Budget = { readonly kind: 'steps' | 'samples'; readonly amount: number };

export interface ExperimentSpec {
  readonly kind: 'sweep' | 'observe';
  readonly title: string;
  readonly model: ModelSpec;
  /** Empty: the model's own. */
  readonly norm: readonly NormName[];
  /** Of GroupNorm; null: as many as leave two channels each, 32 at most. */
  readonly groups: number | null;
  readonly batch: readonly number[];
  readonly lr: readonly number[];
  readonly seeds: readonly number[];
  readonly budget: Budget;
  readonly optimizer: { readonly target: string; readonly args: Readonly<Record<string, Value>> };
  readonly data: DataChoice;
  readonly measure: readonly string[];
  readonly expect: readonly string[];
}

export interface SpecProblem {
  readonly message: string;
  /** In the cell's text. */
  readonly span: Span;
  readonly severity: 'error' | 'warning';
}

export interface SpecReading {
  /** null where a problem is an error. */
  readonly spec: ExperimentSpec | null;
  readonly problems: readonly SpecProblem[];
}

const OPTIMIZERS: Readonly<Record<string, string>> = {
  sgd: 'torch.optim.SGD',
  adam: 'torch.optim.Adam',
  adamw: 'torch.optim.AdamW',
  rmsprop: 'torch.optim.RMSprop',
};

const KEYS = [
  'kind',
  'title',
  'model',
  'norm',
  'groups',
  'batch',
  'lr',
  'seeds',
  'steps',
  'samples',
  'optimizer',
  'data',
  'measure',
  'expect',
];
const MOST_RUNS = 10_000;

/** `firstSeed`: where `seeds: 3` begins to count, from the notebook's front matter. */
export function readSpec(text: string, firstSeed = 0): SpecReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const problems: SpecProblem[] = document.errors.map((error) => ({
    message: `The cell is not YAML: ${error.message}`,
    span: { start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) },
    severity: 'error',
  }));
  if (problems.length === 0) {
    const spec = new SpecReader(text, problems).read(document.contents, firstSeed);
    if (!problems.some((problem) => problem.severity === 'error')) return { spec, problems };
  }
  return { spec: null, problems };
}

/** `seed:` of a notebook's front matter; 0 without one. */
export function firstSeedOf(head: string): number {
  const found = /^seed\s*:\s*(\d+)\s*$/m.exec(head)?.[1];
  return found === undefined ? 0 : Number(found);
}

class SpecReader {
  readonly #text: string;
  readonly #problems: SpecProblem[];

  constructor(text: string, problems: SpecProblem[]) {
    this.#text = text;
    this.#problems = problems;
  }

  read(root: unknown, firstSeed: number): ExperimentSpec {
    if (root !== null && !isMap(root))
      this.#error(root as Node, 'A lab cell expects keys such as `norm:` and `batch:`.');
    const map = isMap(root) ? root : null;
    if (map) this.#unknownKeys(map, KEYS, 'a lab cell');
    const kind = this.#choice(map, 'kind', ['sweep', 'observe'] as const, 'sweep');
    const spec: ExperimentSpec = {
      kind,
      title: this.#string(map, 'title') ?? '',
      model: this.#model(map),
      norm: this.#norms(map),
      groups: map?.has('groups') ? this.#number(map, 'groups', 1, { least: 1, most: 4096 }) : null,
      batch: this.#numbers(map, 'batch', [32], { whole: true, least: 1 }),
      lr: this.#numbers(map, 'lr', [0.1], { whole: false, least: 0 }),
      seeds: this.#seeds(map, firstSeed),
      budget: this.#budget(map),
      optimizer: this.#optimizer(map),
      data: this.#data(map),
      measure: this.#measures(map),
      expect: this.#expectations(map),
    };
    this.#count(map, spec);
    return spec;
  }

  #report(node: unknown, message: string, severity: SpecProblem['severity']): void {
    const range = (node as Node | null | undefined)?.range;
    const span = range
      ? { start: range[0], end: Math.max(range[1], range[0] + 1) }
      : { start: 0, end: this.#text.length };
    this.#problems.push({ message, span, severity });
  }

  #error(node: unknown, message: string): void {
    this.#report(node, message, 'error');
  }

  #node(map: YAMLMap | null, key: string): Node | undefined {
    return (map?.get(key, true) as Node | undefined) ?? undefined;
  }

  #unknownKeys(map: YAMLMap, known: readonly string[], of: string): void {
    for (const pair of map.items as Pair[]) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '?';
      if (known.includes(key)) continue;
      const near = known.find((name) => distance(name, key) <= 2);
      const hint = near ? ` Did you mean \`${near}\`?` : '';
      this.#report(pair.key, `\`${key}\` is not a key of ${of}; it is kept and has no effect.${hint}`, 'warning');
    }
  }

  #string(map: YAMLMap | null, key: string): string | null {
    const node = this.#node(map, key);
    if (node === undefined) return null;
    if (isScalar(node) && typeof node.value === 'string') return node.value;
    this.#error(node, `\`${key}\` expects text.`);
    return null;
  }

  #choice<T extends string>(map: YAMLMap | null, key: string, allowed: readonly T[], otherwise: T): T {
    const node = this.#node(map, key);
    if (node === undefined) return otherwise;
    const found = allowed.find((name) => isScalar(node) && node.value === name);
    if (found !== undefined) return found;
    this.#error(node, `\`${key}\` expects ${list(allowed)}, and got \`${this.#source(node)}\`.`);
    return otherwise;
  }

  #source(node: Node): string {
    return this.#text.slice(node.range?.[0] ?? 0, node.range?.[1] ?? 0).trim();
  }

  /** One value or a list of them. */
  #items(map: YAMLMap | null, key: string): readonly Node[] | null {
    const node = this.#node(map, key);
    if (node === undefined) return null;
    if (isSeq(node)) {
      if (node.items.length === 0) this.#error(node, `0 combinations: \`${key}\` is empty.`);
      return node.items as Node[];
    }
    return [node];
  }

  #numbers(
    map: YAMLMap | null,
    key: string,
    otherwise: readonly number[],
    { whole, least }: { whole: boolean; least: number },
  ): readonly number[] {
    const items = this.#items(map, key);
    if (!items) return otherwise;
    const out: number[] = [];
    for (const item of items) {
      const value = isScalar(item) ? item.value : null;
      const fits = typeof value === 'number' && Number.isFinite(value) && value >= least;
      if (!fits || (whole && !Number.isInteger(value)))
        this.#error(
          item,
          `\`${key}\` expects ${whole ? 'whole numbers' : 'numbers'} from ${least}, and got \`${this.#source(item)}\`.`,
        );
      else if (out.includes(value)) this.#error(item, `\`${key}\` has \`${value}\` twice.`);
      else out.push(value);
    }
    return out;
  }

  #number(map: YAMLMap | null, key: string, otherwise: number, limits: { least: number; most: number }): number {
    const node = this.#node(map, key);
    if (node === undefined) return otherwise;
    const value = isScalar(node) ? node.value : null;
    if (typeof value === 'number' && Number.isInteger(value) && value >= limits.least && value <= limits.most)
      return value;
    const range = `from ${limits.least} to ${limits.most}`;
    this.#error(node, `\`${key}\` expects a whole number ${range}, and got \`${this.#source(node)}\`.`);
    return otherwise;
  }

  #norms(map: YAMLMap | null): readonly NormName[] {
    const out: NormName[] = [];
    for (const item of this.#items(map, 'norm') ?? []) {
      const name = isScalar(item) ? normName(String(item.value ?? 'none')) : null;
      if (!name) this.#error(item, `\`norm\` expects ${list(NORMS)}, and got \`${this.#source(item)}\`.`);
      else if (out.includes(name)) this.#error(item, `\`norm\` has \`${name}\` twice.`);
      else out.push(name);
    }
    return out;
  }

  #seeds(map: YAMLMap | null, first: number): readonly number[] {
    const node = this.#node(map, 'seeds');
    if (node === undefined || isSeq(node)) return this.#numbers(map, 'seeds', [first], { whole: true, least: 0 });
    const count = this.#number(map, 'seeds', 1, { least: 1, most: 1000 });
    return Array.from({ length: count }, (_, i) => first + i);
  }

  #budget(map: YAMLMap | null): Budget {
    const steps = this.#node(map, 'steps');
    const samples = this.#node(map, 'samples');
    if (steps && samples) this.#error(samples, 'A cell expects `steps` or `samples`, not both: one of them is equal.');
    if (samples) return { kind: 'samples', amount: this.#number(map, 'samples', 1, { least: 1, most: 1e9 }) };
    return { kind: 'steps', amount: this.#number(map, 'steps', 300, { least: 1, most: 1e7 }) };
  }

  #model(map: YAMLMap | null): ModelSpec {
    const otherwise: ModelSpec = { kind: 'family', family: 'mlp', depth: 3, width: 64 };
    const node = this.#node(map, 'model');
    if (node === undefined) return otherwise;
    if (!isMap(node)) {
      this.#error(
        node,
        '`model` expects `{family: mlp, depth: 3, width: 64}` or `{file: ./net.py, construct: Net()}`.',
      );
      return otherwise;
    }
    if (node.has('file')) {
      this.#unknownKeys(node, ['file', 'construct', 'input'], '`model`');
      const file = this.#string(node, 'file') ?? '';
      return { kind: 'file', file, construct: this.#string(node, 'construct'), input: this.#string(node, 'input') };
    }
    this.#unknownKeys(node, ['family', 'depth', 'width', 'features', 'outputs'], '`model`');
    const size = (key: 'features' | 'outputs') =>
      node.has(key) ? { [key]: this.#number(node, key, 1, { least: 1, most: 65536 }) } : {};
    return {
      kind: 'family',
      family: this.#choice(node, 'family', ['mlp', 'cnn'] as const, 'mlp'),
      depth: this.#number(node, 'depth', 3, { least: 1, most: 64 }),
      width: this.#number(node, 'width', 64, { least: 1, most: 4096 }),
      ...size('features'),
      ...size('outputs'),
    };
  }

  #optimizer(map: YAMLMap | null): ExperimentSpec['optimizer'] {
    const node = this.#node(map, 'optimizer');
    const name = isMap(node) ? this.#string(node, 'name') : (this.#string(map, 'optimizer') ?? 'sgd');
    const args: Record<string, Value> = {};
    if (isMap(node)) {
      for (const [key, value] of Object.entries(node.toJSON() as Record<string, unknown>)) {
        if (key === 'name') continue;
        if (typeof value === 'number' || typeof value === 'boolean') args[key] = value;
        else this.#error(this.#node(node, key), `\`${key}\` of the optimizer expects a number, true or false.`);
      }
    }
    const short = (name ?? '').toLowerCase().replace(/^(torch\.)?optim\./, '');
    const target = Object.hasOwn(OPTIMIZERS, short) ? OPTIMIZERS[short] : undefined;
    if (!target) this.#error(node, `\`optimizer\` expects ${list(Object.keys(OPTIMIZERS))}, and got \`${name}\`.`);
    return { target: target ?? 'torch.optim.SGD', args };
  }

  #data(map: YAMLMap | null): DataChoice {
    const node = this.#node(map, 'data');
    if (node === undefined || (isScalar(node) && node.value === 'digits')) return { kind: 'digits' };
    if (isScalar(node) && typeof node.value === 'string') {
      if (/\.(csv|npy|npz)$/i.test(node.value)) return { kind: 'file', file: node.value, target: null };
      return { kind: 'synthetic', name: node.value, args: {} };
    }
    if (isMap(node) && node.has('file')) {
      this.#unknownKeys(node, ['file', 'target'], '`data`');
      return { kind: 'file', file: this.#string(node, 'file') ?? '', target: this.#string(node, 'target') };
    }
    if (isMap(node) && node.has('name')) {
      const { name, ...args } = node.toJSON() as { name: string } & Record<string, Value>;
      return { kind: 'synthetic', name: String(name), args };
    }
    this.#error(node, "`data` expects `digits`, a synthetic set's name, or `{file: rows.csv, target: y}`.");
    return { kind: 'digits' };
  }

  #measures(map: YAMLMap | null): readonly string[] {
    const out: string[] = [];
    for (const item of this.#items(map, 'measure') ?? []) {
      const name = isScalar(item) ? String(item.value) : '';
      if (MEASURE_NAMES.includes(name)) out.push(name);
      else this.#error(item, `\`measure\` expects ${list(MEASURE_NAMES)}, and got \`${this.#source(item)}\`.`);
    }
    return out.length > 0 ? out : ['val_loss', 'train_eval_gap'];
  }

  #expectations(map: YAMLMap | null): readonly string[] {
    const out: string[] = [];
    if (
      map &&
      isSeq(this.#node(map, 'expect')) &&
      (this.#node(map, 'expect') as { items: unknown[] }).items.length === 0
    )
      return out;
    for (const item of this.#items(map, 'expect') ?? []) {
      if (!isScalar(item) || typeof item.value !== 'string') {
        this.#error(item, '`expect` expects lines such as `val_loss(group, batch=2) < val_loss(batch, batch=2)`.');
        continue;
      }
      const { problem } = parseExpectation(item.value);
      if (problem) this.#error(item, problem.message);
      else out.push(item.value);
    }
    return out;
  }

  #count(map: YAMLMap | null, { norm, batch, lr, seeds }: ExperimentSpec): void {
    const runs = Math.max(norm.length, 1) * batch.length * lr.length * seeds.length;
    if (runs > MOST_RUNS) this.#error(map, `The cell asks for ${runs} runs; expected at most ${MOST_RUNS}.`);
  }
}
