// A call bound to a signature, as Python binds it.

import type { Argument, Call, Expression, Parameter } from './tree.ts';

export interface BoundArguments {
  readonly values: ReadonlyMap<string, Expression>;
  /** False where `*args` or `**kwargs` may hold more than is seen; what is bound is certain all the same. */
  readonly complete: boolean;
  /** What went to `*args`, and the keywords nobody named. */
  readonly rest: readonly Argument[];
}

/** Names in order; `*` begins the keyword-only ones. */
export function bindNames(call: Pick<Call, 'args'>, names: readonly string[]): BoundArguments {
  const star = names.indexOf('*');
  return bind(
    call.args,
    star === -1 ? names : names.slice(0, star),
    new Set(names.filter((name) => name !== '*')),
    false,
  );
}

/** `skip` is 1 for a method: `self` is bound by the receiver. */
export function bindParameters(call: Pick<Call, 'args'>, params: readonly Parameter[], skip: 0 | 1): BoundArguments {
  const own = params.slice(skip);
  const positional = own.filter((param) => param.stars === 0 && !param.keywordOnly).map((param) => param.name);
  const names = new Set(own.filter((param) => param.stars === 0).map((param) => param.name));
  return bind(call.args, positional, names, true);
}

function bind(
  args: readonly Argument[],
  positional: readonly string[],
  names: ReadonlySet<string>,
  anyKeyword: boolean,
): BoundArguments {
  const values = new Map<string, Expression>();
  const rest: Argument[] = [];
  let complete = true;
  let next = 0;
  let ordered = true;
  for (const argument of args) {
    if (argument.stars > 0) {
      complete = false;
      // After `*args` of unknown length, positions are no longer known.
      if (argument.stars === 1) ordered = false;
    } else if (argument.name !== null) {
      if (names.has(argument.name) || !anyKeyword) values.set(argument.name, argument.value);
      else rest.push(argument);
    } else if (!ordered) {
      complete = false;
    } else {
      const name = positional[next++];
      if (name === undefined) rest.push(argument);
      else values.set(name, argument.value);
    }
  }
  return { values, complete, rest };
}
