// What came out, for people: a line for each repository, and reasons with the most frequent one on top.

import type { Outcome, Verdict } from './entry.ts';

const COLUMNS: readonly Verdict[] = ['exact', 'data', 'reason', 'bare', 'wrong', 'failed'];

export function perRepository(outcomes: readonly Outcome[]): string[] {
  const groups = grouped(outcomes, ({ entry }) => entry.repo);
  const rows = [...groups].map(([repo, own]) => [repo, ...COLUMNS.map((verdict) => count(own, verdict)), own.length]);
  rows.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  const all = ['all', ...COLUMNS.map((verdict) => count(outcomes, verdict)), outcomes.length];
  return [['repository', ...COLUMNS, 'models'], ...rows, all].map((row) =>
    row.map((cell, i) => (i === 0 ? String(cell).padEnd(52) : String(cell || '·').padStart(7))).join(''),
  );
}

/** The share of exact ones among those whose shapes do not depend on data. */
export function share(name: string, outcomes: readonly Outcome[]): string {
  const data = count(outcomes, 'data');
  const rest = outcomes.length - data;
  const exact = count(outcomes, 'exact');
  const percent = rest === 0 ? '–' : ((100 * exact) / rest).toFixed(1);
  const named = count(outcomes, 'reason');
  const apart = data === 0 ? '' : `; ${data} whose shapes depend on data are counted apart`;
  const others = `${named} end in a reason with a line, ${count(outcomes, 'bare')} in one without, ${count(outcomes, 'wrong')} are wrong, ${count(outcomes, 'failed')} failed`;
  return `${name}: ${exact} of ${rest} models (${percent} %) are exactly as PyTorch says; ${others}${apart}.`;
}

/** Reasons of what is not exact, each with its models. */
export function perReason(outcomes: readonly Outcome[]): string[] {
  const failing = outcomes.filter(({ verdict }) => verdict !== 'exact' && verdict !== 'untold');
  const groups = [...grouped(failing, ({ verdict, reason }) => `[${verdict}] ${alike(reason)}`)];
  groups.sort(([, a], [, b]) => b.length - a.length);
  return groups.flatMap(([reason, own]) => [
    `${String(own.length).padStart(3)}  ${reason}`,
    ...own.map(({ entry, place, reason: whole }) => `       ${title(entry)}  ${place}  ${whole.slice(0, 220)}`),
  ]);
}

export function title({ repo, path, construct }: Outcome['entry']): string {
  return `${repo} ${path} ${construct.slice(0, 60)}`;
}

/** Two reasons are one cause where they differ in numbers and in what calls them. */
function alike(reason: string): string {
  return reason
    .replace(/^`[^`]*`/, '`…`')
    .replace(/\[[\d, ]*\]/g, '[…]')
    .replace(/\d+/g, 'N')
    .slice(0, 140);
}

function grouped(outcomes: readonly Outcome[], key: (outcome: Outcome) => string): Map<string, Outcome[]> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const own = groups.get(key(outcome)) ?? [];
    groups.set(key(outcome), [...own, outcome]);
  }
  return groups;
}

function count(outcomes: readonly Outcome[], verdict: Verdict): number {
  return outcomes.filter((outcome) => outcome.verdict === verdict).length;
}
