// Scopes and imports: which full name an expression stands for. Only what is certain has a name: one
// binding, or several that agree, in the scope Python would look in. A name bound again to anything else
// is dead, and so is everything written with it.

import type {
  Block,
  ClassDef,
  Expression,
  FunctionDef,
  Import,
  ImportFrom,
  Lambda,
  Module,
  Statement,
} from './tree.ts';
import { dottedPath, ownExpressions, statementsOf, visitExpression } from './walk.ts';

export type ScopeOwner = Module | FunctionDef | ClassDef | Lambda;

export type Binding =
  | { readonly kind: 'import'; readonly target: string }
  | { readonly kind: 'assign'; readonly value: Expression }
  | { readonly kind: 'function'; readonly def: FunctionDef }
  | { readonly kind: 'class'; readonly def: ClassDef }
  /** Parameters, loop variables, parts of a tuple, `+=`, `del`: bound, and not followed. */
  | { readonly kind: 'opaque' };

export interface Scope {
  readonly owner: ScopeOwner;
  readonly parent: Scope | null;
  readonly bindings: ReadonlyMap<string, readonly Binding[]>;
}

export interface Names {
  readonly module: Scope;
  scopeOf(owner: ScopeOwner): Scope;
  /** The bindings Python would use for a name read in a scope; empty for builtins and unknown names. */
  lookup(name: string, scope: Scope): readonly Binding[];
  /** `nn.Linear` → `torch.nn.Linear`; a builtin → `builtins.len`; null where it cannot be known. */
  resolve(expression: Expression, scope: Scope): string | null;
  /** The file's own function or class an expression names. */
  definition(expression: Expression, scope: Scope): FunctionDef | ClassDef | null;
  /** Full names of every module or name imported anywhere in the file. */
  readonly imports: readonly string[];
}

export function readNames(module: Module): Names {
  const scopes = new Map<ScopeOwner, Scope>();
  const imports = new Set<string>();
  const stars = new Set<string>();
  buildScope(module, null, { scopes, imports, stars });
  return new FileNames(scopes, scopes.get(module) as Scope, [...imports], [...stars]);
}

class FileNames implements Names {
  readonly module: Scope;
  readonly imports: readonly string[];
  readonly #scopes: ReadonlyMap<ScopeOwner, Scope>;
  readonly #stars: readonly string[];
  readonly #resolved = new Map<Expression, string | null>();

  constructor(
    scopes: ReadonlyMap<ScopeOwner, Scope>,
    module: Scope,
    imports: readonly string[],
    stars: readonly string[],
  ) {
    this.#scopes = scopes;
    this.module = module;
    this.imports = imports;
    this.#stars = stars;
  }

  scopeOf(owner: ScopeOwner): Scope {
    return this.#scopes.get(owner) ?? this.module;
  }

  lookup(name: string, scope: Scope): readonly Binding[] {
    // A class's names are seen by its own statements and not by its methods.
    for (let at: Scope | null = scope; at; at = at.parent) {
      if (at !== scope && at.owner.kind === 'class') continue;
      const bindings = at.bindings.get(name);
      if (bindings) return bindings;
    }
    return [];
  }

  resolve(expression: Expression, scope: Scope): string | null {
    const known = this.#resolved.get(expression);
    if (known !== undefined) return known;
    const path = dottedPath(expression);
    const name = path ? this.#resolvePath(path, scope, 0) : null;
    this.#resolved.set(expression, name);
    return name;
  }

  definition(expression: Expression, scope: Scope): FunctionDef | ClassDef | null {
    if (expression.kind !== 'name') return null;
    const bindings = this.lookup(expression.id, scope);
    const [only] = bindings;
    if (bindings.length !== 1 || !only) return null;
    if (only.kind === 'function' || only.kind === 'class') return only.def;
    return null;
  }

  #resolvePath(path: readonly string[], scope: Scope, depth: number): string | null {
    const [head, ...rest] = path;
    if (head === undefined || depth > 4) return null;
    const bindings = this.lookup(head, scope);
    if (bindings.length === 0) {
      const root = this.#unbound(head);
      return root && canonical([root, ...rest].join('.'));
    }
    const targets = new Set(bindings.map((binding) => this.#target(binding, scope, depth)));
    const [only] = targets;
    if (targets.size !== 1 || !only) return null;
    return canonical([only, ...rest].join('.'));
  }

  #target(binding: Binding, scope: Scope, depth: number): string | null {
    if (binding.kind === 'import') return binding.target;
    if (binding.kind !== 'assign') return null;
    const path = dottedPath(binding.value);
    return path ? this.#resolvePath(path, scope, depth + 1) : null;
  }

  /** A capitalized name nobody binds comes from the star import, if there is one only and it is torch's. */
  #unbound(name: string): string | null {
    const [star] = this.#stars;
    if (star === undefined) return BUILTINS.has(name) ? `builtins.${name}` : null;
    return this.#stars.length === 1 && /^torch\b/.test(star) && /^[A-Z]/.test(name) ? `${star}.${name}` : null;
  }
}

const BUILTINS = new Set(
  'abs all any bool callable dict dir divmod enumerate exit filter float format getattr hasattr id int isinstance issubclass iter len list map max min next object open pow print quit range repr reversed round set setattr slice sorted str sum super tuple type vars zip'.split(
    ' ',
  ),
);

/** One spelling for what torch offers under several. */
export function canonical(name: string): string {
  return SPELLED_OTHERWISE.test(name) ? respelled(name) : name;
}

const SPELLED_OTHERWISE =
  /^torch\.(?:nn\.(?:modules|parallel|DataParallel$)|optim\.[a-z]|utils\.data\.[a-z]|autograd\.)/;

function respelled(name: string): string {
  return name
    .replace(/^torch\.nn\.modules\.(?:\w+\.)?(\w+)$/, 'torch.nn.$1')
    .replace(/^torch\.nn\.parallel\.(?:data_parallel\.|distributed\.)?(\w+)$/, 'torch.nn.parallel.$1')
    .replace(/^torch\.nn\.DataParallel$/, 'torch.nn.parallel.DataParallel')
    .replace(
      /^torch\.optim\.(?:sgd|adam|adamw|rmsprop|adagrad|adadelta|adamax|nadam|radam|lbfgs|optimizer)\.(\w+)$/,
      'torch.optim.$1',
    )
    .replace(/^torch\.utils\.data\.(?:dataloader|dataset|sampler)\.(\w+)$/, 'torch.utils.data.$1')
    .replace(/^torch\.autograd\.(?:grad_mode\.)?(no_grad|enable_grad|inference_mode|set_grad_enabled)$/, 'torch.$1')
    .replace(/^torch\.autograd\.variable\.Variable$/, 'torch.autograd.Variable');
}

interface Building {
  readonly scopes: Map<ScopeOwner, Scope>;
  readonly imports: Set<string>;
  readonly stars: Set<string>;
}

function buildScope(owner: ScopeOwner, parent: Scope | null, building: Building): void {
  const bindings = new Map<string, Binding[]>();
  const scope: Scope = { owner, parent, bindings };
  building.scopes.set(owner, scope);
  const bind = (name: string, binding: Binding) => {
    const list = bindings.get(name);
    if (list) list.push(binding);
    else bindings.set(name, [binding]);
  };
  if (owner.kind === 'function' || owner.kind === 'lambda')
    for (const param of owner.params) bind(param.name, { kind: 'opaque' });
  if (owner.kind === 'lambda') {
    visitExpression(owner.body, (part) => part.kind === 'lambda' && buildScope(part, scope, building));
    return;
  }
  const outer = outerNames(owner.body);
  const bindHere = (name: string, binding: Binding) => {
    if (!outer.has(name)) bind(name, binding);
    else bindOutside(name, parent);
  };
  for (const statement of statementsOf(owner.body)) {
    bindStatement(statement, bindHere, building);
    if (statement.kind === 'function' || statement.kind === 'class') buildScope(statement, scope, building);
    for (const expression of ownExpressions(statement)) bindExpression(expression, bindHere, scope, building);
  }
}

/** `global x` makes an assignment here one more binding there, so `x` is no longer known anywhere. */
function bindOutside(name: string, parent: Scope | null): void {
  for (let at = parent; at; at = at.parent) {
    const bindings = at.bindings.get(name);
    if (bindings) (bindings as Binding[]).push({ kind: 'opaque' });
  }
}

function outerNames(body: Block): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of statementsOf(body))
    if (statement.kind === 'global') for (const name of statement.names) names.add(name);
  return names;
}

type Bind = (name: string, binding: Binding) => void;

function bindStatement(statement: Statement, bind: Bind, building: Building): void {
  switch (statement.kind) {
    case 'function':
      bind(statement.name, { kind: 'function', def: statement });
      break;
    case 'class':
      bind(statement.name, { kind: 'class', def: statement });
      break;
    case 'import':
    case 'importFrom':
      bindImport(statement, bind, building);
      break;
    case 'assign':
      if (statement.value) for (const target of statement.targets) bindTarget(target, statement.value, bind);
      break;
    case 'augment':
    case 'for':
      bindTarget(statement.target, null, bind);
      break;
    case 'with':
      for (const { target } of statement.items) if (target) bindTarget(target, null, bind);
      break;
    case 'delete':
      for (const value of statement.values) bindTarget(value, null, bind);
      break;
    default:
      break;
  }
}

function bindImport(statement: Import | ImportFrom, bind: Bind, building: Building): void {
  if (statement.kind === 'import') {
    for (const { path, alias } of statement.names) {
      const head = path.split('.')[0] ?? path;
      building.imports.add(path);
      bind(alias ?? head, { kind: 'import', target: alias ? path : head });
    }
    return;
  }
  for (const { name, alias } of statement.names) {
    if (name === '*') building.stars.add(statement.module);
    else bind(alias ?? name, { kind: 'import', target: canonical(`${statement.module}.${name}`) });
    building.imports.add(name === '*' ? statement.module : `${statement.module}.${name}`);
  }
}

function bindTarget(target: Expression, value: Expression | null, bind: Bind): void {
  if (target.kind === 'name') bind(target.id, value ? { kind: 'assign', value } : { kind: 'opaque' });
  else if (target.kind === 'starred') bindTarget(target.value, null, bind);
  else if (target.kind === 'sequence') {
    const values = value?.kind === 'sequence' && value.items.length === target.items.length ? value.items : [];
    target.items.forEach((item, i) => {
      bindTarget(item, values[i] ?? null, bind);
    });
  }
}

function bindExpression(expression: Expression, bind: Bind, scope: Scope, building: Building): void {
  visitExpression(expression, (part) => {
    if (part.kind === 'named') bindTarget(part.target, part.value, bind);
    else if (part.kind === 'comprehension') for (const clause of part.clauses) bindTarget(clause.target, null, bind);
    else if (part.kind === 'lambda' && !building.scopes.has(part)) buildScope(part, scope, building);
  });
}
