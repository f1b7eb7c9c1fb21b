import type { Fix, Severity } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import {
  activationIn,
  isTransparent,
  type NormNode,
  nameOfLayer,
  oncePerLayer,
  readNorms,
} from '../../facts/graphs/queries.ts';
import type { GraphNode } from '../../facts/graphs/values.ts';
import { isDropout } from '../../facts/knowledge.ts';
import { renamed } from '../layer-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL406',
  name: 'batchnorm-in-sequence-or-padded',
  title: 'BatchNorm over padded or recurrent sequences',
  severity: 'warning',
  summary: 'Padding and time steps enter the batch statistics, which then depend on the lengths in the batch.',
  page: 'rules/batchnorm-in-sequence-or-padded.md',
  check(facts) {
    if (facts.isTest || !/BatchNorm/.test(facts.text) || !/LSTM|GRU|RNN|MultiheadAttention/.test(facts.text)) return [];
    return oncePerLayer(facts.of(readNorms).flatMap((norm) => findingOf(norm, facts) ?? [])).map((found) =>
      reportOf(found, facts),
    );
  },
};

export default rule;

type Source = 'cell' | 'padded' | 'attention';

interface Found extends NormNode {
  readonly source: Source;
}

function findingOf(norm: NormNode, facts: Facts): Found | null {
  if (norm.family !== 'batch') return null;
  const source = sourceOf(norm.node, facts);
  return source ? { ...norm, source } : null;
}

/** What the sequence comes from, through layers that treat each step alike. */
function sourceOf(node: GraphNode, facts: Facts): Source | null {
  const open = [...node.inputs];
  for (let i = 0; i < open.length && i < 40; i++) {
    const at = open[i] as GraphNode;
    const own = ownSource(at, facts);
    if (own) return own;
    if (passes(at)) open.push(...at.inputs);
  }
  return null;
}

function ownSource({ op, name, inputs }: GraphNode, facts: Facts): Source | null {
  if (op === 'layer' && /^torch\.nn\.(?:LSTM|GRU|RNN)Cell$/.test(name)) return 'cell';
  if (op === 'layer' && name === 'torch.nn.MultiheadAttention') return 'attention';
  if (op === 'unknown' && name === 'torch.nn.utils.rnn.pad_packed_sequence') return 'padded';
  const isRecurrent = op === 'layer' && /^torch\.nn\.(?:LSTM|GRU|RNN)$/.test(name);
  // Packed data has no padding in it.
  return isRecurrent && inputs[0]?.op !== 'unknown' && isPadded(facts) ? 'padded' : null;
}

function isPadded({ text }: Facts): boolean {
  return /\bpad_sequence\(/.test(text) && !/pack_padded_sequence|pack_sequence/.test(text);
}

function passes(node: GraphNode): boolean {
  if (isTransparent(node) || activationIn(node) !== null) return true;
  if (node.op === 'layer') return isDropout(node.name) || node.name === 'torch.nn.Linear';
  return node.op === 'function' && /^(?:part|transpose|permute|\+|dropout)$/.test(node.name);
}

const SAYS: Readonly<Record<Source, string>> = {
  cell: 'takes the output of a recurrent cell, so all time steps share its statistics, and the first ones are unlike the later ones',
  padded:
    'takes padded sequences: the padding enters its statistics, and how much there is depends on the other samples',
  attention: 'stands in an attention block: its statistics mix the steps of all samples, however long they are',
};

function reportOf({ module, source, node }: Found, facts: Facts): Report {
  const severity: Severity | null = source === 'attention' ? 'information' : null;
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: 'definite',
    ...(severity && { severity }),
    message: `${nameOfLayer(module)} ${SAYS[source]}.`,
    related: [{ span: node.span, message: 'It is applied here.' }],
    repairs: [source === 'cell' ? layerNorm(module.call, facts) : []],
  };
}

function layerNorm(call: NormNode['module']['call'], facts: Facts): readonly Fix[] {
  const edit = call.args.length === 1 ? renamed(call, 'BatchNorm1d', 'LayerNorm', facts) : null;
  return edit ? [{ title: 'Use a LayerNorm (changes behavior)', level: 'unsafe', edits: [edit] }] : [];
}
