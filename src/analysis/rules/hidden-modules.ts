import type { Fix, FixLevel } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import type { HiddenModules } from '../../facts/hidden.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL107',
  name: 'hidden-modules',
  title: 'Layers kept outside the module registry',
  severity: 'error',
  summary: 'Layers in a plain list or dict are not trained, not moved and not switched.',
  page: 'rules/hidden-modules.md',
  check(facts) {
    const reports = facts.hidden.map((hidden) => reportOf(hidden, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(hidden: HiddenModules, facts: Facts): Report {
  const { attribute, container, value, made } = hidden;
  return {
    span: { start: value.start, end: value.end },
    confidence: 'definite',
    message: `\`self.${attribute}\` is a plain ${container}, so the layers in it are not registered: \`parameters()\`, \`eval()\`, \`to()\` and \`state_dict()\` do not reach them.`,
    related: made.map(({ start, end }) => ({ span: { start, end }, message: 'This layer is not registered.' })),
    repairs: [fixes(hidden, facts)],
  };
}

function fixes({ container, value, appended }: HiddenModules, facts: Facts): readonly Fix[] {
  const prefix = facts.initPrefix?.replace(/\.init$/, '');
  if (!prefix || (container === 'dict' && !hasPlainKeys(value))) return [];
  const name = `${prefix}.${container === 'dict' ? 'ModuleDict' : 'ModuleList'}`;
  const text = appended ? '' : facts.text.slice(value.start, value.end);
  const level: FixLevel = appended ? 'unsafe' : 'preferred';
  const span = { start: value.start, end: value.end };
  return [{ title: `Keep them in \`${name}\``, level, edits: [{ span, newText: `${name}(${text})` }] }];
}

/** ModuleDict takes strings without dots. */
function hasPlainKeys(value: HiddenModules['value']): boolean {
  if (value.kind !== 'dict') return false;
  return value.entries.every(({ key }) => key?.kind === 'string' && key.value !== null && /^\w+$/.test(key.value));
}
