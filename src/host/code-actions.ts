// The light bulb: a finding's own fixes first, then silence for this line, then the rule's page. Fixes are tried
// on the text when the bulb asks for them, once per version, and hold only for the version they were made for.

import * as vscode from 'vscode';
import { UNUSED_SUPPRESSION } from '../analysis/settings.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { Finding, Fix } from '../base/finding.ts';
import { toDiagnostic } from './diagnostics.ts';
import { type Checked, type Documents, isCheckable } from './documents.ts';
import type { Failures } from './failures.ts';
import { toRange, toTextEdits } from './ranges.ts';
import { RULE_PAGE_COMMAND } from './rule-page.ts';
import { lintSettings } from './settings.ts';

const SUPPRESS = vscode.CodeActionKind.QuickFix.append('normLab.suppress');
const EXPLAIN = vscode.CodeActionKind.QuickFix.append('normLab.explain');

export class CodeActions implements Disposable {
  readonly #documents: Documents;
  readonly #store = new DisposableStore();

  constructor(documents: Documents, failures: Failures) {
    this.#documents = documents;
    const provideCodeActions = failures.guardQuietly(
      'offer fixes',
      (document: vscode.TextDocument, range: vscode.Range) => this.#provide(document, range),
    );
    this.#store.add(
      vscode.languages.registerCodeActionsProvider(
        { language: 'python' },
        { provideCodeActions },
        { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
      ),
    );
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #provide(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
    if (!isCheckable(document) || !lintSettings(document.uri).enabled) return [];
    const checked = await this.#documents.check(document);
    if (!checked || checked.version !== document.version) return [];
    const { facts, findings } = checked.text;
    return findings
      .filter(({ span }) => toRange(facts.lines, span).intersection(range) !== undefined)
      .flatMap((finding) => actionsFor(finding, checked, document));
  }
}

function actionsFor(finding: Finding, checked: Checked, document: vscode.TextDocument): vscode.CodeAction[] {
  const diagnostic = toDiagnostic(finding, checked);
  const fixes = checked.text
    .fixesOf(finding)
    .filter(({ level }) => level !== 'display')
    .map((fix) => fixAction(fix, finding, checked))
    .sort((a, b) => Number(b.isPreferred) - Number(a.isPreferred));
  const suppressible = finding.rule !== UNUSED_SUPPRESSION.code;
  const others = suppressible ? [ignoreAction(finding, checked, document), explainAction(finding)] : [];
  const actions = [...fixes, ...others];
  for (const action of actions) action.diagnostics = [diagnostic];
  return actions;
}

function fixAction(fix: Fix, finding: Finding, { uri, text }: Checked): vscode.CodeAction {
  const action = new vscode.CodeAction(withCode(fix.title, finding.rule), vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  action.edit.set(uri, toTextEdits(text.facts.lines, fix.edits));
  action.isPreferred = fix.level === 'safe' || fix.level === 'preferred';
  return action;
}

/** The title ends with the code, within the parenthesis it ends with. */
function withCode(title: string, code: string): string {
  return title.endsWith(')') ? `${title.slice(0, -1)}, ${code})` : `${title} (${code})`;
}

/** Leaves the cursor where the reason belongs. */
function ignoreAction(finding: Finding, { uri, text }: Checked, document: vscode.TextDocument): vscode.CodeAction {
  const action = new vscode.CodeAction(`Ignore ${finding.rule} on this line`, SUPPRESS);
  const line = document.lineAt(toRange(text.facts.lines, finding.span).start.line);
  action.edit = new vscode.WorkspaceEdit();
  action.edit.set(uri, [ignoreEdit(line, finding.rule)]);
  return action;
}

const IGNORE_COMMENT = /#\s*normlab:\s*ignore\[([^\]]*)\]/;

function ignoreEdit(line: vscode.TextLine, rule: string): vscode.TextEdit | vscode.SnippetTextEdit {
  const present = IGNORE_COMMENT.exec(line.text);
  if (present) {
    const end = present.index + present[0].length - 1;
    return vscode.TextEdit.insert(new vscode.Position(line.lineNumber, end), `, ${rule}`);
  }
  const code = line.text.trimEnd();
  const rest = new vscode.Range(line.lineNumber, code.length, line.lineNumber, line.text.length);
  const snippet = new vscode.SnippetString().appendText(`  # normlab: ignore[${rule}] `).appendPlaceholder('reason');
  return vscode.SnippetTextEdit.replace(rest, snippet);
}

function explainAction(finding: Finding): vscode.CodeAction {
  const action = new vscode.CodeAction(`Explain ${finding.rule}: ${finding.name}`, EXPLAIN);
  action.command = { command: RULE_PAGE_COMMAND, title: 'Explain', arguments: [finding.rule] };
  return action;
}
