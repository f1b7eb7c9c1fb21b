import type { Fix, Related } from '../../base/finding.ts';
import type { SmallBatch } from '../../facts/batches.ts';
import type { Facts } from '../../facts/facts.ts';
import type { LayerFact } from '../../facts/layers.ts';
import type { Report, Rule } from '../rule.ts';

/** Without knowing the maps' size, only what is small for any size: one value per sample in 1d, few maps in 2d and 3d. */
const LIMIT_1D = 8;
const LIMIT_MAPS = 3;

const rule: Rule = {
  code: 'NL201',
  name: 'batchnorm-small-batch',
  title: 'BatchNorm trained with a batch too small to estimate statistics',
  severity: 'warning',
  summary: 'BatchNorm estimates its statistics from so few values per channel that they are mostly noise.',
  page: 'rules/batchnorm-small-batch.md',
  check(facts) {
    if (facts.isTest || facts.synchronizesBatchNorm) return [];
    return facts.batches.flatMap((batch) => reportOf(batch, facts) ?? []);
  },
};

export default rule;

function reportOf(batch: SmallBatch, facts: Facts): Report | null {
  const { size, norms, seesLayers } = batch;
  const flat = norms.filter((layer) => layer.type.endsWith('BatchNorm1d'));
  const affected = size < LIMIT_MAPS ? norms : size < LIMIT_1D ? flat : [];
  if (affected.length === 0 && (seesLayers || size >= LIMIT_MAPS)) return null;
  return {
    span: batch.span,
    confidence: batch.isDefault ? 'may' : 'definite',
    message: message(size, affected),
    related: related(affected, batch),
    repairs: [fixes(affected, facts)],
  };
}

function message(size: number, affected: readonly LayerFact[]): string {
  const [first] = affected;
  const samples = size === 1 ? '1 sample' : `${size} samples`;
  if (first?.type.endsWith('BatchNorm1d')) {
    const values = size === 1 ? '1 value' : `${size} values`;
    const noise =
      size === 1
        ? 'there is nothing to normalize with'
        : `its mean is off by about ${percent(size)} of a standard deviation`;
    return `BatchNorm1d sees ${values} per channel in a batch of ${samples}: ${noise}, and differs for every batch.`;
  }
  const layer = first ? shortName(first.type) : 'BatchNorm';
  return `${layer} estimates mean and variance from ${samples} per step: each sample is normalized almost by itself, and the running statistics follow the noise.`;
}

/** The standard error of a mean of n independent values. */
function percent(n: number): string {
  return `${Math.round(100 / Math.sqrt(n))} %`;
}

function shortName(type: string): string {
  return type.split('.').at(-1) ?? type;
}

function related(affected: readonly LayerFact[], batch: SmallBatch): readonly Related[] {
  const layers = affected.map(
    (layer): Related => ({
      span: { start: layer.call.start, end: layer.call.end },
      message: `${shortName(layer.type)} is made here.`,
    }),
  );
  const training = batch.training
    ? [{ span: { start: batch.training.start, end: batch.training.end }, message: 'The batch is trained on here.' }]
    : [];
  return [...layers, ...training];
}

/** The statistics of one sample do not depend on the batch. Keys of a checkpoint stay, its buffers do not. */
function fixes(affected: readonly LayerFact[], facts: Facts): readonly Fix[] {
  const edits = affected.flatMap((layer) => replacement(layer, facts) ?? []);
  if (edits.length === 0 || edits.length < affected.length) return [];
  const names = [...new Set(edits.map((edit) => edit.name))].join(' and ');
  return [
    {
      title: `Replace BatchNorm by ${names} (changes behavior)`,
      level: 'unsafe',
      edits: edits.map(({ span, newText }) => ({ span, newText })),
    },
  ];
}

function replacement(layer: LayerFact, facts: Facts) {
  const { callee } = layer.call;
  const channels = layer.args.values.get('num_features');
  const plain = layer.args.complete && layer.call.args.length === 1;
  if (callee.kind !== 'attribute' || !channels || !plain) return null;
  const prefix = facts.text.slice(callee.object.start, callee.object.end);
  const text = facts.text.slice(channels.start, channels.end);
  const span = { start: layer.call.start, end: layer.call.end };
  if (layer.type.endsWith('1d')) return { span, newText: `${prefix}.LayerNorm(${text})`, name: 'LayerNorm' };
  const count = facts.values.number(channels, layer.scope);
  const groups = count === undefined ? undefined : [32, 16, 8, 4, 2, 1].find((g) => count % g === 0);
  return groups === undefined ? null : { span, newText: `${prefix}.GroupNorm(${groups}, ${text})`, name: 'GroupNorm' };
}
