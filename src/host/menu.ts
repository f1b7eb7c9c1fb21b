import * as vscode from 'vscode';
import { isCheckable } from './documents.ts';

interface MenuItem extends vscode.QuickPickItem {
  readonly command: string;
}

/** The commands that make sense for what is in front. */
export async function showMenu(running: boolean): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const python = document !== undefined && isCheckable(document);
  const model = python || vscode.window.activeNotebookEditor?.notebook.notebookType === 'jupyter-notebook';
  const items: MenuItem[] = [
    ...(running ? [{ label: '$(debug-stop) Stop Current Run', command: 'normLab.stop' }] : []),
    ...(model
      ? [
          { label: '$(beaker) Observe This Model', command: 'normLab.observeModel' },
          { label: '$(settings-gear) Choose Model, Arguments and Input…', command: 'normLab.chooseModel' },
        ]
      : []),
    ...(python ? [{ label: '$(checklist) Check Current File', command: 'normLab.checkFile' }] : []),
    { label: '$(graph) Open Observatory', command: 'normLab.openObservatory' },
    { label: '$(notebook) New Lab Notebook', command: 'normLab.newNotebook' },
    { label: '$(book) Explain Rule…', command: 'normLab.explainRule' },
    { label: '$(debug-restart) Restart Engine', command: 'normLab.restartEngine' },
  ];
  const picked = await vscode.window.showQuickPick(items, { placeHolder: 'Norm Lab' });
  if (picked) await vscode.commands.executeCommand(picked.command);
}
