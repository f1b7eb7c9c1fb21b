// `normlab read`: what the reader understood of a model, as a table or as JSON.

import path from 'node:path';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { UserError } from '../base/errors.ts';
import type { Place } from '../base/finding.ts';
import type { Graph, GraphProblem } from '../graph/graph.ts';
import { callReader } from './call-reader.ts';
import { bufferElements, leafModuleCounts, moduleCounts, outputShape, parameterCount } from './model-numbers.ts';
import { modelTable } from './reporters/model-table.ts';
import { environmentsFor, readSources } from './sources.ts';
import { packageVersion } from './version.ts';

interface ReadOptions {
  readonly construct?: string;
  readonly input?: string;
  readonly python?: string;
  readonly packages?: boolean;
  readonly format: 'text' | 'json';
}

export function addRead(program: Command): void {
  program
    .command('read')
    .description('read a model without Python: layers, shapes, parameters, each with its line')
    .argument('<file>', 'a Python file with an nn.Module')
    .option('--construct <expression>', 'how the model is built, as `ResNet18()`')
    .option('--input <expression>', 'what forward() gets, as `torch.randn(1, 3, 32, 32)`')
    .option('--python <path>', 'the interpreter, or its environment, whose packages the model may import')
    .option('--no-packages', 'read no installed packages')
    .addOption(new Option('--format <format>', 'how it is written').choices(['text', 'json']).default('text'))
    .action(async (file: string, options: ReadOptions) => {
      process.stdout.write(await read(file, options));
    });
}

/** What the command prints; a UserError where no model could be read. */
export async function read(file: string, options: ReadOptions): Promise<string> {
  const sources = readSources(file);
  const { construct = null, input = null, python, packages = true } = options;
  const environments = packages ? environmentsFor(sources, python) : [];
  const result = await callReader({ ...sources, construct, input, environments });
  if (result.graph === null) throw new UserError('model/unread', unread(file, result.problems));
  if (options.format === 'json') return `${JSON.stringify(modelJson(result.graph), null, 2)}\n`;
  return modelTable(result.graph, result.input, shownPath);
}

/** The graph as the JSON contract has it. Shapes and nodes are those of evaluation mode. */
export function modelJson(graph: Graph) {
  return {
    version: packageVersion(),
    rootClass: graph.rootClass,
    totalParams: parameterCount(graph, () => true),
    trainableParams: parameterCount(graph, (tensor) => tensor.requires_grad),
    bufferElements: bufferElements(graph),
    inputShapes: graph.inputs.map((input) => input.shape),
    outputShape: outputShape(graph),
    moduleCounts: moduleCounts(graph),
    leafModuleCounts: leafModuleCounts(graph),
    nodes: graph.eval.map((node) => ({
      name: node.name,
      op: node.op,
      target: node.target,
      path: node.place && shownPath(node.place.path),
      line: node.place?.line ?? null,
      shape:
        node.op === 'output'
          ? outputShape(graph)
          : node.outputs.length === 1
            ? node.outputs[0]?.shape
            : node.outputs.map((output) => output.shape),
    })),
    fidelity: fidelity(graph),
    problems: graph.problems.map(({ code, message, place }) => ({
      code,
      message,
      path: place && shownPath(place.path),
      line: place?.line ?? null,
    })),
  };
}

function fidelity(graph: Graph) {
  const count = { exact: 0, approximated: 0, skipped: 0 };
  for (const node of graph.eval) count[node.fidelity]++;
  return count;
}

function unread(file: string, problems: readonly GraphProblem[]): string {
  const lines = problems.map(({ message, place }) => `  ${place ? `${at(place)}: ` : ''}${message}`);
  return [`No model of \`${file}\` could be read.`, ...lines].join('\n');
}

function at(place: Place): string {
  return `${shownPath(place.path)}:${place.line}:${place.column}`;
}

/** Relative to where the command runs, where the file is below that. */
function shownPath(file: string): string {
  const relative = path.relative(process.cwd(), file).split(path.sep).join('/');
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}
