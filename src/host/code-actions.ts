// The light bulb: a finding's own fixes first, then silence for this line, then the rule's page. Fixes are tried
// on the text when the bulb asks for them, once per version, and hold only for the version they were made for.

import * as vscode from 'vscode';
import { UNUSED_SUPPRESSION } from '../analysis/settings.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { Finding, Fix } from '../base/finding.ts';
import type { Cores } from './cores.ts';
import { toDiagnostic } from './diagnostics.ts';
import { type Checked, type Documents, isCheckable } from './documents.ts';
import type { Failures } from './failures.ts';
import type { PythonParser } from './language.ts';
import type { Notebooks } from './notebooks.ts';
import { RULE_PAGE_COMMAND } from './rule-page.ts';
import { lintSettings } from './settings.ts';
import { type Shown, shownDocument } from './shown.ts';

const SUPPRESS = vscode.CodeActionKind.QuickFix.append('normLab.suppress');
const EXPLAIN = vscode.CodeActionKind.QuickFix.append('normLab.explain');
const FIX_ALL = vscode.CodeActionKind.SourceFixAll.append('normLab');

interface Replacement {
  readonly range: vscode.Range;
  readonly newText: string;
}

export class CodeActions implements Disposable {
  readonly #documents: Documents;
  readonly #notebooks: Notebooks;
  readonly #cores: Cores;
  readonly #store = new DisposableStore();
  readonly #repaired = new WeakMap<Checked['text'], readonly Replacement[]>();

  constructor(documents: Documents, notebooks: Notebooks, cores: Cores, failures: Failures) {
    this.#documents = documents;
    this.#notebooks = notebooks;
    this.#cores = cores;
    const provideCodeActions = failures.guardQuietly(
      'offer fixes',
      (document: vscode.TextDocument, range: vscode.Range, { only }: vscode.CodeActionContext) =>
        this.#provide(document, range, only),
    );
    this.#store.add(
      vscode.languages.registerCodeActionsProvider(
        { language: 'python' },
        { provideCodeActions },
        { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, FIX_ALL] },
      ),
    );
  }

  dispose(): void {
    this.#store.dispose();
  }

  /** Fixes that change no result, all at once; null where there are none. */
  async fixAll(document: vscode.TextDocument): Promise<vscode.WorkspaceEdit | null> {
    if (!isCheckable(document) || !lintSettings(document.uri).enabled) return null;
    const [parser, checked] = await Promise.all([this.#cores.parser(), this.#documents.check(document)]);
    if (!checked || checked.version !== document.version) return null;
    const edit = new vscode.WorkspaceEdit();
    for (const { range, newText } of this.#allFixes(parser, checked)) edit.replace(checked.uri, range, newText);
    return edit.size > 0 ? edit : null;
  }

  /** Once per version: saving may ask more than once. */
  #allFixes(parser: PythonParser, { text, held }: Checked): readonly Replacement[] {
    const known = this.#repaired.get(text);
    if (known) return known;
    const { applyToText, diffLines, linesOf, repair } = this.#cores.analyzer;
    const before = { text: text.facts.text, cells: [] };
    const repaired = repair(parser, text, before, applyToText, held.path, held.settings, new Set(['safe']));
    if (repaired.checked !== text) repaired.checked.dispose();
    const [old, mended] = [linesOf(before.text), linesOf(repaired.source.text)];
    const found = repaired.fixed === 0 ? [] : diffLines(old, mended);
    const replacements = found.map(
      ({ aStart, aEnd, bStart, bEnd }): Replacement => ({
        range: new vscode.Range(aStart, 0, aEnd, 0),
        newText: mended.slice(bStart, bEnd).join(''),
      }),
    );
    this.#repaired.set(text, replacements);
    return replacements;
  }

  async #provide(
    document: vscode.TextDocument,
    range: vscode.Range,
    only: vscode.CodeActionKind | undefined,
  ): Promise<vscode.CodeAction[]> {
    if (only && FIX_ALL.intersects(only)) return this.#fixAllActions(document);
    if (!lintSettings(document.uri).enabled) return [];
    const shown = await this.#shown(document);
    if (!shown) return [];
    return shown.findings
      .filter(({ span }) => shown.locate(span).range.intersection(range) !== undefined)
      .flatMap((finding) => actionsFor(finding, shown, document));
  }

  async #fixAllActions(document: vscode.TextDocument): Promise<vscode.CodeAction[]> {
    const edit = await this.fixAll(document);
    if (!edit) return [];
    const action = new vscode.CodeAction('Fix all safe pitfalls', FIX_ALL);
    action.edit = edit;
    return [action];
  }

  async #shown(document: vscode.TextDocument): Promise<Shown | null> {
    if (!isCheckable(document)) return this.#notebooks.shown(document);
    const checked = await this.#documents.check(document);
    return checked && checked.version === document.version ? shownDocument(checked) : null;
  }
}

function actionsFor(finding: Finding, shown: Shown, document: vscode.TextDocument): vscode.CodeAction[] {
  const diagnostic = toDiagnostic(finding, shown);
  const fixes = shown.text
    .fixesOf(finding)
    .filter(({ level }) => level !== 'display')
    .flatMap((fix) => fixAction(fix, finding, shown) ?? [])
    .sort((a, b) => Number(b.isPreferred) - Number(a.isPreferred));
  const suppressible = finding.rule !== UNUSED_SUPPRESSION.code;
  const others = suppressible ? [ignoreAction(finding, shown, document), explainAction(finding)] : [];
  const actions = [...fixes, ...others];
  for (const action of actions) action.diagnostics = [diagnostic];
  return actions;
}

function fixAction(fix: Fix, finding: Finding, shown: Shown): vscode.CodeAction | null {
  const edits = shown.edits(fix.edits);
  if (!edits) return null;
  const action = new vscode.CodeAction(withCode(fix.title, finding.rule), vscode.CodeActionKind.QuickFix);
  const change = new vscode.WorkspaceEdit();
  for (const [uri, list] of edits) for (const { range, newText } of list) change.replace(uri, range, newText);
  action.edit = change;
  action.isPreferred = fix.level === 'safe' || fix.level === 'preferred';
  return action;
}

/** The title ends with the code, within the parenthesis it ends with. */
function withCode(title: string, code: string): string {
  return title.endsWith(')') ? `${title.slice(0, -1)}, ${code})` : `${title} (${code})`;
}

/** Leaves the cursor where the reason belongs. */
function ignoreAction(finding: Finding, shown: Shown, document: vscode.TextDocument): vscode.CodeAction {
  const action = new vscode.CodeAction(`Ignore ${finding.rule} on this line`, SUPPRESS);
  const line = document.lineAt(shown.locate(finding.span).range.start.line);
  action.edit = new vscode.WorkspaceEdit();
  action.edit.set(document.uri, [ignoreEdit(line, finding.rule)]);
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
