// The Observatory in the side bar. The page holds nothing but where it is scrolled to: whenever it is made
// again (shown, moved, the window reloaded) it asks for the state and draws from nothing. While it is hidden
// nothing is sent.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { Channel, type Handlers, type Port } from '../protocol/channel.ts';
import type { HostContract, NoContract } from '../protocol/messages.ts';
import type { Failures } from './failures.ts';
import type { Observation } from './observe.ts';
import { revealPlace } from './reveal.ts';
import { webviewPage } from './webview-page.ts';

export const OBSERVATORY = 'normLab.observatory';

export class Panel implements Disposable, vscode.WebviewViewProvider {
  readonly #dist: vscode.Uri;
  readonly #observation: Observation;
  readonly #failures: Failures;
  readonly #explain: (code: string) => Promise<void>;
  readonly #store = new DisposableStore();
  #shown: Disposable | null = null;

  constructor(
    dist: vscode.Uri,
    observation: Observation,
    failures: Failures,
    explain: (code: string) => Promise<void>,
  ) {
    this.#dist = dist;
    this.#explain = explain;
    this.#observation = observation;
    this.#failures = failures;
    this.#store.add(vscode.window.registerWebviewViewProvider(OBSERVATORY, this));
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#shown?.dispose();
    const store = new DisposableStore();
    this.#shown = store;
    view.webview.options = { enableScripts: true, localResourceRoots: [this.#dist] };
    const observation = this.#observation;
    const channel = store.add(new Channel<HostContract, NoContract>(webviewPort(view.webview), this.#handlers(), {}));
    store.add(
      observation.onDidChange((state) => {
        if (view.visible) channel.send('view/changed', state);
      }),
    );
    store.add(
      observation.onDidObserve((progress) => {
        if (view.visible) channel.send('run/observed', progress);
      }),
    );
    store.add(
      view.onDidChangeVisibility(() => {
        if (view.visible) channel.send('view/changed', observation.state);
      }),
    );
    store.add(view.onDidDispose(() => store.dispose()));
    view.webview.html = webviewPage(view.webview, this.#dist, 'panel.js', 'Observatory');
  }

  dispose(): void {
    this.#shown?.dispose();
    this.#store.dispose();
  }

  #handlers(): Handlers<HostContract> {
    const observation = this.#observation;
    const observe = this.#failures.guard('observe the model', () => observation.observe());
    const reveal = this.#failures.guard('show the line', revealPlace);
    const explain = this.#failures.guard('open the page', this.#explain);
    return {
      'view/ready': () => observation.state,
      'source/reveal': async (place) => {
        await reveal(place);
        return null;
      },
      'rule/explain': async (code) => {
        await explain(code);
        return null;
      },
      'plan/cancel': () => {
        observation.stop();
        return null;
      },
      'model/observe': async () => {
        await observe();
        return null;
      },
    };
  }
}

function webviewPort(webview: vscode.Webview): Port {
  return {
    post: (message) => void webview.postMessage(message),
    onMessage: (listener) => webview.onDidReceiveMessage(listener),
  };
}
