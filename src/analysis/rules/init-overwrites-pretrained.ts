import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type Overwrite, readOverwrites } from '../../facts/overwrites.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL502',
  name: 'init-overwrites-pretrained',
  title: 'Initialization after pretrained weights were loaded',
  severity: 'error',
  summary: 'An initializer runs over modules whose pretrained weights were loaded before: they are lost.',
  page: 'rules/init-overwrites-pretrained.md',
  check(facts) {
    if (facts.isTest) return [];
    return facts.of(readOverwrites).map((overwrite) => reportOf(overwrite, facts));
  },
};

export default rule;

function reportOf(overwrite: Overwrite, facts: Facts): Report {
  const { span, receiver, load, certain, pass } = overwrite;
  const line = facts.lines.position(load.start).line;
  const { initializer } = pass;
  const who = initializer.def ? `\`${initializer.def.name}\`` : 'This loop';
  return {
    span,
    confidence: certain ? 'definite' : 'may',
    message: `${who} draws new weights for \`${receiver}\` after line ${line} loaded them: what was loaded is lost.`,
    related: [{ span: load, message: 'The weights are loaded here.' }],
    repairs: [restricted(overwrite, facts)],
  };
}

/** `self.modules()` → `self.head.modules()`, where one part only is new. */
function restricted({ pass, owner, loaded }: Overwrite, facts: Facts): readonly Fix[] {
  const { start, end } = pass.root;
  if (!owner || facts.text.slice(start, end) !== 'self') return [];
  const parts = new Set(owner.layers.map(({ path }) => path.split('.')[0] ?? ''));
  const fresh = [...parts].filter((part) => part !== '' && !loaded.includes(`self.${part}`));
  const [only] = fresh;
  if (fresh.length !== 1 || only === undefined) return [];
  const edits = [{ span: { start, end }, newText: `self.${only}` }];
  return [{ title: `Initialize \`self.${only}\` only (changes behavior)`, level: 'unsafe', edits }];
}
