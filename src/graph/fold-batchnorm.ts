// The evaluation half of a graph with BatchNorms folded into the products before them: a product's weight and bias
// are computed from both layers' state, so that they follow it, and the norm is gone. Training is left as it is.

import { isList, isNodeRef, type NodeRef, type Value, type Values } from '../torch/signature.ts';
import type { Graph, GraphNode, ModuleInfo } from './graph.ts';

const PRODUCT = /^torch\.nn\.(Linear|Conv[123]d|ConvTranspose[123]d)$/;
const NORM = /^torch\.nn\.(BatchNorm[123]d|SyncBatchNorm)$/;

/** Outputs for each number of the weight from which a pass gains: the weight is computed anew in each. */
const WORTH = 4;
/** What the engine computes together with the norm: folding would leave a pass over the outputs all the same. */
const RELU = /(^|[.])(relu_?|ReLU)$/;

/** All that can be folded, or, at a batch size, what makes a pass faster. */
export function foldBatchNorm(graph: Graph, batch: number | null = null): Graph {
  const modules = new Map(graph.modules.map((module) => [module.path, module]));
  const uses = countUses(graph.eval);
  const nodes = new Map(graph.eval.map((node) => [node.name, node]));
  const folded = new Map<string, Fold>();
  for (const norm of graph.eval) {
    const fold = foldable(norm, { nodes, modules, uses });
    if (fold !== null && (batch === null || isWorthwhile(graph, fold, batch))) folded.set(fold.product.name, fold);
  }
  if (folded.size === 0) return graph;
  const instead = new Map([...folded.values()].map(({ norm, product }) => [norm.name, product.name]));
  const result = graph.eval.flatMap((node) => {
    if (instead.has(node.name)) return [];
    const fold = folded.get(node.name);
    const own = { ...node, args: renamed(node.args, instead) };
    return fold === undefined ? [own] : withFused(graph, own, fold);
  });
  return { ...graph, eval: result };
}

function isWorthwhile(graph: Graph, { norm, product, productModule }: Fold, batch: number): boolean {
  const readers = graph.eval.filter(({ args }) =>
    Object.values(args).some((arg) => isNodeRef(arg) && arg.node === norm.name),
  );
  const classOf = (node: GraphNode) => graph.modules.find(({ path }) => path === node.target)?.class ?? node.target;
  if (readers.length === 1 && readers.every((node) => RELU.test(classOf(node)))) return false;
  const size = (shape: readonly number[] = []) => shape.reduce((n, one) => n * one, 1);
  const traced = graph.inputs.find(({ batched }) => batched)?.shape[0] ?? batch;
  const weight = graph.tensors.find(({ name }) => name === productModule.state['weight']);
  return (size(product.outputs[0]?.shape) / traced) * batch >= WORTH * size(weight?.shape);
}

interface Fold {
  readonly norm: GraphNode;
  readonly product: GraphNode;
  readonly normModule: ModuleInfo;
  readonly productModule: ModuleInfo;
}

interface Found {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly modules: ReadonlyMap<string, ModuleInfo>;
  readonly uses: ReadonlyMap<string, number>;
}

/** A norm with running statistics behind a product that nothing else reads and that computes its own weight. */
function foldable(norm: GraphNode, { nodes, modules, uses }: Found): Fold | null {
  if (norm.op !== 'call_module') return null;
  const normModule = modules.get(norm.target);
  const input = norm.args['input'];
  if (normModule === undefined || !NORM.test(normModule.class) || !isNodeRef(input)) return null;
  if ((normModule.state['running_mean'] ?? null) === null || (normModule.state['running_var'] ?? null) === null)
    return null;
  const product = nodes.get(input.node);
  const productModule = product?.op === 'call_module' ? modules.get(product.target) : undefined;
  if (product === undefined || productModule === undefined || !PRODUCT.test(productModule.class)) return null;
  const channelsFirst = productModule.class !== 'torch.nn.Linear' || (product.outputs[0]?.shape.length ?? 0) === 2;
  const own = (productModule.state['weight'] ?? null) !== null && product.args['weight'] === undefined;
  return own && channelsFirst && uses.get(product.name) === 1 ? { norm, product, normModule, productModule } : null;
}

/** The tensors both need, what they make, and the product that takes it. */
function withFused(graph: Graph, product: GraphNode, { normModule, productModule }: Fold): GraphNode[] {
  const base = { place: product.place, stack: product.stack, fidelity: 'exact', reason: '' } as const;
  const made: GraphNode[] = [];
  const tensor = (name: string | null | undefined): NodeRef | null => {
    const found = graph.tensors.find((one) => one.name === name);
    if (found === undefined) return null;
    const node = `${product.name}_${found.name.replaceAll('.', '_')}`;
    const outputs = [{ shape: found.shape, dtype: found.dtype }];
    made.push({ ...base, name: node, op: 'get_attr', target: found.name, args: {}, outputs });
    return { node };
  };
  const linear = productModule.class === 'torch.nn.Linear';
  const prefix = linear ? 'linear' : 'conv';
  const weight = tensor(productModule.state['weight']);
  const { running_mean, running_var, weight: gamma, bias: beta } = normModule.state;
  const args: Values = {
    [`${prefix}_w`]: weight,
    [`${prefix}_b`]: tensor(productModule.state['bias']),
    bn_rm: tensor(running_mean),
    bn_rv: tensor(running_var),
    bn_eps: normModule.args['eps'] ?? 1e-5,
    bn_w: tensor(gamma),
    bn_b: tensor(beta),
    ...(linear ? {} : { transpose: productModule.class.includes('Transpose') }),
  };
  const [type] = made[0]?.outputs ?? [];
  if (type === undefined) return [product];
  const channels = made.find(({ target }) => target === running_mean)?.outputs[0]?.shape ?? [];
  const target = `torch.nn.utils.fusion.fuse_${prefix}_bn_weights`;
  const name = `${product.name}_folded`;
  const outputs = [type, { shape: channels, dtype: type.dtype }];
  made.push({ ...base, name, op: 'call_function', target, args, outputs });
  const computed = { weight: { node: name, index: 0 }, bias: { node: name, index: 1 } };
  return [...made, { ...product, args: { ...product.args, ...computed } }];
}

function countUses(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const count = (value: Value): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isNodeRef(value)) uses.set(value.node, (uses.get(value.node) ?? 0) + 1);
    else for (const item of isList(value) ? value : Object.values(value)) count(item);
  };
  for (const { args } of nodes) count(args);
  return uses;
}

function renamed(args: Values, instead: ReadonlyMap<string, string>): Values {
  const rename = (value: Value): Value => {
    if (typeof value !== 'object' || value === null) return value;
    if (isNodeRef(value)) {
      const node = instead.get(value.node);
      return node === undefined ? value : { node };
    }
    if (isList(value)) return value.map(rename);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rename(item)]));
  };
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, rename(value)]));
}
