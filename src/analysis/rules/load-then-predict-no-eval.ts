import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { enclosing, type Prediction } from '../../facts/loops.ts';
import { insertAfter } from '../insertion.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL103',
  name: 'load-then-predict-no-eval',
  title: 'Saved weights used for prediction in training mode',
  severity: 'warning',
  summary: 'A model is filled with saved weights and run without eval(), so its output depends on the batch.',
  page: 'rules/load-then-predict-no-eval.md',
  check(facts) {
    if (facts.modesAreManaged || facts.resetsStatistics || trains(facts)) return [];
    return facts.loops.predictions.flatMap((prediction) => reportOf(prediction, facts) ?? []);
  },
};

export default rule;

/** A file that trains loads weights to go on from them; what it merely imports says nothing. */
function trains({ text }: Facts): boolean {
  return /\.backward\s*\(|\boptim(?:izer)?s?\.\w+|\b(?:SGD|Adam\w*|RMSprop)\(|\.fit\s*\(|\bautograd\.grad\b/.test(
    text.replace(/^[ \t]*(?:import|from)\b.*$/gm, ''),
  );
}

function reportOf({ call, receiver, sensitivity, load }: Prediction, facts: Facts): Report | null {
  const { batchNorm, dropout } = sensitivity;
  const around = enclosing(facts.module.body, call).findLast((statement) => statement.kind === 'function');
  const name = around?.kind === 'function' ? around.name : '';
  if (batchNorm + dropout === 0 || /train|loss|dropout|uncertain|monte|bayes/i.test(name)) return null;
  const effect =
    batchNorm > 0
      ? 'its BatchNorm normalizes with the statistics of this batch and overwrites the loaded ones'
      : 'its Dropout is active';
  const line = facts.lines.position(load.start).line;
  return {
    span: { start: call.start, end: call.end },
    confidence: 'definite',
    severity: facts.isTest ? 'information' : 'warning',
    message: `\`${receiver}\` got its weights in line ${line} and is still in training mode here: ${effect}.`,
    related: [{ span: load, message: 'The weights were loaded here; that does not change the mode.' }],
    repairs: [fixes(load, facts)],
  };
}

function fixes(load: Prediction['load'], facts: Facts): readonly Fix[] {
  const statement = enclosing(facts.module.body, load).at(-1);
  if (statement?.kind !== 'expression' || statement.value.start !== load.start || statement.value.kind !== 'call')
    return [];
  const { callee } = statement.value;
  if (callee.kind !== 'attribute') return [];
  const receiver = facts.text.slice(callee.object.start, callee.object.end);
  const edit = insertAfter(facts, statement, `${receiver}.eval()`);
  return edit
    ? [{ title: `Insert \`${receiver}.eval()\` after the weights are loaded`, level: 'preferred', edits: [edit] }]
    : [];
}
