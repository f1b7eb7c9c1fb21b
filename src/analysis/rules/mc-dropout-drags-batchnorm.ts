import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { enclosing } from '../../facts/loops.ts';
import { readSamplings, type Sampling } from '../../facts/samplings.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL111',
  name: 'mc-dropout-drags-batchnorm',
  title: 'Monte Carlo dropout by train() switches BatchNorm as well',
  severity: 'warning',
  summary: 'train() keeps Dropout active for sampling, and makes BatchNorm use and update batch statistics.',
  page: 'rules/mc-dropout-drags-batchnorm.md',
  check(facts) {
    const reports = facts.of(readSamplings).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(one: Sampling, facts: Facts): Report {
  const { write, receiver, call } = one;
  const line = facts.lines.position(call.start).line;
  return {
    span: write,
    confidence: 'definite',
    message: `For the samples of line ${line} Dropout is active, and so is training mode of BatchNorm: each sample of \`${receiver}\` depends on the batch and moves the running statistics.`,
    related: [{ span: { start: call.start, end: call.end }, message: 'The samples are drawn here.' }],
    repairs: [fixes(write, facts)],
  };
}

/** Everything in eval mode, and the Dropout layers back. */
function fixes(write: Sampling['write'], facts: Facts): readonly Fix[] {
  const { text, module, initPrefix, lines } = facts;
  const receiver = /^([\w.]+)\.train\(\s*(?:True|mode=True)?\s*\)$/.exec(text.slice(write.start, write.end))?.[1];
  const statement = enclosing(module.body, write).at(-1);
  const prefix = initPrefix?.replace(/\.init$/, '');
  if (!receiver || !prefix || statement?.start !== write.start || statement.end !== write.end) return [];
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const indent = ' '.repeat(lines.position(write.start).column - 1);
  const newText = [
    `${receiver}.eval()`,
    `${indent}for module in ${receiver}.modules():`,
    `${indent}    if isinstance(module, ${prefix}.modules.dropout._DropoutNd):`,
    `${indent}        module.train()`,
  ].join(newline);
  return [
    { title: 'Put only the Dropout layers into training mode', level: 'unsafe', edits: [{ span: write, newText }] },
  ];
}
