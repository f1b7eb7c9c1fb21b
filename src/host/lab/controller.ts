// Runs a lab notebook's cells: plan first, then the engine, then what was measured beside the file. Cancelling
// keeps the runs that had finished; nothing that happens here makes the notebook differ from its file.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { RunResult } from '../../lab/plan.ts';
import type { CellOutput } from '../../protocol/messages.ts';
import type { Cores } from '../cores.ts';
import type { Engine } from '../engine.ts';
import { type Failures, isCancelled, isUserError } from '../failures.ts';
import type { ModelReader } from '../model-reader.ts';
import type { Running } from '../running.ts';
import { keepsResults } from '../settings.ts';
import { CellPlanner, type PlannedCell } from './cell-plan.ts';
import { CellProblems } from './cell-problems.ts';
import { LiveOutput, outputItems } from './live-output.ts';
import { Results } from './results.ts';
import { cellId, NOTEBOOK_TYPE, SPEC_LANGUAGE } from './serializer.ts';
import { StaleMarks } from './stale-mark.ts';

const CONTROLLER = 'normLab.engine';

export interface LabParts {
  readonly cores: Cores;
  readonly reader: ModelReader;
  readonly engine: Engine;
  readonly running: Running;
  readonly failures: Failures;
  /** The extension's. */
  readonly version: string;
}

/** What one execution has come to. */
interface Progress {
  readonly id: string;
  readonly planned: PlannedCell;
  readonly results: RunResult[];
  backend: string;
}

export class LabController implements Disposable {
  readonly #parts: LabParts;
  readonly #planner: CellPlanner;
  readonly #results: Results;
  readonly #store = new DisposableStore();
  readonly #marks = this.#store.add(new StaleMarks());
  readonly #controller: vscode.NotebookController;

  constructor(parts: LabParts) {
    this.#parts = parts;
    this.#planner = new CellPlanner(parts.cores, parts.reader);
    this.#store.add(new CellProblems(this.#planner, parts.failures));
    this.#results = new Results(() => parts.cores.lab);
    this.#controller = this.#store.add(
      vscode.notebooks.createNotebookController(CONTROLLER, NOTEBOOK_TYPE, 'Norm Lab'),
    );
    this.#controller.supportedLanguages = [SPEC_LANGUAGE];
    this.#controller.description = 'Trains in the bundled engine, without Python';
    this.#controller.executeHandler = (cells) => this.#execute(cells);
    const reattach = parts.failures.guardQuietly('show stored results', (notebook: vscode.NotebookDocument) =>
      this.#reattach(notebook),
    );
    this.#store.add(
      this.#controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
        if (selected) void reattach(notebook);
      }),
    );
    this.#store.add(vscode.workspace.onDidOpenNotebookDocument((notebook) => this.#prefer(notebook)));
    for (const notebook of vscode.workspace.notebookDocuments) this.#prefer(notebook);
  }

  dispose(): void {
    this.#store.dispose();
  }

  #prefer(notebook: vscode.NotebookDocument): void {
    if (notebook.notebookType !== NOTEBOOK_TYPE) return;
    this.#controller.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
  }

  async #execute(cells: readonly vscode.NotebookCell[]): Promise<void> {
    // All are announced before the first begins: those that wait show it, and can be cancelled.
    const executions = cells.map((cell) => this.#controller.createNotebookCellExecution(cell));
    for (const execution of executions) {
      if (execution.token.isCancellationRequested) execution.end(undefined);
      else await this.#run(execution);
    }
  }

  async #run(execution: vscode.NotebookCellExecution): Promise<void> {
    const abort = new AbortController();
    const cancelled = execution.token.onCancellationRequested(() => abort.abort());
    const running = this.#parts.running.begin(() => abort.abort());
    execution.start(Date.now());
    let success: boolean | undefined = false;
    try {
      success = await this.#measure(execution, abort.signal);
    } catch (error) {
      if (isCancelled(error)) success = undefined;
      else await this.#refuse(execution, error);
    } finally {
      running.dispose();
      cancelled.dispose();
      execution.end(success, Date.now());
    }
  }

  /** True when all was measured; undefined when it was cancelled on the way. */
  async #measure(execution: vscode.NotebookCellExecution, signal: AbortSignal): Promise<boolean | undefined> {
    const { cell } = execution;
    const id = cellId(cell, this.#parts.cores.lab.freshId);
    const planned = await this.#planner.plan(cell, signal);
    this.#marks.fresh(cell);
    const progress: Progress = { id, planned, results: [], backend: '' };
    const live = new LiveOutput(execution);
    const n = planned.plan.runs.length;
    const say = (message: () => string) => live.show(() => this.#output(progress, 'running', message()));
    say(() => `${n} runs planned.`);
    let ending: Pick<CellOutput, 'state' | 'message'> = { state: 'finished', message: '' };
    let success: boolean | undefined = true;
    try {
      const summary = await this.#parts.engine.run(
        planned.plan,
        {
          queued: (before) => say(() => (before > 0 ? `Queued, ${before} before this one.` : `${n} runs planned.`)),
          started: (_run, index) => say(() => `Run ${index + 1} of ${n}.`),
          observed: () => {},
          ended: (result) => {
            progress.results.push(result);
            say(() => `${progress.results.length} of ${n} runs.`);
          },
        },
        signal,
      );
      progress.backend = summary.backend;
      ending = whatCameOut(progress, n);
      success = ending.state === 'finished';
    } catch (error) {
      success = isCancelled(error) ? undefined : false;
      ending = { state: isCancelled(error) ? 'partial' : 'failed', message: whyEnded(error, progress, n) };
      if (!isCancelled(error) && !isUserError(error)) this.#parts.failures.tell('run the cell', error);
    }
    const output = this.#output(progress, ending.state, ending.message);
    live.show(() => output);
    await live.settle();
    await this.#keep(cell, output, planned);
    return success;
  }

  #output({ id, planned, results, backend }: Progress, state: CellOutput['state'], message: string): CellOutput {
    const { toCellOutput } = this.#parts.cores.lab;
    const { plan, spec } = planned;
    const { version } = this.#parts;
    const { measure, expect } = spec;
    return toCellOutput({ cell: id, plan, measure, expect, results, state, message, version, backend });
  }

  async #keep(cell: vscode.NotebookCell, output: CellOutput, { hash, spec }: PlannedCell): Promise<void> {
    const { uri } = cell.notebook;
    const anything = output.results.some(({ status }) => status === 'finished' || status === 'diverged');
    if (uri.scheme === 'untitled' || !anything || !keepsResults(uri)) return;
    await this.#results.save(uri, output, hash, spec.model.kind === 'file' ? cell.document.getText() : null);
  }

  /** A cell that cannot be run says why in its output; only a bug says so elsewhere too. */
  async #refuse(execution: vscode.NotebookCellExecution, error: unknown): Promise<void> {
    if (!isUserError(error)) this.#parts.failures.tell('run the cell', error);
    const message = isUserError(error)
      ? error.message
      : 'An internal error ended the cell; the details are in the Norm Lab log.';
    const item = vscode.NotebookCellOutputItem.error({ name: 'Not run', message });
    await execution.replaceOutput(new vscode.NotebookCellOutput([item]));
  }

  /** Shows what an earlier session measured; marked where the cell has changed since. */
  async #reattach(notebook: vscode.NotebookDocument): Promise<void> {
    if (notebook.uri.scheme === 'untitled') return;
    const cells = notebook.getCells().filter((cell) => cell.kind === vscode.NotebookCellKind.Code);
    for (const cell of cells) {
      if (cell.outputs.length > 0) continue;
      const stored = await this.#results.load(notebook.uri, cellId(cell, this.#parts.cores.lab.freshId));
      if (!stored || notebook.isClosed) continue;
      const items = stored.output
        ? outputItems(await this.#planner.markIfStale(cell, stored.output, stored.text))
        : [vscode.NotebookCellOutputItem.text(stored.message)];
      const execution = this.#controller.createNotebookCellExecution(cell);
      execution.start();
      await execution.replaceOutput(new vscode.NotebookCellOutput(items));
      execution.end(undefined);
      this.#marks.fresh(cell);
    }
  }
}

/** As the command line says it: the same cell stores the same bytes in both. */
function whatCameOut({ results }: Progress, n: number): Pick<CellOutput, 'state' | 'message'> {
  const failed = results.filter(({ status }) => status === 'failed');
  return { state: failed.length === n ? 'failed' : 'finished', message: failed[0]?.reason ?? '' };
}

function whyEnded(error: unknown, { results }: Progress, n: number): string {
  const finished = results.filter(({ status }) => status === 'finished' || status === 'diverged').length;
  if (isCancelled(error)) return `Stopped: ${finished} of ${n} runs finished and are kept.`;
  const reason = isUserError(error) ? error.message : 'An internal error ended the run; the details are in the log.';
  return `${reason} ${finished} of ${n} runs had finished.`;
}
