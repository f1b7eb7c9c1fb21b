import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { nameOfLayer } from '../../facts/graphs/queries.ts';
import type { InitWrite } from '../../facts/inits/initializers.ts';
import { type Chain, initNumber, type Link, readChains } from '../../facts/inits/layers.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL503',
  name: 'gain-mismatch',
  title: 'Initializer for another activation',
  severity: 'information',
  summary: 'Weights are scaled for one activation, and another follows: over many layers the signal drifts.',
  page: 'rules/gain-mismatch.md',
  check(facts) {
    if (facts.isTest || !/\b(?:xavier|kaiming)_/.test(facts.text)) return [];
    const seen = new Set<number>();
    return facts.of(readChains).flatMap((chain) => {
      const report = reportOf(chain, facts);
      if (!report || seen.has(report.span.start)) return [];
      seen.add(report.span.start);
      return [report];
    });
  },
};

export default rule;

/** Layers in a row before a word is worth it, and before it is a warning. */
const DEEP = 4;
const VERY_DEEP = 8;

interface Mismatch {
  readonly link: Link;
  readonly write: InitWrite;
  readonly assumed: string;
  readonly fix: string | null;
}

function reportOf({ links }: Chain, facts: Facts): Report | null {
  if (links.length < DEEP) return null;
  const found = links.flatMap((link) => mismatchOf(link, facts) ?? []);
  const [first] = found;
  // The odd one out in a deep net changes little.
  if (!first || found.length < DEEP - 1) return null;
  const { write, assumed, link } = first;
  const { start, end } = write.call;
  return {
    span: { start, end },
    confidence: 'definite',
    ...(found.length >= VERY_DEEP && { severity: 'warning' as const }),
    message: `\`${write.how}\` scales for ${assumed}, and \`${link.activation}\` follows, in ${found.length} of ${links.length} layers without a norm.`,
    related: [
      {
        span: { start: link.module.call.start, end: link.module.call.end },
        message: `${nameOfLayer(link.module)} is one of them.`,
      },
    ],
    repairs: [fixes(first, found, facts)],
  };
}

function mismatchOf(link: Link, facts: Facts): Mismatch | null {
  const { write, activation, module } = link;
  if (!write || activation === null || module.wrapped) return null;
  const isRectifier = /^(?:relu6?|leakyrelu|prelu|rrelu|elu|gelu|silu|mish)$/.test(activation);
  if (/^xavier_/.test(write.how)) {
    const gain = initNumber(write, 'gain', 1, facts);
    return isRectifier && gain === 1 ? { link, write, assumed: 'a linear or symmetric activation', fix: null } : null;
  }
  if (!/^kaiming_/.test(write.how) || !/^(?:tanh|sigmoid|selu)$/.test(activation)) return null;
  const given = write.args.get('nonlinearity');
  const nonlinearity = given ? facts.values.fold(given, write.scope)?.value : 'leaky_relu';
  return nonlinearity === 'relu' || nonlinearity === 'leaky_relu'
    ? { link, write, assumed: 'a rectifier', fix: activation }
    : null;
}

function fixes({ write, fix }: Mismatch, all: readonly Mismatch[], facts: Facts): readonly Fix[] {
  const { call, holder, attribute, isMethod, how } = write;
  if (facts.initPrefix === null || isMethod || new Set(all.map(({ link }) => link.activation)).size > 1) return [];
  const target = `${facts.text.slice(holder.start, holder.end)}.${attribute}`;
  const kind = how.endsWith('uniform_') ? 'uniform_' : 'normal_';
  const newText =
    fix === null
      ? `${facts.initPrefix}.kaiming_${kind}(${target}, nonlinearity='relu')`
      : `${facts.initPrefix}.xavier_${kind}(${target}, gain=${facts.initPrefix}.calculate_gain('${fix}'))`;
  const edits = [{ span: { start: call.start, end: call.end }, newText }];
  return [{ title: `Draw \`${target}\` for what follows (changes behavior)`, level: 'unsafe', edits }];
}
