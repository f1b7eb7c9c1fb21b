import type { Edit, Fix } from '../../base/finding.ts';
import { type Coupling, readCouplings } from '../../facts/couplings.ts';
import type { Facts } from '../../facts/facts.ts';
import { bareName } from '../../facts/graphs/queries.ts';
import { renamed } from '../layer-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL212',
  name: 'batch-coupling-where-independence-needed',
  title: 'BatchNorm where each sample must stand alone',
  severity: 'warning',
  summary:
    'A method that works sample by sample is given a model whose BatchNorm ties the samples of a batch together.',
  page: 'rules/batch-coupling-where-independence-needed.md',
  check(facts) {
    if (facts.isTest) return [];
    return facts.of(readCouplings).map((coupling) => reportOf(coupling, facts));
  },
};

export default rule;

function reportOf({ method, call, model, norms }: Coupling, facts: Facts): Report {
  const { start, end } = call;
  const says =
    method === 'penalty'
      ? `The gradient penalty asks for the gradient of each sample's output by that sample, and \`${model}\` has BatchNorm, which makes every output depend on the whole batch`
      : `Private training needs a gradient for each sample, and BatchNorm in \`${model}\` ties the samples together: Opacus refuses it with an error`;
  return {
    span: { start, end },
    confidence: 'definite',
    ...(method === 'private' && { severity: 'error' as const }),
    message: `${says}.`,
    related: norms
      .slice(0, 4)
      .map((norm) => ({ span: { start: norm.call.start, end: norm.call.end }, message: 'BatchNorm of the model.' })),
    repairs: [method === 'penalty' ? perSample(norms, facts) : []],
  };
}

/** InstanceNorm with a scale, for maps; of a vector there is nothing to normalize over. */
function perSample(norms: Coupling['norms'], facts: Facts): readonly Fix[] {
  const edits = norms.map(({ type, call }): readonly Edit[] | null => {
    const name = bareName(type);
    const edit =
      /^BatchNorm[23]d$/.test(name) && call.args.length === 1
        ? renamed(call, name, name.replace('Batch', 'Instance'), facts)
        : null;
    return edit && [edit, { span: { start: call.end - 1, end: call.end - 1 }, newText: ', affine=True' }];
  });
  if (edits.includes(null)) return [];
  const sorted = edits.flatMap((edit) => edit ?? []).sort((a, b) => a.span.start - b.span.start);
  return [{ title: 'Use InstanceNorm with scale and shift (changes behavior)', level: 'unsafe', edits: sorted }];
}
