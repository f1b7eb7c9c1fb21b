// `# normlab: ignore[NL101] reason` silences its line, `# normlab: ignore-file[NL101] reason` the file;
// `# noqa: NL101` is honored beside other linters. Names and prefixes are accepted where codes are. A
// suppression of ours that silences nothing is itself a finding, with the edit that removes it; a `noqa`
// is never reported, because it may speak to another tool.

import type { Finding, Fix, Span } from '../base/finding.ts';
import type { LineMap } from '../base/text.ts';
import type { Facts } from '../facts/facts.ts';
import { isEnabled, ruleMatches, type Settings, UNUSED_SUPPRESSION } from './settings.ts';

interface Suppression {
  readonly span: Span;
  /** null: every rule. */
  readonly selectors: readonly string[] | null;
  /** null: the whole file. */
  readonly line: number | null;
  readonly ours: boolean;
}

const OURS = /#\s*normlab:\s*ignore(-file)?\s*(?:\[([^\]]*)\])?/i;
const NOQA = /#\s*noqa(?::\s*([A-Za-z][\w-]*(?:[\s,]+[A-Z]+\d+)*))?/i;

export interface Suppressed {
  readonly remaining: readonly Finding[];
  /** One for each suppression that was not needed, with the edit that removes it. */
  readonly unused: ReadonlyMap<Finding, Fix>;
}

export function suppress(
  found: readonly Finding[],
  facts: Facts,
  settings: Settings,
  known: readonly { readonly code: string; readonly name: string }[],
): Suppressed {
  const suppressions = facts.comments.flatMap((span) => readSuppression(facts.text, span, facts.lines));
  if (suppressions.length === 0) return { remaining: found, unused: new Map() };
  const used = new Set<Suppression>();
  const remaining = found.filter((finding) => {
    const matching = suppressions.filter((suppression) => covers(suppression, finding, facts.lines));
    for (const suppression of matching) used.add(suppression);
    return matching.length === 0;
  });
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

function readSuppression(text: string, span: Span, lines: LineMap): readonly Suppression[] {
  const comment = text.slice(span.start, span.end);
  const ours = OURS.exec(comment);
  const line = lines.position(span.start).line;
  if (ours) return [{ span, selectors: list(ours[2]), line: ours[1] ? null : line, ours: true }];
  const noqa = NOQA.exec(comment);
  if (!noqa) return [];
  return [{ span, selectors: list(noqa[1]), line, ours: false }];
}

function list(selectors: string | undefined): readonly string[] | null {
  const items = selectors?.split(/[\s,]+/).filter(Boolean) ?? [];
  return items.length > 0 ? items : null;
}

/** A finding over several lines is silenced on its first or its last one, where a comment can stand. */
function covers(suppression: Suppression, finding: Finding, lines: LineMap): boolean {
  const rule = { code: finding.rule, name: finding.name };
  if (suppression.selectors && !suppression.selectors.some((selector) => ruleMatches(selector, rule))) return false;
  if (suppression.line === null) return true;
  const last = lines.position(Math.max(finding.span.start, finding.span.end - 1)).line;
  return suppression.line === lines.position(finding.span.start).line || suppression.line === last;
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
