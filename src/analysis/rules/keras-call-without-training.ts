import type { Edit, Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type KerasFault, readKerasFaults } from '../../facts/keras.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL112',
  name: 'keras-call-without-training',
  title: 'Keras: wrong or missing training flag',
  severity: 'warning',
  summary: 'In a loop of one’s own, Keras runs Dropout and BatchNormalization as for inference unless told.',
  page: 'rules/keras-call-without-training.md',
  framework: 'keras',
  check(facts) {
    const reports = facts.of(readKerasFaults).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(one: KerasFault, facts: Facts): Report {
  const { span, related } = one;
  return {
    span,
    confidence: 'definite',
    message: messageOf(one, facts),
    related: related
      ? [{ span: related, message: one.kind === 'set-after-compile' ? 'It was compiled here.' : 'It is thawed here.' }]
      : [],
    repairs: [fixes(one)],
  };
}

function messageOf({ kind, receiver, related }: KerasFault, { lines }: Facts): string {
  const name = `\`${receiver}\``;
  switch (kind) {
    case 'trained-in-inference':
      return `${name} is trained here as it runs at inference: without \`training=True\` its Dropout is off and its BatchNormalization neither uses nor updates batch statistics.`;
    case 'evaluated-in-training':
      return `${name} is evaluated here with \`training=True\`: Dropout is active, and BatchNormalization uses and updates batch statistics.`;
    case 'thawed-statistics':
      return `Once ${name} is trainable, in line ${related ? lines.position(related.start).line : 0}, \`fit()\` updates the statistics of its BatchNormalization, because it is not called with \`training=False\`.`;
    case 'set-after-compile':
      return `\`trainable\` counts when \`compile()\` is called, and ${name} was compiled in line ${related ? lines.position(related.start).line : 0}: training goes on as before.`;
  }
}

function fixes({ kind, call, argument }: KerasFault): readonly Fix[] {
  if (kind === 'evaluated-in-training' && argument) {
    const { start, end } = argument.value;
    return [
      {
        title: 'Evaluate with `training=False`',
        level: 'preferred',
        edits: [{ span: { start, end }, newText: 'False' }],
      },
    ];
  }
  const last = call?.args.at(-1);
  if (!last) return [];
  const given = kind === 'trained-in-inference' ? 'training=True' : 'training=False';
  const edits: Edit[] = [{ span: { start: last.end, end: last.end }, newText: `, ${given}` }];
  return [
    { title: `Call it with \`${given}\``, level: kind === 'trained-in-inference' ? 'preferred' : 'unsafe', edits },
  ];
}
