// The model as a table of its layers in the order of the call, with shapes, parameters and lines.

import type { Place } from '../../base/finding.ts';
import { multiplyAdds } from '../../graph/cost.ts';
import type { Graph, GraphNode } from '../../graph/graph.ts';
import { parameterCount } from '../model-numbers.ts';

type Row = readonly [string, string, string, string, string];

const HEADINGS: Row = ['name', 'what', 'output', 'parameters', 'line'];

export function modelTable(graph: Graph, input: string, shownPath: (path: string) => string): string {
  const rows = graph.eval.filter((node) => node.op !== 'get_attr').map((node) => row(graph, node, shownPath));
  const widths = HEADINGS.map((heading, i) =>
    Math.max(heading.length, ...rows.map((cells) => (cells[i] ?? '').length)),
  );
  const line = (cells: Row) =>
    cells
      .map((cell, i) => (i === 3 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const all = parameterCount(graph, () => true);
  const batch = graph.inputs.find(({ batched }) => batched)?.shape[0] ?? 1;
  const cost = multiplyAdds(graph, { batch, mode: 'eval' }) / batch;
  const trainable = parameterCount(graph, (tensor) => tensor.requires_grad);
  const problems = graph.problems.map(({ message, place }) => `${place ? `${at(place, shownPath)}: ` : ''}${message}`);
  return [
    `${graph.construct} of ${shownPath(graph.path)}, on ${input}`,
    rule,
    line(HEADINGS),
    rule,
    ...rows.map(line),
    rule,
    `${grouped(all)} parameters, ${grouped(trainable)} trainable; ${graph.modules.length} ${graph.modules.length === 1 ? 'module' : 'modules'}; ${grouped(Math.round(cost))} multiply-adds a sample`,
    ...problems,
    '',
  ].join('\n');
}

function row(graph: Graph, node: GraphNode, shownPath: (path: string) => string): Row {
  const module = node.op === 'call_module' ? graph.modules.find(({ path }) => path === node.target) : undefined;
  const name = module ? node.target || node.name : node.name;
  const shapes = node.outputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' ');
  const marked = node.fidelity === 'exact' ? '' : ` (${node.fidelity}: ${node.reason})`;
  return [
    name,
    what(node, module?.class) + marked,
    shapes,
    module ? parametersOf(graph, module.state) : '',
    lineOf(node.place ?? module?.place ?? null),
  ];

  /** Of the call; where PyTorch's own code makes it, of the layer. */
  function lineOf(place: Place | null): string {
    return place === null ? '' : `${shownPath(place.path)}:${place.line}`;
  }
}

function what(node: GraphNode, layer: string | undefined): string {
  if (node.op === 'call_module') return (layer ?? '').replace(/^torch\./, '');
  return node.op === 'call_function' ? node.target : node.op === 'placeholder' ? 'input' : node.op;
}

function parametersOf(graph: Graph, state: Readonly<Record<string, string | null>>): string {
  const names = new Set(Object.values(state));
  const count = parameterCount(graph, ({ name }) => names.has(name));
  return count === 0 ? '' : grouped(count);
}

function grouped(n: number): string {
  return n.toLocaleString('en-US');
}

function at(place: Place, shownPath: (path: string) => string): string {
  return `${shownPath(place.path)}:${place.line}`;
}
