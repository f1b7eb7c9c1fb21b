import { type Accumulation, readAccumulations } from '../../facts/accumulation.ts';
import type { Report, Rule } from '../rule.ts';

/** Fewer than 32 values give a mean that is off by more than a sixth of a standard deviation; of fewer than 8, NL201 speaks. */
const FEW = 32;
const VERY_FEW = 8;

const rule: Rule = {
  code: 'NL208',
  name: 'bn-with-gradient-accumulation',
  title: 'Accumulated gradients do not enlarge the batch of BatchNorm',
  severity: 'information',
  summary: 'Gradients of several batches are added up, and BatchNorm normalizes with each batch alone.',
  page: 'rules/bn-with-gradient-accumulation.md',
  check(facts) {
    if (facts.isTest || facts.synchronizesBatchNorm) return [];
    return facts.of(readAccumulations).flatMap((one) => reportOf(one) ?? []);
  },
};

export default rule;

function reportOf({ test, factor, batch }: Accumulation): Report | null {
  const { size, span, norms } = batch;
  const isFlat = norms.some((layer) => layer.type.endsWith('BatchNorm1d'));
  if (!isFlat || size >= FEW || size < VERY_FEW) return null;
  const gradient = factor === null ? 'several batches' : `${factor * size} samples`;
  return {
    span: test,
    confidence: batch.isDefault ? 'may' : 'definite',
    severity: 'information',
    message: `Gradients are those of ${gradient}, and BatchNorm normalizes with the ${size} of each batch, as it would without accumulating.`,
    related: [{ span, message: 'The batch size is set here.' }],
    repairs: [],
  };
}
