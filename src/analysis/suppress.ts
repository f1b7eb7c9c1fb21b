// What comments silence. `# normlab: ignore[NL101] reason` silences its line, `ignore-start` to `ignore-end` a
// range, `ignore-cell` a notebook's cell, `ignore-file` the file; `# noqa: NL101` is honored beside other linters.
// Names and prefixes are accepted where codes are. A suppression of ours that silences nothing is itself a
// finding, with the edit that removes it. Intents silence the rules that they answer, and are never unused.

import type { Finding, Fix, Span } from '../base/finding.ts';
import { INTENTS, type Intent, type Suppression } from '../facts/directives.ts';
import type { Facts } from '../facts/facts.ts';
import { isEnabled, ruleMatches, type Settings, UNUSED_SUPPRESSION } from './settings.ts';

export interface Suppressed {
  readonly remaining: readonly Finding[];
  /** One for each suppression that was not needed, with the edit that removes it. */
  readonly unused: ReadonlyMap<Finding, Fix>;
}

/** Which rules an intent answers: what they speak of is what the author means. */
export const ANSWERED: Readonly<Record<Intent, readonly string[]>> = {
  'mc-dropout': ['NL101', 'NL103', 'NL108'],
  tta: ['NL101', 'NL103', 'NL204', 'NL205'],
  frozen: ['NL102', 'NL104', 'NL105'],
  transductive: ['NL101', 'NL103', 'NL204', 'NL605', 'NL802'],
};

export function suppress(
  found: readonly Finding[],
  facts: Facts,
  settings: Settings,
  known: readonly { readonly code: string; readonly name: string }[],
): Suppressed {
  const meant = found.filter((finding) => !isMeant(finding, facts));
  const { suppressions } = facts;
  if (suppressions.length === 0) return { remaining: meant, unused: new Map() };
  const used = new Set<Suppression>();
  for (const finding of found) for (const one of suppressions) if (covers(one, finding)) used.add(one);
  const remaining = meant.filter((finding) => !suppressions.some((one) => covers(one, finding)));
  if (!isEnabled(UNUSED_SUPPRESSION, settings)) return { remaining, unused: new Map() };
  const disabled = known.filter((rule) => !isEnabled(rule, settings));
  const mute = (suppression: Suppression) =>
    disabled.some((rule) => suppression.selectors?.some((selector) => ruleMatches(selector, rule)));
  const unused = suppressions.filter((suppression) => suppression.ours && !used.has(suppression) && !mute(suppression));
  return {
    remaining,
    unused: new Map(unused.map((suppression) => [unusedFinding(suppression), removal(suppression, facts.text)])),
  };
}

function isMeant({ rule, span }: Finding, { intents }: Facts): boolean {
  for (const [intent, rules] of ENTRIES) if (rules.includes(rule) && intents.at(intent, span)) return true;
  return false;
}

const ENTRIES = INTENTS.map((intent) => [intent, ANSWERED[intent]] as const);

/** A finding over several lines is silenced on its first or its last one, where a comment can stand. */
function covers({ selectors, scope, either }: Suppression, finding: Finding): boolean {
  const rule = { code: finding.rule, name: finding.name };
  if (selectors && !selectors.some((selector) => ruleMatches(selector, rule))) return false;
  if (scope === null) return true;
  const within = (at: number) => scope.start <= at && at <= scope.end;
  const { start, end } = finding.span;
  return within(start) || (either && within(Math.max(start, end - 1)));
}

function unusedFinding({ span, selectors }: Suppression): Finding {
  const what = selectors ? selectors.map((selector) => `\`${selector}\``).join(', ') : 'any rule';
  return {
    rule: UNUSED_SUPPRESSION.code,
    name: UNUSED_SUPPRESSION.name,
    span,
    severity: 'information',
    confidence: 'definite',
    message: `Nothing here is reported by ${what}, so this comment silences nothing.`,
    related: [],
  };
}

function removal({ span }: Suppression, text: string): Fix {
  return {
    title: 'Remove the unused suppression',
    level: 'safe',
    edits: [{ span: withBlanks(span, text), newText: '' }],
  };
}

/** The comment with the blanks before it; a line that holds nothing else goes as a whole. */
function withBlanks(span: Span, text: string): Span {
  let start = span.start;
  while (text[start - 1] === ' ' || text[start - 1] === '\t') start--;
  const alone = start === 0 || text[start - 1] === '\n';
  if (!alone) return { start, end: span.end };
  const newline = /^\r?\n/.exec(text.slice(span.end))?.[0].length ?? 0;
  return { start, end: span.end + newline };
}
