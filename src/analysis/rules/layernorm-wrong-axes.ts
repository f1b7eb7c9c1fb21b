import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type NormNode, nameOfLayer, oncePerLayer, readNorms } from '../../facts/graphs/queries.ts';
import { sizeOf } from '../../facts/graphs/values.ts';
import { renamed } from '../layer-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL402',
  name: 'layernorm-wrong-axes',
  title: 'LayerNorm over the width instead of the channels',
  severity: 'warning',
  summary: 'LayerNorm normalizes the last axis, which is not the channels of a channels-first tensor.',
  page: 'rules/layernorm-wrong-axes.md',
  check(facts) {
    if (facts.isTest) return [];
    return oncePerLayer(facts.of(readNorms).filter(isMisplaced)).map((norm) => reportOf(norm, facts));
  },
};

export default rule;

/** As many as there are channels, and applied to an axis that is something else. */
function isMisplaced({ node, module, family }: NormNode): boolean {
  const { open, axes } = node.inputs[0]?.shape ?? { open: true, axes: [] };
  const given = module.args.get('normalized_shape');
  const only = given?.kind === 'list' && given.items.length === 1 ? given.items[0] : given;
  const size = sizeOf(only);
  const [, channels] = axes;
  const last = axes.at(-1);
  if (family !== 'layer' || open || axes.length < 3 || size === null || channels?.label !== 'C') return false;
  return channels.size === size && (last?.label === 'W' || last?.label === 'L');
}

function reportOf({ node, module }: NormNode, facts: Facts): Report {
  const { axes } = node.inputs[0]?.shape ?? { axes: [] };
  const last = axes.at(-1);
  const name = last?.label === 'W' ? 'width' : 'length';
  const isSilent = last?.size !== null && last?.size === axes[1]?.size;
  const effect = isSilent
    ? `which is as long, so nothing raises an error and nothing is normalized over the channels`
    : `which raises an error unless the ${name} happens to be the number of channels`;
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: 'definite',
    ...(isSilent && { severity: 'error' as const }),
    message: `${nameOfLayer(module)} normalizes the last axis, and its input is (N, C, ${axes
      .slice(2)
      .map(({ label }) => label)
      .join(', ')}): that is the ${name}, ${effect}.`,
    related: [{ span: node.span, message: 'It is applied here.' }],
    repairs: [fixes(module.call, facts)],
  };
}

function fixes(call: NormNode['module']['call'], facts: Facts): readonly Fix[] {
  const [first] = call.args;
  const edit = renamed(call, 'LayerNorm', 'GroupNorm', facts);
  if (!edit || !first || first.name !== null || first.stars > 0 || first.value.kind === 'sequence') return [];
  const edits = [edit, { span: { start: first.start, end: first.start }, newText: '1, ' }];
  return [
    { title: 'Use `GroupNorm(1, C)`, over channels and places together (not equivalent)', level: 'unsafe', edits },
  ];
}
