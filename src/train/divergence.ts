// Why a loss became NaN or infinite. A copy of the state is kept every few steps, with the batches since; after the
// fact the run is made again from there, until the step that first leaves something not finite, and that step is made
// operation by operation. What went wrong is often a step before the loss shows it: in a gradient.

import type { Checkpoint } from '../engine/checkpoint.ts';
import { type Batch, findNonFinite, type NonFinite } from '../engine/nonfinite.ts';
import { createSession, type Session, type SessionOptions } from '../engine/session.ts';
import type { Graph } from '../graph/graph.ts';

const EVERY = 32;

export class Divergence {
  readonly #options: SessionOptions;
  #snapshot: Checkpoint | null = null;
  #since: { readonly step: number; readonly batch: () => Batch }[] = [];

  /** As the run's session was made. */
  constructor(options: SessionOptions) {
    this.#options = { ...options, probes: [] };
  }

  /** Before a batch of the step `step` is trained on. */
  before(session: Session, step: number, batch: () => Batch): void {
    if (this.#since.length % EVERY === 0) {
      this.#snapshot = session.save();
      this.#since = [];
    }
    this.#since.push({ step, batch });
  }

  /** Makes the steps since the copy again, the last of them readable: the run's session is then where it was. */
  async again(session: Session, breathe: () => Promise<void>): Promise<void> {
    if (this.#snapshot === null) return;
    session.restore(this.#snapshot);
    for (const [i, { batch }] of this.#since.entries()) {
      await breathe();
      const { inputs, target } = batch();
      session.step(inputs, target, { readable: i === this.#since.length - 1 });
    }
  }

  /** A sentence on what was the first to fail; empty where making the steps again shows nothing. */
  async explain(breathe: () => Promise<void>): Promise<string> {
    if (this.#snapshot === null) return '';
    const session = createSession(this.#options);
    try {
      session.restore(this.#snapshot);
      for (const { step, batch } of this.#since) {
        await breathe();
        const before = session.save();
        const made = batch();
        const loss = session.step(made.inputs, made.target);
        if (Number.isFinite(loss) && isFiniteState(session, this.#options.graph)) continue;
        const found = findNonFinite(this.#options, before, made);
        return found === null ? '' : describe(found, this.#options.graph, step);
      }
      return '';
    } finally {
      session.dispose();
    }
  }
}

function isFiniteState(session: Session, graph: Graph): boolean {
  return graph.tensors.every(({ name, dtype }) => {
    if (dtype !== 'float32') return true;
    const { nan, inf } = session.measureParameter(name, 'value');
    return nan + inf === 0;
  });
}

function describe({ phase, where, nan, inf, count, largest }: NonFinite, graph: Graph, step: number): string {
  const counted = [nan > 0 ? `${nan} NaN` : '', inf > 0 ? `${inf} infinite` : ''].filter((part) => part !== '');
  const numbers = `${counted.join(' and ')} among ${count} numbers`;
  const into = `what went in was at most ${largest.toPrecision(3)} in size`;
  switch (phase) {
    case 'given':
      return `\`${where}\` held ${numbers} before step ${step} computed anything.`;
    case 'update':
      return `The optimizer made \`${where}\` not finite at step ${step}: ${numbers}; its gradient was finite.`;
    case 'forward':
    case 'backward':
      return `The first to make them was ${nameOf(graph, where)}, in the ${phase} pass of step ${step}: ${numbers}; ${into}.`;
    default:
      return phase satisfies never;
  }
}

function nameOf(graph: Graph, name: string): string {
  const node = graph.train.find((one) => one.name === name);
  if (node === undefined) return 'the loss';
  const module = graph.modules.find(({ path }) => node.op === 'call_module' && path === node.target);
  const what = module === undefined ? node.target : module.class.replace(/^torch\.nn\./, '');
  const place = node.place === null ? '' : `, ${node.place.path}:${node.place.line}`;
  return `\`${module === undefined ? node.name : module.path}\` (${what}${place})`;
}
