// Lists and dictionaries: what goes in comes out.

import type { Call } from '../../python/tree.ts';
import { dataOfArguments } from './effects.ts';
import { assign } from './expressions.ts';
import type { CallArguments, Frame, Machine } from './frame.ts';
import type { State } from './state.ts';
import { constant, dataOf, mergeData, NO_DATA, UNKNOWN, unknown, type Value, withData } from './values.ts';

const ADDING = /^(?:append|extend|add|insert|update|put|push|add_?batch|store)$/;

/** `losses.append(loss)`: what goes into a container comes out of it. */
export function addTo(
  machine: Machine,
  expression: Call,
  object: Value,
  args: CallArguments,
  name: string,
  state: State,
  frame: Frame,
): void {
  const { callee } = expression;
  if (!ADDING.test(name) || callee.kind !== 'attribute') return;
  if (callee.object.kind === 'name' || callee.object.kind === 'attribute')
    assign(machine, callee.object, withData(object, dataOfArguments(args)), state, frame);
}

export function callContainer(
  machine: Machine,
  object: Extract<Value, { kind: 'sequence' | 'mapping' }>,
  name: string,
  args: CallArguments,
  expression: Call,
  state: State,
  frame: Frame,
): Value {
  if (object.kind === 'sequence' && name === 'append' && expression.callee.kind === 'attribute') {
    const [item] = args.positional;
    const kept = item?.kind === 'object' && object.items.length < 8;
    const grown: Value = kept ? { ...object, items: [...object.items, item] } : withData(object, dataOfArguments(args));
    assign(machine, expression.callee.object, grown, state, frame);
    return UNKNOWN;
  }
  if (object.kind === 'mapping') {
    const values = [...object.entries.values()];
    if (name === 'values') return { kind: 'sequence', items: values, data: object.data };
    if (name === 'keys') return { kind: 'sequence', items: [...object.entries.keys()].map(constant), data: NO_DATA };
    if (name === 'items')
      return {
        kind: 'sequence',
        items: [...object.entries].map(
          ([key, value]): Value => ({ kind: 'sequence', items: [constant(key), value], data: NO_DATA }),
        ),
        data: object.data,
      };
    const [key] = args.positional;
    if (name === 'get' && key?.kind === 'constant')
      return object.entries.get(String(key.value)) ?? unknown(object.data);
  }
  addTo(machine, expression, object, args, name, state, frame);
  return unknown(mergeData(dataOf(object), dataOfArguments(args)));
}
