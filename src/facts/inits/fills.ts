// What the file writes into weights after their layers made them: `nn.init.constant_(self.fc1.weight, 0.1)`,
// `m.weight.data.fill_(1)` under an isinstance test, loops over parameters(). Only fills whose layers are
// known are facts.

import { bindNames } from '../../python/arguments.ts';
import type { Names, Scope } from '../../python/names.ts';
import type { Call, ClassDef, Expression, FunctionDef, Module, Statement } from '../../python/tree.ts';
import { type Values, visitStatements } from '../../python/values.ts';
import { innerBlocks, ownExpressions, visitExpression } from '../../python/walk.ts';
import { isWeighted } from '../knowledge.ts';
import { type LayerFact, selfPath } from '../layers.ts';
import type { Classes, ClassFact } from '../modules.ts';

export interface WeightFill {
  readonly call: Call;
  /** Every element becomes this number; `random`: it does not; null: it cannot be known. */
  readonly value: number | 'random' | null;
  /** The tensor, as the code spells it without `.data`. */
  readonly target: string;
  /** `nn.init`, as the code spells it; null where the fill is a tensor's own method. */
  readonly prefix: string | null;
  readonly owner: ClassFact;
  /** The layers whose weight it is, in the order they are made. */
  readonly layers: readonly LayerFact[];
  /** It fills every layer of some types, rather than one layer by name. */
  readonly sweeping: boolean;
}

interface Source {
  readonly text: string;
  readonly module: Module;
  readonly names: Names;
  readonly values: Values;
  readonly classes: Classes;
}

/** A name that stands for layers: each of some types, each parameter, in one class or in all. */
interface LoopVariable {
  readonly kind: 'module' | 'parameter';
  readonly types: readonly string[] | null;
  readonly owner: ClassFact | null;
}

export function readFills(source: Source): readonly WeightFill[] {
  return new FillReader(source).fills;
}

class FillReader {
  readonly fills: WeightFill[] = [];
  readonly #source: Source;
  readonly #applied: ReadonlySet<string>;

  constructor(source: Source) {
    this.#source = source;
    this.#applied = appliedFunctions(source.module);
    const { module, names } = source;
    this.#block(module.body, names.module, new Map(), null);
    visitStatements(module.body, (statement) => {
      if (statement.kind === 'function') this.#function(statement);
    });
  }

  #function(def: FunctionDef): void {
    const scope = this.#source.names.scopeOf(def);
    const outer = scope.parent?.owner;
    const owner = outer?.kind === 'class' ? (this.#source.classes.of(outer) ?? null) : null;
    const variables = new Map<string, LoopVariable>();
    const param = def.params.find((item) => item.name !== 'self' && item.name !== 'cls');
    // `model.apply(init_weights)` calls it with every module of some model of this file.
    if (param && this.#applied.has(def.name)) variables.set(param.name, { kind: 'module', types: null, owner: null });
    this.#block(def.body, scope, variables, owner?.isModule ? owner : null);
  }

  #block(
    block: readonly Statement[],
    scope: Scope,
    variables: ReadonlyMap<string, LoopVariable>,
    owner: ClassFact | null,
  ): void {
    for (const statement of block) {
      const inner = this.#variablesOf(statement, scope, variables, owner);
      for (const own of ownExpressions(statement))
        visitExpression(own, (part) => part.kind === 'call' && this.#call(part, scope, variables, owner));
      const [first, ...rest] = innerBlocks(statement);
      if (first) this.#block(first, scope, inner, owner);
      for (const other of rest) this.#block(other, scope, variables, owner);
    }
  }

  #variablesOf(
    statement: Statement,
    scope: Scope,
    variables: ReadonlyMap<string, LoopVariable>,
    owner: ClassFact | null,
  ): ReadonlyMap<string, LoopVariable> {
    if (statement.kind === 'for') {
      const bound = this.#loopVariable(statement.target, statement.iterable, scope, owner);
      return bound ? new Map(variables).set(...bound) : variables;
    }
    if (statement.kind !== 'if') return variables;
    const tested = isinstanceTest(statement.test);
    const variable = tested && variables.get(tested.name);
    if (!tested || variable?.kind !== 'module') return variables;
    const types = tested.types.map((type) => this.#source.names.resolve(type, scope));
    const known = types.filter((type) => type !== null);
    return new Map(variables).set(tested.name, { ...variable, types: known.length === types.length ? known : [] });
  }

  /** `for m in self.modules()`, `for name, p in net.named_parameters()`. */
  #loopVariable(
    target: Expression,
    iterable: Expression,
    scope: Scope,
    owner: ClassFact | null,
  ): [string, LoopVariable] | null {
    if (iterable.kind !== 'call' || iterable.callee.kind !== 'attribute') return null;
    const match = /^(named_)?(modules|children|parameters)$/.exec(iterable.callee.name);
    const name = target.kind === 'sequence' ? target.items.at(-1) : target;
    const holder = this.#classOf(iterable.callee.object, scope, owner);
    if (!match || name?.kind !== 'name' || !holder) return null;
    // A loop over named parameters usually tests the name, which is not followed.
    if (match[1] && match[2] === 'parameters') return null;
    return [name.id, { kind: match[2] === 'parameters' ? 'parameter' : 'module', types: null, owner: holder }];
  }

  /** `self`, or a variable that holds an object of a class of this file. */
  #classOf(expression: Expression, scope: Scope, owner: ClassFact | null): ClassFact | null {
    if (expression.kind !== 'name') return null;
    if (expression.id === 'self') return owner;
    const bindings = this.#source.names.lookup(expression.id, scope);
    const facts = new Set(
      bindings.map((binding) => (binding.kind === 'assign' ? this.#made(binding.value, scope) : null)),
    );
    const [only] = facts;
    return facts.size === 1 ? (only ?? null) : null;
  }

  #made(value: Expression, scope: Scope): ClassFact | null {
    if (value.kind !== 'call') return null;
    if (value.callee.kind === 'attribute' && /^(?:to|cuda|cpu|float|double)$/.test(value.callee.name))
      return this.#made(value.callee.object, scope);
    const def = this.#source.names.definition(value.callee, scope);
    return def?.kind === 'class' ? (this.#source.classes.of(def as ClassDef) ?? null) : null;
  }

  #call(call: Call, scope: Scope, variables: ReadonlyMap<string, LoopVariable>, owner: ClassFact | null): void {
    const filled = this.#filled(call, scope);
    if (!filled) return;
    const tensor = withoutData(filled.tensor);
    const target = this.#source.text.slice(tensor.start, tensor.end);
    const common = { call, value: filled.value, target, prefix: filled.prefix };
    if (tensor.kind === 'name') {
      const variable = variables.get(tensor.id);
      if (variable?.kind === 'parameter' && variable.owner) this.#sweep(variable.owner, null, common);
      return;
    }
    if (tensor.kind !== 'attribute' || !/^weight(?:_[ih]h_l\d+)?$/.test(tensor.name)) return;
    const variable = tensor.object.kind === 'name' ? variables.get(tensor.object.id) : undefined;
    if (variable?.kind === 'module') {
      if (!variable.types) return;
      const owners = variable.owner ? [variable.owner] : this.#source.classes.all.filter((fact) => fact.isModule);
      for (const one of owners) this.#sweep(one, variable.types, common);
      return;
    }
    const named = this.#named(tensor.object, scope, owner);
    if (named) this.fills.push({ ...common, ...named, sweeping: false });
  }

  #sweep(
    owner: ClassFact,
    types: readonly string[] | null,
    common: Pick<WeightFill, 'call' | 'value' | 'target' | 'prefix'>,
  ): void {
    const layers = owner.layers.filter((layer) => (types ? types.includes(layer.type) : isWeighted(layer.type)));
    if (layers.length > 0) this.fills.push({ ...common, owner, layers, sweeping: true });
  }

  /** `self.fc1` in a method, `net.fc1` where the file says what `net` is. */
  #named(expression: Expression, scope: Scope, owner: ClassFact | null): Pick<WeightFill, 'owner' | 'layers'> | null {
    const path = pathBelow(expression);
    const holder = path && this.#classOf(path.root, scope, owner);
    if (!path || !holder) return null;
    const layers = holder.layers.filter((layer) => layer.path === path.path);
    return layers.length === 1 ? { owner: holder, layers } : null;
  }

  #filled(call: Call, scope: Scope): { tensor: Expression; value: WeightFill['value']; prefix: string | null } | null {
    const name = this.#source.names.resolve(call.callee, scope);
    const init = name?.startsWith('torch.nn.init.') ? name.slice('torch.nn.init.'.length) : null;
    if (init) {
      const { values } = bindNames(call, ['tensor', 'val']);
      const tensor = values.get('tensor');
      const { callee } = call;
      const prefix =
        callee.kind === 'attribute' ? this.#source.text.slice(callee.object.start, callee.object.end) : null;
      return tensor ? { tensor, value: this.#initValue(init, values.get('val'), scope), prefix } : null;
    }
    if (name !== null || call.callee.kind !== 'attribute') return null;
    const method = call.callee.name;
    if (!/^(?:fill_|zero_|normal_|uniform_|copy_|trunc_normal_)$/.test(method)) return null;
    const [first] = call.args;
    const value =
      method === 'zero_'
        ? 0
        : method === 'fill_'
          ? (this.#source.values.number(first?.value, scope) ?? null)
          : 'random';
    return { tensor: call.callee.object, value, prefix: null };
  }

  #initValue(init: string, given: Expression | undefined, scope: Scope): WeightFill['value'] {
    if (/^zeros_?$/.test(init)) return 0;
    if (/^ones_?$/.test(init)) return 1;
    if (/^constant_?$/.test(init)) return this.#source.values.number(given, scope) ?? null;
    return 'random';
  }
}

function withoutData(expression: Expression): Expression {
  return expression.kind === 'attribute' && expression.name === 'data' ? expression.object : expression;
}

function pathBelow(expression: Expression): { root: Expression; path: string } | null {
  const own = selfPath(expression);
  let root: Expression = expression;
  const names: string[] = [];
  while (root.kind === 'attribute' || root.kind === 'subscript') {
    const [index] = root.kind === 'subscript' ? root.indices : [];
    if (root.kind === 'subscript' && index?.kind !== 'number') return null;
    names.unshift(root.kind === 'attribute' ? root.name : String(index?.kind === 'number' ? index.value : ''));
    root = root.object;
  }
  const path = own ?? names.join('.');
  return root.kind === 'name' && path ? { root, path } : null;
}

/** `isinstance(m, nn.Linear)`, `isinstance(m, (nn.Conv2d, nn.Linear))`, alone. */
function isinstanceTest(test: Expression): { name: string; types: readonly Expression[] } | null {
  if (test.kind !== 'call' || test.callee.kind !== 'name' || test.callee.id !== 'isinstance') return null;
  const [object, type] = test.args;
  if (object?.value.kind !== 'name' || !type) return null;
  return { name: object.value.id, types: type.value.kind === 'sequence' ? type.value.items : [type.value] };
}

/** Functions given to `.apply(…)`. */
function appliedFunctions(module: Module): ReadonlySet<string> {
  const names = new Set<string>();
  visitStatements(module.body, (statement) => {
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => {
        if (part.kind !== 'call' || part.callee.kind !== 'attribute' || part.callee.name !== 'apply') return;
        const [first] = part.args;
        if (first?.value.kind === 'name') names.add(first.value.id);
        else if (first?.value.kind === 'attribute') names.add(first.value.name);
      });
  });
  return names;
}
