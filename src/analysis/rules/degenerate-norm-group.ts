import type { Severity } from '../../base/finding.ts';
import {
  countOf,
  isDefaultValue,
  type NormNode,
  nameOfLayer,
  oncePerLayer,
  readNorms,
} from '../../facts/graphs/queries.ts';
import type { Value } from '../../facts/graphs/values.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL307',
  name: 'degenerate-norm-group',
  title: 'Norm over so few values that nothing is left',
  severity: 'error',
  summary: 'A norm over one value gives zero, over two only +1 and -1, whatever goes in.',
  page: 'rules/degenerate-norm-group.md',
  check(facts) {
    if (facts.isTest) return [];
    return oncePerLayer(facts.of(readNorms).flatMap((norm) => groupOf(norm) ?? [])).map(reportOf);
  },
};

export default rule;

interface Group extends NormNode {
  /** Values that share one mean. */
  readonly size: number;
  readonly isDefault: boolean;
}

/** null where it is not known, or large enough. */
function groupOf(norm: NormNode): Group | null {
  const found = norm.family === 'layer' ? layerGroup(norm) : norm.family === 'group' ? channelGroup(norm) : null;
  // RMSNorm subtracts no mean, so one value keeps its sign and two keep their ratio.
  return found && found.size <= 4 && !norm.module.type.endsWith('RMSNorm') ? { ...norm, ...found } : null;
}

function layerGroup({ module }: NormNode): Pick<Group, 'size' | 'isDefault'> | null {
  const given = module.args.get('normalized_shape');
  const sizes: readonly Value[] = given?.kind === 'list' ? given.items : given ? [given] : [];
  const counts = sizes.map(countOf);
  if (counts.length === 0 || counts.includes(null)) return null;
  return { size: counts.reduce((a: number, b) => a * (b ?? 1), 1), isDefault: sizes.some(isDefaultValue) };
}

/** Channels of a group times the places of the map; a tensor of two axes has one place. */
function channelGroup({ module, node }: NormNode): Pick<Group, 'size' | 'isDefault'> | null {
  const [channels, groups] = [module.args.get('num_channels'), module.args.get('num_groups')];
  const [c, g] = [countOf(channels), countOf(groups)];
  const { open, axes } = node.inputs[0]?.shape ?? { open: true, axes: [] };
  const places = axes.slice(2).map(({ size }) => size);
  if (open || axes.length < 2 || !places.every((size) => typeof size === 'number')) return null;
  if (channels?.kind === 'symbol' && groups?.kind === 'symbol' && channels.key === groups.key)
    return { size: places.reduce((a: number, b) => a * Number(b), 1), isDefault: false };
  if (c === null || g === null || c % g !== 0) return null;
  const size = places.reduce((a: number, b) => a * Number(b), c / g);
  return { size, isDefault: isDefaultValue(channels) || isDefaultValue(groups) };
}

function reportOf({ module, size, isDefault }: Group): Report {
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: isDefault ? 'may' : 'definite',
    ...(size > 1 && { severity: severityOf(size) }),
    message: `${nameOfLayer(module)} normalizes ${size === 1 ? 'one value' : `${size} values`} at a time: ${effect(size)}.`,
    related: [],
    repairs: [],
  };
}

function severityOf(size: number): Severity {
  return size === 2 ? 'warning' : 'information';
}

function effect(size: number): string {
  if (size === 1) return 'the output is its bias, whatever goes in';
  if (size === 2) return 'before scale and shift the output is only +1 and -1';
  return 'most of what told the samples apart is gone';
}
