import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type LastBatch, readLastBatches } from '../../facts/flat-norms.ts';
import { nameOfLayer } from '../../facts/graphs/queries.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL202',
  name: 'last-batch-of-one',
  title: 'Training loader that may end with a batch of one',
  severity: 'warning',
  summary: 'A last batch of one sample leaves BatchNorm one value per channel, and PyTorch raises.',
  page: 'rules/last-batch-of-one.md',
  check(facts) {
    if (facts.synchronizesBatchNorm) return [];
    const reports = facts.of(readLastBatches).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf({ loader, batch, rest, norm }: LastBatch, facts: Facts): Report {
  const { start, end } = loader.span;
  const layer = nameOfLayer(norm.module);
  const known = rest !== null && !loader.isDefault;
  const rows = loader.rows ?? 0;
  return {
    span: { start, end },
    confidence: known ? 'definite' : 'may',
    severity: known ? 'error' : 'information',
    message: known
      ? `The last of the batches is 1 sample (${rows} % ${batch} = 1), and ${layer} raises: in training it needs more than one value per channel.`
      : `Should the last batch be a single sample (len(dataset) % ${batch} == 1), ${layer} raises: in training it needs more than one value per channel.`,
    related: [{ span: norm.module.call, message: 'This layer sees one value per channel and sample.' }],
    repairs: [fixes(loader.span.end, facts)],
  };
}

function fixes(end: number, { text }: Facts): readonly Fix[] {
  const before = text.slice(0, end - 1).trimEnd();
  const newText = before.endsWith(',') ? ' drop_last=True' : ', drop_last=True';
  const span = { start: before.length, end: before.length };
  return [{ title: 'Drop the last batch where it is not full', level: 'unsafe', edits: [{ span, newText }] }];
}
