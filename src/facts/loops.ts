// Training and evaluation, read off the paths: a forward whose output reaches backward() is training; one
// that cannot, because gradients are off or the data is held out, and whose output is used, is an
// evaluation pass. Names decide nothing alone; they only settle what data and gradients already suggest.

import type { Span } from '../base/finding.ts';
import type { Call, Expression, Module, Statement } from '../python/tree.ts';
import { innerBlocks, ownExpressions, statementsOf, visitExpression } from '../python/walk.ts';
import { looksLikeEvaluation } from './knowledge.ts';
import type { LayerFact, Sensitivity } from './layers.ts';
import type { Occurrence } from './modes/frame.ts';
import type { Modes } from './modes/modes.ts';
import type { Loader } from './modes/values.ts';

/** How the mode of an evaluation pass came about, as far as it can be known. */
export type PassMode =
  /** Training mode, every time. */
  | 'training'
  /** Training mode in some calls or rounds, evaluation mode in others. */
  | 'sometimes-training'
  /** Whatever mode it is, training runs in the same. */
  | 'as-training'
  | 'evaluation'
  | 'unknown';

export interface EvaluationPass {
  /** The object, as the code spells it: `self.net`. */
  readonly receiver: string;
  /** The first forward of the pass. */
  readonly call: Call;
  readonly mode: PassMode;
  readonly sensitivity: Sensitivity;
  /** Where the module was made, if the file shows it. */
  readonly origin: Span | null;
  /** The calls that put it into training mode, if they were written out. */
  readonly writes: readonly Span[];
  /** A `train()` inside the pass itself, where an `eval()` may have come before. */
  readonly writesInside: readonly Span[];
  /** The statement that is the whole pass: the outermost loop or `with` that does not train. */
  readonly region: Statement;
  /** The loop around the training of the same module, and how it is spelled there. */
  readonly training: { readonly region: Statement; readonly receiver: string; readonly call: Call } | null;
  readonly place: string;
  /** Made or used as only an nn.Module can be. */
  readonly isModule: boolean;
  /** Its data comes from a loader or is held out, or its function is named after an evaluation. */
  readonly isOverData: boolean;
  /** The function the pass stands in; empty at module level. */
  readonly functionName: string;
}

export interface Training {
  readonly call: Call;
  readonly place: string;
  readonly sensitivity: Sensitivity;
  readonly origin: Span | null;
  readonly loader: Loader | null;
  readonly layers: readonly LayerFact[];
  /** Modes it was seen in. */
  readonly inEval: boolean;
  /** The module, as the code spells it here; null for what has no name. */
  readonly receiver: string | null;
  /** The outermost loop or `with` around it that holds no evaluation. */
  readonly region: Statement | null;
  /** The module comes back to this training from an evaluation that left it in eval mode. */
  readonly leak: ModeLeak | null;
  readonly undone: readonly UndoneEval[];
}

/** A part was put into eval mode, and `train()` of the whole took that back before any forward. */
export interface UndoneEval {
  /** The part's `eval()`. */
  readonly write: Span;
  /** The `train()` of the whole. */
  readonly train: Span;
  readonly sensitivity: Sensitivity;
  /** No `train()` of its own can stand between: the class of the whole is seen. */
  readonly seen: boolean;
}

export interface ModeLeak {
  /** The `eval()` that nothing takes back. */
  readonly write: Span;
  /** It is left so every time, rather than on some of the paths. */
  readonly always: boolean;
  /** The training began in training mode for certain. */
  readonly startsInTraining: boolean;
  /** The outermost loop or `with` around the training that holds no evaluation of the module, or its statement. */
  readonly region: Statement | null;
}

/** A forward of a module that was filled with saved weights, in training mode, in a file that does not train it. */
export interface Prediction {
  readonly call: Call;
  readonly receiver: string;
  readonly sensitivity: Sensitivity;
  /** The `load_state_dict()`. */
  readonly load: Span;
}

export interface Loops {
  readonly passes: readonly EvaluationPass[];
  readonly trainings: readonly Training[];
  readonly predictions: readonly Prediction[];
}

export const NO_LOOPS: Loops = { passes: [], trainings: [], predictions: [] };

export function readLoops(module: Module, text: string, modes: Modes): Loops {
  const reader = new LoopReader(module, text, modes);
  return { passes: reader.passes(), trainings: reader.trainings(), predictions: reader.predictions() };
}

class LoopReader {
  readonly #module: Module;
  readonly #text: string;
  readonly #modes: Modes;
  readonly #trained: readonly Occurrence[];
  readonly #trainedPlaces: ReadonlySet<string>;

  constructor(module: Module, text: string, modes: Modes) {
    this.#module = module;
    this.#text = text;
    this.#modes = modes;
    this.#trained = modes.occurrences.filter((one) => one.trained && one.gradOff !== 'yes');
    this.#trainedPlaces = new Set(this.#trained.map((one) => one.place));
  }

  trainings(): readonly Training[] {
    const evaluations = this.#modes.occurrences.filter((one) => this.#isEvaluation(one));
    return groupBy(this.#trained, (one) => `${one.call.start} ${one.place} ${one.input.loader?.key ?? ''}`).map(
      (group): Training => {
        const [first] = group;
        return {
          call: first.call,
          place: first.place,
          sensitivity: first.sensitivity,
          origin: originOf(this.#modes, first.place),
          loader: first.input.loader,
          layers: first.layers,
          inEval: group.some((one) => one.mode === 'E'),
          receiver: this.#receiverOf(first.call),
          region: this.#regionOf(first, evaluations),
          leak: this.#leakOf(group),
          undone: group.flatMap((one) => this.#undoneOf(one)),
        };
      },
    );
  }

  #undoneOf(one: Occurrence): readonly UndoneEval[] {
    const { write: train, place: whole, undone } = one;
    const { objects, occurrences } = this.#modes;
    const info = objects.get(whole);
    return undone.flatMap(({ place, write, since, until }) => {
      const used = occurrences.slice(since, until).some((other) => areRelated(other.place, whole, place));
      if (!train || used) return [];
      const isAnyPart = place === `${whole}.[part]`;
      const sensitivity = isAnyPart ? one.sensitivity : this.#modes.partSensitivity(place);
      return [{ write, train, sensitivity, seen: info?.fact != null || info?.type != null }];
    });
  }

  /** The same forward, reached by the same calls, first in another mode and later in that of an evaluation. */
  #leakOf(group: readonly [Occurrence, ...Occurrence[]]): ModeLeak | null {
    for (const path of groupBy(group, (one) => one.frame.chain.map((call) => call.start).join(' '))) {
      const [first] = path;
      if (first.mode !== 'T' && first.mode !== 'U') continue;
      const later = path.find((one) => this.#evaluationBetween(first, one) !== null);
      const write = later && writeOfEval(later);
      const evaluation = later && this.#evaluationBetween(first, later);
      if (!later || !write || !evaluation) continue;
      const region = this.#regionOf(later, [evaluation]);
      return { write, always: later.mode === 'E', startsInTraining: first.mode === 'T', region };
    }
    return null;
  }

  /** The evaluation that ran under the very `eval()` the later forward still is in. */
  #evaluationBetween(first: Occurrence, later: Occurrence): Occurrence | null {
    const write = writeOfEval(later);
    if (!write) return null;
    const between = this.#modes.occurrences.slice(first.id + 1, later.id);
    const ran = between.find(
      (one) => one.place === later.place && one.mode === 'E' && one.write?.start === write.start && !one.trained,
    );
    return ran && (ran.gradOff === 'yes' || this.#isEvaluation(ran)) ? ran : null;
  }

  passes(): readonly EvaluationPass[] {
    const candidates = this.#modes.occurrences.filter((one) => this.#isEvaluation(one));
    const byCall = groupBy(candidates, (one) => `${one.call.start} ${one.place}`);
    const passes = byCall.flatMap((group) => this.#pass(group) ?? []);
    const firsts = groupBy(passes, (pass) => `${pass.region.start} ${pass.receiver} ${pass.mode}`);
    return firsts.map(([first, ...rest]) => ({
      ...first,
      writes: unique([first, ...rest].flatMap((pass) => pass.writes)),
      writesInside: unique([first, ...rest].flatMap((pass) => pass.writesInside)),
    }));
  }

  /** The first of each module; what is an evaluation pass for certain is among `passes`. */
  predictions(): readonly Prediction[] {
    const candidates = this.#modes.occurrences.filter(
      (one) =>
        one.loaded !== null &&
        !one.trained &&
        !one.input.noise &&
        !this.#trainedPlaces.has(one.place) &&
        !this.#isEvaluation(one) &&
        !this.#isDiscarded(one.call),
    );
    return groupBy(candidates, (one) => one.place).flatMap((group): Prediction[] => {
      const [first] = group;
      const receiver = this.#receiverOf(first.call);
      if (!receiver || !first.loaded || group.some((one) => one.mode !== 'T')) return [];
      return [{ call: first.call, receiver, sensitivity: first.sensitivity, load: first.loaded }];
    });
  }

  #isEvaluation(one: Occurrence): boolean {
    if (one.trained || one.input.noise || this.#isDiscarded(one.call)) return false;
    if (one.gradOff === 'yes' || one.input.volatile) return true;
    // With gradients on, only held-out data of a module that is trained elsewhere in the file counts.
    if (!this.#trainedPlaces.has(one.place) || one.gradOff === 'maybe') return false;
    return one.input.split === 'eval' || (one.input.named === 'eval' && one.input.split !== 'train');
  }

  /** A forward nobody looks at is there for its side effect: statistics, shapes, warm-up. */
  #isDiscarded(call: Call): boolean {
    const statement = enclosing(this.#module.body, call).at(-1);
    if (statement?.kind === 'expression') return statement.value === call;
    const [target] = statement?.kind === 'assign' && statement.value === call ? statement.targets : [];
    return target?.kind === 'name' && !this.#isReadAfter(target.id, call);
  }

  /** Read anywhere below in the same function, or, by a loop, above. */
  #isReadAfter(name: string, call: Call): boolean {
    const chain = enclosing(this.#module.body, call);
    const owner = chain.findLast((statement) => statement.kind === 'function');
    const inLoop = chain.some((statement) => statement.kind === 'for' || statement.kind === 'while');
    let reads = 0;
    const count = (part: Expression) => {
      if (part.kind === 'name' && part.id === name && (inLoop || part.start > call.end)) reads++;
    };
    for (const statement of statementsOf(owner?.kind === 'function' ? owner.body : this.#module.body)) {
      const written = statement.kind === 'assign' ? statement.targets : [];
      for (const own of ownExpressions(statement))
        if (!written.includes(own) || own.kind !== 'name') visitExpression(own, count);
    }
    return reads > 0;
  }

  #pass(group: readonly [Occurrence, ...Occurrence[]]): EvaluationPass | null {
    const [first] = group;
    const receiver = this.#receiverOf(first.call);
    const region = this.#regionOf(first, this.#trained);
    if (!receiver || !region) return null;
    const training = this.#trainingOf(first);
    const written = group.filter((one) => one.mode === 'T' && one.explicit).flatMap((one) => one.write ?? []);
    return {
      receiver,
      call: first.call,
      mode: this.#modeOf(group),
      sensitivity: first.sensitivity,
      origin: originOf(this.#modes, first.place),
      writes: unique(written),
      writesInside: unique(written.filter((span) => span.start >= region.start && span.end <= region.end)),
      region,
      training,
      place: first.place,
      isModule: this.#modes.objects.get(first.place)?.isModule === true || written.length > 0,
      functionName: first.frame.def?.name ?? '',
      isOverData: group.some(isOverData),
    };
  }

  #modeOf(group: readonly Occurrence[]): PassMode {
    const modes = new Set(group.map((one) => one.mode));
    const [only] = modes;
    if (modes.has('X')) return 'unknown';
    if (modes.size > 1) return modes.has('T') && modes.has('E') ? 'sometimes-training' : 'unknown';
    if (only === 'T') return 'training';
    if (only === 'E') return 'evaluation';
    const place = group[0]?.place;
    const alike = this.#trained.some((one) => one.place === place && one.mode === 'U');
    return alike && !this.#modes.writesModes ? 'as-training' : 'unknown';
  }

  #receiverOf(call: Call): string | null {
    const { callee } = call;
    const object = callee.kind === 'attribute' && /^(?:forward|__call__)$/.test(callee.name) ? callee.object : callee;
    return isPath(object) ? this.#text.slice(object.start, object.end) : null;
  }

  /** The outermost loop or `with` around a forward, in its function, that holds none of the others. */
  #regionOf(one: Occurrence, others: readonly Occurrence[]): Statement | null {
    const chain = enclosing(this.#module.body, one.call);
    const from = chain.findLastIndex((statement) => statement.kind === 'function' || statement.kind === 'class') + 1;
    const inside = chain.slice(from);
    const free = (statement: Statement) => !others.some((other) => happensIn(other, statement));
    const whole = inside.find((statement) => /^(?:for|while|with)$/.test(statement.kind) && free(statement));
    return whole ?? inside.at(-1) ?? null;
  }

  #trainingOf(pass: Occurrence): EvaluationPass['training'] {
    const same = this.#trained.find((one) => one.place === pass.place);
    const receiver = same && this.#receiverOf(same.call);
    const region = same && this.#regionOf(same, [pass]);
    return same && receiver && region ? { region, receiver, call: same.call } : null;
  }
}

function isOverData({ input, frame }: Occurrence): boolean {
  if (input.loader || input.split === 'eval' || input.named === 'eval') return true;
  return frame.def !== null && looksLikeEvaluation(frame.def.name);
}

/** A forward happens in a statement if it stands there, or in a function called from there. */
function happensIn(one: Occurrence, statement: Statement): boolean {
  return [one.call, ...one.frame.chain].some((call) => call.start >= statement.start && call.end <= statement.end);
}

function areRelated(place: string, whole: string, part: string): boolean {
  return place === whole || place === part || place.startsWith(`${whole}.`) || part.startsWith(`${place}.`);
}

function writeOfEval({ mode, write, explicit, perhapsEval }: Occurrence): Span | null {
  return mode === 'E' && explicit ? write : mode === 'X' ? perhapsEval : null;
}

function originOf(modes: Modes, place: string): Span | null {
  const origin = modes.objects.get(place)?.origin;
  return origin ? { start: origin.start, end: origin.end } : null;
}

function isPath(expression: Expression): boolean {
  if (expression.kind === 'name') return true;
  return expression.kind === 'attribute' && isPath(expression.object);
}

/** The statements around a span, outermost first. */
export function enclosing(body: readonly Statement[], span: Span): readonly Statement[] {
  const found = body.find((statement) => statement.start <= span.start && span.end <= statement.end);
  if (!found) return [];
  const blocks = found.kind === 'function' || found.kind === 'class' ? [found.body] : innerBlocks(found);
  return [found, ...blocks.flatMap((block) => enclosing(block, span))];
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): readonly [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
}

function unique(spans: readonly Span[]): readonly Span[] {
  return groupBy(spans, (span) => String(span.start)).map(([first]) => first);
}
