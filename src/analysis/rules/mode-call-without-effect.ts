import type { Edit, Fix, FixLevel, Span } from '../../base/finding.ts';
import type { CallFact, StatementFact } from '../../facts/calls.ts';
import type { Facts } from '../../facts/facts.ts';
import { isContainer } from '../../facts/knowledge.ts';
import type { Receiver } from '../../facts/receivers.ts';
import type { Expression } from '../../python/tree.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL110',
  name: 'mode-call-without-effect',
  title: 'Mode statement that does nothing or something else than it says',
  severity: 'error',
  summary: 'A line looks like train() or eval() and does not switch the layers.',
  page: 'rules/mode-call-without-effect.md',
  check(facts) {
    const reports = [
      ...facts.places.statements.flatMap((place) => ofStatement(place, facts) ?? []),
      ...facts.places.calls.flatMap((call) => ofCall(call, facts) ?? []),
      ...facts.places.statements.flatMap((place) => ofMethodCall(place, facts) ?? []),
    ];
    return quietInTests(reports, facts);
  },
};

export default rule;

function ofStatement(place: StatementFact, facts: Facts): Report | null {
  const { statement } = place;
  if (statement.kind === 'expression') return ofBareAttribute(statement.value, place, facts);
  if (statement.kind === 'with') return ofWith(statement.items[0]?.value ?? null, place, facts);
  if (statement.kind !== 'assign' || !statement.value) return null;
  const [target] = statement.targets;
  if (target?.kind !== 'attribute' || statement.targets.length > 1) return null;
  if (target.name === 'training') return ofFlag(target, statement.value, place, facts);
  return /^(?:train|eval)$/.test(target.name) ? ofShadow(target, statement.value, place, facts) : null;
}

/** `model.eval` on a line of its own. */
function ofBareAttribute(value: Expression, place: StatementFact, facts: Facts): Report | null {
  if (value.kind !== 'attribute' || !/^(?:train|eval)$/.test(value.name)) return null;
  const receiver = facts.receivers.of(value.object, place);
  if (!receiver || overrides(receiver, value.name)) return null;
  const edit = { span: { start: value.end, end: value.end }, newText: '()' };
  return report(value, `\`${textOf(value, facts)}\` without parentheses is not a call, so the mode stays as it is.`, [
    fix(`Call \`${textOf(value, facts)}()\``, 'preferred', [edit]),
  ]);
}

/** `with model.eval():` fails: a module is no context manager. */
function ofWith(value: Expression | null, place: StatementFact, facts: Facts): Report | null {
  if (value?.kind !== 'call' || value.callee.kind !== 'attribute' || !/^(?:train|eval)$/.test(value.callee.name))
    return null;
  const receiver = facts.receivers.of(value.callee.object, place);
  if (!receiver || !isPlainModule(receiver) || overrides(receiver, value.callee.name)) return null;
  return report(
    value,
    `\`${textOf(value, facts)}\` returns the module, which is no context manager, so this \`with\` raises an error.`,
    [],
  );
}

/** `model.training = False` from outside: the layers inside keep their own flags. */
function ofFlag(
  target: Extract<Expression, { kind: 'attribute' }>,
  value: Expression,
  place: StatementFact,
  facts: Facts,
): Report | null {
  const { object } = target;
  if (value.kind !== 'constant' || value.value === null || (object.kind === 'name' && object.id === 'self'))
    return null;
  const receiver = facts.receivers.of(object, place);
  if (!receiver || !hasSensitiveParts(receiver) || readsItsFlag(receiver, facts)) return null;
  const { batchNorm } = receiver.sensitivity;
  const what = batchNorm > 0 ? 'the BatchNorm layers' : 'the Dropout layers';
  const call = `${textOf(object, facts)}.${value.value ? 'train' : 'eval'}()`;
  const { statement } = place;
  return report(
    statement,
    `\`${textOf(statement, facts)}\` sets the flag of the module alone; ${what} inside it keep theirs.`,
    [fix(`Replace by \`${call}\``, 'unsafe', [{ span: spanOf(statement), newText: call }])],
  );
}

/** `model.train = False` hides the method. */
function ofShadow(
  target: Extract<Expression, { kind: 'attribute' }>,
  value: Expression,
  place: StatementFact,
  facts: Facts,
): Report | null {
  const { object, name } = target;
  if (value.kind !== 'constant' || value.value === null || (object.kind === 'name' && object.id === 'self'))
    return null;
  const receiver = facts.receivers.of(object, place);
  if (!receiver || overrides(receiver, name)) return null;
  const training = (name === 'train') === value.value;
  const call = `${textOf(object, facts)}.${training ? 'train' : 'eval'}()`;
  const { statement } = place;
  return report(
    statement,
    `\`${textOf(statement, facts)}\` hides the method \`${name}()\` behind a value; the mode stays as it is.`,
    [fix(`Replace by \`${call}\``, 'unsafe', [{ span: spanOf(statement), newText: call }])],
  );
}

/** `torch.eval(model)` and `Net.eval()`. */
function ofCall({ name, call, ...place }: CallFact, facts: Facts): Report | null {
  const [first] = call.args;
  if (name === 'torch.eval' || name === 'torch.train') {
    const good = first && call.args.length === 1 && first.stars === 0 && first.name === null;
    const text = good && `${textOf(first.value, facts)}.${name.slice('torch.'.length)}()`;
    return report(
      call,
      `\`torch\` has no function \`${name.slice('torch.'.length)}\`, so this call raises an error.`,
      text && facts.receivers.of(first.value, place)
        ? [fix(`Replace by \`${text}\``, 'unsafe', [{ span: spanOf(call), newText: text }])]
        : [],
    );
  }
  return null;
}

/** `model.eval(True)`, `model.train('eval')`, `Net.eval()`. */
function ofMethodCall(place: StatementFact, facts: Facts): Report | null {
  const value = place.statement.kind === 'expression' ? place.statement.value : null;
  if (value?.kind !== 'call' || value.callee.kind !== 'attribute') return null;
  const { object, name } = value.callee;
  if (!/^(?:train|eval)$/.test(name)) return null;
  const [only] = value.args;
  if (value.args.length === 0) return ofClass(value, object, name, place, facts);
  if (!only || value.args.length > 1 || only.stars > 0) return null;
  const receiver = facts.receivers.of(object, place);
  if (!receiver || !isPlainModule(receiver) || overrides(receiver, name)) return null;
  const after = { start: object.end, end: value.end };
  return name === 'eval' ? ofEval(value, only.value, after) : ofTrain(value, only.value, after);
}

function ofEval(call: Span, given: Expression, after: Span): Report {
  const flag = given.kind === 'constant' ? given.value : null;
  const newText = flag === false ? '.train()' : '.eval()';
  return report(
    call,
    '`eval()` of a module takes no argument, so this call raises an error.',
    flag === null ? [] : [fix(`Call \`${newText.slice(1)}\` instead`, 'unsafe', [{ span: after, newText }])],
  );
}

function ofTrain(call: Span, given: Expression, after: Span): Report | null {
  if (given.kind !== 'string' || given.value === null) return null;
  const flag = /eval|test|val|infer/i.test(given.value) ? 'False' : 'True';
  return report(call, '`train()` of a module expects a boolean, and got a string, so this call raises an error.', [
    fix(`Pass \`${flag}\``, 'unsafe', [{ span: after, newText: `.train(${flag})` }]),
  ]);
}

function ofClass(
  call: Expression,
  object: Expression,
  name: string,
  place: StatementFact,
  facts: Facts,
): Report | null {
  const def = facts.names.definition(object, place.scope);
  const fact = def?.kind === 'class' ? facts.classes.of(def) : undefined;
  if (!fact?.isModule || fact.outerBases.some((base) => base !== 'torch.nn.Module')) return null;
  if (facts.classes.method(fact, name)) return null;
  return report(
    call,
    `\`${fact.name}\` is the class and not one of its modules, so \`${name}()\` has no \`self\` and raises an error.`,
    [],
  );
}

/** What its methods are is known for certain. */
function isPlainModule({ fact, type }: Receiver): boolean {
  if (type) return true;
  return (
    fact !== null && [fact, ...fact.bases].every((one) => one.outerBases.every((base) => base === 'torch.nn.Module'))
  );
}

function overrides({ fact }: Receiver, name: string): boolean {
  return fact !== null && [fact, ...fact.bases].some((one) => one.methods.has(name) || one.methods.has('__getattr__'));
}

function hasSensitiveParts({ fact, type, sensitivity }: Receiver): boolean {
  if (sensitivity.batchNorm + sensitivity.dropout === 0) return false;
  return fact !== null || (type !== null && (isContainer(type) || !type.startsWith('torch.nn.')));
}

/** Its own `training` then means something without the layers'. */
function readsItsFlag({ fact }: Receiver, facts: Facts): boolean {
  return fact !== null && /\bself\.training\b/.test(facts.text.slice(fact.def.start, fact.def.end));
}

function report(at: Span, message: string, fixes: readonly Fix[]): Report {
  return { span: spanOf(at), confidence: 'definite', message, related: [], repairs: [fixes] };
}

function fix(title: string, level: FixLevel, edits: readonly Edit[]): Fix {
  return { title, level, edits };
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}

function textOf({ start, end }: Span, facts: Facts): string {
  return facts.text.slice(start, end);
}
