// Statements → what is known after them. null: nothing comes after (return, raise, break). Loops are run
// until the modes at their head stop changing; each round is a path of its own, so that the first pass
// through a loop and the later ones are never confused. A loop is taken to run at least once.

import type { Block, Expression, For, If, Match, Statement, Try, While, With } from '../../python/tree.ts';
import { splitOfName } from '../knowledge.ts';
import type { Frame, Machine } from './frame.ts';
import type { State } from './state.ts';
import { withSwitched } from './switch.ts';
import { constant, type Data, dataOf, mergeData, NO_DATA, type Off, UNKNOWN, unknown, type Value } from './values.ts';

const MAX_ROUNDS = 3;
const MAX_UNROLLED = 8;

export function runBlock(machine: Machine, block: Block, state: State, frame: Frame): State | null {
  let at: State | null = state;
  for (const statement of block) {
    if (!at) return null;
    machine.tick();
    at = runStatement(machine, statement, at, frame);
  }
  return at;
}

function runStatement(machine: Machine, statement: Statement, state: State, frame: Frame): State | null {
  switch (statement.kind) {
    case 'expression':
      return runExpression(machine, statement.value, state, frame);
    case 'assign':
      runAssign(machine, statement, state, frame);
      return state;
    case 'augment': {
      const value = machine.evaluate(statement.value, state, frame);
      const before = machine.evaluate(statement.target, state, frame);
      machine.assign(statement.target, augmented(before, value), state, frame);
      return state;
    }
    case 'function':
    case 'class':
      define(machine, statement, state, frame);
      return state;
    case 'if':
      return runIf(machine, statement, state, frame);
    case 'for':
      return runFor(machine, statement, state, frame);
    case 'while':
      return runWhile(machine, statement, state, frame);
    case 'try':
      return runTry(machine, statement, state, frame);
    case 'with':
      return runWith(machine, statement, 0, state, frame);
    case 'match':
      return runMatch(machine, statement, state, frame);
    case 'return': {
      const value = statement.value ? machine.evaluate(statement.value, state, frame) : constant(null);
      frame.returns.push({ state, value });
      return null;
    }
    case 'break':
      frame.loop?.breaks.push(state);
      return null;
    case 'continue':
      frame.loop?.continues.push(state);
      return null;
    case 'raise':
      return null;
    default:
      return state;
  }
}

function runExpression(machine: Machine, expression: Expression, state: State, frame: Frame): State | null {
  if (expression.kind === 'yield') {
    const value = expression.value ? machine.evaluate(expression.value, state, frame) : UNKNOWN;
    if (frame.onYield) return frame.onYield(state);
    frame.returns.push({ state: state.fork(), value });
    return state;
  }
  machine.evaluate(expression, state, frame);
  const ends = expression.kind === 'call' && machine.names.resolve(expression.callee, frame.scope);
  return ends && /^(?:sys\.exit|builtins\.exit|builtins\.quit|os\._exit)$/.test(ends) ? null : state;
}

function runAssign(
  machine: Machine,
  statement: Extract<Statement, { kind: 'assign' }>,
  state: State,
  frame: Frame,
): void {
  if (!statement.value) return;
  const value = machine.evaluate(statement.value, state, frame);
  for (const target of statement.targets) machine.assign(target, value, state, frame);
}

function augmented(before: Value, added: Value): Value {
  if (before.kind === 'sequence' && added.kind === 'sequence')
    return { ...before, items: [...before.items, ...added.items] };
  return unknown(mergeData(dataOf(before), dataOf(added)));
}

function define(
  machine: Machine,
  statement: Extract<Statement, { kind: 'function' | 'class' }>,
  state: State,
  frame: Frame,
): void {
  const fact = statement.kind === 'class' ? machine.classes.of(statement) : null;
  const value: Value =
    statement.kind === 'function'
      ? { kind: 'function', def: statement, frame: frame.id, self: null, owner: null, data: NO_DATA }
      : fact
        ? { kind: 'class', fact, frame: frame.id, data: NO_DATA }
        : UNKNOWN;
  state.setVariable(frame.id, statement.name, value);
}

/** true, false, or null where it cannot be known. */
export function truth(machine: Machine, test: Expression, state: State, frame: Frame): boolean | null {
  return isMainGuard(test) || truthOf(machine.evaluate(test, state, frame));
}

export function truthOf(value: Value): boolean | null {
  if (value.kind === 'constant') return Boolean(value.value);
  if (value.kind === 'mode') return value.mode === 'T' ? true : value.mode === 'E' ? false : null;
  return null;
}

function isMainGuard(test: Expression): boolean {
  return (
    test.kind === 'operation' &&
    test.type === 'compare' &&
    test.operands.some((operand) => operand.kind === 'name' && operand.id === '__name__')
  );
}

function runIf(machine: Machine, statement: If, state: State, frame: Frame): State | null {
  const known = truth(machine, statement.test, state, frame);
  if (known === true) return machine.run(statement.body, state, frame);
  if (known === false) return machine.run(statement.orelse, state, frame);
  const other = state.fork();
  return join(machine, machine.run(statement.body, state, frame), machine.run(statement.orelse, other, frame));
}

function runMatch(machine: Machine, statement: Match, state: State, frame: Frame): State | null {
  machine.evaluate(statement.subject, state, frame);
  const ends = statement.cases.map((block) => machine.run(block, state.fork(), frame));
  return ends.reduce((sum: State | null, end) => join(machine, sum, end), state);
}

export function join(machine: Machine, a: State | null, b: State | null): State | null {
  if (!a || !b) return a ?? b;
  const result = a.join(b, (one, two) => machine.objects.merge(one, two));
  machine.objects.settle(result);
  return result;
}

function joinAll(machine: Machine, states: readonly (State | null)[]): State | null {
  return states.reduce((sum: State | null, state) => join(machine, sum, state), null);
}

function runFor(machine: Machine, statement: For, state: State, frame: Frame): State | null {
  const iterable = machine.evaluate(statement.iterable, state, frame);
  const items = iterable.kind === 'sequence' && iterable.items.length <= MAX_UNROLLED ? iterable.items : [];
  if (items.length > 0) return runEach(machine, statement, items, state, frame);
  const element = elementOf(iterable, statement.iterable);
  return runRounds(machine, state, frame, statement.orelse, (at) => {
    machine.assign(statement.target, element, at, frame);
    return machine.run(statement.body, at, frame);
  });
}

/** `for phase in ['train', 'val']`: each value is its own path. */
function runEach(machine: Machine, statement: For, items: readonly Value[], state: State, frame: Frame): State | null {
  const outer = frame.loop;
  let at: State | null = state;
  const breaks: State[] = [];
  for (const item of items) {
    if (!at) break;
    const loop: NonNullable<Frame['loop']> = { breaks: [], continues: [] };
    frame.loop = loop;
    const off = at.gradOff;
    machine.assign(statement.target, item, at, frame);
    const end = machine.run(statement.body, at, frame);
    leaveWith(loop, off);
    at = joinAll(machine, [end, ...loop.continues]);
    breaks.push(...loop.breaks);
  }
  frame.loop = outer;
  return joinAll(machine, [at && machine.run(statement.orelse, at, frame), ...breaks]);
}

function runWhile(machine: Machine, statement: While, state: State, frame: Frame): State | null {
  return runRounds(machine, state, frame, statement.orelse, (at) => {
    machine.evaluate(statement.test, at, frame);
    return machine.run(statement.body, at, frame);
  });
}

function runRounds(
  machine: Machine,
  state: State,
  frame: Frame,
  orelse: Block,
  round: (state: State) => State | null,
): State | null {
  const outer = frame.loop;
  const breaks: State[] = [];
  let at = state;
  let end: State | null = null;
  for (let i = 0; i < MAX_ROUNDS; i++) {
    const loop: NonNullable<Frame['loop']> = { breaks: [], continues: [] };
    const head = at.fork();
    frame.loop = loop;
    machine.rounds += i > 0 ? 1 : 0;
    const off = at.gradOff;
    const last = round(at);
    leaveWith(loop, off);
    end = joinAll(machine, [last, ...loop.continues]);
    machine.rounds -= i > 0 ? 1 : 0;
    breaks.push(...loop.breaks);
    if (!end || end.sameModes(head)) break;
    at = end.fork();
  }
  frame.loop = outer;
  return joinAll(machine, [end && machine.run(orelse, end, frame), ...breaks]);
}

/** `break` and `continue` leave the `with` blocks they stand in. */
function leaveWith(loop: NonNullable<Frame['loop']>, off: Off): void {
  for (const state of [...loop.breaks, ...loop.continues]) state.gradOff = off;
}

/** What a loop's variable holds; the name of the iterable says what the data is for, and proves nothing. */
export function elementOf(iterable: Value, expression: Expression): Value {
  const data = dataOf(iterable);
  const named = data.named ?? namedSplit(expression);
  const merged: Data = named ? { ...data, named } : data;
  if (iterable.kind === 'object' && data.loader === null && merged === NO_DATA) return UNKNOWN;
  return unknown(merged);
}

function namedSplit(expression: Expression): Data['named'] {
  switch (expression.kind) {
    case 'name':
      return splitOfName(expression.id);
    case 'attribute':
      return splitOfName(expression.name) ?? namedSplit(expression.object);
    case 'call': {
      const inner = expression.args.map((argument) => namedSplit(argument.value)).find((split) => split !== null);
      return inner ?? (expression.callee.kind === 'attribute' ? namedSplit(expression.callee) : null);
    }
    case 'subscript': {
      const [index] = expression.indices;
      return (
        (index?.kind === 'string' && index.value !== null ? splitOfName(index.value) : null) ??
        namedSplit(expression.object)
      );
    }
    default:
      return null;
  }
}

function runTry(machine: Machine, statement: Try, state: State, frame: Frame): State | null {
  const before = state.fork();
  const body = machine.run(statement.body, state, frame);
  const failed = body ? join(machine, before, body.fork()) : before;
  const handled = statement.handlers.map((handler) => failed && machine.run(handler.body, failed.fork(), frame));
  const passed = body && machine.run(statement.orelse, body, frame);
  const end = joinAll(machine, [passed, ...handled]);
  if (end) return machine.run(statement.finalbody, end, frame);
  // Every path leaves; the last word is still spoken on the way out, for its effect on what was returned.
  for (const { state: returned } of frame.returns) machine.run(statement.finalbody, returned, frame);
  return null;
}

function runWith(machine: Machine, statement: With, index: number, state: State, frame: Frame): State | null {
  const item = statement.items[index];
  if (!item) return machine.run(statement.body, state, frame);
  const rest = (at: State) => runWith(machine, statement, index + 1, at, frame);
  const manager = localManager(machine, item.value, state, frame);
  if (manager) return manager(rest);
  const value = machine.evaluate(item.value, state, frame);
  if (item.target) machine.assign(item.target, value, state, frame);
  if (value.kind === 'grad') return withGrad(state, value.off, rest);
  return withSwitched(machine, item.value, state, frame, rest);
}

function withGrad(state: State, off: Off, rest: (state: State) => State | null): State | null {
  const outer = state.gradOff;
  state.gradOff = off;
  const end = rest(state);
  if (end) end.gradOff = outer;
  return end;
}

/** A generator of this file used as a context manager: its `yield` is where the body runs. */
function localManager(machine: Machine, value: Expression, state: State, frame: Frame) {
  if (value.kind !== 'call') return null;
  const def = machine.names.definition(value.callee, frame.scope);
  const callee =
    def?.kind === 'function' && def.decorators.some(isContextManager)
      ? machine.evaluate(value.callee, state, frame)
      : null;
  if (callee?.kind !== 'function') return null;
  const managed = callee;
  return (rest: (state: State) => State | null): State | null => {
    const positional = value.args
      .filter(({ name, stars }) => name === null && stars === 0)
      .map((argument) => machine.evaluate(argument.value, state, frame));
    const named = new Map(
      value.args.flatMap(({ name, value: given }) =>
        name ? [[name, machine.evaluate(given, state, frame)] as const] : [],
      ),
    );
    let left = false;
    machine.inline(managed, { positional, named, open: false }, value, state, frame, (at) => {
      const end = rest(at);
      left ||= end === null;
      return end;
    });
    return left ? null : state;
  };
}

function isContextManager(decorator: Expression): boolean {
  return (
    (decorator.kind === 'attribute' && decorator.name === 'contextmanager') ||
    (decorator.kind === 'name' && decorator.id === 'contextmanager')
  );
}
