import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable.ts';

/** What computes now, wherever it was started; one command stops it all. */
export class Running {
  readonly #stops = new Set<() => void>();

  get any(): boolean {
    return this.#stops.size > 0;
  }

  /** Until disposed. */
  begin(stop: () => void): Disposable {
    this.#stops.add(stop);
    this.#say();
    return {
      dispose: () => {
        this.#stops.delete(stop);
        this.#say();
      },
    };
  }

  stop(): void {
    for (const stop of [...this.#stops]) stop();
  }

  #say(): void {
    void vscode.commands.executeCommand('setContext', 'normLab.running', this.any);
  }
}
