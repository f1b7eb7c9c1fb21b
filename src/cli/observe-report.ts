// What `observe` prints. The JSON is a contract and holds no times: the same seed gives the same bytes.

import type { Verdict } from '../base/finding.ts';
import type { Graph } from '../graph/graph.ts';
import { printNumber } from '../lab/expect.ts';
import type { Histogram, Observation, Scalar, Vector } from '../lab/observation.ts';
import type { RunResult, RunSpec } from '../lab/plan.ts';
import { shownPath } from './model-file.ts';
import { blocks, columns, sparkline } from './terminal.ts';
import { packageVersion } from './version.ts';

export interface Observed {
  readonly file: string;
  readonly graph: Graph;
  readonly spec: RunSpec;
  readonly result: RunResult;
  readonly verdicts: readonly Verdict[];
  readonly choices: readonly string[];
}

interface Point {
  readonly step: number;
  readonly value: number;
}

export function printJson(observed: Observed): string {
  const { graph, spec, result, verdicts, choices } = observed;
  const data = {
    version: packageVersion(),
    model: graph.rootClass,
    construct: graph.construct,
    path: shownPath(observed.file),
    status: result.status,
    reason: result.reason,
    steps: result.steps,
    batch: spec.batch,
    seed: spec.seed,
    optimizer: spec.optimizer,
    choices,
    losses: {
      train: points(result, 'loss/train'),
      eval: points(result, 'loss/eval'),
      evalInTrainMode: points(result, 'loss/eval-in-train-mode'),
    },
    summary: result.summary,
    gradientNorm: points(result, 'gradient-norm'),
    layers: layerNames(graph, result).map((name) => layerJson(graph, result, name)),
    verdicts: verdicts.map(({ rule, name, severity, layer, place, message, numbers }) => ({
      rule,
      name,
      severity,
      layer,
      path: place ? shownPath(place.path) : shownPath(observed.file),
      line: place?.line ?? null,
      message,
      numbers,
    })),
  };
  return `${JSON.stringify(data)}\n`;
}

function points(result: RunResult, name: string, layer = ''): readonly Point[] {
  return scalars(result, layer)
    .filter((scalar) => scalar.name === name)
    .map(({ step, value }) => ({ step, value }));
}

function scalars(result: RunResult, layer: string): readonly Scalar[] {
  return result.observations.filter(
    (observation): observation is Scalar => observation.kind === 'scalar' && observation.layer === layer,
  );
}

/** In the order of computing. */
function layerNames(graph: Graph, result: RunResult): readonly string[] {
  const measured = [...new Set(result.observations.map(({ layer }) => layer))].filter((layer) => layer !== '');
  const order = new Map(graph.train.map((node, i) => [node.op === 'call_module' ? node.target : node.name, i]));
  const rank = (layer: string) => order.get(layer.split('#')[0] ?? layer) ?? order.size;
  return measured.sort((a, b) => rank(a) - rank(b));
}

function describeLayer(graph: Graph, name: string): { kind: string; line: number | null } {
  const module = graph.modules.find(({ path }) => path === name.split('#')[0]);
  const node = graph.train.find((one) => one.name === name);
  return { kind: module?.class ?? node?.target ?? '', line: (module?.place ?? node?.place)?.line ?? null };
}

function layerJson(graph: Graph, result: RunResult, name: string) {
  const mine = result.observations.filter(({ layer }) => layer === name);
  const measures: Record<string, readonly Point[]> = {};
  for (const { name: measure } of scalars(result, name)) measures[measure] ??= points(result, measure, name);
  return {
    name,
    ...describeLayer(graph, name),
    histograms: mine.filter(isHistogram).map(({ name: of, kind, layer, ...histogram }) => ({ of, ...histogram })),
    measures,
    vectors: mine.filter(isVector).map(({ name: of, step, values }) => ({ of, step, values })),
  };
}

function isHistogram(observation: Observation): observation is Histogram {
  return observation.kind === 'histogram';
}

function isVector(observation: Observation): observation is Vector {
  return observation.kind === 'vector';
}

export function printText(observed: Observed): string {
  const { graph, result, verdicts, choices } = observed;
  const title = `${graph.construct || graph.rootClass}, ${shownPath(observed.file)}`;
  const stopped = result.status === 'finished' ? '' : `\n${result.status}: ${result.reason}`;
  return [
    title,
    ...choices.map((choice) => `  ${choice}`),
    stopped,
    curves(result),
    '',
    layerTable(graph, result),
    '',
    ...(verdicts.length === 0 ? ['No fault measured.'] : verdicts.map((verdict) => printVerdict(observed, verdict))),
    '',
  ].join('\n');
}

function curves(result: RunResult): string {
  const rows = [
    ['training loss', 'loss/train'],
    ['validation loss, eval mode', 'loss/eval'],
    ['validation loss, training mode', 'loss/eval-in-train-mode'],
    ['gradient norm', 'gradient-norm'],
  ].map(([title = '', name = '']) => {
    const values = points(result, name).map(({ value }) => value);
    const [first, last] = [values[0], values.at(-1)];
    if (first === undefined || last === undefined) return [title, 'not measured'];
    return [title, `${printNumber(first)} → ${printNumber(last)}`, sparkline(values)];
  });
  return columns(rows);
}

/** The last histogram of each layer, with the deviation over the run. */
function layerTable(graph: Graph, result: RunResult): string {
  const rows = layerNames(graph, result).flatMap((name) => {
    const last = result.observations
      .filter(isHistogram)
      .findLast((one) => one.layer === name && one.name === 'activation');
    if (!last) return [];
    const { kind, line } = describeLayer(graph, name);
    const short = kind.replace(/^torch\.nn\.(functional\.)?/, '');
    const place = line === null ? '' : `line ${line}`;
    const numbers = `mean ${printNumber(last.mean)}, std ${printNumber(last.std)}`;
    return [[name, short, place, numbers, blocks(last)]];
  });
  return `Activations at the last kept step\n${columns(rows, '  ')}`;
}

function printVerdict({ file }: Observed, { rule, name, place, message }: Verdict): string {
  const where = place ? `${shownPath(place.path)}:${place.line}` : shownPath(file);
  return `${where}: ${rule} ${name}\n    ${message}`;
}
