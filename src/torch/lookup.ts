// The one table of layers and functions, by every name they have, and the questions the tracer asks of it.
// All answers are plain data, fit for a JSON bridge.

import { functions } from './functional.ts';
import type { Layer, StateSpec, TorchFunction, Tree } from './layer.ts';
import { all as layers } from './nn/all.ts';
import type { DType, TensorType } from './ops.ts';
import { shapeOps } from './shape.ts';
import type { NodeRef, Params, Value, Values } from './signature.ts';

export interface FoundFunction {
  readonly fn: TorchFunction;
  /** The name writes its result to the first argument. */
  readonly inPlace: boolean;
}

const layersByName: ReadonlyMap<string, Layer> = new Map(layers.map((layer) => [layer.name, layer]));

const functionsByName: ReadonlyMap<string, FoundFunction> = new Map(
  functions.flatMap((fn) => [
    ...[fn.name, ...fn.aliases].map((name): [string, FoundFunction] => [name, { fn, inPlace: false }]),
    ...fn.inPlace.map((name): [string, FoundFunction] => [name, { fn, inPlace: true }]),
  ]),
);

/** By PyTorch's full name, `torch.nn.BatchNorm2d`. */
export function findLayer(name: string): Layer | null {
  return layersByName.get(name) ?? null;
}

/** By any of PyTorch's full names, `torch.relu`, `torch.Tensor.relu_`. */
export function findFunction(name: string): FoundFunction | null {
  return functionsByName.get(name) ?? null;
}

/** The layer's parameters and buffers, as `state_dict` names them below the layer. */
export function layerState(layer: Layer, args: Values): StateSpec {
  return layer.state(args);
}

/** Types of the tensors that arguments refer to: by node, and by index where the node gave a tuple. */
export type TypeTable = Readonly<Record<string, TensorType | readonly TensorType[]>>;

/** What a layer gives for inputs of these types; throws a UserError, `shape/…`, that says what does not fit. */
export function layerOutput(
  layer: Layer,
  args: Values,
  inputs: Values,
  types: TypeTable,
  training: boolean,
  ops = shapeOps,
): Tree<TensorType> {
  const state = Object.fromEntries(
    Object.entries(layer.state(args)).map(([name, tensor]) => [name, tensor && typeOf(tensor)]),
  );
  return layer.forward({ ops, args, inputs, tensor: (ref) => lookUp(types, ref), state, training });
}

/** What a function gives for arguments of these types. */
export function functionOutput(
  fn: TorchFunction,
  args: Values,
  types: TypeTable,
  training: boolean,
  ops = shapeOps,
): Tree<TensorType> {
  return fn.forward({ ops, args, tensor: (ref) => lookUp(types, ref), training });
}

export interface ParamDescription {
  readonly name: string;
  readonly required: boolean;
  readonly default: Value;
  readonly tensor: boolean;
  readonly keywordOnly: boolean;
  readonly varargs: boolean;
  readonly varkeywords: boolean;
  readonly expects: string;
}

export interface LayerDescription {
  readonly name: string;
  readonly args: readonly ParamDescription[];
  readonly call: readonly ParamDescription[];
}

export interface FunctionDescription {
  /** The name to use in a graph. */
  readonly name: string;
  readonly inPlace: boolean;
  readonly args: readonly ParamDescription[];
  readonly fields: readonly string[];
}

export interface Description {
  readonly layers: Readonly<Record<string, LayerDescription>>;
  /** One entry for every name and alias. */
  readonly functions: Readonly<Record<string, FunctionDescription>>;
}

/** Every signature there is, as plain data. */
export function describe(): Description {
  return {
    layers: Object.fromEntries(
      layers.map(({ name, args, call }) => [name, { name, args: describeParams(args), call: describeParams(call) }]),
    ),
    functions: Object.fromEntries(
      [...functionsByName].map(([name, { fn, inPlace }]) => [
        name,
        { name: fn.name, inPlace, args: describeParams(fn.args), fields: fn.fields },
      ]),
    ),
  };
}

function describeParams(params: Params): ParamDescription[] {
  return Object.entries(params).map(([name, param]) => ({
    name,
    required: param.required,
    default: param.default,
    tensor: param.tensor,
    keywordOnly: param.keywordOnly,
    varargs: param.varargs,
    varkeywords: param.varkeywords,
    expects: param.expects,
  }));
}

function typeOf({ shape, dtype }: { readonly shape: readonly number[]; readonly dtype: DType }): TensorType {
  return { shape, dtype };
}

function lookUp(types: TypeTable, ref: NodeRef): TensorType {
  const found = types[ref.node];
  if (found === undefined) throw new RangeError(`No type is known for the node ${ref.node}.`);
  if ('shape' in found) return found;
  const type = found[ref.index ?? 0];
  if (type === undefined) throw new RangeError(`The node ${ref.node} has no output ${ref.index ?? 0}.`);
  return type;
}
