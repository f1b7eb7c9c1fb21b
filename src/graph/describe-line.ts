// What a model's graph knows of one line of source: the layers made there, or the calls made there, with shapes,
// parameters and how they begin. As Markdown, for a hover.

import { show } from '../torch/signature.ts';
import type { Graph, GraphNode, InitCall, ModuleInfo, TensorInfo } from './graph.ts';

const MOST_LAYERS = 4;
const MOST_CALLS = 6;

/** null where the line makes and calls nothing of the model. `path` is the file as the graph names it. */
export function describeLine(graph: Graph, path: string, line: number): string | null {
  const here = ({ place }: ModuleInfo | GraphNode) => place !== null && place.path === path && place.line === line;
  const layers = graph.modules.filter((module) => module.layer && here(module));
  if (layers.length > 0) return describeLayers(graph, layers);
  const calls = graph.train.filter((node) => node.op.startsWith('call_') && here(node));
  return calls.length > 0 ? describeCalls(calls) : null;
}

function describeLayers(graph: Graph, layers: readonly ModuleInfo[]): string {
  const shown = layers.slice(0, MOST_LAYERS).map((layer) => describeLayer(graph, layer));
  const rest = layers.length - shown.length;
  const more = rest > 0 ? [`…and ${rest} more ${rest === 1 ? 'layer' : 'layers'} made on this line.`] : [];
  return [...shown, ...more].join('\n\n');
}

export function describeLayer(graph: Graph, { path, class: name, state }: ModuleInfo): string {
  const calls = graph.train.filter(({ op, target }) => op === 'call_module' && target === path);
  const tensors = new Map(graph.tensors.map((tensor) => [tensor.name, tensor]));
  const own = Object.entries(state).flatMap(([attribute, tensor]) => {
    const info = tensor === null ? undefined : tensors.get(tensor);
    return info ? [[attribute, info] as const] : [];
  });
  const parameters = own.filter(([, { kind }]) => kind === 'parameter');
  const count = parameters.reduce((sum, [, { shape }]) => sum + shape.reduce((n, size) => n * size, 1), 0);
  const trained = parameters.some(([, { requires_grad }]) => requires_grad);
  const total = count === 0 ? 'no parameters' : `${grouped(count)} parameters${trained ? '' : ', frozen'}`;
  const output =
    calls.length === 0 ? 'never called' : `output ${outputsOf(calls[0] as GraphNode)}${times(calls.length)}`;
  return [
    `**${name.replace(/^torch\./, '')}** \`${path}\`: ${output}, ${total}`,
    ...own.map(([attribute, tensor]) => `- \`${attribute}\` ${shapeOf(tensor)} ${beginning(tensor)}`),
    ...calls.flatMap(doubt),
  ].join('\n');
}

function describeCalls(calls: readonly GraphNode[]): string {
  const shown = calls.slice(0, MOST_CALLS).map((node) => {
    const what = node.op === 'call_module' ? node.target : node.target.replace(/^torch\.(nn\.functional\.)?/, '');
    return [`\`${what}\` → ${outputsOf(node)}`, ...doubt(node)].join('\n');
  });
  const rest = calls.length - shown.length;
  return [...shown, ...(rest > 0 ? [`…and ${rest} more on this line.`] : [])].join('\n\n');
}

export function outputsOf({ outputs }: GraphNode): string {
  return outputs.map(({ shape, dtype }) => `(${shape.join(', ')})${dtype === 'float32' ? '' : ` ${dtype}`}`).join(', ');
}

function times(count: number): string {
  return count === 1 ? '' : `, called ${count} times`;
}

function shapeOf({ shape, kind, persistent }: TensorInfo): string {
  const what = kind === 'buffer' ? ` buffer${persistent ? '' : ', not saved'}` : '';
  return `(${shape.join(', ')})${what}`;
}

/** The writes that made it what it is, with the line where the user's code did. */
function beginning({ init }: TensorInfo): string {
  const calls = init.map(({ target, args, place }: InitCall) => {
    const given = Object.entries(args).map(([name, value]) => `${name}=${show(value)}`);
    const at = place === null ? '' : ` (line ${place.line})`;
    return `\`${target.replace(/^torch\.(nn\.init\.)?/, '')}(${given.join(', ')})\`${at}`;
  });
  return calls.length === 0 ? '' : `begins as ${calls.join(', then ')}`;
}

/** The name of the last write: `constant_`. */
export function beginningOf({ init }: TensorInfo): string {
  return init.at(-1)?.target.replace(/^torch\.(nn\.init\.|Tensor\.)?/, '') ?? '';
}

function doubt({ fidelity, reason }: GraphNode): string[] {
  return fidelity === 'exact' ? [] : [`- ${fidelity}: ${reason}`];
}

export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}
