// *Show Effective Configuration*: every rule with its level and who said so, for the file in front; the words are the
// command line's.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { UserError } from '../base/errors.ts';
import type { Configs } from './configs.ts';
import type { Cores } from './cores.ts';

const SCHEME = 'normlab-config';

export class EffectiveConfig implements Disposable {
  readonly #configs: Configs;
  readonly #cores: Cores;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<vscode.Uri>());
  readonly #open = new Map<string, vscode.Uri>();

  constructor(configs: Configs, cores: Cores) {
    this.#configs = configs;
    this.#cores = cores;
    this.#store.add(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: (uri) => this.#text(uri),
      }),
    );
    const refresh = () => {
      for (const uri of this.#open.values()) this.#changed.fire(uri);
    };
    this.#store.add(configs.onDidChange(refresh));
    this.#store.add(
      vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration('normLab.lint') && refresh()),
    );
  }

  dispose(): void {
    this.#store.dispose();
  }

  async show(): Promise<void> {
    const file = vscode.window.activeTextEditor?.document.uri;
    if (!file) throw new UserError('config/no-file', 'There is no Python file in front; open one and ask again.');
    const name = file.path.replace(/^.*\//, '');
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.txt`, query: file.toString() });
    this.#open.set(uri.toString(), uri);
    this.#changed.fire(uri);
    await vscode.window.showTextDocument(uri, { preview: false });
  }

  async #text(uri: vscode.Uri): Promise<string> {
    const { config, path } = await this.#configs.of(vscode.Uri.parse(uri.query));
    const { describeConfig, rules } = this.#cores.analyzer;
    return describeConfig(config, path, rules);
  }
}
