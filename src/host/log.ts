import * as vscode from 'vscode';

/** The "Norm Lab" log, at the level the user sets. */
export type Log = vscode.LogOutputChannel;

export function createLog(): Log {
  return vscode.window.createOutputChannel('Norm Lab', { log: true });
}
