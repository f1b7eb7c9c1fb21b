import type { Fix, Severity } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { enclosing } from '../../facts/loops.ts';
import { readWrappings, type Wrapping } from '../../facts/wrappings.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL209',
  name: 'ddp-without-syncbn',
  title: 'BatchNorm and the wrapper for several devices do not fit together',
  severity: 'information',
  summary: 'SyncBatchNorm works between processes and is converted to before DistributedDataParallel wraps the model.',
  page: 'rules/ddp-without-syncbn.md',
  check(facts) {
    const reports = facts.of(readWrappings).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(one: Wrapping, facts: Facts): Report {
  const { call, other, fault, batch } = one;
  const severity = severityOf(one);
  return {
    span: { start: call.callee.start, end: call.callee.end },
    confidence: fault === 'apart' && batch === null ? 'may' : 'definite',
    severity,
    message: messageOf(one, facts),
    related: other ? [{ span: { start: other.start, end: other.end }, message: 'This was called before.' }] : [],
    repairs: [fixes(one, facts)],
  };
}

/** How many samples make good statistics is not known of a batch that is not. */
function severityOf({ fault, batch }: Wrapping): Severity {
  if (fault === 'apart') return batch === null ? 'hint' : 'information';
  return fault === 'unsynchronized-buffers' ? 'information' : 'warning';
}

function messageOf({ fault, other, batch }: Wrapping, { lines }: Facts): string {
  const line = other ? lines.position(other.start).line : 0;
  switch (fault) {
    case 'converted-late':
      return `The model was wrapped in line ${line} before its BatchNorm is converted here; \`DistributedDataParallel\` expects the conversion first.`;
    case 'one-process':
      return 'SyncBatchNorm synchronizes between processes, and `DataParallel` has one: PyTorch refuses it or, by its version, each replica goes on with its own part of the batch.';
    case 'apart':
      return `Each process normalizes over its own ${batch ?? 'part of the batch'}${batch === null ? '' : ' samples'}: nothing converts the BatchNorm of this model to SyncBatchNorm.`;
    case 'unsynchronized-buffers':
      return 'With `broadcast_buffers=False` every process keeps its own BatchNorm statistics, so evaluation and checkpoints differ from process to process.';
  }
}

/** The two lines, the other way round. */
function fixes({ fault, call, other }: Wrapping, facts: Facts): readonly Fix[] {
  if (fault !== 'converted-late' || !other) return [];
  const [wrapping, converting] = [enclosing(facts.module.body, other), enclosing(facts.module.body, call)];
  const [first, second] = [wrapping.at(-1), converting.at(-1)];
  if (!first || !second || first.kind !== 'assign' || second.kind !== 'assign' || wrapping.at(-2) !== converting.at(-2))
    return [];
  const between = facts.text.slice(first.end, second.start);
  const written = (statement: typeof first) =>
    statement.targets.map(({ start, end }) => facts.text.slice(start, end)).join();
  if (between.trim() !== '' || written(first) !== written(second)) return [];
  const edits = [
    { span: { start: first.start, end: first.end }, newText: facts.text.slice(second.start, second.end) },
    { span: { start: second.start, end: second.end }, newText: facts.text.slice(first.start, first.end) },
  ];
  return [{ title: 'Convert first, then wrap', level: 'preferred', edits }];
}
