// Calls of what another file of the workspace defines: its class makes a module that is known, its function leaves
// the modules it is given as its own file says.

import type { Call } from '../../python/tree.ts';
import type { FunctionSummary, MadeModule, ParameterEffect } from '../summary.ts';
import { dataOfArguments } from './effects.ts';
import type { CallArguments, Frame, Machine } from './frame.ts';
import type { State } from './state.ts';
import { NO_DATA, type Value } from './values.ts';

/** null where no other file says. */
export function callNeighbor(
  machine: Machine,
  path: string,
  args: CallArguments,
  call: Call,
  state: State,
  frame: Frame,
): Value | null {
  const made = machine.neighbors.classOf(path);
  if (made?.isModule) {
    const mode = made.isManaged ? 'X' : 'T';
    return moduleOf(machine, path, { ...made, mode }, args, call, state, frame);
  }
  const summary = machine.neighbors.functionOf(path);
  if (!summary) return null;
  for (const [value, effect] of boundTo(summary, args))
    for (const place of machine.objects.modulesIn(value, state)) {
      if (effect.evaluated) noteEvaluation(machine, place, call, state, frame, args);
      leave(machine, place, effect, call, state);
    }
  const { makes } = summary;
  if (makes) return moduleOf(machine, path, makes, args, call, state, frame);
  return { kind: 'object', place: `call:${frame.context}${call.start}`, data: dataOfArguments(args) };
}

/** In the mode the function leaves it in; what only may be a module is not made one by not being known. */
function leave(machine: Machine, place: string, { exit }: ParameterEffect, call: Call, state: State): void {
  if (exit === 'U' || (exit === 'X' && !machine.objects.get(place)?.isModule)) return;
  machine.objects.setMode(place, { mode: exit, write: exit === 'X' ? null : spanOf(call), explicit: true }, state);
}

function moduleOf(
  machine: Machine,
  path: string,
  { mode, sensitivity, freezesNorms }: Omit<MadeModule, 'of'>,
  args: CallArguments,
  call: Call,
  state: State,
  frame: Frame,
): Value {
  const place = `new:${frame.context}${call.start}`;
  const info = machine.objects.create(place, { origin: call, type: path, sensitivity, isModule: true, freezesNorms });
  for (const value of [...args.positional, ...args.named.values()])
    for (const held of machine.objects.modulesIn(value, state)) info.holds.add(held);
  state.clearAttributes(place);
  state.setMode(place, { mode, write: spanOf(call), explicit: false });
  return { kind: 'object', place, data: NO_DATA };
}

/** The forwards of an evaluation elsewhere, as one at the call: what follows may be training in the mode it leaves. */
function noteEvaluation(
  machine: Machine,
  place: string,
  call: Call,
  state: State,
  frame: Frame,
  args: CallArguments,
): void {
  machine.occurrences.push({
    id: machine.occurrences.length,
    call,
    place,
    mode: 'E',
    write: spanOf(call),
    explicit: true,
    perhapsEval: null,
    loaded: null,
    undone: [],
    gradOff: 'yes',
    input: dataOfArguments(args),
    frame,
    frozen: [],
    sensitivity: machine.objects.sensitivity(place, state),
    layers: [],
    again: machine.rounds > 0,
    trained: false,
  });
}

function boundTo({ params }: FunctionSummary, args: CallArguments) {
  return params.flatMap((effect, i) => {
    const value = args.named.get(effect.name) ?? args.positional[i];
    return value ? [[value, effect] as const] : [];
  });
}

function spanOf({ start, end }: Call) {
  return { start, end };
}
