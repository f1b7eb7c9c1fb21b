// A hover over a layer's line: its output, parameters and how they begin, from the model as it is read without
// Python, and how that model was made. A file is read when somebody first points at such a line, and again after it
// has changed.

import * as vscode from 'vscode';
import { describeLine } from '../../graph/describe-line.ts';
import type { Models } from './models.ts';
import { inputRead } from './questions.ts';

/** A line that may make or call a layer. */
const PROMISING = /\bself\.|\bnn\.|\bF\.|\btorch\./;
const CHANGE = 'normLab.chooseModel';

export class LayerHover implements vscode.HoverProvider {
  readonly #models: Models;

  constructor(models: Models) {
    this.#models = models;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const enabled = vscode.workspace.getConfiguration('normLab', document.uri).get<boolean>('hover.layers', true);
    const line = document.lineAt(position.line);
    if (!enabled || !vscode.workspace.isTrusted || !PROMISING.test(line.text)) return undefined;
    // A hover has nothing to complain of: where there is no model, or none that can be read, it is not there.
    const reading = await this.#models.reading(this.#models.ofDocument(document)).catch(() => null);
    const graph = reading?.result.graph;
    if (!graph || token.isCancellationRequested) return undefined;
    const text = describeLine(graph, document.uri.path, position.line + 1);
    if (text === null) return undefined;
    const made = `\`${graph.construct}\` on \`${inputRead(reading.result)}\` — [change…](command:${CHANGE})`;
    const markdown = new vscode.MarkdownString(`${text}\n\n${made}`);
    markdown.isTrusted = { enabledCommands: [CHANGE] };
    return new vscode.Hover(markdown, line.range);
  }
}
