// `# noqa: NL101` at the end of every line that has a finding: how a project begins with us and mends later.

import type { Edit } from '../base/finding.ts';
import type { Checked } from './check-text.ts';
import { UNUSED_SUPPRESSION } from './settings.ts';

const NOQA_WITH_CODES = /#\s*noqa:\s*[A-Za-z][\w-]*(?:[\s,]+[A-Z]+\d+)*/i;

/** One edit for each line; a comment that is there already takes the codes in. */
export function noqaEdits({ findings, facts }: Pick<Checked, 'findings' | 'facts'>): readonly Edit[] {
  const codes = new Map<number, Set<string>>();
  for (const { rule, span } of findings) {
    if (rule === UNUSED_SUPPRESSION.code) continue;
    const { line } = facts.lines.position(Math.max(span.start, span.end - 1));
    codes.set(line, (codes.get(line) ?? new Set()).add(rule));
  }
  return [...codes].sort(([a], [b]) => a - b).map(([line, rules]) => editOf(line, [...rules].sort()));

  function editOf(line: number, rules: readonly string[]): Edit {
    const start = facts.lines.offset({ line, column: 1 });
    const text = /^[^\r\n]*/.exec(facts.text.slice(start))?.[0] ?? '';
    const comment = facts.comments.find((span) => span.start >= start && span.end <= start + text.length);
    const present = comment && NOQA_WITH_CODES.exec(facts.text.slice(comment.start, comment.end));
    if (comment && present) {
      const end = comment.start + present.index + present[0].trimEnd().length;
      return { span: { start: end, end }, newText: `, ${rules.join(', ')}` };
    }
    const end = start + text.trimEnd().length;
    return { span: { start: end, end: start + text.length }, newText: `  # noqa: ${rules.join(', ')}` };
  }
}
