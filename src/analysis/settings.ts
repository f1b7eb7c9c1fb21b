// Which rules run, and how loud they are. Codes, prefixes (`NL1`, `NL`), names and `ALL` are accepted
// everywhere; what matches no rule is a UserError that names the nearest one.

import { UserError } from '../base/errors.ts';
import type { Severity } from '../base/finding.ts';
import type { Intent } from '../facts/directives.ts';
import type { Rule } from './rule.ts';

export type Level = Severity | 'off';

/** What holds for one file; config.ts makes it of everything that was configured. */
export interface Settings {
  /** Empty: all rules. */
  readonly select: readonly string[];
  /** Beside those selected. */
  readonly extendSelect?: readonly string[];
  readonly ignore: readonly string[];
  /** By code or name. */
  readonly severities: Readonly<Record<string, Level>>;
  /** What is meant in the whole file. */
  readonly intents?: readonly Intent[];
}

export const DEFAULT_SETTINGS: Settings = { select: [], ignore: [], severities: {} };

/** The code of the finding about a suppression that suppresses nothing. */
export const UNUSED_SUPPRESSION = { code: 'NL000', name: 'unused-suppression' } as const;

/** The code of the finding about a configuration that cannot be used as it is. */
export const INVALID_CONFIGURATION = { code: 'NL001', name: 'invalid-configuration' } as const;

export function ruleMatches(selector: string, rule: { readonly code: string; readonly name: string }): boolean {
  const wanted = selector.trim();
  if (wanted.toUpperCase() === 'ALL') return true;
  return (
    wanted.toLowerCase() === rule.name || (/^[a-z]+\d*$/i.test(wanted) && rule.code.startsWith(wanted.toUpperCase()))
  );
}

export function isEnabled(
  rule: { readonly code: string; readonly name: string; readonly optIn?: true },
  settings: Settings,
): boolean {
  const level = levelOf(rule, settings);
  const matches = (selector: string) => ruleMatches(selector, rule);
  const selected =
    settings.select.length > 0 ? settings.select.some(matches) : rule.optIn !== true || level !== undefined;
  return (
    (selected || settings.extendSelect?.some(matches) === true) && level !== 'off' && !settings.ignore.some(matches)
  );
}

/** What the settings say of a rule; undefined where they say nothing. */
export function levelOf(
  rule: { readonly code: string; readonly name: string },
  settings: Settings,
): Severity | 'off' | undefined {
  return settings.severities[rule.code] ?? settings.severities[rule.name];
}

/** What is wrong with a selector, with the closest match; null where it stands for a rule. */
export function selectorProblem(selector: string, rules: readonly Pick<Rule, 'code' | 'name'>[]): string | null {
  const known = [...rules, UNUSED_SUPPRESSION, INVALID_CONFIGURATION];
  if (known.some((rule) => ruleMatches(selector, rule))) return null;
  const words = known.flatMap((rule) => [rule.code, rule.name]);
  return `Expected a rule's code, name or prefix, and got \`${selector}\`; did you mean \`${nearest(selector, words)}\`?`;
}

/** Refuses selectors that match nothing. */
export function checkSelectors(selectors: readonly string[], rules: readonly Pick<Rule, 'code' | 'name'>[]): void {
  for (const selector of selectors) {
    const problem = selectorProblem(selector, rules);
    if (problem) throw new UserError('settings/unknown-rule', problem);
  }
}

/** The word with the fewest edits between. */
export function nearest(wanted: string, words: readonly string[]): string {
  return words.reduce((best, word) => (distance(wanted, word) < distance(wanted, best) ? word : best));
}

/** Edits between two words, ignoring case. */
function distance(a: string, b: string): number {
  const from = a.toLowerCase();
  const to = b.toLowerCase();
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
