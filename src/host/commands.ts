// Every command there is: id to function. package.json names the same ones; a test compares the two.

import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { UserError } from '../base/errors.ts';
import type { Place } from '../base/finding.ts';
import type { CodeActions } from './code-actions.ts';
import type { Documents } from './documents.ts';
import type { Failures } from './failures.ts';
import { REVEAL } from './reveal.ts';
import { RULE_PAGE_COMMAND } from './rule-page.ts';
import { lintSettings } from './settings.ts';

export interface CommandTargets {
  observeModel(): Promise<void>;
  chooseModel(): Promise<void>;
  refreshOutline(): void;
  revealPlace(place: Place): Promise<void>;
  stop(): void;
  restartEngine(): void;
  checkFile(): Promise<void>;
  checkWorkspace(): Promise<void>;
  checkChanged(): Promise<void>;
  fixFile(): Promise<void>;
  showEffectiveConfig(): Promise<void>;
  explainRule(): Promise<void>;
  openRulePage(code: string): Promise<void>;
  newNotebook(): Promise<void>;
  showMenu(): Promise<void>;
  openObservatory(): Promise<void>;
}

export function registerCommands(targets: CommandTargets, failures: Failures): Disposable {
  const table: Readonly<Record<string, readonly [what: string, run: (argument: never) => Promise<void> | void]>> = {
    'normLab.observeModel': ['observe the model', targets.observeModel],
    'normLab.chooseModel': ['choose the model', targets.chooseModel],
    'normLab.refreshOutline': ['read the model', targets.refreshOutline],
    [REVEAL]: ['show the line', targets.revealPlace],
    'normLab.stop': ['stop the run', targets.stop],
    'normLab.restartEngine': ['restart the engine', targets.restartEngine],
    'normLab.checkFile': ['check the file', targets.checkFile],
    'normLab.checkWorkspace': ['check the workspace', targets.checkWorkspace],
    'normLab.checkChanged': ['check the changed files', targets.checkChanged],
    'normLab.fixFile': ['fix the file', targets.fixFile],
    'normLab.showEffectiveConfig': ['show the configuration', targets.showEffectiveConfig],
    'normLab.explainRule': ['explain a rule', targets.explainRule],
    [RULE_PAGE_COMMAND]: ['open the page', targets.openRulePage],
    'normLab.newNotebook': ['make a lab notebook', targets.newNotebook],
    'normLab.showMenu': ['list the commands', targets.showMenu],
    'normLab.openObservatory': ['open the Observatory', targets.openObservatory],
  };
  const store = new DisposableStore();
  for (const [id, [what, run]] of Object.entries(table))
    store.add(vscode.commands.registerCommand(id, failures.guard(what, run)));
  return store;
}

/** Checks the file in front now, and says so where there is nothing to see. */
export async function checkFile(documents: Documents): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const checked = document && (await documents.check(document));
  if (!checked) throw new UserError('check/no-file', 'There is no Python file in front; open one and check again.');
  const { findings } = checked.text;
  if (!lintSettings(document.uri).enabled)
    throw new UserError('check/off', 'Checking is off here; switch the setting `normLab.lint.enabled` on.');
  if (findings.length > 0) await vscode.commands.executeCommand('workbench.actions.view.problems');
  else void vscode.window.showInformationMessage('No pitfalls in this file.');
}

/** Applies every fix that changes no result, in the file in front. */
export async function fixFile(actions: CodeActions): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (!document) throw new UserError('check/no-file', 'There is no Python file in front; open one and fix again.');
  const edit = await actions.fixAll(document);
  if (edit) await vscode.workspace.applyEdit(edit);
  else void vscode.window.showInformationMessage('There is nothing here that can be fixed without changing results.');
}
