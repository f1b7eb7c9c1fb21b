// Statements of constructors and of forward(), in order. A test that is known takes one way, one that is not
// takes both and joins them; a loop over what is known is unrolled, any other runs once between gaps.

import type { Span } from '../../base/finding.ts';
import type { Assign, AugAssign, Block, Expression, For, If, Statement, With } from '../../python/tree.ts';
import { innerBlocks, ownExpressions, statementsOf, visitExpression } from '../../python/walk.ts';
import { type Ending, enter, type Frame, joinWorlds, type Run, setFree, unknownFrom, worldOf } from './frame.ts';
import { refineRank } from './shapes.ts';
import { GAP, type Module, ofSize, register, SEQUENCE, UNKNOWN, type Value } from './values.ts';

const MAX_ROUNDS = 40;
const GROWS = /^(?:append|extend|insert|add_module|register_module|pop|remove|clear|reverse|sort)$/;

export function runBlock(block: Block, frame: Frame, run: Run): Ending {
  for (const statement of block) {
    if (!run.spend()) return 'leaves';
    if (runStatement(statement, frame, run) === 'leaves') return 'leaves';
  }
  return 'falls';
}

function runStatement(statement: Statement, frame: Frame, run: Run): Ending {
  switch (statement.kind) {
    case 'assign':
      runAssign(statement, frame, run);
      return 'falls';
    case 'augment':
      augment(statement, frame, run);
      return 'falls';
    case 'expression':
      run.evaluate(statement.value, frame);
      return 'falls';
    case 'return': {
      const value = statement.value ? run.evaluate(statement.value, frame) : UNKNOWN;
      frame.returned.push(value);
      return 'leaves';
    }
    case 'if':
      return runIf(statement, frame, run);
    case 'for':
      return runFor(statement, frame, run);
    case 'while':
      return runUnknownLoop(statement.body, statement, frame, run, () => undefined);
    case 'with':
      return runWith(statement, frame, run);
    case 'try':
      return runEither(innerBlocks(statement), statement, frame, run);
    case 'match':
      return runEither([[], ...statement.cases], statement, frame, run);
    case 'raise':
    case 'break':
    case 'continue':
      return 'leaves';
    case 'function':
      frame.names.set(statement.name, { kind: 'function', def: statement, self: null });
      return 'falls';
    case 'class':
    case 'delete':
      for (const name of assignedIn([statement])) frame.names.delete(name);
      return 'falls';
    default:
      return 'falls';
  }
}

function runAssign({ value, targets }: Assign, frame: Frame, run: Run): void {
  if (!value) return;
  const given = run.evaluate(value, frame);
  for (const target of targets) assign(target, given, frame, run);
}

function runWith({ items, body }: With, frame: Frame, run: Run): Ending {
  for (const { value, target } of items) {
    const entered = run.evaluate(value, frame);
    if (target) assign(target, entered.kind === 'tensor' ? entered : UNKNOWN, frame, run);
  }
  return run.runBlock(body, frame);
}

export function assign(target: Expression, value: Value, frame: Frame, run: Run): void {
  if (target.kind === 'name') frame.names.set(target.id, value);
  else if (target.kind === 'attribute' && isSelf(target.object, frame)) {
    if (frame.self && value.kind === 'module') register(frame.self, target.name, value);
    else frame.self?.attributes.set(target.name, value);
    if (value.kind === 'module') nameModule(value.module, target.name);
    setFree(value);
  } else if (target.kind === 'sequence') assignParts(target.items, value, frame, run);
  else if (target.kind === 'starred') assign(target.value, UNKNOWN, frame, run);
  else {
    // `x[mask] = 0`, `self.net.head = …`: what is written into is no longer what it was.
    if (target.kind === 'subscript' || target.kind === 'attribute') spoil(target.object, frame, run);
    setFree(value);
  }
}

function assignParts(targets: readonly Expression[], value: Value, frame: Frame, run: Run): void {
  if (value.kind === 'shape' && !targets.some((target) => target.kind === 'starred')) {
    const sizes = refineRank(value.node, targets.length);
    targets.forEach((target, i) => {
      assign(target, ofSize(sizes[i] ?? null), frame, run);
    });
    return;
  }
  const items = value.kind === 'list' && !value.items.includes(GAP) ? value.items : null;
  targets.forEach((target, i) => {
    if (items && items.length === targets.length) assign(target, items[i] ?? UNKNOWN, frame, run);
    else if (value.kind === 'tensor') {
      const named = new Map<string, Value>([['index', { kind: 'plain', value: i, isDefault: false }]]);
      const draft = { op: 'function', name: 'part', span: target, inputs: [value.node], named } as const;
      assign(target, { kind: 'tensor', node: run.add(draft) }, frame, run);
    } else assign(target, UNKNOWN, frame, run);
  });
}

/** Written into by something that is not followed. */
function spoil(object: Expression, frame: Frame, run: Run): void {
  if (object.kind === 'name') {
    const value = frame.names.get(object.id);
    if (value?.kind === 'tensor') frame.names.set(object.id, unknownFrom([value], object, run));
    else if (value?.kind === 'list') value.items.splice(0, value.items.length, GAP);
  }
  if (object.kind === 'attribute' && isSelf(object.object, frame)) frame.self?.attributes.set(object.name, UNKNOWN);
}

export function isSelf(expression: Expression, frame: Frame): boolean {
  return expression.kind === 'name' && expression.id === 'self' && frame.self !== null;
}

function nameModule(module: Module, path: string): void {
  if (module.kind === 'layer' && module.path === '') module.path = path;
  if (module.kind === 'sequence')
    module.items.forEach((item, i) => {
      const isKnown = !module.items.slice(0, i).includes(GAP);
      if (item.kind === 'module') nameModule(item.module, `${path}.${isKnown ? i : '*'}`);
    });
}

function augment({ target, operator, value, start, end }: AugAssign, frame: Frame, run: Run): void {
  const before = run.evaluate(target, frame);
  const after = run.evaluate(value, frame);
  if (before.kind === 'list') before.items.push(...((operator.startsWith('+') && itemsOf(after)) || [GAP]));
  else assign(target, run.operate(operator.replace('=', ''), [before, after], { start, end }), frame, run);
}

function runIf(statement: If, frame: Frame, run: Run): Ending {
  const test = run.evaluate(statement.test, frame);
  // A default's choice is one of two ways.
  const truth = test.kind === 'plain' && !test.isDefault ? Boolean(test.value) : null;
  if (truth !== null) return run.runBlock(truth ? statement.body : statement.orelse, frame);
  return runEither([statement.body, statement.orelse], statement, frame, run);
}

/** Each block may be the one that runs. */
function runEither(blocks: readonly Block[], span: Span, frame: Frame, run: Run): Ending {
  const before = worldOf(frame);
  const ends = blocks.flatMap((block) => {
    enter(before, frame);
    return run.runBlock(block, frame) === 'falls' ? [worldOf(frame)] : [];
  });
  const [first, ...rest] = ends;
  if (!first) return 'leaves';
  enter(
    rest.reduce((joined, other) => joinWorlds(joined, other, span, run), first),
    frame,
  );
  return 'falls';
}

function runFor(statement: For, frame: Frame, run: Run): Ending {
  const iterable = run.evaluate(statement.iterable, frame);
  const items = itemsOf(iterable);
  const known = items && !items.includes(GAP) && items.length <= MAX_ROUNDS && !leavesEarly(statement.body);
  if (!known) {
    // Whatever else there is, each of those that are seen has its round.
    const seen = (items ?? []).filter((item) => item.kind !== 'gap').slice(0, 4);
    for (const each of seen.length > 0 ? seen : [UNKNOWN])
      runUnknownLoop(statement.body, statement, frame, run, () => assign(statement.target, each, frame, run));
    return 'falls';
  }
  for (const item of items) {
    assign(statement.target, item, frame, run);
    if (run.runBlock(statement.body, frame) === 'leaves') return 'leaves';
  }
  return run.runBlock(statement.orelse, frame);
}

/** What a loop goes through; null where that is not known. */
export function itemsOf(value: Value): readonly Value[] | null {
  if (value.kind === 'list') return value.items;
  return value.kind === 'module' && value.module.kind === 'sequence' ? value.module.items : null;
}

function leavesEarly(body: Block): boolean {
  return [...statementsOf(body)].some(({ kind }) => kind === 'break' || kind === 'continue');
}

function runUnknownLoop(body: Block, span: Span, frame: Frame, run: Run, begin: () => void): Ending {
  const [bound, grown] = [assignedIn(body), mutatedIn(body)];
  const forget = () => {
    for (const name of bound) forgetName(name, span, frame, run);
    for (const name of grown) forgetParts(name, frame);
  };
  forget();
  begin();
  run.runBlock(body, frame);
  forget();
  return 'falls';
}

function forgetName(name: string, span: Span, frame: Frame, run: Run): void {
  const value = frame.names.get(name);
  if (value?.kind === 'list') value.items.push(GAP);
  else if (value) frame.names.set(name, value.kind === 'tensor' ? unknownFrom([value], span, run) : UNKNOWN);
}

function forgetParts(name: string, frame: Frame): void {
  if (name === 'self' && frame.self) {
    const held = frame.self.attributes.get(SEQUENCE);
    if (held?.kind === 'module' && held.module.kind === 'sequence') held.module.items.push(GAP);
    return;
  }
  const own = name.startsWith('self.') ? name.slice('self.'.length) : null;
  const value = own === null ? frame.names.get(name) : frame.self?.attributes.get(own);
  const items = value && itemsOf(value);
  if (items && items.at(-1) !== GAP) (items as Value[]).push(GAP);
  else if (value && own !== null && !items) frame.self?.attributes.set(own, UNKNOWN);
}

/** Names a block binds. */
function assignedIn(block: Block): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of statementsOf(block)) {
    for (const target of targetsOf(statement))
      visitExpression(target, (part) => {
        if (part.kind === 'name') names.add(part.id);
      });
    if (statement.kind === 'function' || statement.kind === 'class') names.add(statement.name);
  }
  return names;
}

function targetsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case 'assign':
      return statement.targets.filter(({ kind }) => kind === 'name' || kind === 'sequence');
    case 'for':
      return [statement.target];
    case 'augment':
      return statement.target.kind === 'name' ? [statement.target] : [];
    case 'with':
      return statement.items.flatMap(({ target }) => (target ? [target] : []));
    case 'delete':
      return statement.values;
    default:
      return [];
  }
}

/** Lists a block adds to, and attributes it sets: `layers`, `self.blocks`. */
function mutatedIn(block: Block): ReadonlySet<string> {
  const names = new Set<string>();
  const note = (object: Expression) => {
    if (object.kind === 'name') names.add(object.id);
    if (object.kind === 'attribute' && object.object.kind === 'name' && object.object.id === 'self')
      names.add(`self.${object.name}`);
  };
  for (const statement of statementsOf(block)) {
    if (statement.kind === 'assign') statement.targets.filter(({ kind }) => kind === 'attribute').forEach(note);
    if (statement.kind === 'augment') note(statement.target);
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => {
        if (part.kind === 'call' && part.callee.kind === 'attribute' && GROWS.test(part.callee.name))
          note(part.callee.object);
      });
  }
  return names;
}
