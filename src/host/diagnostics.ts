import * as vscode from 'vscode';
import { UNUSED_SUPPRESSION } from '../analysis/settings.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { Finding, Severity } from '../base/finding.ts';
import type { Checked, Documents } from './documents.ts';
import { rulePage } from './rule-page.ts';
import { lintSettings } from './settings.ts';
import { type Shown, shownDocument } from './shown.ts';

export const SOURCE = 'norm lab';

const SEVERITIES: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

/** Shows what was found; the list of a document is replaced at once, never emptied first. */
export class Diagnostics implements Disposable {
  readonly #store = new DisposableStore();
  readonly #collection = this.#store.add(vscode.languages.createDiagnosticCollection(SOURCE));

  constructor(documents: Documents) {
    this.#store.add(documents.onDidCheck((checked) => this.#show(checked)));
    this.#store.add(documents.onDidForget((uri) => this.#collection.delete(uri)));
  }

  dispose(): void {
    this.#store.dispose();
  }

  #show(checked: Checked): void {
    const shown = shownDocument(checked);
    const findings = lintSettings(checked.uri).enabled ? shown.findings : [];
    this.#collection.set(
      checked.uri,
      findings.map((finding) => toDiagnostic(finding, shown)),
    );
  }
}

export function toDiagnostic(finding: Finding, { locate }: Pick<Shown, 'locate'>): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(locate(finding.span).range, finding.message, SEVERITIES[finding.severity]);
  diagnostic.source = SOURCE;
  const { rule: code, name } = finding;
  diagnostic.code = code === UNUSED_SUPPRESSION.code ? code : { value: code, target: rulePage({ code, name }) };
  diagnostic.relatedInformation = finding.related.map(
    ({ span, message }) => new vscode.DiagnosticRelatedInformation(locate(span), message),
  );
  return diagnostic;
}
