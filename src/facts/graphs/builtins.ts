// Python's own functions, and those of its library that build models: range, zip, partial, OrderedDict.

import type { Span } from '../../base/finding.ts';
import { type Bindable, type Frame, type Run, unknownFrom } from './frame.ts';
import { itemsOf } from './statements.ts';
import { GAP, ofModule, plain, UNKNOWN, type Value } from './values.ts';

const MAX_RANGE = 64;

/** null: it is none of them. */
export function builtinOf(name: string, given: Bindable, span: Span, frame: Frame, run: Run): Value | null {
  const { args, named } = given;
  const [first = UNKNOWN, second] = args;
  switch (name) {
    case 'builtins.range':
      return rangeOf(args);
    case 'builtins.len':
      return lengthOf(first);
    case 'builtins.list':
    case 'builtins.tuple':
      return { kind: 'list', items: [...(args.length === 0 ? [] : (itemsOf(first) ?? [GAP]))] };
    case 'builtins.reversed':
      return { kind: 'list', items: [...(itemsOf(first) ?? [GAP])].reverse() };
    case 'builtins.enumerate':
      return enumerated(first);
    case 'builtins.zip':
      return zipped(args);
    case 'builtins.int':
    case 'builtins.float':
    case 'builtins.max':
    case 'builtins.min':
    case 'builtins.round':
    case 'builtins.abs':
      return numeric(name, args);
    case 'builtins.isinstance':
      return UNKNOWN;
    case 'builtins.getattr':
    case 'builtins.setattr':
      return attribute(first, second, args[2], frame);
    case 'collections.OrderedDict':
      return first.kind === 'list' ? first : { kind: 'list', items: [] };
    case 'functools.partial':
      if (first.kind !== 'type' || args.length > 1) return UNKNOWN;
      return { ...first, preset: new Map([...first.preset, ...named]) };
    case 'copy.deepcopy':
    case 'copy.copy':
      return copied(first);
    default:
      return /^builtins\./.test(name) ? unknownFrom(args, span, run) : null;
  }
}

function rangeOf(args: readonly Value[]): Value {
  const numbers = args.map((value) =>
    value.kind === 'plain' && typeof value.value === 'number' && !value.isDefault ? value.value : null,
  );
  const [a = null, b, step = 1] = numbers;
  const [start, stop] = b === undefined ? [0, a] : [a, b];
  if (start === null || stop === null || !step || numbers.includes(null)) return { kind: 'list', items: [GAP] };
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (count > MAX_RANGE) return { kind: 'list', items: [GAP] };
  return { kind: 'list', items: Array.from({ length: count }, (_, i) => plain(start + i * step)) };
}

function lengthOf(value: Value): Value {
  const items = itemsOf(value);
  return items && !items.includes(GAP) ? plain(items.length) : UNKNOWN;
}

function enumerated(value: Value): Value {
  const items = itemsOf(value);
  if (!items) return { kind: 'list', items: [GAP] };
  const isKnown = !items.includes(GAP);
  return {
    kind: 'list',
    items: items.map((item, i) =>
      item.kind === 'gap' ? GAP : { kind: 'list', items: [isKnown ? plain(i) : UNKNOWN, item] },
    ),
  };
}

/** Of lists whose gaps stand at the same places. */
function zipped(args: readonly Value[]): Value {
  const lists = args.map(itemsOf);
  const [first] = lists;
  const fit = lists.every(
    (list) => list && list.length === first?.length && list.every((item, i) => (item === GAP) === (first[i] === GAP)),
  );
  const isKnown = lists.every((list) => list && !list.includes(GAP));
  if (!first || (!fit && !isKnown)) return { kind: 'list', items: [GAP] };
  const length = Math.min(...lists.map((list) => list?.length ?? 0));
  const items = Array.from({ length }, (_, i): Value => {
    const parts = lists.map((list) => list?.[i] ?? UNKNOWN);
    return parts.includes(GAP) ? GAP : { kind: 'list', items: parts };
  });
  return { kind: 'list', items };
}

function numeric(name: string, args: readonly Value[]): Value {
  const numbers = args.flatMap((value) =>
    value.kind === 'plain' && typeof value.value === 'number' ? [value.value] : [],
  );
  const [first] = numbers;
  const isDefault = args.some((value) => value.kind === 'plain' && value.isDefault);
  if (numbers.length !== args.length || first === undefined) {
    const [only] = args;
    if (args.length !== 1 || only?.kind !== 'symbol') return UNKNOWN;
    return name === 'builtins.int' ? { kind: 'symbol', key: `int(${only.key})` } : UNKNOWN;
  }
  if (name === 'builtins.int') return plain(Math.trunc(first), isDefault);
  if (name === 'builtins.max') return plain(Math.max(...numbers), isDefault);
  if (name === 'builtins.min') return plain(Math.min(...numbers), isDefault);
  if (name === 'builtins.abs') return plain(Math.abs(first), isDefault);
  return name === 'builtins.float' ? plain(first, isDefault) : UNKNOWN;
}

function attribute(object: Value, name: Value | undefined, value: Value | undefined, frame: Frame): Value {
  if (object.kind !== 'module' || object.module.kind !== 'object') return UNKNOWN;
  const { attributes } = object.module;
  if (name?.kind !== 'plain' || typeof name.value !== 'string') return UNKNOWN;
  if (value && frame.self) attributes.set(name.value, value);
  return attributes.get(name.value) ?? UNKNOWN;
}

/** Another layer with the same arguments. */
function copied(value: Value): Value {
  if (value.kind !== 'module' || value.module.kind !== 'layer') return value;
  return ofModule({ ...value.module, path: '' });
}
