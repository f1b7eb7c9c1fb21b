import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type NormNode, nameOfLayer, oncePerLayer, readNorms } from '../../facts/graphs/queries.ts';
import { readSingleForwards, type SingleForward } from '../../facts/single-forwards.ts';
import { insertBefore } from '../insertion.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL203',
  name: 'one-value-per-channel',
  title: 'Normalization over a single value',
  severity: 'error',
  summary: 'A norm that gets one value a channel raises an error in training mode.',
  page: 'rules/one-value-per-channel.md',
  check(facts) {
    if (facts.isTest) return [];
    const instances = oncePerLayer(facts.of(readNorms).filter(isOfOnePlace)).map(instanceReport);
    return [...instances, ...facts.of(readSingleForwards).map((single) => forwardReport(single, facts))];
  },
};

export default rule;

/** An InstanceNorm of a map of one place: no batch helps. */
function isOfOnePlace({ family, node }: NormNode): boolean {
  const { open, axes } = node.inputs[0]?.shape ?? { open: true, axes: [] };
  return family === 'instance' && !open && axes.length > 2 && axes.slice(2).every(({ size }) => size === 1);
}

function instanceReport({ module, node }: NormNode): Report {
  const tracked = module.args.get('track_running_stats');
  const when = tracked?.kind === 'plain' && tracked.value === true ? ' in training mode' : ', in eval mode too';
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: 'definite',
    message: `${nameOfLayer(module)} normalizes over one value a channel and sample, which raises an error${when}.`,
    related: [{ span: node.span, message: 'Its input has one place here.' }],
    repairs: [],
  };
}

function forwardReport({ call, receiver, norm, isInference }: SingleForward, facts: Facts): Report {
  const { call: made } = norm.module;
  return {
    span: { start: call.start, end: call.end },
    confidence: 'definite',
    message: `One sample in training mode: ${nameOfLayer(norm.module)} gets one value a channel, which raises an error.`,
    related: [{ span: { start: made.start, end: made.end }, message: 'This layer needs more than one.' }],
    repairs: [isInference ? evaluation(call, receiver, facts) : []],
  };
}

function evaluation(call: SingleForward['call'], receiver: string, facts: Facts): readonly Fix[] {
  const around = facts.places.statements
    .filter(({ statement }) => statement.start <= call.start && call.end <= statement.end)
    .at(-1);
  const edit = around && /^[\w.]+$/.test(receiver) ? insertBefore(facts, around.statement, `${receiver}.eval()`) : null;
  return edit ? [{ title: `Put \`${receiver}\` into eval mode first`, level: 'preferred', edits: [edit] }] : [];
}
