// Every statement and every resolved call of the file, with where it stands: what rules ask that look at one
// line at a time.

import { type BoundArguments, bindNames } from '../python/arguments.ts';
import type { Names, Scope } from '../python/names.ts';
import type { Call, ClassDef, Expression, FunctionDef, Module, Statement } from '../python/tree.ts';
import { ownExpressions, statementsOf, visitExpression } from '../python/walk.ts';
import { signatureOf } from './knowledge.ts';
import type { Classes, ClassFact } from './modules.ts';

export interface StatementFact {
  readonly statement: Statement;
  readonly scope: Scope;
  /** The function it stands in, if it does. */
  readonly def: FunctionDef | null;
  /** The class whose method that is, or whose body it stands in. */
  readonly owner: ClassFact | null;
}

export interface CallFact extends StatementFact {
  readonly call: Call;
  /** `torch.nn.BatchNorm2d`; only what resolves is here. */
  readonly name: string;
  readonly args: BoundArguments;
}

export interface Places {
  readonly statements: readonly StatementFact[];
  readonly calls: readonly CallFact[];
}

export function readPlaces(module: Module, names: Names, classes: Classes): Places {
  const statements: StatementFact[] = [];
  visitBlock(module.body, names.module, null, null);
  const calls = statements.flatMap((place) => callsOf(place, names));
  return { statements, calls };

  function visitBlock(
    block: readonly Statement[],
    scope: Scope,
    def: FunctionDef | null,
    owner: ClassFact | null,
  ): void {
    for (const statement of statementsOf(block)) {
      statements.push({ statement, scope, def, owner });
      if (statement.kind === 'function') visitBlock(statement.body, names.scopeOf(statement), statement, owner);
      if (statement.kind === 'class')
        visitBlock(statement.body, names.scopeOf(statement), null, classes.of(statement as ClassDef) ?? null);
    }
  }
}

function callsOf(place: StatementFact, names: Names): readonly CallFact[] {
  const found: CallFact[] = [];
  for (const own of ownExpressions(place.statement)) visitScoped(own, place.scope);
  return found;

  function visitScoped(expression: Expression, scope: Scope): void {
    visitExpression(expression, (part) => {
      if (part.kind !== 'call') return;
      const name = names.resolve(part.callee, scope);
      if (name) found.push(new PlacedCall(place, part, name));
    });
  }
}

/** Most calls are only looked at by name, so their arguments are bound when asked for. */
class PlacedCall implements CallFact {
  readonly statement: Statement;
  readonly scope: Scope;
  readonly def: FunctionDef | null;
  readonly owner: ClassFact | null;
  readonly call: Call;
  readonly name: string;
  #args: BoundArguments | undefined;

  constructor({ statement, scope, def, owner }: StatementFact, call: Call, name: string) {
    this.statement = statement;
    this.scope = scope;
    this.def = def;
    this.owner = owner;
    this.call = call;
    this.name = name;
  }

  get args(): BoundArguments {
    this.#args ??= bindNames(this.call, signatureOf(this.name));
    return this.#args;
  }
}
