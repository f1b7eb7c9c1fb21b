// Calls in constructors and in forward(): layers are made, modules are run, tensors go through functions.
// What is not known gives an unknown, and takes what it is given out of sight.

import { bindNames } from '../../python/arguments.ts';
import type { Call, Expression, FunctionDef } from '../../python/tree.ts';
import { isLayer, isWrapper, returnsItself, signatureOf } from '../knowledge.ts';
import { builtinOf } from './builtins.ts';
import { type Bindable, type Frame, type Run, setFree, tensorsIn, unknownFrom } from './frame.ts';
import { sizesOf } from './shapes.ts';
import { itemsOf } from './statements.ts';
import { GAP, type LayerModule, NONE, ofModule, ofSize, register, SEQUENCE, UNKNOWN, type Value } from './values.ts';

/** The arguments of a call, and what each expression of them gave. */
interface Given extends Bindable {
  readonly values: ReadonlyMap<Expression, Value>;
}

const MAX_ITEMS = 64;

export function callOf(call: Call, frame: Frame, run: Run): Value {
  const { callee } = call;
  if (callee.kind === 'attribute') {
    if (isSuper(callee.object)) return superCall(callee.name, call, frame, run);
    const head = headOf(callee);
    const isLocal = head === null || frame.names.has(head) || (head === 'self' && frame.self !== null);
    if (isLocal) {
      const object = run.evaluate(callee.object, frame);
      return methodOf(object, callee.name, call, argumentsOf(call, frame, run), frame, run);
    }
  }
  const target = run.evaluate(callee, frame);
  return callValue(target, call, argumentsOf(call, frame, run), frame, run);
}

export function headOf(expression: Expression): string | null {
  if (expression.kind === 'name') return expression.id;
  return expression.kind === 'attribute' ? headOf(expression.object) : null;
}

/** What a name stands for outside of the function: a layer's type, a class, a function. */
export function named(expression: Expression, frame: Frame, run: Run): Value {
  const name = run.names.resolve(expression, frame.scope);
  if (name) return { kind: 'type', type: name, preset: NONE, isDefault: false };
  const def = run.names.definition(expression, frame.scope);
  if (def?.kind === 'function') return { kind: 'function', def, self: null };
  const fact = def?.kind === 'class' ? run.classes.of(def) : undefined;
  return fact ? { kind: 'type', type: fact, preset: NONE, isDefault: false } : UNKNOWN;
}

export function isProperty({ decorators }: FunctionDef): boolean {
  return decorators.some((decorator) => decorator.kind === 'name' && /property$/.test(decorator.id));
}

export function argumentsOf(call: Call, frame: Frame, run: Run): Given {
  const args: Value[] = [];
  const named = new Map<string, Value>();
  const values = new Map<Expression, Value>();
  let complete = true;
  for (const argument of call.args) {
    const value = run.evaluate(argument.value, frame);
    values.set(argument.value, value);
    if (argument.stars === 2) complete = false;
    else if (argument.stars === 1) {
      const items = itemsOf(value);
      if (!items || items.includes(GAP)) complete = false;
      args.push(...(items ?? [GAP]));
    } else if (argument.name === null) args.push(value);
    else named.set(argument.name, value);
  }
  return { args, named, complete, values };
}

function isSuper(expression: Expression): boolean {
  return expression.kind === 'call' && expression.callee.kind === 'name' && expression.callee.id === 'super';
}

function superCall(method: string, call: Call, frame: Frame, run: Run): Value {
  const given = argumentsOf(call, frame, run);
  for (const base of frame.owner?.bases ?? []) {
    const found = run.classes.method(base, method);
    if (found) return run.invoke(found.def, given, frame.self, found.owner, frame);
  }
  const isSequential = frame.owner?.outerBases.includes('torch.nn.Sequential');
  if (method === '__init__' && isSequential && frame.self)
    frame.self.attributes.set(SEQUENCE, sequence(true, given.args, call));
  return unknownFrom(given.args, call, run);
}

function callValue(target: Value, call: Call, given: Given, frame: Frame, run: Run): Value {
  switch (target.kind) {
    case 'module':
      return run.apply(target, given, call, frame);
    case 'function': {
      const owner = target.self ? (run.classes.method(target.self.fact, target.def.name)?.owner ?? null) : null;
      return run.invoke(target.def, given, target.self, owner, frame);
    }
    case 'type':
      return typeCall(target, call, given, frame, run);
    default:
      return unknownFrom([...given.args, ...given.named.values()], call, run);
  }
}

function typeCall(target: Value & { kind: 'type' }, call: Call, given: Given, frame: Frame, run: Run): Value {
  const { type, preset } = target;
  if (typeof type !== 'string') {
    if (type.isModule) return run.construct(type, withPreset(given, preset), call, frame);
    given.args.forEach(setFree);
    return UNKNOWN;
  }
  if (type === 'torch.nn.Sequential') return sequence(true, given.args, call);
  if (type === 'torch.nn.ModuleList') return sequence(false, itemsOf(given.args[0] ?? listOf([])) ?? [GAP], call);
  if (isLayer(type) && !/^torch\.nn\.(?:ModuleDict|DataParallel)$/.test(type))
    return layerOf(target, call, given, frame);
  if (isWrapper(type)) return given.args[0] ?? UNKNOWN;
  if (/^torch\.nn\.utils\.(?:parametrizations\.)?(?:spectral_norm|weight_norm|orthogonal)$/.test(type))
    return wrapped(given.args[0]);
  if (/^torch\.utils\.checkpoint\.checkpoint$/.test(type)) {
    const [inner = UNKNOWN, ...args] = given.args;
    return callValue(inner, call, { ...given, args }, frame, run);
  }
  return builtinOf(type, given, call, frame, run) ?? torchCall(type, given, call, run);
}

function withPreset(given: Bindable, preset: ReadonlyMap<string, Value>): Bindable {
  return preset.size === 0 ? given : { ...given, named: new Map([...preset, ...given.named]) };
}

function listOf(items: Value[]): Value {
  return { kind: 'list', items };
}

/** Modules in order; of an OrderedDict or pairs, the second of each. */
function sequence(runs: boolean, given: readonly Value[], call: Call): Value {
  const [only] = given;
  const pairs = runs && given.length === 1 && only?.kind === 'list' ? only.items : given;
  const items = pairs.map((item) => (item.kind === 'list' ? (item.items[1] ?? GAP) : item));
  return ofModule({ kind: 'sequence', runs, items: items.map((item) => (item.kind === 'module' ? item : GAP)), call });
}

function layerOf(target: Value & { kind: 'type' }, call: Call, given: Given, frame: Frame): Value {
  const type = target.type as string;
  const bound = bindNames(call, signatureOf(type));
  const args = new Map(target.preset);
  // Positions behind `*args` are known where the list is.
  const names = signatureOf(type);
  if (call.args.some(({ stars }) => stars === 1) && given.complete)
    given.args.forEach((value, i) => {
      const name = names[i];
      if (name !== undefined) args.set(name, value);
    });
  for (const [name, expression] of bound.values) args.set(name, given.values.get(expression) ?? UNKNOWN);
  return ofModule({
    kind: 'layer',
    type,
    call,
    scope: frame.scope,
    args,
    complete: given.complete,
    wrapped: false,
    isDefault: target.isDefault,
    path: '',
  });
}

function wrapped(value: Value | undefined): Value {
  if (value?.kind !== 'module' || value.module.kind !== 'layer') return value ?? UNKNOWN;
  const layer: LayerModule = { ...value.module, wrapped: true };
  return ofModule(layer);
}

/** `F.relu(x)`, `torch.cat([x, y], 1)`. */
function torchCall(type: string, given: Given, call: Call, run: Run): Value {
  const all = [...given.args, ...given.named.values()];
  const inputs = all.flatMap(tensorsIn);
  const match = /^torch\.(?:nn\.functional\.|special\.)?(\w+)$/.exec(type);
  if (inputs.length === 0) return UNKNOWN;
  // What a library does is not known; that it was this function may say enough.
  if (!match) return { kind: 'tensor', node: run.add({ op: 'unknown', name: type, span: call, inputs }) };
  const { args, named } = given;
  const draft = { op: 'function', name: match[1] ?? '', span: call, inputs, args, named } as const;
  return { kind: 'tensor', node: run.add(draft) };
}

function methodOf(object: Value, name: string, call: Call, given: Given, frame: Frame, run: Run): Value {
  switch (object.kind) {
    case 'list':
      return listMethod(object.items, name, given);
    case 'tensor':
      return tensorMethod(object, name, call, given, run);
    case 'module':
      return moduleMethod(object, name, call, given, frame, run);
    default:
      return unknownFrom([...given.args, ...given.named.values()], call, run);
  }
}

function listMethod(items: Value[], name: string, { args }: Given): Value {
  const [first = UNKNOWN] = args;
  setFree(first);
  if (name === 'append') items.push(first);
  else if (name === 'extend') items.push(...(itemsOf(first) ?? [GAP]));
  else if (name === 'copy') return { kind: 'list', items: [...items] };
  else if (!/^(?:index|count)$/.test(name)) items.splice(0, items.length, GAP);
  if (items.length > MAX_ITEMS * 4) items.splice(MAX_ITEMS, items.length, GAP);
  return UNKNOWN;
}

function tensorMethod(object: Value & { kind: 'tensor' }, name: string, call: Call, given: Given, run: Run): Value {
  if (name === 'size') {
    const [axis] = given.args;
    if (!axis) return { kind: 'shape', node: object.node };
    const at = axis.kind === 'plain' && typeof axis.value === 'number' ? axis.value : null;
    return at === null ? UNKNOWN : ofSize(sizesOf(object.node)?.at(at) ?? `#${object.node.id}[${at}]`);
  }
  if (/^(?:dim|numel|item|get_device|is_contiguous|ndimension|element_size|type)$/.test(name)) return UNKNOWN;
  const inputs = [object.node, ...[...given.args, ...given.named.values()].flatMap(tensorsIn)];
  const args = [object, ...given.args];
  const draft = { op: 'function', name, span: call, inputs, args, named: given.named } as const;
  return { kind: 'tensor', node: run.add(draft) };
}

function moduleMethod(
  object: Value & { kind: 'module' },
  name: string,
  call: Call,
  given: Given,
  frame: Frame,
  run: Run,
): Value {
  const { module } = object;
  if (module.kind === 'object') {
    const attribute = module.attributes.get(name);
    if (attribute) return callValue(attribute, call, given, frame, run);
    const method = run.classes.method(module.fact, name);
    if (method) return run.invoke(method.def, given, module, method.owner, frame);
    const [key, value] = given.args;
    if (/^(?:add_module|register_module)$/.test(name) && value)
      register(module, key?.kind === 'plain' ? String(key.value) : null, value);
  }
  if (name === 'forward') return run.apply(object, given, call, frame);
  if (returnsItself(name) || /^(?:train|eval|requires_grad_|apply)$/.test(name)) return object;
  if (module.kind === 'sequence') grow(module.items, name, given.args);
  return unknownFrom([...given.args, ...given.named.values()], call, run);
}

function grow(items: Value[], name: string, args: readonly Value[]): void {
  if (name === 'append') items.push(args[0] ?? GAP);
  else if (name === 'add_module') items.push(args[1] ?? GAP);
  else if (/^(?:extend|insert|pop)$/.test(name)) items.splice(0, items.length, GAP);
}
