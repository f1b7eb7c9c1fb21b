import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { bareName, type NormNode, nameOfLayer, oncePerLayer, readNorms } from '../../facts/graphs/queries.ts';
import { sizeOf } from '../../facts/graphs/values.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL403',
  name: 'batchnorm1d-wrong-axis',
  title: 'BatchNorm1d over the steps instead of the features',
  severity: 'warning',
  summary: 'BatchNorm1d takes the second axis for the features, and here it counts steps.',
  page: 'rules/batchnorm1d-wrong-axis.md',
  check(facts) {
    if (facts.isTest) return [];
    return oncePerLayer(facts.of(readNorms).flatMap((norm) => wrongAxis(norm) ?? [])).map((found) =>
      reportOf(found, facts),
    );
  },
};

export default rule;

interface WrongAxis extends NormNode {
  /** `silent`: both axes are as long. `on purpose`: its size is not that of the features. */
  readonly kind: 'raises' | 'silent' | 'on purpose';
}

function wrongAxis(norm: NormNode): WrongAxis | null {
  const { node, module } = norm;
  const { open, axes } = node.inputs[0]?.shape ?? { open: true, axes: [] };
  const [, second, last] = axes;
  if (!/^torch\.nn\.(?:BatchNorm|InstanceNorm)1d$/.test(module.type) || open || axes.length !== 3) return null;
  if (!second || last?.label !== 'C' || second.label === 'C' || last.size === null) return null;
  const own = sizeOf(module.args.get('num_features'));
  if (own === last.size) return { ...norm, kind: second.size === last.size ? 'silent' : 'raises' };
  return typeof own === 'number' && typeof last.size === 'number' ? { ...norm, kind: 'on purpose' } : null;
}

function reportOf({ node, module, kind }: WrongAxis, facts: Facts): Report {
  const order = node.inputs[0]?.shape.axes[1]?.label === 'N' ? '(L, N, C)' : '(N, L, C)';
  const effect = {
    raises: 'which raises an error unless both have the same length',
    silent: 'which has the same length, so that nothing raises an error and each step gets statistics of its own',
    'on purpose': 'so that each of them gets statistics of its own',
  }[kind];
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: 'definite',
    ...(kind !== 'raises' && { severity: kind === 'silent' ? ('error' as const) : ('information' as const) }),
    message: `${nameOfLayer(module)} takes its input for (N, C, L), and it is ${order}: \`${bareName(module.type)}\` normalizes ${order === '(L, N, C)' ? 'samples' : 'steps'} instead of features, ${effect}.`,
    related: [{ span: node.span, message: 'It is applied here.' }],
    repairs: [fixes(node.span, module.path, facts)],
  };
}

/** `self.bn(x)` → `self.bn(x.transpose(1, 2)).transpose(1, 2)`. */
function fixes({ start, end }: { start: number; end: number }, path: string, facts: Facts): readonly Fix[] {
  const written = facts.text.slice(start, end);
  const head = `self.${path}(`;
  const argument = written.slice(head.length, -1);
  if (!written.startsWith(head) || !/^[\w.]+$/.test(argument)) return [];
  const edits = [
    { span: { start: end - 1, end: end - 1 }, newText: '.transpose(1, 2)' },
    { span: { start: end, end }, newText: '.transpose(1, 2)' },
  ];
  return [{ title: 'Transpose before and after it (changes behavior)', level: 'unsafe', edits }];
}
