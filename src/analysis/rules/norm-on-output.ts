import type { Facts } from '../../facts/facts.ts';
import { bareName, type NormNode, nameOfLayer, oncePerLayer, readNorms } from '../../facts/graphs/queries.ts';
import type { GraphNode } from '../../facts/graphs/values.ts';
import { siblingsOf, withoutItem } from '../layer-edits.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL304',
  name: 'norm-on-output',
  title: "Norm on the network's output",
  severity: 'warning',
  summary: 'A norm on the output forces its mean and variance, whatever the targets are.',
  page: 'rules/norm-on-output.md',
  check(facts) {
    const kind = facts.isTest ? null : criterionOf(facts);
    if (!kind) return [];
    const trained = new Set(facts.loops.trainings.map(({ place }) => facts.modes.objects.get(place)?.fact ?? null));
    return oncePerLayer(
      facts
        .of(readNorms)
        .filter(
          ({ graph, node }) =>
            graph.fact && trained.has(graph.fact) && isLast(node) && !isEmbedding(graph.fact.def, facts),
        ),
    ).map((norm) => reportOf(norm, kind, facts));
  },
};

export default rule;

type Criterion = 'regression' | 'classification';

const LOSS =
  /^torch\.nn\.(?:(?:functional\.)?(?:mse_loss|l1_loss|smooth_l1_loss|huber_loss|cross_entropy|nll_loss|binary_cross_entropy(?:_with_logits)?)|(?:MSE|L1|SmoothL1|Huber|CrossEntropy|NLL|BCE|BCEWithLogits)Loss)$/;

/** What the file's one kind of loss compares the output with; null where there are several, or none, or another. */
function criterionOf({ text, places }: Facts): Criterion | null {
  if (!/Norm/.test(text) || !/\.backward\(/.test(text)) return null;
  const losses = places.calls
    .map(({ name }) => name)
    .filter((name) => /Loss$|_loss$|cross_entropy|\.kl_div$/.test(name));
  const kinds = new Set(
    losses.map((name) => (!LOSS.test(name) ? 'other' : /mse|l1|huber/i.test(name) ? 'regression' : 'classification')),
  );
  const [only] = kinds;
  return kinds.size === 1 && (only === 'regression' || only === 'classification') ? only : null;
}

/** Behind it there is nothing but a change of form. */
function isLast(node: GraphNode): boolean {
  if (node.consumers.length === 0) return node.escapes;
  const [next] = node.consumers;
  const isForm =
    (next?.op === 'function' || next?.op === 'layer') &&
    /^(?:squeeze|view|reshape|flatten|softmax|log_softmax|sigmoid|Softmax|LogSoftmax|Sigmoid|Flatten)$/.test(
      bareName(next.name),
    );
  return node.consumers.length === 1 && !node.escapes && next !== undefined && isForm && isLast(next);
}

/** Features that are compared with each other are meant to be normalized. */
function isEmbedding(def: { start: number; end: number }, { text }: Facts): boolean {
  return /triplet|contrast|cosine|metric|embed|margin|arcface|simclr|byol|barlow|reid|project|popart|score/i.test(
    text.slice(def.start, def.end),
  );
}

function reportOf({ module, graph }: NormNode, kind: Criterion, facts: Facts): Report {
  const affine = module.args.get(module.type.endsWith('LayerNorm') ? 'elementwise_affine' : 'affine');
  const isFixed = (affine?.kind === 'plain' && affine.value === false) || (!affine && module.type.includes('Instance'));
  const effect =
    kind === 'regression'
      ? 'targets of another mean and spread cannot be matched'
      : 'the logits stay small, and no class becomes much more likely than the others';
  const last = [...graph.nodes].reverse().find(({ module: other }) => other && other !== module)?.module;
  const siblings = last && siblingsOf(last.call, module.call, facts);
  const edit = siblings && withoutItem(module.call, siblings, facts);
  return {
    span: { start: module.call.start, end: module.call.end },
    confidence: 'definite',
    ...(!isFixed && { severity: 'information' as const }),
    message: `${nameOfLayer(module)} normalizes the output that goes into the loss: ${isFixed ? effect : `at the start ${effect}`}.`,
    related: [],
    repairs: [edit ? [{ title: 'Leave the last norm out (changes checkpoints)', level: 'unsafe', edits: [edit] }] : []],
  };
}
