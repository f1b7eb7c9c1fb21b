// A graph as text, for goldens and for people: inputs, modules, tensors with their initialization, nodes.

import { isBatchMultiple, isNodeRef, show, type Value, type Values } from '../torch/signature.ts';
import type { Graph, GraphNode, InitCall, ModuleInfo, TensorInfo } from './graph.ts';

export function printGraph(graph: Graph): string {
  const same = JSON.stringify(graph.train) === JSON.stringify(graph.eval);
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['inputs', graph.inputs.map(({ name, shape, dtype, batched }) => `${name} ${shapeText(shape, batched)} ${dtype}`)],
    ['modules', graph.modules.map(moduleText)],
    ['tensors', graph.tensors.map(tensorText)],
    [same ? 'train and eval' : 'train', graph.train.map(nodeText)],
    ['eval', same ? [] : graph.eval.map(nodeText)],
    ['problems', graph.problems.map(({ code, message, place }) => `${code}: ${message}${at(place)}`)],
  ];
  const body = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`);
  return `${graph.construct}\n\n${body.join('\n')}`;
}

function moduleText({ path, class: name, args, layer, place }: ModuleInfo): string {
  const called = layer ? `${name}(${argumentsText(args)})` : name;
  return `${path === '' ? '.' : path} = ${called}${at(place)}`;
}

function tensorText({ name, kind, shape, dtype, requires_grad, persistent, init }: TensorInfo): string {
  const notes = [
    kind === 'parameter' && !requires_grad ? ' frozen' : '',
    persistent ? '' : ' not persistent',
    dtype === 'float32' ? '' : ` ${dtype}`,
  ].join('');
  return `${name} ${kind} ${shapeText(shape, false)}${notes} = ${init.map(initText).join('; ')}`;
}

function initText({ target, args, place }: InitCall): string {
  return `${target}(${argumentsText(args)})${at(place)}`;
}

function nodeText({ name, op, target, args, outputs, place, fidelity, reason }: GraphNode): string {
  const types = outputs.map(
    ({ shape, dtype }) => `${shapeText(shape, false)}${dtype === 'float32' ? '' : ` ${dtype}`}`,
  );
  const result = types.length === 0 ? '' : ` -> ${types.join(', ')}`;
  const doubt = fidelity === 'exact' ? '' : ` (${fidelity}: ${reason})`;
  const called = op === 'output' ? valueText(args['output'] ?? null) : `${op} ${target}(${argumentsText(args)})`;
  return `${name} = ${called}${result}${at(place)}${doubt}`;
}

function at(place: { readonly path: string; readonly line: number } | null): string {
  return place === null ? '' : `  # ${place.path}:${place.line}`;
}

function argumentsText(args: Values): string {
  return Object.entries(args)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(', ');
}

function valueText(value: Value): string {
  if (isNodeRef(value)) return value.index === undefined ? value.node : `${value.node}[${value.index}]`;
  if (isBatchMultiple(value)) return value.batch === 1 ? 'batch' : `${value.batch}*batch`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return show(value);
  return `{${argumentsText(Object.fromEntries(Object.entries(value)))}}`;
}

function shapeText(shape: readonly number[], batched: boolean): string {
  return `[${shape.map((size, i) => (batched && i === 0 ? `batch=${size}` : size)).join(', ')}]`;
}
