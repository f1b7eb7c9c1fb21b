import type { Fix, Severity } from '../../base/finding.ts';
import type { EmptyParameter } from '../../facts/empties.ts';
import type { Facts } from '../../facts/facts.ts';
import { insertAfter } from '../insertion.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL501',
  name: 'uninitialized-parameter',
  title: 'Parameter of uninitialized memory',
  severity: 'error',
  summary: 'A parameter is made of memory nobody has written, and nothing gives it values.',
  page: 'rules/uninitialized-parameter.md',
  check(facts) {
    if (facts.isTest) return [];
    return facts.empties.map((empty) => reportOf(empty, facts));
  },
};

export default rule;

function reportOf(empty: EmptyParameter, facts: Facts): Report {
  const { attribute, call, uncalled, isMade } = empty;
  const what = `\`self.${attribute}\` is memory that nobody has written`;
  const [writer] = uncalled;
  return {
    span: { start: call.start, end: call.end },
    confidence: writer || !isMade ? 'may' : 'definite',
    severity: severityOf(empty),
    message: writer
      ? `${what}: \`${writer.name}()\` would, and nothing in this file calls it.`
      : `${what}, and nothing in this file gives it values: it starts as whatever was there, \`nan\` included.`,
    related: writer
      ? [
          {
            span: { start: writer.nameSpan.start, end: writer.nameSpan.end },
            message: 'Nobody calls this method here.',
          },
        ]
      : [],
    repairs: [writer ? callOf(empty, writer.name, facts) : fixes(empty, facts)],
  };
}

/** Whoever makes the module in another file may fill it there. */
function severityOf({ isMade, uncalled }: EmptyParameter): Severity {
  if (!isMade) return 'information';
  return uncalled.length > 0 ? 'warning' : 'error';
}

function callOf({ owner }: EmptyParameter, name: string, facts: Facts): readonly Fix[] {
  const last = owner.methods.get('__init__')?.body.at(-1);
  const edit = last && insertAfter(facts, last, `self.${name}()`);
  return edit ? [{ title: `Call \`${name}()\` in the constructor`, level: 'preferred', edits: [edit] }] : [];
}

/** Zeros for a bias, a scaled draw for a matrix; of anything else the purpose is not known. */
function fixes({ attribute, statement, dimensions }: EmptyParameter, facts: Facts): readonly Fix[] {
  const prefix = facts.initPrefix;
  const isBias = /bias|^b$|^b_/.test(attribute);
  if (!prefix || (!isBias && (dimensions ?? 0) < 2)) return [];
  const name = isBias ? 'zeros_' : 'xavier_uniform_';
  const edit = insertAfter(facts, statement, `${prefix}.${name}(self.${attribute})`);
  return edit
    ? [{ title: `Fill \`self.${attribute}\` with \`${name}\` (changes behavior)`, level: 'unsafe', edits: [edit] }]
    : [];
}
