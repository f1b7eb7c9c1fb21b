// A `yaml norm-lab` cell as a typed experiment, or problems with their places. A cell holds only data;
// unknown keys are kept in the file and reported, never acted on.

import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { Span } from '../base/finding.ts';
import { NORM_KINDS, type NormKind } from '../graph/norms.ts';
import type { Recipe } from '../torch/optim/recipe.ts';
import type { Value } from '../torch/signature.ts';
import { CellReader } from './cell-reader.ts';
import { parseExpectation } from './expect-parser.ts';
import { MEASURE_NAMES } from './measures.ts';
import { RECIPE_KEYS, readRecipe } from './read-recipe.ts';
import { list } from './words.ts';

export const NORMS = NORM_KINDS;
export type NormName = NormKind;

const NORM_ALIASES: Readonly<Record<string, NormName>> = {
  bn: 'batch',
  ln: 'layer',
  gn: 'group',
  in: 'instance',
  batchnorm: 'batch',
  layernorm: 'layer',
  groupnorm: 'group',
  instancenorm: 'instance',
  ghostbatchnorm: 'ghost-batch',
  batchrenorm: 'batch-renorm',
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
  /** Batches to one optimizer step. */
  readonly accumulate: readonly number[];
  /** What else stands around the optimizer. */
  readonly recipe: Omit<Recipe, 'accumulate'>;
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
  adagrad: 'torch.optim.Adagrad',
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
  'accumulate',
  ...RECIPE_KEYS,
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
  readonly #cell: CellReader;

  constructor(text: string, problems: SpecProblem[]) {
    this.#cell = new CellReader(text, problems);
  }

  read(root: unknown, firstSeed: number): ExperimentSpec {
    if (root !== null && !isMap(root))
      this.#cell.error(root as Node, 'A lab cell expects keys such as `norm:` and `batch:`.');
    const map = isMap(root) ? root : null;
    if (map) this.#cell.unknownKeys(map, KEYS, 'a lab cell');
    const kind = this.#cell.choice(map, 'kind', ['sweep', 'observe'] as const, 'sweep');
    const spec: ExperimentSpec = {
      kind,
      title: this.#cell.string(map, 'title') ?? '',
      model: this.#model(map),
      norm: this.#norms(map),
      groups: map?.has('groups') ? this.#cell.number(map, 'groups', 1, { least: 1, most: 4096 }) : null,
      batch: this.#cell.numbers(map, 'batch', [32], { whole: true, least: 1 }),
      lr: this.#cell.numbers(map, 'lr', [0.1], { whole: false, least: 0 }),
      seeds: this.#seeds(map, firstSeed),
      budget: this.#budget(map),
      optimizer: this.#optimizer(map),
      accumulate: this.#cell.numbers(map, 'accumulate', [1], { whole: true, least: 1 }),
      recipe: readRecipe(this.#cell, map),
      data: this.#data(map),
      measure: this.#measures(map),
      expect: this.#expectations(map),
    };
    this.#count(map, spec);
    return spec;
  }

  #norms(map: YAMLMap | null): readonly NormName[] {
    const out: NormName[] = [];
    for (const item of this.#cell.items(map, 'norm') ?? []) {
      const name = isScalar(item) ? normName(String(item.value ?? 'none')) : null;
      if (!name) this.#cell.error(item, `\`norm\` expects ${list(NORMS)}, and got \`${this.#cell.source(item)}\`.`);
      else if (out.includes(name)) this.#cell.error(item, `\`norm\` has \`${name}\` twice.`);
      else out.push(name);
    }
    return out;
  }

  #seeds(map: YAMLMap | null, first: number): readonly number[] {
    const node = this.#cell.node(map, 'seeds');
    if (node === undefined || isSeq(node)) return this.#cell.numbers(map, 'seeds', [first], { whole: true, least: 0 });
    const count = this.#cell.number(map, 'seeds', 1, { least: 1, most: 1000 });
    return Array.from({ length: count }, (_, i) => first + i);
  }

  #budget(map: YAMLMap | null): Budget {
    const steps = this.#cell.node(map, 'steps');
    const samples = this.#cell.node(map, 'samples');
    if (steps && samples)
      this.#cell.error(samples, 'A cell expects `steps` or `samples`, not both: one of them is equal.');
    if (samples) return { kind: 'samples', amount: this.#cell.number(map, 'samples', 1, { least: 1, most: 1e9 }) };
    return { kind: 'steps', amount: this.#cell.number(map, 'steps', 300, { least: 1, most: 1e7 }) };
  }

  #model(map: YAMLMap | null): ModelSpec {
    const otherwise: ModelSpec = { kind: 'family', family: 'mlp', depth: 3, width: 64 };
    const node = this.#cell.node(map, 'model');
    if (node === undefined) return otherwise;
    if (!isMap(node)) {
      this.#cell.error(
        node,
        '`model` expects `{family: mlp, depth: 3, width: 64}` or `{file: ./net.py, construct: Net()}`.',
      );
      return otherwise;
    }
    if (node.has('file')) {
      this.#cell.unknownKeys(node, ['file', 'construct', 'input'], '`model`');
      const file = this.#cell.string(node, 'file') ?? '';
      return {
        kind: 'file',
        file,
        construct: this.#cell.string(node, 'construct'),
        input: this.#cell.string(node, 'input'),
      };
    }
    this.#cell.unknownKeys(node, ['family', 'depth', 'width', 'features', 'outputs'], '`model`');
    const size = (key: 'features' | 'outputs') =>
      node.has(key) ? { [key]: this.#cell.number(node, key, 1, { least: 1, most: 65536 }) } : {};
    return {
      kind: 'family',
      family: this.#cell.choice(node, 'family', ['mlp', 'cnn'] as const, 'mlp'),
      depth: this.#cell.number(node, 'depth', 3, { least: 1, most: 64 }),
      width: this.#cell.number(node, 'width', 64, { least: 1, most: 4096 }),
      ...size('features'),
      ...size('outputs'),
    };
  }

  #optimizer(map: YAMLMap | null): ExperimentSpec['optimizer'] {
    const node = this.#cell.node(map, 'optimizer');
    const name = isMap(node) ? this.#cell.string(node, 'name') : (this.#cell.string(map, 'optimizer') ?? 'sgd');
    const args: Record<string, Value> = {};
    if (isMap(node)) {
      for (const [key, value] of Object.entries(node.toJSON() as Record<string, unknown>)) {
        if (key === 'name') continue;
        if (typeof value === 'number' || typeof value === 'boolean') args[key] = value;
        else
          this.#cell.error(this.#cell.node(node, key), `\`${key}\` of the optimizer expects a number, true or false.`);
      }
    }
    const short = (name ?? '').toLowerCase().replace(/^(torch\.)?optim\./, '');
    const target = Object.hasOwn(OPTIMIZERS, short) ? OPTIMIZERS[short] : undefined;
    if (!target) this.#cell.error(node, `\`optimizer\` expects ${list(Object.keys(OPTIMIZERS))}, and got \`${name}\`.`);
    return { target: target ?? 'torch.optim.SGD', args };
  }

  #data(map: YAMLMap | null): DataChoice {
    const node = this.#cell.node(map, 'data');
    if (node === undefined || (isScalar(node) && node.value === 'digits')) return { kind: 'digits' };
    if (isScalar(node) && typeof node.value === 'string') {
      if (/\.(csv|npy|npz|txt)$/i.test(node.value)) return { kind: 'file', file: node.value, target: null };
      return { kind: 'synthetic', name: node.value, args: {} };
    }
    if (isMap(node) && node.has('file')) {
      this.#cell.unknownKeys(node, ['file', 'target'], '`data`');
      return { kind: 'file', file: this.#cell.string(node, 'file') ?? '', target: this.#cell.string(node, 'target') };
    }
    if (isMap(node) && node.has('name')) {
      const { name, ...args } = node.toJSON() as { name: string } & Record<string, Value>;
      return { kind: 'synthetic', name: String(name), args };
    }
    this.#cell.error(node, "`data` expects `digits`, a synthetic set's name, or `{file: rows.csv, target: y}`.");
    return { kind: 'digits' };
  }

  #measures(map: YAMLMap | null): readonly string[] {
    const out: string[] = [];
    for (const item of this.#cell.items(map, 'measure') ?? []) {
      const name = isScalar(item) ? String(item.value) : '';
      if (MEASURE_NAMES.includes(name)) out.push(name);
      else
        this.#cell.error(item, `\`measure\` expects ${list(MEASURE_NAMES)}, and got \`${this.#cell.source(item)}\`.`);
    }
    return out.length > 0 ? out : ['val_loss', 'train_eval_gap'];
  }

  #expectations(map: YAMLMap | null): readonly string[] {
    const out: string[] = [];
    if (
      map &&
      isSeq(this.#cell.node(map, 'expect')) &&
      (this.#cell.node(map, 'expect') as { items: unknown[] }).items.length === 0
    )
      return out;
    for (const item of this.#cell.items(map, 'expect') ?? []) {
      if (!isScalar(item) || typeof item.value !== 'string') {
        this.#cell.error(item, '`expect` expects lines such as `val_loss(group, batch=2) < val_loss(batch, batch=2)`.');
        continue;
      }
      const { problem } = parseExpectation(item.value);
      if (problem) this.#cell.error(item, problem.message);
      else out.push(item.value);
    }
    return out;
  }

  #count(map: YAMLMap | null, { norm, batch, accumulate, lr, seeds }: ExperimentSpec): void {
    const runs = Math.max(norm.length, 1) * batch.length * accumulate.length * lr.length * seeds.length;
    if (runs > MOST_RUNS) this.#cell.error(map, `The cell asks for ${runs} runs; expected at most ${MOST_RUNS}.`);
  }
}
