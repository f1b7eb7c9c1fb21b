import type { Fix } from '../../base/finding.ts';
import { readTrainingExports, type TrainingExport } from '../../facts/exports.ts';
import type { Facts } from '../../facts/facts.ts';
import { enclosing } from '../../facts/loops.ts';
import { dottedPath } from '../../python/walk.ts';
import { insertAfter, insertBefore } from '../insertion.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL801',
  name: 'export-or-fuse-in-train-mode',
  title: 'Module recorded, fused or converted in training mode',
  severity: 'error',
  summary: 'A tracer records what training mode does, and a later eval() cannot take it back.',
  page: 'rules/export-or-fuse-in-train-mode.md',
  check(facts) {
    if (!EXPORTING.test(facts.text)) return [];
    const reports = facts.of(readTrainingExports).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

const EXPORTING = /\b(?:trace|export|dynamo_export|fuse\w*|prepare|torch2trt|torch_tensorrt)\b/;

function reportOf(one: TrainingExport, facts: Facts): Report {
  const { call, module, write } = one;
  const { start, end } = call.callee;
  const name = facts.text.slice(module.start, module.end);
  return {
    span: { start, end },
    confidence: 'definite',
    message: `\`${name}\` is in training mode here: ${effectOf(one)}.`,
    related: write ? [{ span: write, message: 'It is in training mode since here.' }] : [],
    repairs: [fixes(one, facts)],
  };
}

function effectOf({ name, sensitivity: { batchNorm, dropout } }: TrainingExport): string {
  if (/\.fuse\w*$/.test(name)) return 'BatchNorm can be folded into a convolution in eval mode only, and fusing raises';
  if (name.endsWith('.prepare')) return 'calibration normalizes with batch statistics and overwrites the running ones';
  const parts = [
    ...(batchNorm > 0 ? ['BatchNorm that uses batch statistics'] : []),
    ...(dropout > 0 ? ['active Dropout'] : []),
  ];
  return `${parts.join(' and ')} is recorded, and a later \`eval()\` does not change what was recorded`;
}

function fixes({ call, module }: TrainingExport, facts: Facts): readonly Fix[] {
  const name = facts.text.slice(module.start, module.end);
  const end = { start: module.end, end: module.end };
  if (!dottedPath(module))
    return module.kind === 'call'
      ? [{ title: 'Give it in eval mode', level: 'preferred', edits: [{ span: end, newText: '.eval()' }] }]
      : [];
  const statement = enclosing(facts.module.body, call).at(-1);
  const evaluate = statement && insertBefore(facts, statement, `${name}.eval()`);
  const restore = statement && insertAfter(facts, statement, `${name}.train(was_training)`);
  const save = statement && insertBefore(facts, statement, `was_training = ${name}.training`);
  if (!evaluate) return [];
  const candidates: Fix[] = [{ title: `Insert \`${name}.eval()\` before it`, level: 'preferred', edits: [evaluate] }];
  if (save && restore) {
    const both = { span: save.span, newText: save.newText + evaluate.newText };
    candidates.push({
      title: `Put \`${name}\` into eval mode for it, and back after it`,
      level: 'unsafe',
      edits: [both, restore],
    });
  }
  return candidates;
}
