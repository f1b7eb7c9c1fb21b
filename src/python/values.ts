// Values that can be known without running: literals, arithmetic over them, constants assigned once, and
// what argparse gives when the user gives nothing.

import { bindNames } from './arguments.ts';
import type { Names, Scope } from './names.ts';
import type { Call, ClassDef, Expression, FunctionDef, Module, Statement } from './tree.ts';
import { ownExpressions, statementsOf, visitExpression } from './walk.ts';

export type Plain = number | boolean | string | null | readonly Plain[];

export interface Known {
  readonly value: Plain;
  /** True where a command line may say otherwise. */
  readonly isDefault: boolean;
}

export interface Values {
  /** undefined where it cannot be known. */
  fold(expression: Expression, scope: Scope): Known | undefined;
  number(expression: Expression | undefined, scope: Scope): number | undefined;
}

const MAX_DEPTH = 12;

export function readValues(module: Module, names: Names): Values {
  return new FileValues(names, commandLineOptions(module, names));
}

class FileValues implements Values {
  readonly #names: Names;
  readonly #options: Options;

  constructor(names: Names, options: Options) {
    this.#names = names;
    this.#options = options;
  }

  fold(expression: Expression, scope: Scope): Known | undefined {
    return this.#fold(expression, scope, 0);
  }

  number(expression: Expression | undefined, scope: Scope): number | undefined {
    const value = expression && this.fold(expression, scope)?.value;
    return typeof value === 'number' ? value : undefined;
  }

  #fold(expression: Expression, scope: Scope, depth: number): Known | undefined {
    if (depth > MAX_DEPTH) return undefined;
    switch (expression.kind) {
      case 'number':
      case 'constant':
        return { value: expression.value, isDefault: false };
      case 'string':
        return expression.value === null ? undefined : { value: expression.value, isDefault: false };
      case 'sequence':
        return this.#foldItems(expression.items, scope, depth);
      case 'operation':
        return this.#foldOperation(expression.operators, expression.operands, scope, depth);
      case 'name':
        return this.#foldName(expression.id, scope, depth);
      case 'attribute':
        return expression.object.kind === 'name'
          ? this.#foldOption(expression.object.id, expression.name, scope)
          : undefined;
      case 'subscript':
        return this.#foldSubscript(expression.object, expression.indices, scope, depth);
      case 'call':
        return this.#foldCall(expression, scope, depth);
      default:
        return undefined;
    }
  }

  #foldItems(items: readonly Expression[], scope: Scope, depth: number): Known | undefined {
    const known = items.map((item) => this.#fold(item, scope, depth + 1));
    const certain = known.filter((item) => item !== undefined);
    if (certain.length < known.length) return undefined;
    return { value: certain.map((item) => item.value), isDefault: certain.some((item) => item.isDefault) };
  }

  #foldOperation(operators: readonly string[], operands: readonly Expression[], scope: Scope, depth: number) {
    const known = this.#foldItems(operands, scope, depth);
    if (!known || !Array.isArray(known.value) || operators.length !== 1) return undefined;
    const value = calculate(operators[0] as string, known.value);
    return value === undefined ? undefined : { value, isDefault: known.isDefault };
  }

  #foldName(name: string, scope: Scope, depth: number): Known | undefined {
    const bindings = this.#names.lookup(name, scope);
    const [only] = bindings;
    return bindings.length === 1 && only?.kind === 'assign'
      ? this.#fold(only.value, this.#ownerScope(name, scope), depth + 1)
      : undefined;
  }

  /** The value was written where the name is bound, so it is read there. */
  #ownerScope(name: string, scope: Scope): Scope {
    for (let at: Scope | null = scope; at; at = at.parent) if (at.bindings.has(name)) return at;
    return scope;
  }

  #foldOption(object: string, option: string, scope: Scope): Known | undefined {
    if (!this.#options.namespaces.has(object) && !/^(?:args?|opts?|flags|hparams|config|cfg)$/i.test(object))
      return undefined;
    const bindings = this.#names.lookup(object, scope);
    if (bindings.length > 1) return undefined;
    const value = this.#options.defaults.get(option);
    return value === undefined ? undefined : { value, isDefault: true };
  }

  #foldSubscript(object: Expression, indices: readonly Expression[], scope: Scope, depth: number) {
    const [index] = indices;
    const key = index && indices.length === 1 ? this.#fold(index, scope, depth + 1) : undefined;
    if (!key) return undefined;
    const bindings = object.kind === 'name' ? this.#names.lookup(object.id, scope) : [];
    const [only] = bindings;
    const written = bindings.length === 1 && only?.kind === 'assign' ? only.value : object;
    if (written.kind === 'dict') {
      const entry = written.entries.findLast((item) => item.key?.kind === 'string' && item.key.value === key.value);
      return entry && this.#fold(entry.value, scope, depth + 1);
    }
    const list = this.#fold(written, scope, depth + 1);
    if (!list || !Array.isArray(list.value) || typeof key.value !== 'number') return undefined;
    const value = list.value.at(key.value);
    return value === undefined ? undefined : { value, isDefault: list.isDefault };
  }

  #foldCall(call: Call, scope: Scope, depth: number): Known | undefined {
    const name = this.#names.resolve(call.callee, scope);
    const known = this.#foldItems(
      call.args.map((argument) => argument.value),
      scope,
      depth,
    );
    if (!known || !Array.isArray(known.value) || call.args.some((argument) => argument.stars || argument.name))
      return undefined;
    const value = applyBuiltin(name, known.value);
    return value === undefined ? undefined : { value, isDefault: known.isDefault };
  }
}

function calculate(operator: string, values: readonly Plain[]): Plain | undefined {
  const [a, b] = values;
  if (values.length === 1) {
    if (operator === 'not' && typeof a === 'boolean') return !a;
    if (typeof a !== 'number') return undefined;
    return operator === '-' ? -a : operator === '+' ? a : undefined;
  }
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? undefined : a / b;
    case '//':
      return b === 0 ? undefined : Math.floor(a / b);
    case '%':
      return b === 0 ? undefined : a - b * Math.floor(a / b);
    case '**':
      return a ** b;
    default:
      return undefined;
  }
}

function applyBuiltin(name: string | null, values: readonly Plain[]): Plain | undefined {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length !== values.length || numbers.length === 0) return undefined;
  const [first] = numbers;
  switch (name) {
    case 'builtins.int':
      return Math.trunc(first as number);
    case 'builtins.float':
    case 'builtins.abs':
      return name === 'builtins.abs' ? Math.abs(first as number) : (first as number);
    case 'builtins.max':
      return Math.max(...numbers);
    case 'builtins.min':
      return Math.min(...numbers);
    default:
      return undefined;
  }
}

interface Options {
  readonly defaults: ReadonlyMap<string, Plain>;
  /** Names that hold the result of `parse_args()`. */
  readonly namespaces: ReadonlySet<string>;
}

const ADD_ARGUMENT = ['flag', 'alternative', '*', 'default', 'dest', 'type', 'action'];

/** An option written twice with different defaults has none. */
function commandLineOptions(module: Module, names: Names): Options {
  const defaults = new Map<string, Plain>();
  const clashing = new Set<string>();
  const namespaces = new Set<string>();
  if (!names.imports.some((name) => /^(?:argparse|configargparse)\b/.test(name))) return { defaults, namespaces };
  visitStatements(module.body, (statement) => {
    if (statement.kind === 'assign' && isMethodCall(statement.value, /^parse_(?:known_)?args$/))
      for (const target of statement.targets) if (target.kind === 'name') namespaces.add(target.id);
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => {
        const option = part.kind === 'call' && isMethodCall(part, /^add_argument$/) ? readOption(part) : null;
        if (!option) return;
        if (defaults.has(option.dest) && defaults.get(option.dest) !== option.value) clashing.add(option.dest);
        defaults.set(option.dest, option.value);
      });
  });
  for (const dest of clashing) defaults.delete(dest);
  return { defaults, namespaces };
}

function isMethodCall(expression: Expression | null, name: RegExp): boolean {
  return expression?.kind === 'call' && expression.callee.kind === 'attribute' && name.test(expression.callee.name);
}

function readOption(call: Call): { dest: string; value: Plain } | null {
  const { values } = bindNames(call, ADD_ARGUMENT);
  const flags = call.args.flatMap(({ name, value }) =>
    name === null && value.kind === 'string' && value.value ? [value.value] : [],
  );
  const long = flags.find((flag) => flag.startsWith('--')) ?? flags[0];
  const given = values.get('dest');
  const dest = given?.kind === 'string' ? given.value : long?.replace(/^-+/, '').replaceAll('-', '_');
  const value = values.get('default');
  if (!dest || !value) return null;
  if (value.kind === 'number' || (value.kind === 'string' && value.value !== null)) return { dest, value: value.value };
  if (value.kind === 'constant' && value.value !== null) return { dest, value: value.value };
  return null;
}

/** Every statement of the file, those of functions and classes included, with the one they stand in. */
export function visitStatements(
  body: readonly Statement[],
  visit: (statement: Statement, owner: FunctionDef | ClassDef | null) => void,
  owner: FunctionDef | ClassDef | null = null,
): void {
  for (const statement of statementsOf(body)) {
    visit(statement, owner);
    if (statement.kind === 'function' || statement.kind === 'class') visitStatements(statement.body, visit, statement);
  }
}
