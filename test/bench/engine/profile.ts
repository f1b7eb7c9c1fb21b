// Time by kernel: while `profiled` works, compiled kernels run one instruction at a time under a clock. What a
// kernel does at least is known by its arguments: arithmetic for products, bytes read and written for the rest.

import { KERNEL_LIST, KERNEL_NAMES, type KernelName } from '../../../src/engine/kernels/all.ts';
import { timed } from './peak.ts';

type Args = Readonly<Record<string, number>>;

export interface Entry {
  readonly name: KernelName;
  /** The sizes that tell calls of one kernel apart. */
  readonly sizes: string;
  /** In a round. */
  calls: number;
  /** Of its calls in a round; the least of the rounds. */
  milliseconds: number;
  /** Additions and multiplications of products; 0 for others. */
  flops: number;
  bytes: number;
}

/** All of a kernel's integers but strides and codes; what is said of a call. */
const QUIET = /stride|transposed|^[abxy]\d$|^key|^stream|relu|columns|samples|^p[dhw]$|^d[dhw]$|^first$|^taken$|^i$/;

export class Profile {
  readonly #best = new Map<string, Entry>();
  #round = new Map<string, Entry>();
  #running = false;

  /** What the kernels called by `work` take; other load on the machine is kept out by the least of many rounds. */
  round(work: () => void): void {
    this.#round = new Map();
    this.#running = true;
    work();
    this.#running = false;
    for (const [key, entry] of this.#round)
      if (entry.milliseconds < (this.#best.get(key)?.milliseconds ?? Number.POSITIVE_INFINITY))
        this.#best.set(key, entry);
  }

  /** From now on, and until the returned function is called, what is instantiated is watched. */
  install(): () => void {
    const profile = this;
    const { Instance } = WebAssembly;
    WebAssembly.Instance = class extends Instance {
      constructor(module: WebAssembly.Module, imports: WebAssembly.Imports = {}) {
        super(module, imports);
        const { run, ...others } = this.exports as Record<string, (...args: number[]) => number>;
        const memory = imports['env']?.['memory'];
        if (run === undefined || !(memory instanceof WebAssembly.Memory)) return;
        const watched = { ...others, run: (from: number, to: number) => profile.#run(run, memory, from, to) };
        // biome-ignore lint/correctness/noConstructorReturn: an instance's exports cannot be replaced.
        return Object.create(this, { exports: { value: watched } });
      }
    };
    return () => {
      WebAssembly.Instance = Instance;
    };
  }

  entries(): Entry[] {
    return [...this.#best.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  }

  #run(run: (from: number, to: number) => number, memory: WebAssembly.Memory, from: number, to: number): number {
    if (!this.#running) return run(from, to);
    const words = new Int32Array(memory.buffer);
    const floats = new Float32Array(memory.buffer);
    let at = from;
    while (at !== to) {
      const word = at >>> 2;
      const next = at + 4 * (2 + (words[word + 1] ?? 0));
      let stopped = at;
      const elapsed = timed(() => {
        stopped = run(at, next) >>> 0;
      });
      if (stopped !== next) return stopped;
      const opcode = words[word] ?? 0;
      const params = Object.entries(KERNEL_LIST[opcode]?.params ?? {});
      const args = Object.fromEntries(
        params.map(([name, kind], i) => [name, (kind === 'float' ? floats : words)[word + 2 + i] ?? 0]),
      );
      this.#add(KERNEL_NAMES[opcode] ?? 'copy', args, elapsed);
      at = next;
    }
    return at;
  }

  #add(name: KernelName, args: Args, milliseconds: number): void {
    const params = Object.entries(KERNEL_LIST[KERNEL_NAMES.indexOf(name)]?.params ?? {});
    const sizes = params
      .filter(([param, kind]) => kind === 'int' && !QUIET.test(param) && args[param] !== 1)
      // Parts of one call differ in how many samples they have.
      .filter(([param]) => !(name.startsWith('conv') && param === 'n') && param !== 'batch')
      .map(([param]) => `${param} ${args[param]}`)
      .join(' ');
    const key = `${name} ${sizes}`;
    const entry = this.#round.get(key) ?? { name, sizes, calls: 0, milliseconds: 0, flops: 0, bytes: 0 };
    this.#round.set(key, entry);
    entry.calls++;
    entry.milliseconds += milliseconds;
    entry.flops += flopsOf(name, args);
    entry.bytes += bytesOf(name, args);
  }
}

function product(args: Args, ...names: readonly string[]): number {
  return names.reduce((all, name) => all * (args[name] ?? 1), 1);
}

function flopsOf(name: KernelName, args: Args): number {
  if (name === 'gemm') return 2 * product(args, 'batch', 'm', 'n', 'k');
  if (!/^conv(_grad.*)?$/.test(name)) return 0;
  return (2 * product(args, 'n', 'co', 'od', 'oh', 'ow', 'ci', 'kd', 'kh', 'kw')) / (args['groups'] ?? 1);
}

/** Each tensor of the call's own size once; parameters and statistics are left out. */
function bytesOf(name: KernelName, args: Args): number {
  if (flopsOf(name, args) > 0) return 0;
  const params = Object.entries(KERNEL_LIST[KERNEL_NAMES.indexOf(name)]?.params ?? {});
  const present = params.flatMap(([param, kind]) => (kind === 'address' && args[param] !== 0 ? [param] : []));
  if (name.startsWith('lstm_cell') || name.startsWith('gru_cell')) {
    // Of a cell, what holds all gates is wider than a state.
    const gates = name.startsWith('lstm') ? 4 : 3;
    const widths = present.map((param) => (/^(x|r|gates|gx|gr)$/.test(param) ? gates : 1));
    return 4 * product(args, 'n', 'h') * widths.reduce((sum, width) => sum + width, 0);
  }
  const tensors = present.filter((param) => /^(x|y|gx|gy|a|b|saved|condition|p|g|m|v)$/.test(param));
  return 4 * elementsOf(args) * tensors.length;
}

function elementsOf(args: Args): number {
  if (args['d5'] !== undefined) return product(args, 'd0', 'd1', 'd2', 'd3', 'd4', 'd5');
  if (args['d3'] !== undefined) return product(args, 'd0', 'd1', 'd2', 'd3');
  if (args['outer'] !== undefined) return product(args, 'outer', 'n', 'inner');
  if (args['rows'] !== undefined) return product(args, 'rows', 'd');
  // A part of a BatchNorm has some of its channels.
  return product(args, 'n', 's') * (args['taken'] ?? args['c'] ?? 1);
}
