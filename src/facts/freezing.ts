// Parts whose parameters are frozen while their BatchNorm goes on: `requires_grad = False` stops gradients, and
// running statistics are no gradients. Read off the paths where the file trains the module; of a class that
// is trained elsewhere, only its constructor is seen, and only "perhaps" can be said.

import type { Span } from '../base/finding.ts';
import type { Expression, Statement } from '../python/tree.ts';
import type { Facts } from './facts.ts';
import { adaptsStatistics, freezes, parametersCall, readFrozenConstructors } from './frozen-constructors.ts';
import { enclosing } from './loops.ts';
import type { Occurrence } from './modes/frame.ts';
import { ALONE } from './summary.ts';

export interface FrozenNorms {
  /** What is frozen, as the code spells it there: `net.backbone`. */
  readonly receiver: string;
  /** The loop's `parameters()`, or `requires_grad_(False)`. */
  readonly span: Span;
  /** The forward in training that moves the statistics; null where the file does not train. */
  readonly forward: Span | null;
  /** The `train()` that put it into training mode, if it was written out. */
  readonly train: Span | null;
  /** From the module of that `train()` to the frozen part: `.backbone`; empty for the module itself. */
  readonly path: string;
  /** By the constructor of a class in another file. */
  readonly elsewhere: boolean;
  /** On every path on which the module is trained. */
  readonly always: boolean;
}

export function readFrozenNorms(facts: Facts): readonly FrozenNorms[] {
  if (adaptsStatistics(facts)) return [];
  const own = freezes(facts.text) ? ofThisFile(facts) : [];
  const all = own.length > 0 || facts.neighbors === ALONE ? own : frozenElsewhere(facts);
  return all.filter((one, i) => all.findIndex(({ span }) => span.start === one.span.start) === i);
}

function ofThisFile(facts: Facts): readonly FrozenNorms[] {
  const trained = onPaths(facts);
  if (trained.length > 0) return trained;
  return facts.of(readFrozenConstructors).map(({ receiver, span }) => ({
    receiver,
    span,
    forward: null,
    train: null,
    path: '',
    elsewhere: false,
    always: false,
  }));
}

/** Modules of other files' classes that freeze BatchNorm when they are made, where they are trained in training mode. */
function frozenElsewhere(facts: Facts): readonly FrozenNorms[] {
  if (!TRAINS.test(facts.text)) return [];
  const { occurrences, objects } = facts.modes;
  return occurrences.flatMap((one): FrozenNorms[] => {
    const { start, end, callee } = one.call;
    if (!one.trained || one.mode !== 'T' || !objects.get(one.place)?.freezesNorms) return [];
    const span = one.explicit && one.write ? one.write : { start, end };
    const receiver = facts.text.slice(callee.start, callee.end);
    return [{ receiver, span, forward: { start, end }, train: null, path: '', elsewhere: true, always: false }];
  });
}

/** Nothing is trained without one of these words, so no path needs to be followed. */
const TRAINS = /\bbackward\b|\bmanual_backward\b|\bautograd\b/;

function onPaths(facts: Facts): readonly FrozenNorms[] {
  if (!TRAINS.test(facts.text)) return [];
  const { occurrences, handlings } = facts.modes;
  const released = new Set(handlings.flatMap(({ kind, place }) => (kind === 'frozen' ? [] : releases(kind, place))));
  const found: FrozenNorms[] = [];
  for (const one of occurrences) {
    if (!one.trained) continue;
    for (const { place, at, mode, sensitivity } of one.frozen) {
      const batchNorm = sensitivity.batchNorm || facts.modes.partSensitivity(place).batchNorm;
      if (mode !== 'T' || batchNorm === 0 || released.has(place) || isSpared(place, at, one, facts)) continue;
      const freeze = freezeOf(at, facts);
      if (!freeze || freeze.filter === 'some') continue;
      const always =
        !freeze.isOptional &&
        occurrences.every((other) => !other.trained || other.place !== one.place || other.mode === 'T');
      found.push({
        receiver: freeze.receiver,
        span: freeze.span,
        forward: { start: one.call.start, end: one.call.end },
        train: one.explicit ? one.write : null,
        path: pathBetween(one.place, place),
        elsewhere: false,
        always,
      });
    }
  }
  return found;
}

function releases(kind: string, place: string): readonly string[] {
  return kind === 'thawed' || kind === 'averaged' ? [place] : [];
}

/** A part that is replaced right away, or that the trained module merely looks up. */
function isSpared(place: string, at: Expression, { frame }: Occurrence, { modes }: Facts): boolean {
  const isManaged = modes.objects.get(place)?.managed === true;
  return isManaged || (frame.def !== null && at.start > frame.def.end && frame.def.name === '__init__');
}

function pathBetween(whole: string, part: string): string {
  return part.startsWith(`${whole}.`) ? part.slice(whole.length) : '';
}

interface Freeze {
  readonly receiver: string;
  readonly span: Span;
  /** Stands under an `if` of its own: it happens in some configurations. */
  readonly isOptional: boolean;
  /** Which of the parameters: all, all but those named, or some. */
  readonly filter: 'all' | 'most' | 'some';
}

/** What a `p.requires_grad = False` or `m.requires_grad_(False)` freezes. */
function freezeOf(at: Expression, facts: Facts): Freeze | null {
  const chain = enclosing(facts.module.body, at);
  const from = chain.findLastIndex((statement) => statement.kind === 'function' || statement.kind === 'class') + 1;
  const inside = chain.slice(from);
  const loop = inside.findLastIndex((statement) => statement.kind === 'for' && parametersCall(statement) !== null);
  const statement = inside[loop];
  const isOptional = inside.slice(0, loop === -1 ? undefined : loop).some(({ kind }) => kind === 'if');
  if (statement?.kind === 'for') {
    const call = parametersCall(statement);
    if (call?.kind !== 'call' || call.callee.kind !== 'attribute') return null;
    const { object } = call.callee;
    const filter = inside.slice(loop + 1).map((inner) => filterOf(inner, facts));
    return {
      receiver: facts.text.slice(object.start, object.end),
      span: { start: call.start, end: call.end },
      isOptional,
      filter: filter.includes('some') ? 'some' : filter.includes('most') ? 'most' : 'all',
    };
  }
  if (at.kind !== 'call' || at.callee.kind !== 'attribute') return null;
  const { object } = at.callee;
  return { receiver: facts.text.slice(object.start, object.end), span: at, isOptional, filter: 'all' };
}

/** `if 'fc' not in name` leaves all but the head; `if 'bn' in name` takes the very norms. */
function filterOf(statement: Statement, { text }: Facts): Freeze['filter'] {
  if (statement.kind !== 'if') return statement.kind === 'for' ? 'some' : 'all';
  const test = text.slice(statement.test.start, statement.test.end);
  return /\bnot\b/.test(test) || /['"][\w.]*(?:bn|norm)[\w.]*['"]/i.test(test) ? 'most' : 'some';
}
