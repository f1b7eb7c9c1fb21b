// Runs in the extension host, as a test entry: how long the extension takes to load and to activate, as VS Code
// itself counts it. What the window does before and around that is not in the figure.

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import * as vscode from 'vscode';

const CALM_PATIENCE = 30_000;

interface LoadedModule {
  exports: { activate?(context: vscode.ExtensionContext): unknown };
  load(file: string): void;
}

/** Milliseconds of loading the code and of `activate()`; the extension must not be active yet. */
export async function measureActivation(extension: vscode.Extension<unknown>): Promise<number> {
  if (extension.isActive) throw new Error('The extension was active before anything needed it.');
  const { prototype } = createRequire(__filename)('node:module') as { prototype: LoadedModule };
  const { load } = prototype;
  const main = vscode.Uri.joinPath(extension.extensionUri, extension.packageJSON.main).fsPath;
  await calm();
  let took = 0;
  prototype.load = function (this: LoadedModule, file: string) {
    const started = performance.now();
    load.call(this, file);
    if (file !== main) return;
    took += performance.now() - started;
    const { activate } = this.exports;
    const timed = (context: vscode.ExtensionContext) => {
      const called = performance.now();
      const result = activate?.(context);
      took += performance.now() - called;
      return result;
    };
    this.exports = { ...this.exports, activate: timed };
  };
  try {
    await extension.activate();
  } finally {
    prototype.load = load;
  }
  if (took === 0) throw new Error('The extension was not loaded from its main file.');
  return Math.round(took * 10) / 10;
}

/** A window that has just opened is busy with everything else; the figure is to be of the extension alone. */
async function calm(): Promise<void> {
  const end = performance.now() + CALM_PATIENCE;
  for (let quiet = 0; quiet < 5 && performance.now() < end; ) {
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 50));
    quiet = performance.now() - started < 60 ? quiet + 1 : 0;
  }
}

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension('normlab.normlab');
  if (!extension) throw new Error('The extension is not there.');
  const milliseconds = await measureActivation(extension);
  writeFileSync(process.env['NORMLAB_ACTIVATION'] ?? '', JSON.stringify({ milliseconds }));
}
