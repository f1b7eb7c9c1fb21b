// Where models show in the editor: the hover over a layer, the outline. What they do is loaded when one is asked for.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { Cores } from './cores.ts';
import type { ModelParts, Models } from './models/models.ts';
import { OutlineView } from './outline-view.ts';
import type { Running } from './running.ts';

export interface ModelViewParts extends ModelParts {
  readonly cores: Cores;
  readonly running: Running;
}

export class ModelViews implements Disposable {
  readonly outline: OutlineView;
  readonly #parts: ModelViewParts;
  readonly #store = new DisposableStore();
  #models: Models | undefined;

  constructor(parts: ModelViewParts) {
    const { cores, running } = parts;
    this.#parts = parts;
    this.#store.add(
      vscode.languages.registerHoverProvider('python', {
        provideHover: (document, position, token) => this.models().hover.provideHover(document, position, token),
      }),
    );
    const fill = (view: OutlineView) => this.#store.add(new cores.models.Outline(this.models(), view, running));
    this.outline = this.#store.add(new OutlineView(fill));
  }

  readonly models = (): Models => {
    this.#models ??= this.#store.add(new this.#parts.cores.models.Models(this.#parts));
    return this.#models;
  };

  dispose(): void {
    this.#store.dispose();
  }
}
