// Keras, as far as the mode goes: a model that is called runs in inference mode unless `training=True` says
// otherwise, `trainable` counts when `compile()` is called, and a BatchNormalization that is not trainable
// runs in inference mode.

import type { Span } from '../base/finding.ts';
import type { Scope } from '../python/names.ts';
import type { Argument, Call, Expression, Statement, With } from '../python/tree.ts';
import { ownExpressions, statementsOf, visitExpression } from '../python/walk.ts';
import type { StatementFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { looksLikeEvaluation } from './knowledge.ts';
import { enclosing } from './loops.ts';

export interface KerasFault {
  readonly kind: /** In a tape whose gradients train the model, called without `training`. */
    | 'trained-in-inference'
    /** In an evaluation, called with `training=True`. */
    | 'evaluated-in-training'
    /** Called without `training=False`, frozen first and thawed later. */
    | 'thawed-statistics'
    /** `trainable` is set after `compile()` and before `fit()`. */
    | 'set-after-compile';
  readonly span: Span;
  readonly receiver: string;
  /** The call the fault is in; null for an assignment. */
  readonly call: Call | null;
  /** The `training` argument, where there is one. */
  readonly argument: Argument | null;
  readonly related: Span | null;
}

export function readKerasFaults(facts: Facts): readonly KerasFault[] {
  const { text } = facts;
  const found: KerasFault[] = [];
  if (/\bGradientTape\b/.test(text)) found.push(...inTapes(facts));
  if (/\btraining\s*=\s*True\b/.test(text)) found.push(...inEvaluations(facts));
  if (/\.trainable\s*=/.test(text)) found.push(...thawed(facts), ...afterCompile(facts));
  return found;
}

/** `keras.layers.Dropout` for `tensorflow.keras.layers.Dropout`. */
function kerasName(expression: Expression, scope: Scope, { names }: Facts): string | null {
  const name = names.resolve(expression, scope)?.replace(/^tensorflow\.(?:python\.)?keras\./, 'keras.') ?? null;
  return name?.startsWith('keras.') || name?.startsWith('tensorflow.') ? name : null;
}

function inTapes(facts: Facts): readonly KerasFault[] {
  const { text } = facts;
  return facts.places.statements.flatMap((place): KerasFault[] => {
    const { statement, scope, def } = place;
    if (statement.kind !== 'with' || !isTape(statement, scope, facts)) return [];
    const around = def ?? facts.module;
    const whole = text.slice(around.start, around.end);
    return callsIn(statement.body).flatMap((call): KerasFault[] => {
      const receiver = pathOf(call.callee, text);
      if (!receiver || hasTraining(call) || !trains(receiver, whole)) return [];
      if (!followsMode(call.callee, place, facts)) return [];
      const span = { start: call.start, end: call.end };
      return [{ kind: 'trained-in-inference', span, receiver, call, argument: null, related: null }];
    });
  });
}

function isTape({ items }: With, scope: Scope, facts: Facts): boolean {
  return items.some(
    ({ value }) => value.kind === 'call' && kerasName(value.callee, scope, facts) === 'tensorflow.GradientTape',
  );
}

/** The tape's gradients are for this model's variables. */
function trains(receiver: string, text: string): boolean {
  const path = receiver.replace(/\./g, '\\.');
  return new RegExp(`\\b${path}\\.trainable_(?:variables|weights)\\b`).test(text);
}

function hasTraining({ args }: Call): boolean {
  return args.some(({ name, stars }) => name === 'training' || stars > 0) || args.length > 2;
}

function inEvaluations(facts: Facts): readonly KerasFault[] {
  const { text } = facts;
  return facts.places.statements.flatMap((place): KerasFault[] => {
    const { statement, def } = place;
    if (!def || statement.kind === 'function' || !looksLikeEvaluation(def.name)) return [];
    const whole = text.slice(def.start, def.end);
    if (/\bGradientTape\b|dropout|monte_?carlo|uncertain|bayes/i.test(whole)) return [];
    return ownCalls(statement).flatMap((call): KerasFault[] => {
      const receiver = pathOf(call.callee, text);
      const argument = call.args.find(({ name }) => name === 'training');
      const isTrue = argument?.value.kind === 'constant' && argument.value.value === true;
      if (!receiver || !argument || !isTrue || /gen|_g$|^g$/i.test(receiver)) return [];
      if (!followsMode(call.callee, place, facts)) return [];
      const span = { start: argument.start, end: argument.end };
      return [{ kind: 'evaluated-in-training', span, receiver, call, argument, related: null }];
    });
  });
}

/** A base model of keras.applications in a functional model: frozen, and thawed later on. */
function thawed(facts: Facts): readonly KerasFault[] {
  const { text } = facts;
  return facts.places.statements.flatMap((place): KerasFault[] =>
    ownCalls(place.statement).flatMap((call): KerasFault[] => {
      if (call.callee.kind !== 'name' || hasTraining(call)) return [];
      const name = call.callee.id;
      const made = onlyValue(call.callee, place.scope, facts);
      const type = made?.kind === 'call' ? kerasName(made.callee, place.scope, facts) : null;
      if (!type || !/^keras\.applications\.(?!.*VGG)\w/.test(type)) return [];
      const [frozen, opened] = [assignmentOf(name, false, text), assignmentOf(name, true, text)];
      if (frozen === -1 || opened < frozen || opened < call.start) return [];
      const related = { start: opened, end: opened + `${name}.trainable`.length };
      return [
        {
          kind: 'thawed-statistics',
          span: { start: call.start, end: call.end },
          receiver: name,
          call,
          argument: null,
          related,
        },
      ];
    }),
  );
}

function assignmentOf(name: string, value: boolean, text: string): number {
  const match = new RegExp(`\\b${name}\\.trainable\\s*=\\s*${value ? 'True' : 'False'}\\b`).exec(text);
  return match?.index ?? -1;
}

/** `net.trainable = False` between `net.compile()` and `net.fit()`, which still go by what was compiled. */
function afterCompile(facts: Facts): readonly KerasFault[] {
  const { text } = facts;
  return facts.places.statements.flatMap(({ statement, def, scope }): KerasFault[] => {
    const [target] = statement.kind === 'assign' ? statement.targets : [];
    if (target?.kind !== 'attribute' || target.name !== 'trainable' || target.object.kind !== 'name') return [];
    const name = target.object.id;
    const around = def ?? facts.module;
    if (enclosing(around.body, statement).length > 1) return [];
    const compiled = lastCall(name, 'compile', text, around.start, statement.start);
    const after = text.slice(statement.end, around.end);
    const fitted = new RegExp(`\\b${name}\\.(?:fit|train_on_batch)\\(`).exec(after)?.index ?? -1;
    if (compiled === -1 || fitted === -1 || /\.compile\(/.test(after.slice(0, fitted))) return [];
    if (!isModel(target.object, scope, facts)) return [];
    const related = { start: compiled, end: compiled + `${name}.compile`.length };
    const span = { start: statement.start, end: statement.end };
    return [{ kind: 'set-after-compile', span, receiver: name, call: null, argument: null, related }];
  });
}

function lastCall(name: string, method: string, text: string, from: number, to: number): number {
  const found = [...text.slice(from, to).matchAll(new RegExp(`\\b${name}\\.${method}\\(`, 'g'))].at(-1);
  return found ? from + found.index : -1;
}

function isModel(name: Expression, scope: Scope, facts: Facts): boolean {
  const made = onlyValue(name, scope, facts);
  const type = made?.kind === 'call' ? kerasName(made.callee, scope, facts) : null;
  return type !== null && /^keras\.(?:models\.)?(?:Sequential|Model)$|^keras\.applications\./.test(type);
}

/** Whether what is called has BatchNormalization or Dropout, as far as the file shows it. */
function followsMode(callee: Expression, place: StatementFact, facts: Facts): boolean {
  const made =
    callee.kind === 'attribute' ? attributeValue(callee, place, facts) : onlyValue(callee, place.scope, facts);
  if (made?.kind !== 'call') return false;
  const type = kerasName(made.callee, place.scope, facts);
  if (type && /^keras\.applications\.(?!.*VGG)\w/.test(type)) return true;
  if (type && /^keras\.(?:models\.)?Sequential$/.test(type))
    return made.args.some(({ value }) => hasLayers(value, place.scope, facts));
  if (type && /^keras\.(?:models\.)?Model$/.test(type))
    return layersIn(place.def?.body ?? facts.module.body, place.scope, facts);
  const def = facts.names.definition(made.callee, place.scope);
  if (def?.kind === 'function') return layersIn(def.body, facts.names.scopeOf(def), facts);
  if (
    def?.kind !== 'class' ||
    !def.bases.some(({ value }) => /\.Model$/.test(kerasName(value, place.scope, facts) ?? ''))
  )
    return false;
  const methods = def.body.filter((item) => item.kind === 'function');
  const call = methods.find(({ name }) => name === 'call');
  const mode = call?.params.find(({ name }) => name === 'training');
  const isOn = mode?.default?.kind === 'constant' && mode.default.value === true;
  return !isOn && methods.some((method) => layersIn(method.body, facts.names.scopeOf(method), facts));
}

/** Of a name that is bound once. */
function onlyValue(expression: Expression, scope: Scope, { names }: Facts): Expression | null {
  if (expression.kind !== 'name') return null;
  const [only, ...more] = names.lookup(expression.id, scope);
  return only?.kind === 'assign' && more.length === 0 ? only.value : null;
}

/** Of `self.model`, assigned once in the class. */
function attributeValue(callee: Expression, { owner }: StatementFact, { places, text }: Facts): Expression | null {
  const written = text.slice(callee.start, callee.end);
  const values = places.statements.flatMap(({ statement, owner: other }) =>
    other === owner &&
    statement.kind === 'assign' &&
    statement.targets.some(({ start, end }) => text.slice(start, end) === written)
      ? [statement.value]
      : [],
  );
  return values.length === 1 ? (values[0] ?? null) : null;
}

function layersIn(body: readonly Statement[], scope: Scope, facts: Facts): boolean {
  for (const statement of statementsOf(body)) {
    if (statement.kind === 'class' || statement.kind === 'function') continue;
    if (ownExpressions(statement).some((own) => hasLayers(own, scope, facts))) return true;
  }
  return false;
}

function hasLayers(expression: Expression, scope: Scope, facts: Facts): boolean {
  let found = false;
  visitExpression(expression, (part) => {
    if (part.kind !== 'call' || found) return;
    found = /^keras\.layers\.(?:.*\.)?(?:BatchNormalization|(?:\w*)Dropout(?:[123]D)?)$/.test(
      kerasName(part.callee, scope, facts) ?? '',
    );
  });
  return found;
}

function callsIn(body: readonly Statement[]): readonly Call[] {
  return [...statementsOf(body)].flatMap(ownCalls);
}

function ownCalls(statement: Statement): readonly Call[] {
  const calls: Call[] = [];
  for (const own of ownExpressions(statement)) visitExpression(own, (part) => part.kind === 'call' && calls.push(part));
  return calls;
}

/** `model` or `self.model`, as it is written. */
function pathOf(callee: Expression, text: string): string | null {
  const isPath =
    callee.kind === 'name' ||
    (callee.kind === 'attribute' && callee.object.kind === 'name' && callee.object.id === 'self');
  return isPath ? text.slice(callee.start, callee.end) : null;
}
