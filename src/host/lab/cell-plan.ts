// From a cell's text to its plan, complete before anything runs; or the cell's problems, each with its place.

import type * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import type { Plan } from '../../lab/plan.ts';
import type { ExperimentSpec, SpecProblem } from '../../lab/spec.ts';
import type { CellOutput } from '../../protocol/messages.ts';
import type { LazyLanguage } from '../lazy-language.ts';
import { type ModelReader, whole } from '../model-reader.ts';

export interface PlannedCell {
  readonly spec: ExperimentSpec;
  readonly plan: Plan;
  /** Of everything the results depend on. */
  readonly hash: string;
}

export class CellPlanner {
  readonly #language: LazyLanguage;
  readonly #reader: ModelReader;

  constructor(language: LazyLanguage, reader: ModelReader) {
    this.#language = language;
    this.#reader = reader;
  }

  async plan(cell: vscode.NotebookCell, signal: AbortSignal): Promise<PlannedCell> {
    const { spec, problems } = this.#read(cell);
    if (!spec) throw refusal(cell, problems);
    throw new Error('later');
  }

  markIfStale(cell: vscode.NotebookCell, output: CellOutput): CellOutput {
    return output;
  }

  #read(cell: vscode.NotebookCell) {
    const { firstSeedOf, readSpec } = this.#language.cores;
    const head = cell.notebook.metadata['head'];
    return readSpec(cell.document.getText(), typeof head === 'string' ? firstSeedOf(head) : 0);
  }
}

function refusal(cell: vscode.NotebookCell, problems: readonly SpecProblem[]): UserError {
  const problem = problems.find(({ severity }) => severity === 'error');
  if (!problem) return new UserError('lab/spec', 'The cell could not be read as an experiment.');
  const { line } = cell.document.positionAt(problem.span.start);
  return new UserError('lab/spec', `Line ${line + 1}: ${problem.message}`);
}
