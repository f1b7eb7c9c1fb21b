// Initializers that do not do what they are there for: nobody runs them, they run before the layers are made,
// at every forward, or into a copy.

import type { Span } from '../../base/finding.ts';
import type { Expression, FunctionDef, Statement } from '../../python/tree.ts';
import { statementsOf } from '../../python/walk.ts';
import type { Facts } from '../facts.ts';
import { isSelfAttribute } from '../layers.ts';
import type { ClassFact } from '../modules.ts';
import { type Initializers, type InitPass, readInitializers, writesFor } from './initializers.ts';

export interface IdleInit {
  readonly kind: /** Nobody in the file calls or applies it. */
    | 'unused'
    /** `net.apply(init())`. */
    | 'called'
    /** Layers are made behind it. */
    | 'early'
    /** In forward(). */
    | 'repeated'
    /** Into a clone. */
    | 'copy';
  readonly span: Span;
  /** The function, or the tensor that is meant. */
  readonly name: string;
  /** Of `early`: the first layer it misses, and the statement to move with the one to move it behind. */
  readonly late: Statement | null;
  readonly statement: Statement | null;
  readonly last: Statement | null;
}

const NAME = /init|reset_param/i;

export function readIdleInits(facts: Facts): readonly IdleInit[] {
  if (!/\binit\b|_init|init_|apply\(/.test(facts.text)) return [];
  const initializers = facts.of(readInitializers);
  return [
    ...unused(facts, initializers),
    ...called(facts),
    ...facts.classes.all.flatMap((fact) => early(fact, facts, initializers)),
    ...repeated(initializers),
    ...copies(facts),
  ];
}

function idle(kind: IdleInit['kind'], { start, end }: Span, name: string): IdleInit {
  return { kind, span: { start, end }, name, late: null, statement: null, last: null };
}

/** In a file that trains what it makes, so that nobody else is left to call it. */
function unused(facts: Facts, { functions, passes, singles }: Initializers): readonly IdleInit[] {
  if (!/\.backward\(/.test(facts.text) || !/\.step\(/.test(facts.text)) return [];
  return facts.places.statements.flatMap(({ statement, owner, def }): IdleInit[] => {
    if (statement.kind !== 'function' || def || !NAME.test(statement.name) || /^__/.test(statement.name)) return [];
    const isOurs = owner === null || (owner.isModule && !owner.isManaged && isMadeHere(owner, facts));
    const within = ({ start, end }: Span) => statement.start <= start && end <= statement.end;
    const writes =
      functions.some((one) => one.def === statement) ||
      passes.some(({ span }) => within(span)) ||
      singles.some(({ call }) => within(call));
    const mentions = facts.text.match(new RegExp(`\\b${statement.name}\\b`, 'g'))?.length ?? 0;
    return isOurs && writes && mentions === 1 ? [idle('unused', statement.nameSpan, statement.name)] : [];
  });
}

/** By nothing but nn.Module, and by code outside of classes. */
function isMadeHere({ name, outerBases, bases }: ClassFact, { text }: Facts): boolean {
  return (
    bases.length === 0 &&
    outerBases.every((base) => base === 'torch.nn.Module') &&
    new RegExp(`=\\s*${name}\\(`).test(text)
  );
}

/** `net.apply(init())` gives `apply` what the function returns. */
function called(facts: Facts): readonly IdleInit[] {
  return facts.places.statements.flatMap(({ statement, scope }): IdleInit[] => {
    const value = statement.kind === 'expression' ? statement.value : null;
    if (value?.kind !== 'call' || value.callee.kind !== 'attribute' || value.callee.name !== 'apply') return [];
    const given = value.args[0]?.value;
    const def = given?.kind === 'call' ? facts.names.definition(given.callee, scope) : null;
    return given && def?.kind === 'function' && returnsNothing(def) ? [idle('called', given, def.name)] : [];
  });
}

function returnsNothing({ body, decorators }: FunctionDef): boolean {
  return (
    decorators.length === 0 &&
    [...statementsOf(body)].every((statement) => statement.kind !== 'return' || statement.value === null)
  );
}

/** A pass over `self` in the constructor, and layers of its kinds made behind it. */
function early(fact: ClassFact, _facts: Facts, { passes }: Initializers): readonly IdleInit[] {
  const init = fact.methods.get('__init__');
  if (!fact.isModule || !init) return [];
  return init.body.flatMap((statement, i): IdleInit[] => {
    const [pass] = passes.filter((one) => runsAt(one, statement, fact));
    const late = pass && init.body.slice(i + 1).find((other) => makesLayerFor(other, pass, fact));
    const again = init.body.slice(i + 1).some((other) => passes.some((one) => runsAt(one, other, fact)));
    const last = init.body.at(-1) ?? null;
    if (!pass || !late || again) return [];
    const name = pass.initializer.def?.name ?? '';
    const span = statement.kind === 'for' ? { start: statement.start, end: statement.iterable.end } : statement;
    return [{ ...idle('early', span, name), late, statement, last }];
  });
}

function runsAt({ root, place, span }: InitPass, statement: Statement, fact: ClassFact): boolean {
  if (root.kind !== 'name' || root.id !== 'self' || place.owner !== fact) return false;
  if (statement.start <= span.start && span.end <= statement.end)
    return statement.kind === 'expression' || statement.kind === 'for';
  const callee = statement.kind === 'expression' && statement.value.kind === 'call' ? statement.value.callee : null;
  const method =
    callee && isSelfAttribute(callee) && callee.kind === 'attribute' ? fact.methods.get(callee.name) : undefined;
  return method?.body.includes(place.statement) ?? false;
}

function makesLayerFor(statement: Statement, { initializer }: InitPass, fact: ClassFact): boolean {
  const isMade = statement.kind === 'assign' && statement.targets.some(isSelfAttribute);
  const inside = fact.layers.filter(({ call }) => statement.start <= call.start && call.end <= statement.end);
  return (
    isMade && inside.some(({ type }) => writesFor(type, initializer).some(({ attribute }) => attribute === 'weight'))
  );
}

/** New weights at every forward. */
function repeated({ singles, passes }: Initializers): readonly IdleInit[] {
  const inForward = (def: FunctionDef | null, owner: ClassFact | null) =>
    def?.name === 'forward' && owner?.isModule === true;
  return [
    ...singles
      // What is copied in was computed: a moving average, or a projection of what was learned.
      .filter(
        ({ place, holder, how }) => inForward(place.def, place.owner) && isSelfAttribute(holder) && how !== 'copy_',
      )
      .map(({ call, how }) => idle('repeated', call, how)),
    ...passes
      .filter(({ place, root }) => inForward(place.def, place.owner) && root.kind === 'name' && root.id === 'self')
      .map(({ span, root }) => idle('repeated', { start: span.start, end: root.end }, '')),
  ];
}

/** `nn.init.xavier_uniform_(self.fc.weight.clone())`, where nobody takes what it returns. */
function copies(facts: Facts): readonly IdleInit[] {
  return facts.places.calls.flatMap(({ call, name, statement }): IdleInit[] => {
    if (!name.startsWith('torch.nn.init.') || statement.kind !== 'expression' || statement.value !== call) return [];
    const tensor: Expression | undefined = call.args[0]?.value;
    const method = tensor?.kind === 'call' && tensor.callee.kind === 'attribute' ? tensor.callee : null;
    if (!method || !/^(?:clone|cpu|cuda|float|half|to|double)$/.test(method.name)) return [];
    if (method.name !== 'clone' || method.object.kind !== 'attribute') return [];
    return [idle('copy', call, facts.text.slice(method.object.start, method.object.end))];
  });
}
