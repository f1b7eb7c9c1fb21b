import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type ForeignInput, readForeignInputs } from '../../facts/foreign-inputs.ts';
import type { Statistics } from '../../facts/pretrained.ts';
import type { Expression } from '../../python/tree.ts';
import { withoutItem } from '../layer-edits.ts';
import { insertNormalize } from '../pipeline-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL604',
  name: 'pretrained-without-its-stats',
  title: 'Pretrained model fed with inputs it was not trained on',
  severity: 'warning',
  summary: 'The weights were trained on images of another mean and deviation than this preprocessing gives.',
  page: 'rules/pretrained-without-its-stats.md',
  check(facts) {
    return facts.isTest ? [] : facts.of(readForeignInputs).map((one) => reportOf(one, facts));
  },
};

export default rule;

function reportOf(foreign: ForeignInput, facts: Facts): Report {
  const { span, model, isTuned } = foreign;
  const { start, end } = model.call;
  return {
    span,
    confidence: 'definite',
    ...(isTuned && { severity: 'information' }),
    message: message(foreign),
    related: [{ span: { start, end }, message: 'The pretrained model.' }],
    repairs: [fixes(foreign, facts)],
  };
}

function message({ model, fault, expects }: ForeignInput): string {
  const name = `\`${model.architecture}\``;
  if (fault.kind === 'twice')
    return `${name} normalizes its images itself and expects numbers between 0 and 1: here they are normalized twice.`;
  const wanted = expects ? `images of mean ${listed(expects.mean)} and deviation ${listed(expects.std)}` : '';
  if (fault.kind === 'other')
    return `The weights of ${name} were trained on ${wanted}; here ${listed(fault.mean)} is subtracted, and the rest divided by ${listed(fault.std)}.`;
  const range = fault.range === 'unit' ? 'between 0 and 1' : 'up to 255';
  return `The weights of ${name} were trained on ${wanted}; these are numbers ${range}, and nothing is subtracted.`;
}

function listed(numbers: readonly number[]): string {
  const [first] = numbers;
  return numbers.every((one) => one === first) ? `${first}` : `(${numbers.join(', ')})`;
}

function fixes(foreign: ForeignInput, facts: Facts): readonly Fix[] {
  const { pipeline, fault, expects } = foreign;
  if (!pipeline) return [];
  if (fault.kind === 'twice') {
    const edit = withoutItem(fault.step.item, pipeline.list.items, facts);
    return edit ? [{ title: 'Leave it to the model (changes behavior)', level: 'unsafe', edits: [edit] }] : [];
  }
  if (!expects) return [];
  const title = 'Normalize as the weights expect (changes behavior)';
  if (fault.kind === 'none') {
    const edit = fault.range === 'unit' ? insertNormalize(pipeline, expects, facts) : null;
    return edit ? [{ title, level: 'unsafe', edits: [edit] }] : [];
  }
  return replaced(fault.step.item, expects, title);
}

function replaced(item: Expression, { mean, std }: Statistics, title: string): readonly Fix[] {
  if (item.kind !== 'call') return [];
  const [first, second, ...more] = item.args;
  if (!first || !second || more.length > 0) return [];
  const edits = [
    { span: { start: first.value.start, end: first.value.end }, newText: `(${mean.join(', ')})` },
    { span: { start: second.value.start, end: second.value.end }, newText: `(${std.join(', ')})` },
  ];
  return [{ title, level: 'unsafe', edits }];
}
