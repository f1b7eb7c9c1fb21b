import * as vscode from 'vscode';
import { DEFAULT_SETTINGS, type Settings } from '../analysis/settings.ts';
import type { Severity } from '../base/finding.ts';
import type { ObserveOverrides } from '../lab/plan-observe.ts';

export type RuleLevel = Severity | 'off';

export interface LintSettings {
  readonly enabled: boolean;
  readonly run: 'onType' | 'onSave';
  /** A rule's code or name to its level. */
  readonly rules: Readonly<Record<string, RuleLevel>>;
}

export function lintSettings(scope: vscode.Uri): LintSettings {
  const section = vscode.workspace.getConfiguration('normLab.lint', scope);
  return {
    enabled: section.get('enabled', true),
    run: section.get<LintSettings['run']>('run', 'onType'),
    rules: section.get<LintSettings['rules']>('rules', {}),
  };
}

/** The same as the command line's, with the levels of `normLab.lint.rules`. */
export function analysisSettings(scope: vscode.Uri): Settings {
  return { ...DEFAULT_SETTINGS, severities: lintSettings(scope).rules };
}

/** The defaults are the command line's, so that both make the same numbers. */
export function observatorySettings(scope: vscode.Uri): ObserveOverrides {
  const section = vscode.workspace.getConfiguration('normLab', scope);
  const data = section.get('observatory.data', 'digits');
  return {
    steps: section.get('observatory.steps', 300),
    seed: section.get('engine.seed', 0),
    data: data === 'digits' ? { kind: 'digits' } : { kind: 'synthetic', name: data, args: {} },
  };
}

export function keepsResults(scope: vscode.Uri): boolean {
  return vscode.workspace.getConfiguration('normLab.notebook', scope).get('outputs', 'sidecar') === 'sidecar';
}
