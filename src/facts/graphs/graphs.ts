// The module graph of the file: each model as its constructor builds it, and how forward() leads tensors
// through its parts. A class is read as the file makes it, with those arguments; one that only another file
// makes is read with its defaults, and what follows from a default says so. Nothing is executed, and what is
// not known (a branch, a loop of unknown length, a library's module) ends what can be said, not the reading.

import type { Span } from '../../base/finding.ts';
import type { Names } from '../../python/names.ts';
import type { Block, Call, Expression, FunctionDef } from '../../python/tree.ts';
import type { Values } from '../../python/values.ts';
import { ownExpressions, visitExpression } from '../../python/walk.ts';
import type { CallFact, StatementFact } from '../calls.ts';
import type { Facts } from '../facts.ts';
import type { Classes, ClassFact } from '../modules.ts';
import { argumentsOf } from './calls.ts';
import { evaluate, operate } from './expressions.ts';
import {
  type Bindable,
  type Ending,
  type Frame,
  joinTensors,
  MAX_DEPTH,
  type NodeDraft,
  type Run,
  setFree,
  tensorsIn,
  unknownFrom,
} from './frame.ts';
import { shapeOf } from './shapes.ts';
import { runBlock } from './statements.ts';
import {
  ANY_SHAPE,
  type GraphNode,
  joinValues,
  NONE,
  type ObjectModule,
  ofModule,
  SEQUENCE,
  UNKNOWN,
  type Value,
} from './values.ts';

export interface ModuleGraph {
  /** null for an nn.Sequential that is no class. */
  readonly fact: ClassFact | null;
  readonly root: Value;
  readonly inputs: readonly GraphNode[];
  readonly nodes: readonly GraphNode[];
  /** What forward() returns. */
  readonly outputs: readonly GraphNode[];
}

/** Work for one file, in statements and expressions. */
const BUDGET = 8_000;
const MAX_CONTEXTS = 2;

export function readGraphs(facts: Facts): readonly ModuleGraph[] {
  return new GraphReader(facts).graphs();
}

class GraphReader implements Run {
  readonly text: string;
  readonly names: Names;
  readonly values: Values;
  readonly classes: Classes;
  readonly #facts: Facts;
  nodes: GraphNode[] = [];
  #left = BUDGET;
  #nextId = 0;
  /** Classes whose forward() was followed, alone or inside another. */
  readonly #followed = new Set<ClassFact>();

  constructor(facts: Facts) {
    this.text = facts.text;
    this.names = facts.names;
    this.values = facts.values;
    this.classes = facts.classes;
    this.#facts = facts;
  }

  graphs(): readonly ModuleGraph[] {
    const made = this.#madeOutside();
    const graphs: ModuleGraph[] = [];
    for (const [fact, calls] of made)
      for (const call of calls.slice(0, MAX_CONTEXTS)) graphs.push(...this.#ofCall(fact, call));
    // The whole before its parts: a class is last defined when it holds the others.
    for (const fact of [...this.classes.all].reverse())
      if (fact.isModule && !this.#followed.has(fact) && this.classes.method(fact, 'forward'))
        graphs.push(...this.#withDefaults(fact));
    for (const call of this.#sequentials()) graphs.push(...this.#ofSequential(call));
    return graphs;
  }

  /** Calls of the file's modules outside of its modules, with arguments that are known. */
  #madeOutside(): ReadonlyMap<ClassFact, readonly CallPlace[]> {
    const made = new Map<ClassFact, CallPlace[]>();
    const modules = new Set(this.classes.all.flatMap(({ isModule, name }) => (isModule ? [name] : [])));
    for (const place of this.#facts.places.statements) {
      if (place.owner?.isModule) continue;
      for (const own of ownExpressions(place.statement))
        visitExpression(own, (part) => {
          if (part.kind !== 'call' || part.callee.kind !== 'name' || !modules.has(part.callee.id)) return;
          const def = this.names.definition(part.callee, place.scope);
          const fact = def?.kind === 'class' ? this.classes.of(def) : undefined;
          if (fact) made.set(fact, [...(made.get(fact) ?? []), { call: part, place }]);
        });
    }
    return made;
  }

  #ofCall(fact: ClassFact, { call, place }: CallPlace): readonly ModuleGraph[] {
    const frame: Frame = { names: new Map(), self: null, owner: null, scope: place.scope, returned: [], depth: 0 };
    const given = argumentsOf(call, frame, this);
    return this.#graphOf(fact, this.construct(fact, given, call, frame), frame);
  }

  #withDefaults(fact: ClassFact): readonly ModuleGraph[] {
    const frame: Frame = {
      names: new Map(),
      self: null,
      owner: null,
      scope: this.names.module,
      returned: [],
      depth: 0,
    };
    const init = this.classes.method(fact, '__init__');
    const named = new Map<string, Value>();
    for (const param of init?.def.params.slice(1) ?? [])
      if (param.stars === 0) named.set(param.name, this.#assumed(fact, param.name, param.default, frame));
    return this.#graphOf(fact, this.construct(fact, { args: [], named, complete: true }, null, frame), frame);
  }

  /** A default, marked as one; without one, a name for what is not known. */
  #assumed(fact: ClassFact, name: string, given: Expression | null, frame: Frame): Value {
    const value = given ? this.evaluate(given, frame) : null;
    if (value === null) return { kind: 'symbol', key: `${fact.name}.${name}` };
    if (value.kind === 'plain' || value.kind === 'type') return { ...value, isDefault: true };
    return value;
  }

  #graphOf(fact: ClassFact | null, root: Value, frame: Frame): readonly ModuleGraph[] {
    this.nodes = [];
    const def = fact && this.classes.method(fact, 'forward')?.def;
    const span = def?.nameSpan ?? { start: 0, end: 0 };
    const params = def ? def.params.slice(1).filter(({ stars }) => stars === 0) : [null];
    const values = params.map((param): Value => {
      const given = param?.default ? this.evaluate(param.default, frame) : null;
      // `mask=None` is a mask in some calls.
      if (given) return given.kind === 'plain' && given.value !== null ? { ...given, isDefault: true } : UNKNOWN;
      return {
        kind: 'tensor',
        node: this.add({ op: 'input', name: param?.name ?? '', span: param ?? span, inputs: [] }),
      };
    });
    const inputs = values.flatMap(tensorsIn);
    const output = this.apply(root, { args: values, named: NONE, complete: true }, span, frame);
    setFree(output);
    return [{ fact, root, inputs, nodes: this.nodes, outputs: tensorsIn(output) }];
  }

  /** Sequentials that no class of the file holds. */
  #sequentials(): readonly CallFact[] {
    return this.#facts.places.calls.filter(({ name, owner }) => name === 'torch.nn.Sequential' && !owner?.isModule);
  }

  #ofSequential({ call, scope, statement }: CallFact): readonly ModuleGraph[] {
    const def = scope.owner.kind === 'function' ? scope.owner : null;
    const frame: Frame = { names: new Map(), self: null, owner: null, scope, returned: [], depth: 0 };
    for (const param of def?.params ?? [])
      frame.names.set(param.name, { kind: 'symbol', key: `${def?.name}.${param.name}` });
    // What stands before it in the same function may have filled the list it unpacks.
    if (def && call.args.some(({ stars }) => stars === 1))
      for (const before of def.body) {
        if (before.end > statement.start) break;
        this.runBlock([before], frame);
      }
    return this.#graphOf(null, this.evaluate(call, frame), frame);
  }

  spend(): boolean {
    return this.#left-- > 0;
  }

  add({ op, name, span, inputs, module, args = [], named = NONE }: NodeDraft): GraphNode {
    const { start, end } = span;
    const node: GraphNode = {
      id: this.#nextId++,
      op,
      name,
      span: { start, end },
      inputs,
      module: module ?? null,
      args,
      named,
      consumers: [],
      escapes: false,
      shape: ANY_SHAPE,
    };
    for (const input of new Set(inputs)) input.consumers.push(node);
    this.nodes.push(node);
    node.shape = shapeOf(node);
    return node;
  }

  evaluate(expression: Expression, frame: Frame): Value {
    return this.spend() ? evaluate(expression, frame, this) : UNKNOWN;
  }

  operate(operator: string, values: readonly Value[], span: Span): Value {
    return operate(operator, values, span, this);
  }

  runBlock(block: Block, frame: Frame): Ending {
    return runBlock(block, frame, this);
  }

  invoke(def: FunctionDef, given: Bindable, self: ObjectModule | null, owner: ClassFact | null, from: Frame): Value {
    const all = [...given.args, ...given.named.values()];
    const isStatic = def.decorators.some((item) => item.kind === 'name' && item.id === 'staticmethod');
    const isWrapped = def.decorators.some((item) => item.kind === 'name' && item.id !== 'staticmethod');
    if (from.depth >= MAX_DEPTH || isWrapped) return unknownFrom(all, def.nameSpan, this);
    const scope = this.names.scopeOf(def);
    const params = self && !isStatic ? def.params.slice(1) : def.params;
    const outer = scope.parent === from.scope ? from.names : NONE;
    const names = new Map([...outer, ...this.#bound(params, given, scope.parent ?? this.names.module, from)]);
    const frame: Frame = { names, self, owner, scope, returned: [], depth: from.depth + 1 };
    const ending = this.runBlock(def.body, frame);
    const [first, ...rest] = frame.returned;
    if (first === undefined) return UNKNOWN;
    if (ending === 'falls') return unknownFrom(frame.returned, def.nameSpan, this);
    return rest.reduce((a, b) => joinValues(a, b, (x, y) => joinTensors(x, y, def.nameSpan, this)), first);
  }

  #bound(
    params: FunctionDef['params'],
    given: Bindable,
    scope: Frame['scope'],
    from: Frame,
  ): ReadonlyMap<string, Value> {
    const bound = new Map<string, Value>();
    const positional = params.filter((param) => param.stars === 0 && !param.keywordOnly);
    params.forEach((param) => {
      if (param.stars === 1) bound.set(param.name, { kind: 'list', items: [...given.args.slice(positional.length)] });
      if (param.stars !== 0) return;
      const value = given.named.get(param.name) ?? given.args[positional.indexOf(param)];
      const isMissing = value === undefined && given.complete && param.default;
      const frame = { ...from, scope, names: new Map(), self: null };
      bound.set(param.name, value ?? (isMissing && param.default ? this.evaluate(param.default, frame) : UNKNOWN));
    });
    return bound;
  }

  construct(fact: ClassFact, given: Bindable, call: Call | null, from: Frame): Value {
    const object: ObjectModule = { kind: 'object', fact, call, attributes: new Map() };
    const init = this.classes.method(fact, '__init__');
    if (init) this.invoke(init.def, given, object, init.owner, from);
    else if (fact.outerBases.includes('torch.nn.Sequential') && call)
      object.attributes.set(SEQUENCE, ofModule({ kind: 'sequence', runs: true, items: [...given.args], call }));
    return ofModule(object);
  }

  apply(target: Value, given: Bindable, span: Span, frame: Frame): Value {
    const all = [...given.args, ...given.named.values()];
    if (target.kind !== 'module' || frame.depth >= MAX_DEPTH || !this.spend()) return unknownFrom(all, span, this);
    const { module } = target;
    if (module.kind === 'layer') {
      const inputs = all.flatMap(tensorsIn);
      if (inputs.length === 0) return UNKNOWN;
      const { args, named } = given;
      return { kind: 'tensor', node: this.add({ op: 'layer', name: module.type, span, inputs, module, args, named }) };
    }
    if (module.kind === 'sequence') {
      if (!module.runs) return unknownFrom(all, span, this);
      return module.items.reduce<Value>(
        (value, item) =>
          this.apply(item, { args: [value], named: NONE, complete: true }, span, { ...frame, depth: frame.depth + 1 }),
        given.args[0] ?? UNKNOWN,
      );
    }
    this.#followed.add(module.fact);
    const forward = this.classes.method(module.fact, 'forward');
    if (forward) return this.invoke(forward.def, given, module, forward.owner, frame);
    return this.apply(module.attributes.get(SEQUENCE) ?? UNKNOWN, given, span, { ...frame, depth: frame.depth + 1 });
  }
}

interface CallPlace {
  readonly call: Call;
  readonly place: StatementFact;
}
