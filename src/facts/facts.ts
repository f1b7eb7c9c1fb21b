// What is true of one file, read once per version and asked by rules. Everything is made when it is first
// asked for, so a file without PyTorch costs its parse and nothing more.

import type { Span } from '../base/finding.ts';
import { LineMap } from '../base/text.ts';
import { type Names, readNames } from '../python/names.ts';
import type { Module } from '../python/tree.ts';
import { readValues, type Values } from '../python/values.ts';
import { readBatches, type SmallBatch } from './batches.ts';
import { type Places, readPlaces } from './calls.ts';
import { type Intent, type Intents, readIntents, readSuppressions, type Suppression } from './directives.ts';
import { type EmptyParameter, readEmpties } from './empties.ts';
import { type HiddenModules, readHidden } from './hidden.ts';
import { readFills, type WeightFill } from './inits/fills.ts';
import { type Framework, frameworkOf, isTransductive, managingFramework } from './knowledge.ts';
import { type Loops, NO_LOOPS, readLoops } from './loops.ts';
import { type Modes, readModes } from './modes/modes.ts';
import { type Classes, readClasses } from './modules.ts';
import { type LayerPair, readPairs } from './pairs.ts';
import { type Receivers, readReceivers } from './receivers.ts';
import { ALONE, type Neighbors } from './summary.ts';

/** What facts are read from: a parsed file. */
export interface SourceTree {
  readonly text: string;
  readonly module: Module;
  readonly comments: readonly Span[];
  readonly syntaxErrors: readonly Span[];
  /** Of a notebook: where its cells are in the text. */
  readonly cells?: readonly Span[];
}

export interface Facts {
  readonly path: string;
  readonly text: string;
  readonly lines: LineMap;
  readonly module: Module;
  readonly comments: readonly Span[];
  readonly syntaxErrors: readonly Span[];
  /** Of a notebook: where its cells are in the text. */
  readonly cells: readonly Span[];
  /** Whose rules may have something to say. */
  readonly frameworks: ReadonlySet<Framework>;
  readonly usesTorch: boolean;
  /** A test, a benchmark or a test's helper, going by its path. */
  readonly isTest: boolean;
  readonly names: Names;
  readonly values: Values;
  /** What other files of the workspace say. */
  readonly neighbors: Neighbors;
  readonly classes: Classes;
  /** Every statement and every resolved call, with where it stands. */
  readonly places: Places;
  /** Which expressions are nn.Modules. */
  readonly receivers: Receivers;
  /** Modes at every forward call. */
  readonly modes: Modes;
  readonly loops: Loops;
  /** A framework of the file, or its method, makes training mode at evaluation somebody else's business. */
  readonly modesAreManaged: boolean;
  /** A class of the file has layers that follow the mode. */
  readonly makesSensitiveLayers: boolean;
  /** BatchNorm's running statistics are reset or recomputed on purpose. */
  readonly resetsStatistics: boolean;
  /** Statistics are shared between processes, so a process's batch says little. */
  readonly synchronizesBatchNorm: boolean;
  readonly batches: readonly SmallBatch[];
  readonly fills: readonly WeightFill[];
  /** Layers with weights and the mean-subtracting norms right behind them. */
  readonly pairs: readonly LayerPair[];
  /** Layers that are kept where nn.Module does not find them. */
  readonly hidden: readonly HiddenModules[];
  /** Parameters that nothing in the file gives a value. */
  readonly empties: readonly EmptyParameter[];
  /** Attributes whose parameters are taken out of training by name. */
  readonly frozenPaths: ReadonlySet<string>;
  /** How the file spells `torch.nn.init`; null where it has no name for it. */
  readonly initPrefix: string | null;
  /** What the author says is meant: `# normlab: mc-dropout`, or the file's configuration. */
  readonly intents: Intents;
  readonly suppressions: readonly Suppression[];
  /** How many training steps run while the module is in eval mode; a fix must not add to it. */
  readonly trainingInEval: number;
  /** What `read` finds, read once however many rules ask. */
  of<T>(read: (facts: Facts) => T): T;
}

/** What is known of a file from elsewhere. */
export interface Surroundings {
  /** Intents its configuration gives the whole file. */
  readonly intents?: readonly Intent[];
  /** What other files of the workspace say. */
  readonly neighbors?: Neighbors;
}

export function readFacts(tree: SourceTree, path: string, surroundings: Surroundings = {}): Facts {
  return new FileFacts(tree, path, surroundings);
}

const FILLING = /\b(?:constant_?|zeros_?|ones_?|fill_|zero_)\(/;
const FOLLOWED =
  /\bbackward\b|\bmanual_backward\b|\bautograd\b|no_grad|inference_mode|set_grad_enabled|\bvolatile\b|\bload_state_dict\b/;
const TEST_PATH = /(?:^|\/)(?:tests?|benchmarks?)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest)\.py$/;

class FileFacts implements Facts {
  readonly path: string;
  readonly text: string;
  readonly module: Module;
  readonly comments: readonly Span[];
  readonly syntaxErrors: readonly Span[];
  readonly names: Names;
  #lines: LineMap | undefined;
  #values: Values | undefined;
  #frameworks: ReadonlySet<Framework> | undefined;
  #classes: Classes | undefined;
  #places: Places | undefined;
  #receivers: Receivers | undefined;
  #modes: Modes | undefined;
  #loops: Loops | undefined;
  #batches: readonly SmallBatch[] | undefined;
  #fills: readonly WeightFill[] | undefined;
  readonly #read = new Map<(facts: Facts) => unknown, unknown>();

  readonly cells: readonly Span[];
  readonly neighbors: Neighbors;
  readonly #surroundings: Surroundings;
  #intents: Intents | undefined;

  constructor(tree: SourceTree, path: string, surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.neighbors = surroundings.neighbors ?? ALONE;
    this.cells = tree.cells ?? [];
    this.path = path;
    this.text = tree.text;
    this.module = tree.module;
    this.comments = tree.comments;
    this.syntaxErrors = tree.syntaxErrors;
    this.names = readNames(tree.module);
  }

  of<T>(read: (facts: Facts) => T): T {
    if (!this.#read.has(read)) this.#read.set(read, read(this));
    // The key is the function that made the value.
    return this.#read.get(read) as T;
  }

  get lines(): LineMap {
    this.#lines ??= new LineMap(this.text);
    return this.#lines;
  }

  get values(): Values {
    this.#values ??= readValues(this.module, this.names);
    return this.#values;
  }

  get frameworks(): ReadonlySet<Framework> {
    this.#frameworks ??= new Set(this.names.imports.flatMap((name) => frameworkOf(name) ?? []));
    return this.#frameworks;
  }

  get usesTorch(): boolean {
    return this.frameworks.has('torch');
  }

  get isTest(): boolean {
    return TEST_PATH.test(this.path);
  }

  get modesAreManaged(): boolean {
    return this.names.imports.some((name) => managingFramework(name) !== null || isTransductive(name));
  }

  get classes(): Classes {
    this.#classes ??= readClasses(this.module, this.names, this.values, this.neighbors);
    return this.#classes;
  }

  get places(): Places {
    this.#places ??= readPlaces(this.module, this.names, this.classes);
    return this.#places;
  }

  get receivers(): Receivers {
    this.#receivers ??= readReceivers(this.places.statements, this.names, this.classes);
    return this.#receivers;
  }

  get modes(): Modes {
    this.#modes ??= readModes(this);
    return this.#modes;
  }

  get loops(): Loops {
    // Paths are followed for what is trained, evaluated without gradients, or filled with saved weights.
    this.#loops ??= FOLLOWED.test(this.text) ? readLoops(this.module, this.text, this.modes) : NO_LOOPS;
    return this.#loops;
  }

  get batches(): readonly SmallBatch[] {
    this.#batches ??= readBatches(this);
    return this.#batches;
  }

  get fills(): readonly WeightFill[] {
    // The words are rare; most files are done after this look.
    this.#fills ??= FILLING.test(this.text) ? readFills(this) : [];
    return this.#fills;
  }

  get pairs(): readonly LayerPair[] {
    return /\b(?:Batch|Instance)Norm/.test(this.text) ? this.of(readPairs) : [];
  }

  get hidden(): readonly HiddenModules[] {
    return this.of(readHidden);
  }

  get empties(): readonly EmptyParameter[] {
    return /\bParameter\(/.test(this.text) ? this.of(readEmpties) : [];
  }

  get makesSensitiveLayers(): boolean {
    return this.classes.all.some(
      ({ isModule, sensitivity }) => isModule && sensitivity.batchNorm + sensitivity.dropout > 0,
    );
  }

  get resetsStatistics(): boolean {
    return /\.(?:reset_running_stats|track_running_stats\s*=|momentum\s*=[^=])|\bupdate_bn\b/.test(this.text);
  }

  get synchronizesBatchNorm(): boolean {
    return /\bconvert_sync_?batchnorm|\bSyncBatchNorm\b|\bInPlaceABNSync\b/i.test(this.text);
  }

  get frozenPaths(): ReadonlySet<string> {
    return this.of(readFrozenPaths);
  }

  get initPrefix(): string | null {
    for (const [name, prefix] of [
      ['nn', 'nn.init'],
      ['torch', 'torch.nn.init'],
    ] as const) {
      const [binding] = this.names.lookup(name, this.names.module);
      if (binding?.kind === 'import' && /^torch(?:\.nn)?$/.test(binding.target)) return prefix;
    }
    return null;
  }

  get intents(): Intents {
    this.#intents ??= readIntents(this, this.#surroundings.intents ?? []);
    return this.#intents;
  }

  get suppressions(): readonly Suppression[] {
    return this.of(readSuppressions);
  }

  get trainingInEval(): number {
    return this.loops.trainings.filter((training) => training.inEval).length;
  }
}

function readFrozenPaths({ text }: Facts): ReadonlySet<string> {
  if (!text.includes('requires_grad')) return new Set();
  const found = text.matchAll(/([\w.[\]]+?)\.(?:weight|bias)\.requires_grad(?:_\(|\s*=\s*)False/g);
  return new Set([...found].map(([, path]) => (path ?? '').replace(/^\w+\./, '').replace(/\[(\d+)\]/g, '.$1')));
}
