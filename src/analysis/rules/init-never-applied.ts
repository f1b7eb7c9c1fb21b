import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type IdleInit, readIdleInits } from '../../facts/inits/idle.ts';
import { insertAfter } from '../insertion.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL507',
  name: 'init-never-applied',
  title: 'Initializer that reaches no layer',
  severity: 'warning',
  summary: 'An initializer is never run, runs before the layers are made, at every forward, or into a copy.',
  page: 'rules/init-never-applied.md',
  check(facts) {
    if (facts.isTest) return [];
    return facts.of(readIdleInits).map((init) => reportOf(init, facts));
  },
};

export default rule;

function reportOf(init: IdleInit, facts: Facts): Report {
  const { kind, span, late } = init;
  return {
    span: { start: span.start, end: span.end },
    confidence: 'definite',
    ...(kind === 'called' && { severity: 'error' as const }),
    message: `${says(init)}.`,
    related: late ? [{ span: { start: late.start, end: late.end }, message: 'This layer is made behind it.' }] : [],
    repairs: [kind === 'called' ? handed(init, facts) : kind === 'early' ? moved(init, facts) : []],
  };
}

function says({ kind, name }: IdleInit): string {
  switch (kind) {
    case 'unused':
      return `Nothing in this file runs \`${name}\`: the layers keep PyTorch's default weights`;
    case 'called':
      return `\`${name}()\` is called here, with no module, and \`apply\` gets what it returns, which is nothing`;
    case 'early':
      return `${name ? `\`${name}\`` : 'This loop'} runs before all layers are made: those below keep PyTorch's default weights`;
    case 'repeated':
      return 'This draws new weights at every forward, so nothing that is learned stays';
    case 'copy':
      return `This fills a copy of \`${name}\` that nobody keeps: the layer keeps PyTorch's default weights`;
  }
}

/** `net.apply(init())` → `net.apply(init)`. */
function handed({ span, name }: IdleInit, facts: Facts): readonly Fix[] {
  if (!/^\w+\(\s*\)$/.test(facts.text.slice(span.start, span.end))) return [];
  return [{ title: `Give \`${name}\` itself to \`apply\``, level: 'preferred', edits: [{ span, newText: name }] }];
}

function moved({ statement, last }: IdleInit, facts: Facts): readonly Fix[] {
  const edit =
    statement?.kind === 'expression' && last
      ? insertAfter(facts, last, facts.text.slice(statement.start, statement.end))
      : null;
  if (!statement || !edit) return [];
  let { start, end } = statement;
  while (start > 0 && /[ \t]/.test(facts.text[start - 1] ?? '')) start--;
  while (/[ \t]/.test(facts.text[end] ?? '')) end++;
  if (facts.text[end] === '\r') end++;
  if (facts.text[end] !== '\n' || (start > 0 && facts.text[start - 1] !== '\n')) return [];
  const edits = [{ span: { start, end: end + 1 }, newText: '' }, edit];
  return [{ title: 'Run it at the end of the constructor (changes behavior)', level: 'unsafe', edits }];
}
