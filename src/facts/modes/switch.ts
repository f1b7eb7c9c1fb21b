// `train()` and `eval()`, and the methods that hand a module or its parts on.

import type { Call, Expression } from '../../python/tree.ts';
import { UNSEEN } from '../layers.ts';
import type { CallArguments, Frame, Machine } from './frame.ts';
import type { State } from './state.ts';
import { type Mode, NO_DATA, UNKNOWN, type Value } from './values.ts';

type ObjectValue = Extract<Value, { kind: 'object' }>;

/** `df.eval('a + b')` and `trainer.train(data, epochs)` are something else. */
export function isModeCall(args: CallArguments, name: string): boolean {
  const given = [...args.positional, ...args.named.values()];
  const [flag] = given;
  if (name === 'eval') return given.length === 0;
  if (name !== 'train' || given.length > 1) return false;
  if (!flag || flag.kind === 'mode' || flag.kind === 'unknown' || flag.kind === 'object') return true;
  return flag.kind === 'constant' && typeof flag.value === 'boolean';
}

export function switchMode(
  machine: Machine,
  object: ObjectValue,
  name: string,
  args: CallArguments,
  expression: Call,
  state: State,
): Value {
  const info = machine.objects.create(object.place);
  info.isModule = true;
  const [flag] = [...args.positional, ...args.named.values()];
  const since = machine.occurrences.length;
  const write = { start: expression.start, end: expression.end };
  const entry = (mode: Mode) => {
    const before = mode === 'T' ? machine.objects.evaluatedParts(object.place, state) : [];
    const undone = before.map((part) => ({ ...part, until: since }));
    machine.objects.setMode(object.place, { mode, write, explicit: true, since, undone }, state);
  };
  if (info.managed) entry('X');
  else if (name === 'eval') entry('E');
  else if (!flag) entry('T');
  else if (flag.kind === 'constant') entry(flag.value ? 'T' : 'E');
  else if (flag.kind === 'mode') entry(flag.mode);
  else entry('X');
  return object;
}

export function prepared(args: CallArguments): Value {
  const [only] = args.positional;
  if (args.positional.length === 1 && only) return only;
  return { kind: 'sequence', items: args.positional, data: NO_DATA };
}

/** One of the modules inside, whichever. */
export function partOf(object: ObjectValue): ObjectValue {
  return { kind: 'object', place: `${object.place}.[part]`, data: NO_DATA };
}

/** Of the parts it is known that BatchNorm is among them, if the whole has it; one Dropout may be in any. */
export function partsOf(machine: Machine, object: ObjectValue, name: string, state: State): Value {
  const item = partOf(object);
  const { batchNorm } = machine.objects.sensitivity(object.place, state);
  machine.objects.create(item.place, { sensitivity: { ...UNSEEN, batchNorm }, isModule: true });
  const items: Value[] = [
    name.startsWith('named') ? { kind: 'sequence', items: [UNKNOWN, item], data: NO_DATA } : item,
  ];
  return { kind: 'sequence', items, data: NO_DATA };
}

/**
 * `with eval_mode(model):` of another file or library: what it calls itself says the mode inside, and afterwards the
 * mode is what it was before.
 */
export function withSwitched(
  machine: Machine,
  manager: Expression,
  state: State,
  frame: Frame,
  rest: (state: State) => State | null,
): State | null {
  const name = manager.kind === 'call' ? machine.names.resolve(manager.callee, frame.scope) : null;
  if (manager.kind !== 'call' || name === null || /^(?:torch|builtins|contextlib)\b/.test(name)) return rest(state);
  const given = manager.args.filter(({ value }) => value.kind === 'name' || value.kind === 'attribute');
  const places = given.flatMap(({ value }) => {
    const read = machine.evaluate(value, state, frame);
    return read.kind === 'object' && machine.objects.get(read.place)?.isModule ? [read.place] : [];
  });
  if (places.length === 0) return rest(state);
  const write = { start: manager.start, end: manager.end };
  const mode: Mode = /eval/i.test(name) ? 'E' : /train/i.test(name) ? 'T' : 'X';
  const before = places.map((place) => state.mode(place));
  for (const place of places) machine.objects.setMode(place, { mode, write, explicit: true }, state);
  const end = rest(state);
  if (end)
    places.forEach((place, i) => {
      const entry = before[i];
      if (entry) machine.objects.setMode(place, entry, end);
    });
  return end;
}
