import type { Facts } from '../../facts/facts.ts';
import {
  activationIn,
  bareName,
  isDefaultValue,
  isTransparent,
  isWeightedNode,
  type NormNode,
  nameOfLayer,
  oncePerLayer,
  readNorms,
} from '../../facts/graphs/queries.ts';
import { type GraphNode, numberOf } from '../../facts/graphs/values.ts';
import { isDropout } from '../../facts/knowledge.ts';
import { siblingsOf, swapped } from '../layer-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL303',
  name: 'dropout-before-batchnorm',
  title: 'Dropout in front of BatchNorm',
  severity: 'warning',
  summary: 'Dropout raises the variance BatchNorm stores; without dropout, in eval mode, the outputs shrink.',
  page: 'rules/dropout-before-batchnorm.md',
  check(facts) {
    if (facts.isTest || !/Dropout/.test(facts.text)) return [];
    const pairs = facts.of(readNorms).flatMap((norm) => pairOf(norm) ?? []);
    return oncePerLayer(pairs).map((pair) => reportOf(pair, facts));
  },
};

export default rule;

interface Pair extends NormNode {
  readonly dropout: GraphNode;
  readonly p: number;
  readonly isDefault: boolean;
  /** Nothing stands between. */
  readonly adjacent: boolean;
}

function pairOf(norm: NormNode): Pair | null {
  const tracks = norm.module.args.get('track_running_stats');
  if (norm.family !== 'batch' || (tracks && !(tracks.kind === 'plain' && tracks.value === true))) return null;
  let [at] = norm.node.inputs;
  let adjacent = true;
  while (at && !isDropoutNode(at)) {
    if (!passes(at)) return null;
    if (!isTransparent(at)) adjacent = false;
    [at] = at.inputs;
  }
  const given = at?.module?.args.get('p');
  const p = given ? numberOf(given) : 0.5;
  if (!at || p === undefined || p <= 0.1 || p >= 1) return null;
  return { ...norm, dropout: at, p, isDefault: isDefaultValue(given), adjacent };
}

function isDropoutNode({ op, name }: GraphNode): boolean {
  return op === 'layer' && isDropout(name);
}

/** Linear maps, activations and pooling keep the two variances apart. */
function passes(node: GraphNode): boolean {
  if (node.inputs.length !== 1) return false;
  const isPool = /^(?:torch\.nn\.)?(?:adaptive_)?(?:Adaptive)?(?:max|avg|Max|Avg)_?[pP]ool\w*$/.test(node.name);
  const isView = node.op === 'function' && /^(?:view|reshape|flatten|squeeze)$/.test(node.name);
  return (
    isTransparent(node) ||
    isWeightedNode(node) ||
    activationIn(node) !== null ||
    isPool ||
    isView ||
    node.name === 'torch.nn.Flatten'
  );
}

function reportOf({ module, dropout, p, isDefault, adjacent }: Pair, facts: Facts): Report {
  const source = dropout.module;
  const where = adjacent ? 'right in front of it' : 'before it';
  const name = source ? bareName(source.type) : 'Dropout';
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: isDefault ? 'may' : 'definite',
    ...((!adjacent || neverEvaluates(facts)) && { severity: 'information' as const }),
    message: `${nameOfLayer(module)} stores the variance that \`${name}(p=${p})\` ${where} causes in training; in eval mode the input varies less, and the outputs shrink.`,
    related: source
      ? [{ span: { start: source.call.start, end: source.call.end }, message: 'Values are dropped here.' }]
      : [],
    repairs: [adjacent && source ? swap(source.call, module.call, facts) : []],
  };
}

/** Statistics that are stored and never used do nothing. */
function neverEvaluates({ text }: Facts): boolean {
  return /\.backward\(/.test(text) && !/\.eval\(|\.train\((?!True|\))/.test(text);
}

function swap(dropout: Pair['module']['call'], norm: Pair['module']['call'], facts: Facts) {
  const siblings = siblingsOf(dropout, norm, facts);
  if (!siblings || siblings.indexOf(norm) !== siblings.indexOf(dropout) + 1) return [];
  const edits = swapped(dropout, norm, facts);
  return [{ title: 'Drop out behind the norm (changes behavior)', level: 'unsafe' as const, edits }];
}
