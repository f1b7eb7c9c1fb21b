// A hover over a layer's line: its output, parameters and how they begin, from the model as it is read without
// Python. A file is read when somebody first points at such a line, and again after it has changed.

import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable.ts';
import type { describeLine } from '../graph/describe-line.ts';
import type { Graph } from '../graph/graph.ts';
import type { Documents } from './documents.ts';
import type { ModelReader } from './model-reader.ts';

/** A line that may make or call a layer. */
const PROMISING = /\bself\.|\bnn\.|\bF\.|\btorch\./;

interface Known {
  readonly version: number;
  readonly graph: Promise<Graph | null>;
}

export class LayerHover implements vscode.HoverProvider, Disposable {
  readonly #documents: Documents;
  readonly #reader: ModelReader;
  readonly #describe: () => typeof describeLine;
  readonly #known = new Map<string, Known>();
  readonly #registered: readonly vscode.Disposable[];
  #abort: AbortController | null = null;

  constructor(documents: Documents, reader: ModelReader, describe: () => typeof describeLine) {
    this.#documents = documents;
    this.#reader = reader;
    this.#describe = describe;
    this.#registered = [
      vscode.languages.registerHoverProvider({ language: 'python' }, this),
      documents.onDidForget((uri) => this.#known.delete(uri.toString())),
    ];
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const enabled = vscode.workspace.getConfiguration('normLab', document.uri).get<boolean>('hover.layers', true);
    const line = document.lineAt(position.line);
    if (!enabled || !vscode.workspace.isTrusted || !PROMISING.test(line.text)) return undefined;
    const graph = await this.#graphOf(document);
    if (graph === null || token.isCancellationRequested) return undefined;
    const text = this.#describe()(graph, document.uri.path, position.line + 1);
    return text === null ? undefined : new vscode.Hover(new vscode.MarkdownString(text), line.range);
  }

  dispose(): void {
    this.#abort?.abort();
    for (const one of this.#registered) one.dispose();
  }

  #graphOf(document: vscode.TextDocument): Promise<Graph | null> {
    const key = document.uri.toString();
    const known = this.#known.get(key);
    if (known?.version === document.version) return known.graph;
    const graph = this.#read(document);
    this.#known.set(key, { version: document.version, graph });
    return graph;
  }

  /** null where there is no model, or none that can be read: a hover has nothing to complain of. */
  async #read(document: vscode.TextDocument): Promise<Graph | null> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const checked = await this.#documents.check(document);
      if (!checked?.text.facts.classes.all.some(({ isModule }) => isModule)) return null;
      return await this.#reader.readQuietly(document, checked.text.hints, abort.signal);
    } catch {
      if (abort.signal.aborted) this.#known.delete(document.uri.toString());
      return null;
    }
  }
}
