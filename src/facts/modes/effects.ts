// What calls do beyond their value: modules letEscape to code that is not seen, losses are remembered, and
// backward() turns the forwards behind it into training.

import { onlyLooks } from '../knowledge.ts';
import type { CallArguments, Machine } from './frame.ts';
import type { State } from './state.ts';
import { type Data, dataOf, isParameter, mergeData, NO_DATA, unknown, type Value } from './values.ts';

export function dataOfArguments(args: CallArguments): Data {
  let data = NO_DATA;
  for (const value of valuesOf(args)) data = mergeData(data, dataOf(value));
  return data;
}

export function valuesOf(args: CallArguments): readonly Value[] {
  return [...args.positional, ...args.named.values()];
}

/** Modules given to code that is not seen may come back in any mode. */
export function letEscape(machine: Machine, args: CallArguments, callee: string, state: State): void {
  if (onlyLooks(callee)) return;
  for (const value of valuesOf(args))
    for (const place of machine.objects.modulesIn(value, state)) forget(machine, place, state);
}

export function forget(machine: Machine, place: string, state: State): void {
  if (isParameter(place)) return;
  if (!machine.objects.get(place)?.isModule && state.mode(place).mode === 'U') return;
  machine.objects.setMode(place, { mode: 'X', write: null, explicit: true }, state);
}

/** The loss's inputs are remembered with its name; which of them is trained on is seen at backward(). */
export function noteLoss(machine: Machine, name: string, data: Data): Value {
  const known = machine.losses.get(name) ?? new Set();
  for (const id of data.forwards) known.add(id);
  machine.losses.set(name, known);
  return unknown(data);
}

export function markTrained(machine: Machine, data: Data): void {
  for (const id of data.forwards) {
    const occurrence = machine.occurrences[id];
    if (occurrence) occurrence.trained = true;
  }
}
