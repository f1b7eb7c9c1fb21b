// Observations into verdicts: findings with numbers. A verdict speaks where a threshold is passed that its
// page justifies, and is silent where what it needs was not measured. Some speak only of what the analyzer
// found in the source: they measure what the finding costs.

import type { Place, Severity, Verdict } from '../base/finding.ts';
import type { Graph, ModuleInfo } from '../graph/graph.ts';
import type { Observation, Scalar } from './observation.ts';
import type { RunResult } from './plan.ts';

/** A finding of the analyzer, reduced to what a verdict needs of it. */
export interface StaticFinding {
  readonly rule: string;
  readonly name: string;
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly place?: Place;
}

export interface JudgeContext {
  readonly graph: Graph;
  readonly findings: readonly StaticFinding[];
  /** The run's batch size, for the sentence; 0 where it is not known. */
  readonly batch?: number;
}

export interface VerdictKind {
  /** The file's name; for a measured finding, the rule's. */
  readonly name: string;
  readonly code: string;
  readonly title: string;
  /** Observers whose observations it needs. */
  readonly observers: readonly string[];
  judge(evidence: Evidence): readonly Verdict[];
}

/** One run as a verdict sees it. */
export class Evidence {
  readonly result: RunResult;
  readonly graph: Graph;
  readonly batch: number;
  readonly #findings: readonly StaticFinding[];
  readonly #scalars = new Map<string, Map<string, Scalar[]>>();

  constructor(result: RunResult, { graph, findings, batch }: JudgeContext) {
    this.result = result;
    this.graph = graph;
    this.batch = batch ?? 0;
    this.#findings = findings;
    for (const observation of result.observations) if (isScalar(observation)) this.#add(observation);
  }

  #add(scalar: Scalar): void {
    const layers = this.#scalars.get(scalar.name) ?? new Map<string, Scalar[]>();
    this.#scalars.set(scalar.name, layers);
    const items = layers.get(scalar.layer) ?? [];
    layers.set(scalar.layer, items);
    items.push(scalar);
  }

  findings(code: string): readonly StaticFinding[] {
    return this.#findings.filter((finding) => finding.rule === code);
  }

  /** Layers with this scalar, in the order they were measured. */
  layers(name: string): readonly string[] {
    return [...(this.#scalars.get(name)?.keys() ?? [])];
  }

  /** Before the first step; undefined where it was not measured then. */
  first(name: string, layer = ''): number | undefined {
    const item = this.#scalars.get(name)?.get(layer)?.[0];
    return item?.step === 0 ? item.value : undefined;
  }

  /** After the last step; undefined where the run did not get so far. */
  last(name: string, layer = ''): number | undefined {
    const item = this.#scalars.get(name)?.get(layer)?.at(-1);
    return item && item.step >= this.result.steps ? item.value : undefined;
  }

  module(layer: string): ModuleInfo | undefined {
    const path = layer.split('#')[0];
    return this.graph.modules.find((module) => module.path === path);
  }

  place(layer: string): Place | null {
    const node = this.graph.train.find(({ name }) => name === layer);
    return this.module(layer)?.place ?? node?.place ?? null;
  }
}

function isScalar(observation: Observation): observation is Scalar {
  return observation.kind === 'scalar';
}

export function placeOf(finding: StaticFinding): Place {
  const { path, line } = finding;
  return finding.place ?? { path, line, column: 1, endLine: line, endColumn: 1 };
}

interface Said {
  readonly severity: Severity;
  readonly layer: string;
  readonly place: Place | null;
  readonly message: string;
  readonly numbers: Readonly<Record<string, number>>;
}

export function verdict(kind: Pick<VerdictKind, 'code' | 'name'>, said: Said): Verdict {
  return { rule: kind.code, name: kind.name, ...said };
}

/** 0.4472 as people say it: two or three digits. */
export function say(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e5)) return value.toExponential(1);
  return size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

export function percent(share: number): string {
  const value = 100 * share;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
}
