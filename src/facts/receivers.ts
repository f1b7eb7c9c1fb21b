// Which expressions are nn.Modules for certain: made by a constructor that is known, or used as only a
// module can be. Of some it is also known which class they are, and what in them follows the mode.

import type { Names, Scope } from '../python/names.ts';
import type { Call, Expression } from '../python/tree.ts';
import { dottedPath, ownExpressions, visitExpression } from '../python/walk.ts';
import type { StatementFact } from './calls.ts';
import { factoryOf, isLayer, isModuleMethod, isWrapper, returnsItself } from './knowledge.ts';
import { INSENSITIVE, isSelfAttribute, type Sensitivity, UNSEEN } from './layers.ts';
import type { Classes, ClassFact } from './modules.ts';

export interface Receiver {
  /** The file's own class; null for a library's or an unknown one. */
  readonly fact: ClassFact | null;
  /** The full name of a layer or a model factory. */
  readonly type: string | null;
  readonly sensitivity: Sensitivity;
}

export interface Receivers {
  /** null: it is not known to be a module. */
  of(expression: Expression, place: StatementFact): Receiver | null;
}

const SOME_MODULE: Receiver = { fact: null, type: null, sensitivity: UNSEEN };
const MAX_DEPTH = 6;

export function readReceivers(statements: readonly StatementFact[], names: Names, classes: Classes): Receivers {
  return new FileReceivers(statements, names, classes);
}

class FileReceivers implements Receivers {
  readonly #names: Names;
  readonly #classes: Classes;
  /** By the scope a name is bound in, or the class an attribute is of. */
  readonly #used = new Map<unknown, Set<string>>();

  constructor(statements: readonly StatementFact[], names: Names, classes: Classes) {
    this.#names = names;
    this.#classes = classes;
    for (const place of statements)
      for (const own of ownExpressions(place.statement))
        visitExpression(own, (part) => part.kind === 'call' && this.#note(part, place));
  }

  of(expression: Expression, place: StatementFact): Receiver | null {
    return this.#of(expression, place.scope, place.owner, 0);
  }

  #note({ callee, args }: Call, place: StatementFact): void {
    if (callee.kind !== 'attribute' || !isModuleMethod(callee.name) || callee.name === 'requires_grad_') return;
    // A tensor has `requires_grad_()` too; `df.eval('a + b')` and `trainer.train(data)` are something else.
    if (/^(?:eval|train)$/.test(callee.name) && args.length > 0) return;
    const key = this.#keyOf(callee.object, place.scope, place.owner);
    if (!key) return;
    const known = this.#used.get(key.owner);
    if (known) known.add(key.name);
    else this.#used.set(key.owner, new Set([key.name]));
  }

  #keyOf(expression: Expression, scope: Scope, owner: ClassFact | null): { owner: unknown; name: string } | null {
    if (expression.kind === 'attribute' && isSelfAttribute(expression))
      return owner && { owner, name: `self.${expression.name}` };
    const path = dottedPath(expression);
    const [head] = path ?? [];
    if (!path || head === undefined) return null;
    for (let at: Scope | null = scope; at; at = at.parent)
      if (at.bindings.has(head)) return { owner: at, name: path.join('.') };
    return null;
  }

  #of(expression: Expression, scope: Scope, owner: ClassFact | null, depth: number): Receiver | null {
    if (depth > MAX_DEPTH) return null;
    if (expression.kind === 'call') return this.#made(expression, scope, owner, depth);
    if (expression.kind === 'name' && expression.id === 'self' && owner?.isModule && scope.owner.kind === 'function')
      return { fact: owner, type: null, sensitivity: owner.sensitivity };
    const known =
      expression.kind === 'name'
        ? this.#bound(expression.id, scope, owner, depth)
        : expression.kind === 'attribute'
          ? this.#part(expression.object, expression.name, scope, owner, depth)
          : null;
    if (known) return known;
    const key = this.#keyOf(expression, scope, owner);
    return key && this.#used.get(key.owner)?.has(key.name) ? SOME_MODULE : null;
  }

  #made(call: Call, scope: Scope, owner: ClassFact | null, depth: number): Receiver | null {
    const { callee } = call;
    const name = this.#names.resolve(callee, scope);
    if (name && isWrapper(name) && call.args[0]) return this.#of(call.args[0].value, scope, owner, depth + 1);
    if (name && isLayer(name)) return this.#layer(name, call, scope, owner, depth);
    const factory = name ? factoryOf(name) : null;
    if (factory?.mode === 'T' || factory?.mode === 'E') {
      const { batchNorm, dropout } = factory;
      return {
        fact: null,
        type: name,
        sensitivity: { batchNorm: Number(batchNorm), dropout: Number(dropout), exact: false, unknown: true },
      };
    }
    const local = this.#names.definition(callee, scope);
    const fact = local?.kind === 'class' ? this.#classes.of(local) : undefined;
    if (fact) return fact.isModule ? { fact, type: null, sensitivity: fact.sensitivity } : null;
    const same = callee.kind === 'attribute' && (returnsItself(callee.name) || /^(?:train|eval)$/.test(callee.name));
    return same ? this.#of(callee.object, scope, owner, depth + 1) : null;
  }

  /** A container follows the mode as its parts do. */
  #layer(type: string, call: Call, scope: Scope, owner: ClassFact | null, depth: number): Receiver {
    const own = this.#classes.layerSensitivity({
      path: '',
      type,
      call,
      args: { values: new Map(), complete: false, rest: [] },
      scope,
      once: false,
    });
    let sum: Sensitivity = own;
    for (const { value } of call.args) {
      const part = this.#of(value, scope, owner, depth + 1)?.sensitivity ?? INSENSITIVE;
      sum = { ...sum, batchNorm: sum.batchNorm + part.batchNorm, dropout: sum.dropout + part.dropout };
    }
    return { fact: null, type, sensitivity: { ...sum, exact: false } };
  }

  #bound(name: string, scope: Scope, owner: ClassFact | null, depth: number): Receiver | null {
    const bindings = this.#names.lookup(name, scope);
    const made: (Receiver | null)[] = [];
    for (const binding of bindings) {
      if (binding.kind !== 'assign') return null;
      // `net = net.cuda()` says nothing new.
      const again = binding.value.kind === 'call' && rootsOf(binding.value).includes(name);
      if (!again) made.push(this.#of(binding.value, scope, owner, depth + 1));
    }
    const [first] = made;
    if (!first || made.some((other) => other === null)) return null;
    return made.every((other) => other?.fact === first.fact && other?.type === first.type) ? first : SOME_MODULE;
  }

  #part(object: Expression, name: string, scope: Scope, owner: ClassFact | null, depth: number): Receiver | null {
    const isSelf = object.kind === 'name' && object.id === 'self';
    const whole = isSelf ? owner : this.#of(object, scope, owner, depth + 1)?.fact;
    const made = whole?.layers.filter((layer) => layer.path === name) ?? [];
    const [only] = made;
    if (!only || made.length > 1) return made.length > 1 ? SOME_MODULE : null;
    return this.#made(only.call, only.scope, owner, depth + 1);
  }
}

/** The names a chain of calls begins with: of `nn.DataParallel(net.cuda())`, `nn` and `net`. */
function rootsOf(expression: Expression): readonly string[] {
  if (expression.kind === 'name') return [expression.id];
  if (expression.kind === 'attribute') return rootsOf(expression.object);
  if (expression.kind !== 'call') return [];
  const [first] = expression.args;
  return [...rootsOf(expression.callee), ...(first ? rootsOf(first.value) : [])];
}
