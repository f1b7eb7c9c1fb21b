import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import type { LayerPair } from '../../facts/pairs.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL301',
  name: 'redundant-bias-before-norm',
  title: 'Bias that the norm behind it takes away',
  severity: 'hint',
  summary: 'BatchNorm and InstanceNorm subtract the mean, so a bias in front of them changes nothing.',
  page: 'rules/redundant-bias-before-norm.md',
  check(facts) {
    if (facts.isTest || loadsWeights(facts)) return [];
    return facts.pairs.flatMap((pair) => reportOf(pair, facts) ?? []);
  },
};

export default rule;

/** Weights saved with the bias would no longer fit. */
function loadsWeights({ text }: Facts): boolean {
  return /\bload_state_dict\b|\bpretrained\b|\bload_url\b|\bfuse_modules\b|\bquantiz/.test(text);
}

function reportOf({ layer, norm }: LayerPair, facts: Facts): Report | null {
  const bias = layer.args.values.get('bias');
  if (!layer.args.complete || !isBiased(bias)) return null;
  const units = layer.args.values.get('out_channels') ?? layer.args.values.get('out_features');
  const count = facts.values.number(units, layer.scope);
  const of = count === undefined ? 'its bias' : count === 1 ? 'its bias of 1 number' : `its bias of ${count} numbers`;
  const name = norm.name.split('.').at(-1);
  return {
    span: { start: layer.call.start, end: layer.call.end },
    confidence: 'definite',
    message: `\`${name}\` subtracts the mean right behind this layer, so ${of} has no effect and is not trained.`,
    related: [{ span: { start: norm.call.start, end: norm.call.end }, message: 'The mean is subtracted here.' }],
    repairs: [fixes(layer, bias !== undefined)],
  };
}

function isBiased(bias: { readonly kind: string; readonly value?: unknown } | undefined): boolean {
  return bias === undefined || (bias.kind === 'constant' && bias.value === true);
}

function fixes({ call, args }: LayerPair['layer'], isWritten: boolean): readonly Fix[] {
  const given = call.args.find((argument) => argument.value === args.values.get('bias'));
  const last = call.args.at(-1);
  if (!last || (isWritten && !given)) return [];
  const edit = given
    ? { span: { start: given.value.start, end: given.value.end }, newText: 'False' }
    : { span: { start: last.end, end: last.end }, newText: ', bias=False' };
  return [{ title: 'Leave the bias out (changes checkpoints)', level: 'unsafe', edits: [edit] }];
}
