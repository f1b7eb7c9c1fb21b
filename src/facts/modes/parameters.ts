// A module's parameters, as values that code passes on: which of them are frozen, given to an optimizer, or
// written from another module's. They stand as one value at `<place>.[param]`, whichever parameter is meant.

import type { Attribute, Call, Expression } from '../../python/tree.ts';
import { dataOfArguments, valuesOf } from './effects.ts';
import type { CallArguments, Frame, Handling, Machine } from './frame.ts';
import type { State } from './state.ts';
import {
  constant,
  type Data,
  dataOf,
  isParameter,
  mergeData,
  NO_DATA,
  PARAMETER,
  UNKNOWN,
  unknown,
  type Value,
} from './values.ts';

type ObjectValue = Extract<Value, { kind: 'object' }>;

const FROZEN = '[frozen]';
const OPTIMIZED = '[optimized]';

/** The module whose parameter a place is; null for anything else. */
function moduleOfParameter(place: string): string | null {
  return isParameter(place) ? place.slice(0, -PARAMETER.length) : null;
}

/** `m.parameters()` and `m.named_parameters()`. */
function parametersOf(object: ObjectValue, name: string): Value {
  const data: Data = { ...NO_DATA, parameters: new Set([object.place]) };
  const item: Value = { kind: 'object', place: `${object.place}${PARAMETER}`, data };
  const row: Value = name.startsWith('named') ? { kind: 'sequence', items: [UNKNOWN, item], data: NO_DATA } : item;
  return { kind: 'sequence', items: [row], data: NO_DATA };
}

/** What a module's own methods do with its parameters, and what is done with one of them; null for anything else. */
export function callOnParameters(
  machine: Machine,
  object: ObjectValue,
  name: string,
  args: CallArguments,
  call: Call,
  state: State,
  frame: Frame,
): Value | null {
  if (name === 'requires_grad_') {
    const [flag = constant(true)] = valuesOf(args);
    setRequiresGrad(machine, object.place, flag, call, state, frame);
    return object;
  }
  if (isParameter(object.place)) return callParameter(machine, object, name, args, call, state, frame);
  return /^(?:named_)?parameters$/.test(name) ? parametersOf(object, name) : null;
}

/** `p.add_(q)`, `p.data.copy_(…)`, and what a dictionary of parameters is asked for. */
function callParameter(
  machine: Machine,
  object: ObjectValue,
  name: string,
  args: CallArguments,
  call: Call,
  state: State,
  frame: Frame,
): Value {
  const data = dataOfArguments(args);
  if (/^(?:items|values)$/.test(name)) {
    const items: Value[] = [name === 'items' ? { kind: 'sequence', items: [UNKNOWN, object], data: NO_DATA } : object];
    return { kind: 'sequence', items, data: NO_DATA };
  }
  if (/^(?:detach|cuda|to|view_as|view)$/.test(name)) return object;
  if (!/[a-z0-9]_$/.test(name)) return unknown(mergeData(object.data, data));
  noteAverage(machine, object.place, data, call, state, frame);
  return object;
}

/** `p.requires_grad = …`, `p.data = …`. */
export function writeParameter(
  machine: Machine,
  place: string,
  target: Attribute,
  value: Value,
  state: State,
  frame: Frame,
): void {
  if (target.name === 'requires_grad') setRequiresGrad(machine, place, value, target, state, frame);
  if (target.name === 'data') noteAverage(machine, place, dataOf(value), target, state, frame);
}

function noteAverage(
  machine: Machine,
  parameter: string,
  data: Data,
  at: Expression,
  state: State,
  frame: Frame,
): void {
  const place = moduleOfParameter(parameter);
  const [other] = [...data.parameters].filter((source) => source !== place);
  if (place !== null && other !== undefined) note(machine, 'averaged', place, at, state, frame, { other });
}

export function note(
  machine: Machine,
  kind: Handling['kind'],
  place: string,
  at: Expression,
  state: State,
  frame: Frame,
  more: Partial<Pick<Handling, 'other' | 'name' | 'since'>> = {},
): void {
  const entry = machine.objects.effectiveMode(place, state);
  machine.handlings.push({
    kind,
    place,
    at,
    mode: entry.mode,
    write: entry.write,
    explicit: entry.explicit,
    sensitivity: machine.objects.sensitivity(place, state),
    before: machine.occurrences.length,
    frame,
    other: more.other ?? null,
    name: more.name ?? '',
    since: more.since ?? null,
  });
}

/** `requires_grad` of a module's parameters is set; undefined where the value is not known. */
function setRequiresGrad(
  machine: Machine,
  place: string,
  value: Value | undefined,
  at: Expression,
  state: State,
  frame: Frame,
): void {
  const module = moduleOfParameter(place) ?? place;
  if (value?.kind === 'constant' && value.value === false) {
    note(machine, 'frozen', module, at, state, frame);
    state.setAttribute(module, FROZEN, constant(machine.handlings.length - 1));
    return;
  }
  note(machine, 'thawed', module, at, state, frame);
  state.clearAttribute(module, FROZEN);
}

/** Of a module and its parts, and of what it is a part of: what was frozen and not thawed since. */
export function frozenAround(machine: Machine, place: string, state: State): readonly Handling[] {
  if (!machine.handlings.some((one) => one.kind === 'frozen')) return [];
  const found = state.attributesNamed(FROZEN).filter(({ owner }) => {
    const isPart = machine.objects.isWithin(owner, place, state);
    return isPart || place.startsWith(`${owner}.`);
  });
  return found.flatMap(({ value }) =>
    value.kind === 'constant' && typeof value.value === 'number' ? (machine.handlings[value.value] ?? []) : [],
  );
}

/** An optimizer was built over these parameters. */
export function noteOptimizer(
  machine: Machine,
  values: readonly Value[],
  call: Call,
  state: State,
  frame: Frame,
): void {
  for (const place of new Set(values.flatMap((value) => [...dataOf(value).parameters]))) {
    note(machine, 'optimized', place, call, state, frame);
    state.setAttribute(place, OPTIMIZED, constant(machine.handlings.length - 1));
  }
}

/** A part is put in place of another; it matters if an optimizer already has the old one's parameters. */
export function noteReplacement(
  machine: Machine,
  place: string,
  name: string,
  value: Value,
  state: State,
  frame: Frame,
): void {
  const origin = value.kind === 'object' ? machine.objects.get(value.place)?.origin : null;
  if (!origin || value.kind !== 'object' || !machine.objects.get(value.place)?.isModule) return;
  const built = state
    .attributesNamed(OPTIMIZED)
    .find(({ owner }) => place === owner || place.startsWith(`${owner}.`))?.value;
  const handling = built?.kind === 'constant' ? machine.handlings[Number(built.value)] : undefined;
  if (handling) note(machine, 'replaced', place, origin, state, frame, { name, since: handling.at });
}
