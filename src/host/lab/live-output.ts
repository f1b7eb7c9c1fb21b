// One output of one cell, replaced in place while its runs end: at most ten times a second, and less often where
// handing it over takes long.

import * as vscode from 'vscode';
import type { CellOutput } from '../../protocol/messages.ts';
import { toMarkdown } from './markdown.ts';

export const OUTPUT_MIME = 'application/vnd.norm-lab.v1+json';
const FRAME = 100;
/** Of the time, at most this part goes into handing over. */
const SHARE = 4;

export class LiveOutput {
  readonly #execution: vscode.NotebookCellExecution;
  readonly #output = new vscode.NotebookCellOutput([]);
  #latest: (() => CellOutput) | null = null;
  #writing: Promise<void> | null = null;
  #placed = false;
  #hurry: () => void = () => {};

  constructor(execution: vscode.NotebookCellExecution) {
    this.#execution = execution;
  }

  /** `make` is called when it is written, so that what comes meanwhile is in it. */
  show(make: () => CellOutput): void {
    this.#latest = make;
    this.#writing ??= this.#writeOn();
  }

  /** When the last one is shown. */
  async settle(): Promise<void> {
    while (this.#writing !== null) {
      this.#hurry();
      await this.#writing;
    }
  }

  async #writeOn(): Promise<void> {
    while (this.#latest) {
      const started = Date.now();
      await this.#write();
      await this.#pause(Math.max(FRAME, (Date.now() - started) * SHARE));
    }
    this.#writing = null;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #write(): Promise<void> {
    const make = this.#latest;
    this.#latest = null;
    if (!make) return;
    const items = outputItems(make());
    if (this.#placed) {
      await this.#execution.replaceOutputItems(items, this.#output);
      return;
    }
    this.#placed = true;
    this.#output.items = items;
    await this.#execution.replaceOutput(this.#output);
  }
}

/** For the renderer, and for whoever reads the notebook without it. */
export function outputItems(output: CellOutput): vscode.NotebookCellOutputItem[] {
  return [
    vscode.NotebookCellOutputItem.json(output, OUTPUT_MIME),
    vscode.NotebookCellOutputItem.text(toMarkdown(output), 'text/markdown'),
  ];
}
