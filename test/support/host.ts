// What the suites in the extension host share: opening files, waiting for what comes later, and the threads the
// extension starts.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import type { NormLab } from '../../src/extension.ts';

export function extension(): vscode.Extension<NormLab> {
  const found = vscode.extensions.getExtension<NormLab>('normlab.normlab');
  assert.ok(found, 'The extension is not there.');
  return found;
}

/** A file of the window's folder, which is a copy of examples/. */
export function inFolder(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'The window has no folder.');
  return vscode.Uri.joinPath(folder.uri, name);
}

export async function write(name: string, text: string | Uint8Array): Promise<vscode.Uri> {
  const uri = inFolder(name);
  await vscode.workspace.fs.writeFile(uri, typeof text === 'string' ? new TextEncoder().encode(text) : text);
  return uri;
}

export async function read(uri: vscode.Uri): Promise<string> {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await vscode.workspace.fs.readFile(uri));
}

/** As a person opens it: a document opened through the API stays alive for minutes after its editor closed. */
export async function edit(uri: vscode.Uri): Promise<vscode.TextEditor> {
  await vscode.commands.executeCommand('vscode.open', uri);
  return eventually(() => {
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.uri.toString(), uri.toString());
    return editor;
  });
}

/** Waits for a claim that comes true later; fails with what it last said. */
export async function eventually<T>(claim: () => T | Promise<T>, patience = 20_000): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await claim();
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(25);
    }
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

export interface StartedThread {
  readonly script: string;
  readonly thread: Worker;
}

/** Every thread started until `stop`, in order; the extension's bundle asks this same module for its threads. */
export function watchThreads(): { readonly scripts: readonly StartedThread[]; stop(): void } {
  const module = createRequire(__filename)('node:worker_threads') as { Worker: typeof Worker };
  const Original = module.Worker;
  const scripts: StartedThread[] = [];
  module.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      scripts.push({ script: String(args[0]), thread: this });
    }
  };
  return {
    scripts,
    stop: () => {
      module.Worker = Original;
    },
  };
}
