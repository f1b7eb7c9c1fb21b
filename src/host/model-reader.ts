// The thread that reads models, and what its answers mean to a person.

import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable.ts';
import { UserError } from '../base/errors.ts';
import type { Graph, GraphProblem } from '../graph/graph.ts';
import type { ReaderContract, ReadRequest, ReadResult } from '../protocol/messages.ts';
import { whereOf } from './cell-path.ts';
import type { Log } from './log.ts';
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

  async readSources(request: ReadRequest, signal: AbortSignal): Promise<ReadResult> {
    requireTrust();
    const result = await this.#client.call('model/read', request, signal);
    if (result.worn) void this.#client.retire();
    return result;
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

export function located({ message, place }: GraphProblem): string {
  return place ? `${whereOf(place)}: ${message}` : message;
}

function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  const message =
    'Reading a model runs its class in a sandbox, which needs a trusted workspace; trust this one, then observe again.';
  throw new UserError('observe/untrusted', message);
}
