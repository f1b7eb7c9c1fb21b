// Graphs made by hand, in the form the tracer gives: for the lab's built-in models and for tests. Node names
// are torch.fx's: a module's path with `_` for dots, a function's last word, numbered from the second on.

import { UserError } from '../base/errors.ts';
import { type Layer, leaves } from '../torch/layer.ts';
import { findFunction, findLayer, functionOutput, layerOutput, layerState } from '../torch/lookup.ts';
import type { DType, TensorType } from '../torch/ops.ts';
import type { NodeRef, Value, Values } from '../torch/signature.ts';
import type { Graph, GraphInput, GraphNode, ModuleInfo, TensorInfo } from './graph.ts';

/** A step of a chain: a layer by PyTorch's full name; `path` is its attribute, numbered where absent. */
export interface LayerStep {
  readonly class: string;
  readonly args?: Values;
  readonly path?: string;
}

export interface InputStep {
  readonly name?: string;
  /** With the example's batch in dimension 0. */
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly range?: readonly [number, number];
}

/** One layer after the other, as torch.nn.Sequential. */
export function sequential(name: string, input: InputStep, layers: readonly LayerStep[]): Graph {
  const builder = new GraphBuilder(name);
  let value = builder.input(input);
  for (const [i, { class: layer, args = {}, path = String(i) }] of layers.entries())
    value = builder.layer(path, layer, args, value);
  return builder.finish(value);
}

/** Collects nodes in the order they compute. */
export class GraphBuilder {
  readonly #rootClass: string;
  readonly #inputs: GraphInput[] = [];
  readonly #modules: ModuleInfo[] = [];
  readonly #tensors: TensorInfo[] = [];
  readonly #nodes: { readonly train: GraphNode[]; readonly eval: GraphNode[] } = { train: [], eval: [] };
  readonly #types: { train: Record<string, readonly TensorType[]>; eval: Record<string, readonly TensorType[]> } = {
    train: {},
    eval: {},
  };

  constructor(rootClass: string) {
    this.#rootClass = rootClass;
    this.#modules.push({ path: '', class: rootClass, args: {}, layer: false, state: {}, place: null });
  }

  input({ name = 'x', shape, dtype = 'float32', range }: InputStep): NodeRef {
    this.#inputs.push({ name, shape, dtype, batched: true, ...(range === undefined ? {} : { range }) });
    return this.#add(name, { op: 'placeholder', target: name, args: {} }, () => [{ shape, dtype }]);
  }

  /** Calls the layer at `path`, which is made the first time; `input` is a reference or the call's arguments by name. */
  layer(path: string, name: string, args: Values, input: NodeRef | Values): NodeRef {
    const layer = findLayer(name);
    if (layer === null) throw new UserError('torch/unknown-layer', `The layer \`${name}\` is not known.`);
    if (!this.#modules.some((module) => module.path === path)) this.#make(path, layer, args);
    const first = Object.keys(layer.call)[0] ?? 'input';
    const inputs: Values = isReference(input) ? { [first]: input } : input;
    return this.#add(path.replaceAll('.', '_'), { op: 'call_module', target: path, args: inputs }, (mode) =>
      leaves(layerOutput(layer, args, inputs, this.#types[mode], mode === 'train')),
    );
  }

  /** Calls a function by any of its full names. */
  call(name: string, args: Values): NodeRef {
    const found = findFunction(name);
    if (found === null) throw new UserError('torch/unknown-function', `The function \`${name}\` is not known.`);
    const word = name.slice(name.lastIndexOf('.') + 1).replaceAll('__', '');
    return this.#add(word, { op: 'call_function', target: name, args }, (mode) =>
      leaves(functionOutput(found.fn, args, this.#types[mode], mode === 'train')),
    );
  }

  finish(output: Value): Graph {
    this.#add('output', { op: 'output', target: 'output', args: { output } }, () => []);
    return {
      version: 1,
      rootClass: this.#rootClass,
      construct: `${this.#rootClass}()`,
      path: '',
      place: null,
      inputs: this.#inputs,
      modules: this.#modules,
      tensors: this.#tensors,
      train: this.#nodes.train,
      eval: this.#nodes.eval,
      problems: [],
    };
  }

  #make(path: string, layer: Layer, args: Values): void {
    const names: Record<string, string | null> = {};
    for (const [name, tensor] of Object.entries(layerState(layer, args))) {
      names[name] = tensor === null ? null : `${path}.${name}`;
      if (tensor === null) continue;
      const { kind, shape, dtype, persistent, init } = tensor;
      const steps = init.map((step) => ({ ...step, place: null }));
      const requires_grad = kind === 'parameter';
      this.#tensors.push({ name: `${path}.${name}`, kind, shape, dtype, requires_grad, persistent, init: steps });
    }
    this.#modules.push({
      path,
      class: layer.name,
      args: withDefaults(layer, args),
      layer: true,
      state: names,
      place: null,
    });
  }

  #add(
    wanted: string,
    node: Pick<GraphNode, 'op' | 'target' | 'args'>,
    outputs: (mode: 'train' | 'eval') => readonly TensorType[],
  ): NodeRef {
    const name = this.#unique(/^\d/.test(wanted) ? `_${wanted}` : wanted);
    for (const mode of ['train', 'eval'] as const) {
      const types = outputs(mode);
      this.#types[mode][name] = types;
      const rest = { place: null, stack: [], fidelity: 'exact', reason: '' } as const;
      this.#nodes[mode].push({ name, ...node, outputs: types, ...rest });
    }
    return { node: name };
  }

  #unique(wanted: string): string {
    const taken = new Set(this.#nodes.train.map(({ name }) => name));
    if (!taken.has(wanted)) return wanted;
    let i = 1;
    while (taken.has(`${wanted}_${i}`)) i++;
    return `${wanted}_${i}`;
  }
}

/** Every argument, as the tracer binds them, but where a tensor would live. */
function withDefaults(layer: Layer, args: Values): Values {
  const bound = Object.entries(layer.args).map(([name, param]): [string, Value] => [name, args[name] ?? param.default]);
  return Object.fromEntries(bound.filter(([name]) => name !== 'device' && name !== 'dtype'));
}

function isReference(value: NodeRef | Values): value is NodeRef {
  return typeof value['node' as keyof typeof value] === 'string';
}
