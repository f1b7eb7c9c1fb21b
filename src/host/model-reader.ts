// From an open file to its graph: what the model may import, which class is meant and how it is made, then the
// reader. What only the user can know is asked once; what the code itself says is not asked.

import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable.ts';
import { Cancelled, UserError } from '../base/errors.ts';
import type { TrainingHints } from '../base/hints.ts';
import type { Graph, GraphProblem } from '../graph/graph.ts';
import type { ModelClass, ReaderContract, ReadRequest, ReadResult } from '../protocol/messages.ts';
import type { Log } from './log.ts';
import { environmentsFor, readSources } from './sources.ts';
import { WorkerClient } from './worker-client.ts';

export interface ReadModel {
  readonly graph: Graph;
  /** How the input was chosen, for people. */
  readonly input: string;
}

/** Starting the interpreter takes seconds, so it stays for a while. */
const IDLE = 300_000;

export class ModelReader implements Disposable {
  readonly #client: WorkerClient<ReaderContract>;

  constructor(script: string, log: Log) {
    this.#client = new WorkerClient<ReaderContract>({ name: 'model reader', script, idle: IDLE }, {}, log);
  }

  async read(document: vscode.TextDocument, hints: TrainingHints, signal: AbortSignal): Promise<ReadModel> {
    requireTrust();
    const sources = await readSources(document.uri);
    const ask = (construct: string | null) => this.readSources({ ...sources, construct, input: null }, signal);
    let result = await ask(hints.construct);
    if (hints.construct === null) {
      const construct = await chooseConstruct(result);
      if (construct !== null) result = await ask(construct);
    }
    return whole(result);
  }

  /** Asks nobody: null where the code does not say how its model is made. */
  async readQuietly(document: vscode.TextDocument, hints: TrainingHints, signal: AbortSignal): Promise<Graph | null> {
    const sources = await readSources(document.uri);
    const { graph } = await this.readSources({ ...sources, construct: hints.construct, input: null }, signal);
    return graph;
  }

  /** For a notebook's cell, which names file and class itself. */
  readSources(request: ReadRequest, signal: AbortSignal): Promise<ReadResult> {
    requireTrust();
    return this.#client.call('model/read', { ...request, environments: environmentsFor(request) }, signal);
  }

  restart(): void {
    this.#client.restart();
  }

  dispose(): void {
    this.#client.dispose();
  }
}

/** The graph, or a sentence that says why there is none. */
export function whole({ graph, problems, input, classes }: ReadResult): ReadModel {
  if (graph) return { graph, input };
  const problem = problems[0];
  if (problem) throw new UserError('observe/unreadable', `The model could not be read. ${located(problem)}`);
  const found =
    classes.length === 0 ? 'There is no class here that derives from `nn.Module`' : 'No model could be made';
  throw new UserError('observe/no-model', `${found}; open the file that defines the model and observe again.`);
}

function located({ message, place }: GraphProblem): string {
  return place ? `Line ${place.line}: ${message}` : message;
}

function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  const message =
    'Reading a model runs its class in a sandbox, which needs a trusted workspace; trust this one, then observe again.';
  throw new UserError('observe/untrusted', message);
}

/** null: what the reader chose by itself is the only choice. */
async function chooseConstruct({ classes, graph }: ReadResult): Promise<string | null> {
  const models = classes.filter(({ usedBy }) => usedBy.length === 0);
  const chosen = models.length > 1 ? await pickClass(models) : models[0];
  if (!chosen) return null;
  if (chosen.required.length > 0) return askArguments(chosen);
  return graph?.rootClass === chosen.name ? null : `${chosen.name}()`;
}

async function pickClass(models: readonly ModelClass[]): Promise<ModelClass> {
  const items = models.map((model) => ({
    label: model.name,
    description: model.place ? `line ${model.place.line}` : '',
    detail: model.required.length > 0 ? `needs ${model.required.join(', ')}` : '',
    model,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: 'Which model?' });
  if (!picked) throw new Cancelled();
  return picked.model;
}

async function askArguments({ name, required }: ModelClass): Promise<string> {
  const value = `${name}(${required.map((argument) => `${argument}=`).join(', ')})`;
  const first = value.indexOf('=') + 1;
  const construct = await vscode.window.showInputBox({
    prompt: `How is ${name} made? Any Python expression in the file's namespace.`,
    value,
    valueSelection: [first, first],
    ignoreFocusOut: true,
  });
  if (!construct) throw new Cancelled();
  return construct;
}
