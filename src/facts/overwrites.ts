// Weights that were loaded and then drawn anew: in one function, in this order, on the same module or on one
// that holds it. Only statements that run every time are an initialization; a load under a condition is one
// that may have happened.

import type { Span } from '../base/finding.ts';
import type { Scope } from '../python/names.ts';
import type { Block, Call, Expression, Statement } from '../python/tree.ts';
import { ownExpressions, statementsOf, visitExpression } from '../python/walk.ts';
import type { StatementFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { type Initializers, type InitPass, readInitializers, writesFor } from './inits/initializers.ts';
import { isWeighted } from './knowledge.ts';
import type { ClassFact } from './modules.ts';

export interface Overwrite {
  /** The call or loop that draws new weights, where it stands in the order. */
  readonly span: Span;
  /** The module whose weights are lost, as the code spells it. */
  readonly receiver: string;
  readonly load: Span;
  /** Loaded every time. */
  readonly certain: boolean;
  readonly pass: InitPass;
  /** The class whose modules are swept; null outside of one. */
  readonly owner: ClassFact | null;
  /** Everything in the same function that was loaded. */
  readonly loaded: readonly string[];
}

interface Loaded {
  readonly span: Span;
  readonly certain: boolean;
  /** Layers it is made of, by full name, of which at least one must be hit. */
  readonly types: readonly string[];
}

interface Body {
  readonly block: Block;
  readonly scope: Scope;
  readonly owner: ClassFact | null;
}

const LOADS = /load_state_dict|pretrained|weights\s*=/;

export function readOverwrites(facts: Facts): readonly Overwrite[] {
  if (!LOADS.test(facts.text)) return [];
  const initializers = facts.of(readInitializers);
  if (initializers.passes.length === 0) return [];
  return bodiesOf(facts).flatMap((body) => new OverwriteReader(facts, initializers, body).read());
}

function bodiesOf(facts: Facts): readonly Body[] {
  const bodies: Body[] = [{ block: facts.module.body, scope: facts.names.module, owner: null }];
  for (const { statement, owner } of facts.places.statements)
    if (statement.kind === 'function')
      bodies.push({
        block: statement.body,
        scope: facts.names.scopeOf(statement),
        owner: owner?.isModule ? owner : null,
      });
  return bodies;
}

class OverwriteReader {
  readonly #facts: Facts;
  readonly #initializers: Initializers;
  readonly #body: Body;
  readonly #loaded = new Map<string, Loaded>();
  #found: Overwrite[] = [];

  constructor(facts: Facts, initializers: Initializers, body: Body) {
    this.#facts = facts;
    this.#initializers = initializers;
    this.#body = body;
  }

  read(): readonly Overwrite[] {
    for (const statement of straight(this.#body.block)) {
      if (/^(?:if|for|while|try)$/.test(statement.kind)) {
        const pass = this.#initializers.passes.find(({ span }) => span === statement);
        if (pass) this.#sweep(pass, statement);
        else for (const inner of statementsOf([statement])) this.#notice(inner, false);
        // A loop, once more, may load behind what it drew.
      } else this.#step(statement);
    }
    return this.#found;
  }

  #step(statement: Statement): void {
    for (const pass of this.#passesIn(statement)) this.#sweep(pass, statement);
    this.#notice(statement, true);
  }

  /** What a statement loads, and what it replaces. */
  #notice(statement: Statement, certain: boolean): void {
    if (statement.kind === 'assign' && statement.value) {
      const loaded = this.#loadedBy(statement.value, certain);
      for (const target of statement.targets) {
        const key = keyOf(target);
        if (key === null) continue;
        if (loaded) this.#loaded.set(key, loaded);
        else if (certain) this.#loaded.delete(key);
      }
    }
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => {
        if (part.kind === 'call' && part.callee.kind === 'attribute' && part.callee.name === 'load_state_dict')
          this.#fill(part, part.callee.object, certain);
      });
  }

  #fill(call: Call, object: Expression, certain: boolean): void {
    const key = keyOf(object);
    if (key === null) return;
    // What is loaded last stays.
    this.#found = this.#found.filter(({ receiver }) => receiver !== key && !receiver.startsWith(`${key}.`));
    const types = this.#typesOf(object);
    if (types.length > 0) this.#loaded.set(key, { span: { start: call.start, end: call.end }, certain, types });
  }

  #typesOf(object: Expression): readonly string[] {
    const { scope, owner } = this.#body;
    if (object.kind === 'name' && object.id === 'self' && owner) return weightedTypes(owner);
    const place: StatementFact = { statement: this.#facts.module.body[0] as Statement, scope, def: null, owner };
    const fact = this.#facts.receivers.of(object, place)?.fact;
    return fact ? weightedTypes(fact) : [];
  }

  #loadedBy(value: Expression, certain: boolean): Loaded | null {
    const key = keyOf(value);
    const known = key === null ? null : this.#within(key);
    if (known) return known;
    if (value.kind === 'attribute') return this.#loadedBy(value.object, certain);
    if (value.kind === 'subscript') return this.#loadedBy(value.object, certain);
    if (value.kind !== 'call') return null;
    const name = this.#facts.names.resolve(value.callee, this.#body.scope);
    const pretrained = name ? isPretrained(value, name, this.#body.scope) : null;
    if (name && pretrained)
      return {
        span: { start: value.start, end: value.end },
        certain: certain && pretrained === 'yes',
        types: typesOfModel(name),
      };
    if (name === 'torch.nn.Sequential' || name === 'builtins.list') {
      const [first] = value.args;
      const inner = first?.value.kind === 'starred' ? first.value.value : first?.value;
      return inner && value.args.length === 1 ? this.#loadedBy(inner, certain) : null;
    }
    return value.callee.kind === 'attribute' ? this.#loadedBy(value.callee.object, certain) : null;
  }

  #within(key: string): Loaded | null {
    for (const [known, loaded] of this.#loaded) if (key === known || key.startsWith(`${known}.`)) return loaded;
    return null;
  }

  /** `self.apply(fn)`, `self._init_weights()` whose body sweeps. */
  #passesIn(statement: Statement): readonly InitPass[] {
    if (statement.kind !== 'expression' && statement.kind !== 'assign') return [];
    const inside = ({ span }: InitPass) => span.start >= statement.start && span.end <= statement.end;
    const own = this.#initializers.passes.filter(inside);
    const { value } = statement;
    const { owner } = this.#body;
    if (own.length > 0 || value?.kind !== 'call' || !owner) return own;
    const { callee } = value;
    if (callee.kind !== 'attribute' || keyOf(callee.object) !== 'self') return [];
    const method = owner.methods.get(callee.name);
    const block = new Set<Statement>(method ? straight(method.body) : []);
    return this.#initializers.passes.filter(({ place, root }) => block.has(place.statement) && keyOf(root) === 'self');
  }

  #sweep(pass: InitPass, statement: Statement): void {
    const root = keyOf(pass.root);
    if (root === null) return;
    for (const [receiver, { span: load, certain, types }] of this.#loaded) {
      if (receiver !== root && !receiver.startsWith(`${root}.`)) continue;
      const hits = (type: string) => writesFor(type, pass.initializer).some(({ attribute }) => attribute === 'weight');
      if (!types.some(hits)) continue;
      const span = statement.kind === 'for' ? pass.span : { start: statement.start, end: statement.end };
      const loaded = [...this.#loaded.keys()];
      this.#found.push({
        span: headOf(span, statement),
        receiver,
        load,
        certain,
        pass,
        owner: this.#body.owner,
        loaded,
      });
    }
  }
}

/** Of a loop, its first line. */
function headOf(span: Span, statement: Statement): Span {
  return statement.kind === 'for'
    ? { start: span.start, end: statement.iterable.end }
    : { start: span.start, end: span.end };
}

/** Statements that run every time, in order; a `with` is no condition. */
function* straight(block: Block): Generator<Statement> {
  for (const statement of block) {
    if (statement.kind === 'with') yield* straight(statement.body);
    else yield statement;
    if (statement.kind === 'return' || statement.kind === 'raise') return;
  }
}

/** `net`, `self.backbone`; null for what has no such name. */
function keyOf(expression: Expression): string | null {
  if (expression.kind === 'name') return expression.id;
  if (expression.kind !== 'attribute') return null;
  const object = keyOf(expression.object);
  // DataParallel's `module` is the module itself.
  return object && (expression.name === 'module' ? object : `${object}.${expression.name}`);
}

function weightedTypes(fact: ClassFact): readonly string[] {
  return fact.layers.map(({ type }) => type).filter(isWeighted);
}

/** `perhaps`: by a parameter that says so unless somebody says otherwise. */
function isPretrained(call: Call, name: string, scope: Scope): 'yes' | 'perhaps' | null {
  if (/\.from_pretrained$/.test(name)) return 'yes';
  const named = call.args.find((argument) => argument.name === 'pretrained' || argument.name === 'weights');
  const isModel = /^torchvision\.models\.\w+$/.test(name);
  const given = named?.value ?? (isModel && call.args[0]?.name === null ? call.args[0].value : undefined);
  if (!given || (named?.name === 'weights' && !/^torchvision\.|^timm\./.test(name))) return null;
  if (given.kind === 'constant') return given.value === true ? 'yes' : null;
  if (given.kind === 'string' || given.kind === 'attribute') return named?.name === 'weights' ? 'yes' : null;
  const { owner } = scope;
  const param =
    given.kind === 'name' && owner.kind === 'function'
      ? owner.params.find((item) => item.name === given.id)
      : undefined;
  return param?.default?.kind === 'constant' && param.default.value === true ? 'perhaps' : null;
}

/** What a library's model surely holds in its body. */
function typesOfModel(name: string): readonly string[] {
  if (/from_pretrained$|\.(?:vit|swin|maxvit)_/i.test(name)) return ['torch.nn.Linear'];
  return ['torch.nn.Conv2d'];
}
