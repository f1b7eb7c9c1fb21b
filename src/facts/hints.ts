import { NO_HINTS, type TrainingHints } from '../base/hints.ts';
import { bindNames } from '../python/arguments.ts';
import type { Scope } from '../python/names.ts';
import type { Call, Expression } from '../python/tree.ts';
import { type Plain, visitStatements } from '../python/values.ts';
import { ownExpressions, visitExpression } from '../python/walk.ts';
import type { Facts } from './facts.ts';
import type { Training } from './loops.ts';

/** What the file says about how its model is built and trained: of the first model it trains. */
export function readHints(facts: Facts): TrainingHints {
  if (!facts.usesTorch) return NO_HINTS;
  const { trainings } = facts.loops;
  const training =
    trainings.find((one) => facts.modes.objects.get(one.place)?.fact && one.origin) ??
    trainings.find((one) => one.loader) ??
    trainings[0];
  if (!training) return { ...NO_HINTS, optimizer: optimizerOf(facts) };
  const loss = lossOf(training, facts);
  return {
    construct: constructOf(training, facts),
    batch: training.loader?.batchSize ?? null,
    optimizer: optimizerOf(facts),
    loss,
    lossArgs: loss === null ? {} : lossArgsOf(loss, facts),
  };
}

/** `Net(28, hidden=64)`: the call as written, with every argument a literal. */
function constructOf(training: Training, facts: Facts): string | null {
  const origin = facts.modes.objects.get(training.place)?.origin;
  if (origin?.callee.kind !== 'name') return null;
  const scope = scopeAt(origin, facts);
  const args = origin.args.map(({ name, stars, value }) => {
    const known = stars === 0 ? facts.values.fold(value, scope) : undefined;
    if (known === undefined) return null;
    return name === null ? literal(known.value) : `${name}=${literal(known.value)}`;
  });
  return args.includes(null) ? null : `${origin.callee.id}(${args.join(', ')})`;
}

function literal(value: Plain): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'object') return `[${value.map(literal).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** The first optimizer made; of its arguments, those that are numbers or truths. */
function optimizerOf(facts: Facts): TrainingHints['optimizer'] {
  for (const { call, target, scope } of callsOf(facts)) {
    if (!/^torch\.optim\.[A-Z]\w*$/.test(target) || target === 'torch.optim.Optimizer') continue;
    const args: Record<string, number | boolean> = {};
    for (const [name, value] of bindNames(call, ['params', 'lr']).values) {
      const known = plainValue(value, scope, facts);
      if (known !== undefined) args[name] = known;
    }
    return { target, args };
  }
  return null;
}

function plainValue(value: Expression, scope: Scope, facts: Facts): number | boolean | undefined {
  const known = facts.values.fold(value, scope)?.value;
  return typeof known === 'number' || typeof known === 'boolean' ? known : undefined;
}

function lossOf(training: Training, facts: Facts): string | null {
  const trained = new Set(
    facts.modes.occurrences.filter((one) => one.trained && one.place === training.place).map((one) => one.id),
  );
  for (const [name, forwards] of facts.modes.losses) if ([...forwards].some((id) => trained.has(id))) return name;
  return null;
}

const LOSS_ARGUMENTS = ['weight', 'pos_weight', 'label_smoothing', 'ignore_index'];

/** Of the first place that makes or calls the loss. */
function lossArgsOf(loss: string, facts: Facts): TrainingHints['lossArgs'] {
  for (const { call, target, scope } of callsOf(facts)) {
    if (target !== loss) continue;
    const args: Record<string, number | readonly number[]> = {};
    // As a class, its first argument is the weight; a function begins with input and target.
    const order = /\.[A-Z]\w*$/.test(loss) ? ['weight'] : ['input', 'target', 'weight'];
    for (const [name, value] of bindNames(call, order).values) {
      const known = LOSS_ARGUMENTS.includes(name) ? numbersOf(value, scope, facts) : undefined;
      if (known !== undefined) args[name] = known;
    }
    return args;
  }
  return {};
}

/** A number, or the numbers of `torch.tensor([…])`. */
function numbersOf(value: Expression, scope: Scope, facts: Facts): number | readonly number[] | undefined {
  const made = value.kind === 'call' ? (facts.names.resolve(value.callee, scope) ?? '') : '';
  const first = value.kind === 'call' ? value.args[0]?.value : undefined;
  if (first !== undefined && /^torch\.(tensor|Tensor|FloatTensor|as_tensor)$/.test(made)) {
    const list = facts.values.fold(first, scope)?.value;
    const numbers = Array.isArray(list) ? list.filter((one) => typeof one === 'number') : [];
    return Array.isArray(list) && numbers.length === list.length ? numbers : undefined;
  }
  const known = facts.values.fold(value, scope)?.value;
  return typeof known === 'number' ? known : undefined;
}

function scopeAt(call: Call, facts: Facts): Scope {
  for (const one of callsOf(facts)) if (one.call === call) return one.scope;
  return facts.names.module;
}

function* callsOf(facts: Facts): Generator<{ call: Call; target: string; scope: Scope }> {
  const found: { call: Call; target: string; scope: Scope }[] = [];
  const visit = (scope: Scope) => (expression: Expression) =>
    visitExpression(expression, (part) => {
      if (part.kind === 'call')
        found.push({ call: part, target: facts.names.resolve(part.callee, scope) ?? '', scope });
    });
  visitStatements(facts.module.body, (statement, owner) => {
    for (const own of ownExpressions(statement)) visit(owner ? facts.names.scopeOf(owner) : facts.names.module)(own);
  });
  yield* found;
}
