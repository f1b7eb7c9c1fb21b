// What a layer and a function of PyTorch are, as values. The only body either has is its `forward`, written
// against Ops<T>: run on shapes (torch/shape.ts) it gives the output's shape, run on the engine it computes.
// What a constructor or a call takes is typed by its parameters; what it got crosses as plain values.
// Whole numbers that grow with the batch (`{ batch: k }`) are resolved by the caller (`resolveBatch`) first.

import type { DType, Ops, TensorType } from './ops.ts';
import { tensor } from './params.ts';
import {
  type Bound,
  bind,
  fillSlots,
  isNodeRef,
  type NodeRef,
  type Param,
  type Params,
  type TensorSlot,
  type Values,
  type WithTensors,
} from './signature.ts';

/** What a forward returns: a tensor, None, or a tuple or list of such. A handle is therefore never an array. */
export type Tree<T> = T | null | readonly Tree<T>[];

/** One step of a tensor's initialization, by PyTorch's full name; see torch/init.ts. */
export interface InitStep {
  readonly target: string;
  readonly args: Values;
}

export interface StateTensor {
  readonly kind: 'parameter' | 'buffer';
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Whether state_dict has it. */
  readonly persistent: boolean;
  /** In order; what reset_parameters does. */
  readonly init: readonly InitStep[];
}

/** By state_dict's name below the layer (`weight`, `out_proj.weight`); null where the attribute is None. */
export type StateSpec = Readonly<Record<string, StateTensor | null>>;
export type StateHandles<S, T> = { readonly [K in keyof S]: null extends S[K] ? T | null : T };

export interface Context {
  readonly training: boolean;
}

export interface LayerCall<T> extends Context {
  readonly ops: Ops<T>;
  /** The constructor's arguments, by name; what is missing has its default. */
  readonly args: Values;
  /** The call's arguments, by name; tensors as node references. One under a name of the state stands for it. */
  readonly inputs: Values;
  /** The handle a reference stands for. */
  readonly tensor: (ref: NodeRef) => T;
  /** A handle for each name of `state(args)`; null where that is null. */
  readonly state: Readonly<Record<string, T | null>>;
}

export interface Layer {
  /** `torch.nn.BatchNorm2d`. */
  readonly name: string;
  readonly args: Params;
  /** What the layer is called with; the keys' order is the positional order. */
  readonly call: Params;
  /** Throws a UserError for arguments PyTorch's constructor refuses. */
  state(args: Values): StateSpec;
  forward<T>(call: LayerCall<T>): Tree<T>;
}

export interface FunctionCall<T> extends Context {
  readonly ops: Ops<T>;
  /** By name; tensors as node references. */
  readonly args: Values;
  readonly tensor: (ref: NodeRef) => T;
}

export interface TorchFunction {
  /** `torch.nn.functional.relu`. */
  readonly name: string;
  /** Other full names of the same function: `torch.relu`, `torch.Tensor.relu`. A method's first parameter is its tensor. */
  readonly aliases: readonly string[];
  /** Full names that compute the same and then write the result to the first argument: `torch.Tensor.relu_`. */
  readonly inPlace: readonly string[];
  readonly args: Params;
  /** Names of a named tuple's fields, `values`, `indices`; empty where the result is none. */
  readonly fields: readonly string[];
  forward<T>(call: FunctionCall<T>): Tree<T>;
}

type InputOnly = { readonly input: Param<TensorSlot> };

interface LayerDefinition<P extends Params, S extends StateSpec, C extends Params> {
  readonly name: string;
  readonly args: P;
  readonly call?: C;
  state?(args: Bound<P>): S;
  /** Refuses inputs in the layer's own words, before the ops would in theirs. */
  check?(inputs: WithTensors<Bound<C>, TensorType>, args: Bound<P>, context: Context): void;
  forward<T>(
    ops: Ops<T>,
    inputs: WithTensors<Bound<C>, T>,
    state: StateHandles<S, T>,
    args: Bound<P>,
    context: Context,
  ): Tree<T>;
}

export function layer<
  P extends Params,
  S extends StateSpec = Readonly<Record<never, never>>,
  C extends Params = InputOnly,
>(definition: LayerDefinition<P, S, C>): Layer {
  const { name, args } = definition;
  const call = (definition.call ?? { input: tensor() }) as C;
  return {
    name,
    args,
    call,
    state: (values) => definition.state?.(bind(name, args, values)) ?? {},
    forward<T>({ ops, args: values, inputs, tensor: resolve, state, training }: LayerCall<T>): Tree<T> {
      const bound = bind(name, args, values);
      const { own, computed } = apart(call, state, inputs);
      const given = bind(name, call, own);
      const types = fillSlots(call, given, (ref) => ops.type(resolve(ref)));
      definition.check?.(types, bound, { training });
      const handles = fillSlots(call, given, resolve);
      const whole = { ...state, ...Object.fromEntries(computed.map(([key, ref]) => [key, resolve(ref)])) };
      // The names and nulls of the state are those that `state(args)` gave.
      return definition.forward(ops, handles, whole as StateHandles<S, T>, bound, { training });
    },
  };
}

/** Tensors under names of the state stand for it in this call, as a weight that weight_norm computes. */
function apart(
  call: Params,
  state: Readonly<Record<string, unknown>>,
  inputs: Values,
): { readonly own: Values; readonly computed: readonly (readonly [string, NodeRef])[] } {
  const computed: (readonly [string, NodeRef])[] = [];
  const own: Record<string, Values[string]> = {};
  for (const [key, value] of Object.entries(inputs))
    if (isNodeRef(value) && Object.hasOwn(state, key) && !Object.hasOwn(call, key)) computed.push([key, value]);
    else own[key] = value;
  return { own, computed };
}

interface FunctionDefinition<P extends Params> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly inPlace?: readonly string[];
  readonly args: P;
  readonly fields?: readonly string[];
  forward<T>(ops: Ops<T>, args: WithTensors<Bound<P>, T>, context: Context): Tree<T>;
}

export function fn<P extends Params>(definition: FunctionDefinition<P>): TorchFunction {
  const { name, args, aliases = [], inPlace = [], fields = [] } = definition;
  return {
    name,
    aliases,
    inPlace,
    args,
    fields,
    forward: ({ ops, args: values, tensor: resolve, training }) =>
      definition.forward(ops, fillSlots(args, bind(name, args, values), resolve), { training }),
  };
}

export function parameter(shape: readonly number[], ...init: readonly InitStep[]): StateTensor {
  return { kind: 'parameter', shape, dtype: 'float32', persistent: true, init };
}

export function buffer(shape: readonly number[], init: InitStep, dtype: DType = 'float32'): StateTensor {
  return { kind: 'buffer', shape, dtype, persistent: true, init: [init] };
}

/** The tensors of a tree in order, as a graph's node numbers its outputs; None is left out. */
export function leaves<T>(tree: Tree<T>): T[] {
  if (tree === null) return [];
  return isList(tree) ? tree.flatMap((branch) => leaves(branch)) : [tree];
}

function isList<T>(tree: Tree<T>): tree is readonly Tree<T>[] {
  return Array.isArray(tree);
}
