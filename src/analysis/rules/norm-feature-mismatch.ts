import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import {
  bareName,
  isDefaultValue,
  type NormNode,
  nameOfLayer,
  oncePerLayer,
  readNorms,
} from '../../facts/graphs/queries.ts';
import type { GraphNode, Value } from '../../facts/graphs/values.ts';
import { numberOf } from '../../facts/graphs/values.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL404',
  name: 'norm-feature-mismatch',
  title: 'Norm of another size than the layer that feeds it',
  severity: 'error',
  summary: 'A norm for so many channels that receives another number raises an error at the first forward.',
  page: 'rules/norm-feature-mismatch.md',
  check(facts) {
    // A test may want the error.
    if (facts.isTest) return [];
    return oncePerLayer(facts.of(readNorms).flatMap((norm) => mismatchOf(norm) ?? [])).map((found) =>
      reportOf(found, facts),
    );
  },
};

export default rule;

interface Mismatch extends NormNode {
  readonly message: string;
  /** The argument to change and what it would be; null where it is not a matter of size. */
  readonly size: { readonly value: Value; readonly right: number } | null;
  readonly producer: GraphNode | null;
}

function mismatchOf(norm: NormNode): Mismatch | null {
  const { module, node, family } = norm;
  const [input] = node.inputs;
  if (!input || input.shape.open || module.type.includes('.Lazy')) return null;
  const { axes } = input.shape;
  const wanted = ranksOf(module.type);
  const producer = producerOf(input);
  if (wanted && !wanted.includes(axes.length)) {
    if (!producer) return null;
    const message = `expects ${wanted.join(' or ')} axes, and receives ${axes.length} from \`${bareName(producer.name)}\`, which raises an error`;
    return { ...norm, message, size: null, producer };
  }
  const given = module.args.get(
    family === 'layer' ? 'normalized_shape' : family === 'group' ? 'num_channels' : 'num_features',
  );
  const value = given?.kind === 'list' ? given.items.at(-1) : given;
  const axis = family === 'layer' ? axes.at(-1) : axes[1];
  const [own, real] = [numberOf(value), axis?.size];
  if (!value || own === undefined || typeof real !== 'number' || own === real || axis?.label !== 'C') return null;
  const what = family === 'layer' ? 'features' : 'channels';
  const effect = raises(norm) ? 'which raises an error' : 'which only warns, because it has no scale to apply';
  return {
    ...norm,
    message: `is for ${own} ${what}, and receives ${real}, ${effect}`,
    size: { value, right: real },
    producer,
  };
}

/** How many axes the layer takes; null: any. */
function ranksOf(type: string): readonly number[] | null {
  const match = /^torch\.nn\.(?:BatchNorm|InstanceNorm)([123])d$/.exec(type);
  if (!match) return null;
  const dimensions = Number(match[1]);
  if (type.includes('Instance')) return [dimensions + 1, dimensions + 2];
  return dimensions === 1 ? [2, 3] : [dimensions + 2];
}

/** InstanceNorm without scale and statistics has nothing whose size could be wrong. */
function raises({ family, module }: NormNode): boolean {
  const isOn = (name: string) => module.args.get(name) !== undefined;
  return family !== 'instance' || isOn('affine') || isOn('track_running_stats');
}

/** The layer whose output size it is. */
function producerOf(node: GraphNode): GraphNode | null {
  let at: GraphNode | undefined = node;
  for (let i = 0; at && i < 20; i++) {
    if (at.op === 'layer' && /^torch\.nn\.(?:Linear|Conv|LSTM|GRU|RNN|Embedding)/.test(at.name)) return at;
    at = at.inputs[0];
  }
  return null;
}

function reportOf({ module, message, size, producer, ...norm }: Mismatch, facts: Facts): Report {
  const source = producer?.module;
  const isDefault =
    norm.graph.fact !== null &&
    ([...module.args.values()].some(isDefaultValue) || !source || [...source.args.values()].some(isDefaultValue));
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: isDefault ? 'may' : 'definite',
    ...(!raises({ module, ...norm }) && size && { severity: 'information' as const }),
    message: `${nameOfLayer(module)} ${message}.`,
    related: source
      ? [{ span: { start: source.call.start, end: source.call.end }, message: 'Its input comes from this layer.' }]
      : [],
    repairs: [
      size
        ? fixes(
            module.call.args.map(({ value }) => value),
            size.right,
            numberOf(size.value),
            facts,
          )
        : [],
    ],
  };
}

function fixes(
  args: readonly { kind: string; start: number; end: number }[],
  right: number,
  own: number | undefined,
  facts: Facts,
): readonly Fix[] {
  const literals = args.filter(
    ({ kind, start, end }) => kind === 'number' && Number(facts.text.slice(start, end)) === own,
  );
  const [only] = literals;
  if (!only || literals.length > 1) return [];
  const edits = [{ span: { start: only.start, end: only.end }, newText: String(right) }];
  return [{ title: `Use ${right} (changes behavior)`, level: 'unsafe', edits }];
}
