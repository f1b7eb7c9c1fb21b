// Calls. A function of this file is run in place, with the caller's modules as its arguments; a module that
// is called is a forward; a method of nn.Module has its known effect; everything else may have switched the
// modules it was given, unless it is known only to look at them.

import type { Call, FunctionDef } from '../../python/tree.ts';
import { isLoss, isModuleMethod, isNeutralMethod, isPreparer, mayRun, returnsItself } from '../knowledge.ts';
import type { ClassFact } from '../modules.ts';
import { addTo, callContainer } from './containers.ts';
import { dataOfArguments, forget, letEscape, markTrained, noteLoss } from './effects.ts';
import { externalPath, findVariable, readAttribute } from './expressions.ts';
import type { CallArguments, Frame, Machine } from './frame.ts';
import { callExternal } from './library.ts';
import { callOnParameters, frozenAround } from './parameters.ts';
import type { State } from './state.ts';
import { isModeCall, partOf, partsOf, prepared, switchMode } from './switch.ts';
import { dataOf, isParameter, mergeData, NO_DATA, UNKNOWN, unknown, type Value } from './values.ts';

type ObjectValue = Extract<Value, { kind: 'object' }>;

export function call(machine: Machine, expression: Call, state: State, frame: Frame): Value {
  const { callee } = expression;
  machine.tick();
  const shadowed = callee.kind === 'name' && findVariable(machine, callee.id, state, frame);
  if (!shadowed && callee.kind === 'name' && callee.id === 'super') return superOf(machine, state, frame);
  if (callee.kind === 'attribute') {
    const named = externalPath(machine, callee, state, frame);
    const object = named ?? machine.evaluate(callee.object, state, frame);
    const target = named ?? readAttribute(machine, object, callee.name, state);
    if (target.kind === 'external') {
      const args = readArguments(machine, expression, state, frame);
      return callExternal(machine, target.path, args, expression, state, frame);
    }
    return callMethod(machine, object, callee.name, target, expression, state, frame);
  }
  const target = machine.evaluate(callee, state, frame);
  return callValue(machine, target, readArguments(machine, expression, state, frame), expression, state, frame);
}

export function callValue(
  machine: Machine,
  target: Value,
  args: CallArguments,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  switch (target.kind) {
    case 'external':
      return callExternal(machine, target.path, args, expression, state, frame);
    case 'function':
      return machine.inline(target, args, expression, state, frame);
    case 'class':
      return construct(machine, target, args, expression, state, frame);
    case 'object':
      return callObject(machine, target, args, expression, state, frame);
    default:
      letEscape(machine, args, '', state);
      return unknown(mergeData(dataOf(target), dataOfArguments(args)));
  }
}

export function readArguments(machine: Machine, expression: Call, state: State, frame: Frame): CallArguments {
  const positional: Value[] = [];
  const named = new Map<string, Value>();
  let open = false;
  for (const { name, stars, value } of expression.args) {
    const read = machine.evaluate(value, state, frame);
    if (stars === 1 && read.kind === 'sequence') positional.push(...read.items);
    else if (stars > 0) {
      open = true;
      named.set(`*${named.size}`, read);
    } else if (name === null) positional.push(read);
    else named.set(name, read);
  }
  return { positional, named, open };
}

function superOf(machine: Machine, state: State, frame: Frame): Value {
  for (let at: Frame | null = frame; at; at = at.parent) {
    const owner = at.def && ownerOf(machine, at.def);
    const self = at.def?.params[0] && state.variable(at.id, at.def.params[0].name);
    if (owner && self) return { kind: 'super', self, owner, data: NO_DATA };
  }
  return UNKNOWN;
}

function ownerOf(machine: Machine, def: FunctionDef) {
  return machine.classes.all.find((fact) => fact.methods.get(def.name) === def) ?? null;
}

function construct(
  machine: Machine,
  target: Extract<Value, { kind: 'class' }>,
  args: CallArguments,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  const { fact } = target;
  const place = `new:${frame.context}${expression.start}`;
  const { isModule, isManaged, sensitivity } = fact;
  const info = machine.objects.create(place, { origin: expression, fact, sensitivity, isModule, managed: isManaged });
  state.clearAttributes(place);
  if (isModule) {
    const mode = isManaged ? 'X' : 'T';
    state.setMode(place, { mode, write: span(expression), explicit: false });
  }
  const self: Value = {
    kind: 'object',
    place,
    data: fact.isModule ? NO_DATA : { ...dataOfArguments(args), forwards: NO_DATA.forwards },
  };
  const init = machine.classes.method(fact, '__init__');
  // A module's own layers need no names of their own; modules it is given, and modes it sets, do.
  const given = [...args.positional, ...args.named.values()].some(
    (value) => machine.objects.modulesIn(value, state).size > 0,
  );
  if (init && !isManaged && (!isModule || given || switchesModes(machine, fact, init.def)))
    machine.inline(
      { kind: 'function', def: init.def, frame: target.frame, self, owner: init.owner, data: NO_DATA },
      args,
      expression,
      state,
      frame,
    );
  if (!init)
    for (const value of args.positional)
      for (const held of machine.objects.modulesIn(value, state)) info.holds.add(held);
  return { ...self, data: NO_DATA };
}

const SWITCHING = /\.(?:eval|train)\(|\brequires_grad/;

/** The constructor, or a method it calls, sets modes or freezes. */
function switchesModes(machine: Machine, fact: ClassFact, init: FunctionDef): boolean {
  const text = machine.textOf(init);
  if (SWITCHING.test(text)) return true;
  return [...text.matchAll(/\bself\.(\w+)\(/g)].some(([, name = '']) => {
    const method = name === 'train' || name === 'eval' ? null : machine.classes.method(fact, name);
    return method !== null && method.def !== init && SWITCHING.test(machine.textOf(method.def));
  });
}

function span(expression: Call) {
  return { start: expression.start, end: expression.end };
}

/** `thing(x)`. */
function callObject(
  machine: Machine,
  target: ObjectValue,
  args: CallArguments,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  const info = machine.objects.get(target.place);
  const data = dataOfArguments(args);
  if (info?.type && isLoss(info.type)) return noteLoss(machine, info.type, data);
  if (info?.fact && !info.isModule) {
    const method = machine.classes.method(info.fact, '__call__') ?? machine.classes.method(info.fact, 'forward');
    if (method)
      return machine.inline(
        { kind: 'function', def: method.def, frame: machine.root.id, self: target, owner: method.owner, data: NO_DATA },
        args,
        expression,
        state,
        frame,
      );
  }
  return forward(machine, target, args, expression, state, frame);
}

export function forward(
  machine: Machine,
  target: ObjectValue,
  args: CallArguments,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  const data = dataOfArguments(args);
  const entry = machine.objects.effectiveMode(target.place, state);
  const id = machine.occurrences.length;
  machine.occurrences.push({
    id,
    call: expression,
    place: target.place,
    mode: entry.mode,
    write: entry.write,
    explicit: entry.explicit,
    perhapsEval: entry.perhapsEval ?? null,
    loaded: machine.loads.get(target.place) ?? null,
    undone: (state.mode(target.place).undone ?? []).filter((part) => state.mode(part.place).mode === 'T'),
    gradOff: state.gradOff,
    input: data,
    frame,
    frozen: frozenAround(machine, target.place, state).map((one) => ({
      place: one.place,
      at: one.at,
      mode: machine.objects.effectiveMode(one.place, state).mode,
      sensitivity: machine.objects.sensitivity(one.place, state),
    })),
    sensitivity: machine.objects.sensitivity(target.place, state),
    layers: machine.objects.layersIn(target.place, state),
    again: machine.rounds > 0,
    trained: false,
  });
  return unknown({ ...data, forwards: new Set([...data.forwards, id]) });
}

/** `object.name(…)`; `target` is what the attribute holds, if it is seen. */
function callMethod(
  machine: Machine,
  object: Value,
  name: string,
  target: Value,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  if (target.kind === 'function' || target.kind === 'class')
    return callValue(machine, target, readArguments(machine, expression, state, frame), expression, state, frame);
  if (object.kind === 'super') return callSuper(machine, object, name, expression, state, frame);
  const args = readArguments(machine, expression, state, frame);
  if (name === 'backward' || name === 'manual_backward') {
    markTrained(machine, mergeData(dataOf(object), dataOfArguments(args)));
    return UNKNOWN;
  }
  if (object.kind === 'object') return callObjectMethod(machine, object, name, target, args, expression, state, frame);
  if (object.kind === 'sequence' || object.kind === 'mapping')
    return callContainer(machine, object, name, args, expression, state, frame);
  letEscape(machine, args, name, state);
  addTo(machine, expression, object, args, name, state, frame);
  return unknown(mergeData(dataOf(object), dataOfArguments(args)));
}

function callSuper(
  machine: Machine,
  { self, owner }: Extract<Value, { kind: 'super' }>,
  name: string,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  const args = readArguments(machine, expression, state, frame);
  for (const base of owner.bases) {
    const method = machine.classes.method(base, name);
    if (method)
      return machine.inline(
        { kind: 'function', def: method.def, frame: machine.root.id, self, owner: method.owner, data: NO_DATA },
        args,
        expression,
        state,
        frame,
      );
  }
  if (self.kind === 'object' && (name === 'train' || name === 'eval'))
    return switchMode(machine, self, name, args, expression, state);
  return unknown(dataOfArguments(args));
}

function callObjectMethod(
  machine: Machine,
  object: ObjectValue,
  name: string,
  target: Value,
  args: CallArguments,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  const info = machine.objects.get(object.place);
  const isOwn = info?.fact != null && !info.isModule;
  if (isModuleMethod(name) && !isOwn && !isParameter(object.place))
    machine.objects.create(object.place).isModule = true;
  const handled = isOwn ? null : callOnParameters(machine, object, name, args, expression, state, frame);
  if (handled) return handled;
  if (name === 'forward' || name === '__call__') return callObject(machine, object, args, expression, state, frame);
  if (!isOwn && isModeCall(args, name)) return switchMode(machine, object, name, args, expression, state);
  if (name === 'load_state_dict' && !isOwn) machine.loads.set(object.place, span(expression));
  if (returnsItself(name)) return object;
  if (PREPARING.test(name) && info?.type && isPreparer(info.type)) return prepared(args);
  if (/^(?:named_)?(?:modules|children)$/.test(name)) return partsOf(machine, object, name, state);
  if (args.positional[0]?.kind === 'function' && /^(?:apply|step)$/.test(name))
    return callWithFunction(machine, object, name, args.positional[0], expression, state, frame);
  if (isNeutralMethod(name)) return UNKNOWN;
  // An attribute that holds a module and is called: `self.encoder(x)`.
  if (target.kind === 'object' && target.place !== object.place && isCallable(machine, target, state))
    return callObject(machine, target, args, expression, state, frame);
  return callUnseen(machine, object, name, args, expression, state, frame);
}

/** An optimizer's closure, or a function for every part of a module. */
function callWithFunction(
  machine: Machine,
  object: ObjectValue,
  name: string,
  given: Extract<Value, { kind: 'function' }>,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  const positional = name === 'apply' ? [partOf(object)] : [];
  const result = machine.inline(given, { positional, named: new Map(), open: false }, expression, state, frame);
  return name === 'apply' ? object : result;
}

const PREPARING = /^(?:prepare|setup|setup_module)$/;

function isCallable(machine: Machine, target: ObjectValue, state: State): boolean {
  return (
    machine.objects.get(target.place)?.isModule === true ||
    state.mode(target.place).mode !== 'U' ||
    machine.moduleNames.has(target.place.split('.').at(-1) ?? '')
  );
}

/** A method from elsewhere: what it was given, and what its object holds, may have been switched. */
function callUnseen(
  machine: Machine,
  object: ObjectValue,
  name: string,
  args: CallArguments,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  const info = machine.objects.get(object.place);
  letEscape(machine, args, name, state);
  if (mayRun(name)) {
    if (info?.isModule) forget(machine, object.place, state);
    for (const held of info?.holds ?? []) forget(machine, held, state);
  }
  if (!info?.isModule) addTo(machine, expression, object, args, name, state, frame);
  const data = mergeData(object.data, dataOfArguments(args));
  const result: Value = { kind: 'object', place: `call:${frame.context}${expression.start}`, data };
  return /^(?:item|cpu|numpy|detach|tolist|size|max|argmax|sum|mean|data)$/.test(name) ? unknown(data) : result;
}
