import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { isInstanceNorm } from '../../facts/knowledge.ts';
import type { LayerPair } from '../../facts/pairs.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL405',
  name: 'instancenorm-without-affine',
  title: 'InstanceNorm without scale and shift behind a layer without bias',
  severity: 'information',
  summary: 'InstanceNorm has no scale and shift unless asked, unlike BatchNorm; here nothing else shifts either.',
  page: 'rules/instancenorm-without-affine.md',
  check(facts) {
    if (facts.isTest || suppliesAffine(facts)) return [];
    return facts.pairs.flatMap((pair) => reportOf(pair, facts) ?? []);
  },
};

export default rule;

/** Scale and shift come from a condition, or the content is to lose them. */
function suppliesAffine({ text }: Facts): boolean {
  return /\b(?:AdaIN|adain|SPADE|spade|FiLM|film)|[Cc]onditional\w*[Nn]orm|[Aa]daptive\w*[Nn]orm|style_?transfer|[Ss]tylize|\bgamma\b/.test(
    text,
  );
}

function reportOf({ layer, norm }: LayerPair, facts: Facts): Report | null {
  const bias = layer.args.values.get('bias');
  if (!isInstanceNorm(norm.name) || !norm.args.complete || !layer.args.complete) return null;
  if (norm.args.values.has('affine') || bias?.kind !== 'constant' || bias.value !== false) return null;
  const last = norm.call.args.at(-1);
  const name = norm.name.split('.').at(-1);
  const fixes: readonly Fix[] = last
    ? [
        {
          title: 'Add `affine=True` (changes behavior)',
          level: 'unsafe',
          edits: [{ span: { start: last.end, end: last.end }, newText: ', affine=True' }],
        },
      ]
    : [];
  return {
    span: { start: norm.call.start, end: norm.call.end },
    confidence: 'definite',
    message: `\`${name}\` has no scale and shift unless \`affine=True\`, unlike \`${name?.replace('Instance', 'Batch')}\`, and the layer in front of it has no bias: every channel leaves with mean 0 and variance 1.`,
    related: [{ span: { start: layer.call.start, end: layer.call.end }, message: 'This layer has no bias.' }],
    repairs: [facts.text.slice(norm.call.end - 1, norm.call.end) === ')' ? fixes : []],
  };
}
