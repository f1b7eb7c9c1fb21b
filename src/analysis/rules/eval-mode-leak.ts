import type { Fix, Severity } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import type { ModeLeak, Training } from '../../facts/loops.ts';
import { insertBefore } from '../insertion.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL102',
  name: 'eval-mode-leak',
  title: 'Training continues in eval mode after validation',
  severity: 'warning',
  summary: 'A validation pass calls eval(), nothing calls train() after it, and the training that follows runs so.',
  page: 'rules/eval-mode-leak.md',
  check(facts) {
    if (facts.modesAreManaged) return [];
    const reports = facts.loops.trainings.flatMap((training) =>
      training.leak ? reportOf(training, training.leak, facts) : [],
    );
    return reports.filter((report, i) => reports.findIndex((other) => other.span.start === report.span.start) === i);
  },
};

export default rule;

function reportOf(training: Training, leak: ModeLeak, facts: Facts): readonly Report[] {
  const { receiver, call } = training;
  if (!receiver) return [];
  return [
    {
      span: { start: call.start, end: call.end },
      confidence: isCertain(training, leak) ? 'definite' : 'may',
      severity: facts.isTest ? 'information' : severityOf(training, leak),
      message: message(receiver, training, leak, facts),
      related: [{ span: leak.write, message: 'It was put into eval mode here.' }],
      repairs: [fixes(receiver, leak, facts)],
    },
  ];
}

function isCertain({ sensitivity }: Training, leak: ModeLeak): boolean {
  return leak.startsInTraining && sensitivity.batchNorm + sensitivity.dropout > 0;
}

/** Without BatchNorm and Dropout nothing changes; of a module that is not seen it cannot be said. */
function severityOf({ sensitivity }: Training, leak: ModeLeak): Severity {
  const known = sensitivity.batchNorm + sensitivity.dropout > 0;
  if (known && leak.startsInTraining) return 'warning';
  return known || sensitivity.unknown ? 'information' : 'hint';
}

function message(receiver: string, { sensitivity }: Training, leak: ModeLeak, facts: Facts): string {
  const line = facts.lines.position(leak.write.start).line;
  const when = leak.always ? 'From the second round on' : 'Once the evaluation has run';
  const { batchNorm, dropout, unknown } = sensitivity;
  const effects = [
    ...(batchNorm > 0 ? ['BatchNorm no longer updates its statistics'] : []),
    ...(dropout > 0 ? ['Dropout is off'] : []),
  ];
  const effect =
    effects.length > 0
      ? effects.join(' and ')
      : unknown
        ? 'any BatchNorm in it no longer updates its statistics, and any Dropout in it is off'
        : 'nothing in it follows the mode today';
  return `${when} \`${receiver}\` is trained in eval mode, left so by \`eval()\` in line ${line}: ${effect}.`;
}

function fixes(receiver: string, { region }: ModeLeak, facts: Facts): readonly Fix[] {
  const edit = region && insertBefore(facts, region, `${receiver}.train()`);
  return edit
    ? [{ title: `Insert \`${receiver}.train()\` before the training`, level: 'preferred', edits: [edit] }]
    : [];
}
