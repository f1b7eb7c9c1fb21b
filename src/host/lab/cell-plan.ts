// From a cell's text to its plan, complete before anything runs; or the cell's first problem, with its place.

import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { DataSpec, Plan } from '../../lab/plan.ts';
import type { ExperimentSpec, SpecProblem, SpecReading } from '../../lab/spec.ts';
import type { CellOutput } from '../../protocol/messages.ts';
import type { Cores } from '../cores.ts';
import { type ModelReader, whole } from '../model-reader.ts';

export interface PlannedCell {
  readonly spec: ExperimentSpec;
  readonly plan: Plan;
  /** Of everything the results depend on. */
  readonly hash: string;
}

export class CellPlanner {
  readonly #cores: Cores;
  readonly #reader: ModelReader;

  constructor(cores: Cores, reader: ModelReader) {
    this.#cores = cores;
    this.#reader = reader;
  }

  async plan(cell: vscode.NotebookCell, signal: AbortSignal): Promise<PlannedCell> {
    const { spec, problems } = this.read(cell);
    if (!spec) throw refusal(cell, problems);
    const [graph, data] = await Promise.all([this.#graph(cell, spec, signal), this.#data(cell, spec)]);
    const plan = this.#cores.lab.planCell(spec, { graph, data });
    return { spec, plan, hash: this.#cores.lab.planHash(plan) };
  }

  read(cell: vscode.NotebookCell): SpecReading {
    const { firstSeedOf, readSpec } = this.#cores.lab;
    const head = cell.notebook.metadata['head'];
    return readSpec(cell.document.getText(), typeof head === 'string' ? firstSeedOf(head) : 0);
  }

  /** Stored results of another specification are shown greyed, and say so. */
  async markIfStale(cell: vscode.NotebookCell, output: CellOutput, text: string | null): Promise<CellOutput> {
    const { markStale } = this.#cores.lab;
    const { spec } = this.read(cell);
    if (!spec) return markStale(output, '');
    // Reading the user's model just to look at old results would run it unasked: there, the text must do.
    if (spec.model.kind === 'file')
      return text === null || text === cell.document.getText() ? output : markStale(output, '');
    const { hash } = await this.plan(cell, new AbortController().signal);
    return markStale(output, hash);
  }

  async #graph(cell: vscode.NotebookCell, { model }: ExperimentSpec, signal: AbortSignal): Promise<Graph | null> {
    if (model.kind !== 'file') return null;
    const uri = beside(cell.notebook, model.file);
    const sources = await readable(uri, model.file, () => this.#cores.models.readSources(uri));
    const { construct, input } = model;
    const request = { ...sources, construct, input };
    return whole(await this.#reader.readSources(request, signal)).graph;
  }

  async #data(cell: vscode.NotebookCell, { data }: ExperimentSpec): Promise<DataSpec> {
    const { dataOf } = this.#cores.lab;
    if (data.kind !== 'file') return dataOf(data, null);
    const uri = beside(cell.notebook, data.file);
    return dataOf(data, await readable(uri, data.file, () => vscode.workspace.fs.readFile(uri)));
  }
}

/** A path as the cell writes it: absolute, or from the notebook's folder. */
function beside(notebook: vscode.NotebookDocument, file: string): vscode.Uri {
  if (file.startsWith('/')) return notebook.uri.with({ path: file });
  if (notebook.uri.scheme !== 'untitled') return vscode.Uri.joinPath(notebook.uri, '..', file);
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder) return vscode.Uri.joinPath(folder.uri, file);
  throw new UserError(
    'lab/untitled',
    `The notebook has no folder yet to find \`${file}\` from; save it, then run again.`,
  );
}

async function readable<T>(uri: vscode.Uri, name: string, read: () => PromiseLike<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const message = `\`${name}\` could not be read; expected it at ${uri.path}.`;
    throw new UserError('lab/no-file', message, { cause });
  }
}

function refusal(cell: vscode.NotebookCell, problems: readonly SpecProblem[]): UserError {
  const problem = problems.find(({ severity }) => severity === 'error');
  if (!problem) return new UserError('lab/spec', 'The cell could not be read as an experiment.');
  const { line } = cell.document.positionAt(problem.span.start);
  return new UserError('lab/spec', `Line ${line + 1}: ${problem.message}`);
}
