import * as vscode from 'vscode';
import type { ConfigLayer } from '../analysis/config.ts';
import type { Severity } from '../base/finding.ts';
import type { ObserveOverrides } from '../lab/plan-observe.ts';
import type { EngineSettings } from '../protocol/messages.ts';

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

/** What the settings say, above any configuration file; `normLab.lint.rules` are the levels of single rules. */
export function lintLayer(scope: vscode.Uri): ConfigLayer {
  const section = vscode.workspace.getConfiguration('normLab.lint', scope);
  const select = section.get<readonly string[]>('select', []);
  return {
    origin: 'the settings normLab.lint',
    select: select.length > 0 ? select : null,
    extendSelect: [],
    ignore: section.get<readonly string[]>('ignore', []),
    severity: lintSettings(scope).rules,
    perFileIgnores: [],
    intents: [],
    exclude: section.get<readonly string[]>('exclude', []),
  };
}

/** The defaults are the command line's, so that both make the same numbers. */
export function observatorySettings(scope: vscode.Uri): ObserveOverrides {
  const section = vscode.workspace.getConfiguration('normLab', scope);
  const data = section.get('observatory.data', 'digits');
  const steps = section.get('observatory.steps', 0);
  return {
    ...(steps > 0 ? { steps } : {}),
    seed: section.get('engine.seed', 0),
    data: data === 'digits' ? { kind: 'digits' } : { kind: 'synthetic', name: data, args: {} },
  };
}

/** Of the machine, hence not of a folder. */
export function engineSettings(): EngineSettings {
  const section = vscode.workspace.getConfiguration('normLab.engine');
  return { threads: section.get('threads', 0), memory: section.get('memory', 2048) };
}

export function keepsResults(scope: vscode.Uri): boolean {
  return vscode.workspace.getConfiguration('normLab.notebook', scope).get('outputs', 'sidecar') === 'sidecar';
}
