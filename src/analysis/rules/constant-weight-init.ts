import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import type { WeightFill } from '../../facts/inits/fills.ts';
import { activationOf, isBatchNorm, isDropout, isWeighted } from '../../facts/knowledge.ts';
import type { LayerFact } from '../../facts/layers.ts';
import type { ClassFact } from '../../facts/modules.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL504',
  name: 'constant-weight-init',
  title: 'Constant weights: all units of a layer stay identical',
  severity: 'error',
  summary:
    'A hidden layer whose weights start equal computes the same thing in every unit, and training never separates them.',
  page: 'rules/constant-weight-init.md',
  check(facts) {
    if (facts.isTest) return [];
    const constants = facts.fills.filter((fill) => typeof fill.value === 'number' && !isOverwritten(fill, facts.fills));
    const reports = constants.flatMap((fill) => reportOf(fill, constants, facts) ?? []);
    return reports.filter((report, i) => reports.findIndex((other) => other.span.start === report.span.start) === i);
  },
};

export default rule;

function isOverwritten(fill: WeightFill, fills: readonly WeightFill[]): boolean {
  return fills.some(
    (later) =>
      later.call.start > fill.call.start &&
      later.owner === fill.owner &&
      later.value === 'random' &&
      fill.layers.every((layer) => later.layers.includes(layer)),
  );
}

function reportOf(fill: WeightFill, constants: readonly WeightFill[], facts: Facts): Report | null {
  const { owner, call, value } = fill;
  if (takesWeights(owner, call, facts)) return null;
  const order = weightedOrder(owner);
  const hidden = fill.layers.filter(
    (layer) => mixes(layer, facts) && isHidden(layer, order) && !isFrozen(layer, facts),
  );
  const symmetric = value === 0 ? hidden.filter((layer) => neighborsAreConstant(layer, order, constants)) : hidden;
  const [first] = symmetric;
  if (!first) return null;
  const others = symmetric
    .slice(1)
    .map((layer) => ({ span: { start: layer.call.start, end: layer.call.end }, message: 'This layer is filled too.' }));
  return {
    span: { start: call.start, end: call.end },
    confidence: 'definite',
    message: message(fill, symmetric, first, facts),
    related: [
      { span: { start: first.call.start, end: first.call.end }, message: `\`${first.path}\` is made here.` },
      ...others,
    ],
    repairs: [fixes(fill, first, facts)],
  };
}

function message(fill: WeightFill, layers: readonly LayerFact[], first: LayerFact, facts: Facts): string {
  const units = facts.values.number(unitsOf(first), first.scope);
  const normalized = followers(first, fill.owner).some((name) => isBatchNorm(name));
  const effect =
    fill.value === 0
      ? 'as do its neighbors, so no gradient reaches them that could tell them apart'
      : 'so all compute the same feature and their gradients differ by a factor at most';
  const norm = normalized ? '; BatchNorm does not change that' : '';
  const who =
    layers.length > 1
      ? `In ${layers.length} hidden layers every unit`
      : `${units === undefined ? 'Every unit' : `Each of the ${units} units`} of \`${first.path}\``;
  return `${who} starts with the same weights, ${String(fill.value)}, ${effect}${norm}.`;
}

function unitsOf({ args }: LayerFact) {
  return args.values.get('out_features') ?? args.values.get('out_channels') ?? args.values.get('hidden_size');
}

/** A method of its own copies another model's weights over these: they are a placeholder. */
function takesWeights({ methods }: ClassFact, { start }: WeightFill['call'], { text }: Facts): boolean {
  return [...methods.values()].some(
    (def) =>
      !(def.start <= start && start < def.end) &&
      /\.weight(?:\.data)?\s*=[^=]|\.weight\.(?:data\.)?copy_\(|\bload_state_dict\(/.test(
        text.slice(def.start, def.end),
      ),
  );
}

/** Each unit sees all inputs, and there is more than one unit. */
function mixes(layer: LayerFact, facts: Facts): boolean {
  if (!isWeighted(layer.type) || !layer.path || !layer.once) return false;
  const groups = layer.args.values.get('groups');
  if (!layer.args.complete || (groups && facts.values.number(groups, layer.scope) !== 1)) return false;
  return facts.values.number(unitsOf(layer), layer.scope) !== 1;
}

/** Paths of the layers with weights in the order forward() reaches them; a container's in its own order. */
function weightedOrder(owner: ClassFact): readonly string[] {
  const weighted = owner.layers.filter(
    (layer) => layer.path && (isWeighted(layer.type) || !layer.type.startsWith('torch.')),
  );
  return owner.forwardSteps.flatMap((step) =>
    step.kind === 'attribute'
      ? weighted
          .filter((layer) => layer.path === step.name || layer.path.startsWith(`${step.name}.`))
          .map((layer) => layer.path)
      : [],
  );
}

/** The last layer may be constant: its units have different targets. What forward() does not show is unknown. */
function isHidden(layer: LayerFact, order: readonly string[]): boolean {
  const last = order.lastIndexOf(layer.path);
  return last !== -1 && last < order.length - 1;
}

/** A zero layer alone recovers: its neighbors' differences reach it in a step or two. */
function neighborsAreConstant(layer: LayerFact, order: readonly string[], constants: readonly WeightFill[]): boolean {
  const at = order.indexOf(layer.path);
  const filled = (path: string | undefined) =>
    path !== undefined && constants.some((fill) => fill.layers.some((other) => other.path === path));
  return filled(order[at + 1]) && (at === 0 || filled(order[at - 1]));
}

function isFrozen(layer: LayerFact, facts: Facts): boolean {
  return facts.frozenPaths.has(layer.path);
}

/** What stands behind a layer until the next one with weights, by full name. */
function followers(layer: LayerFact, owner: ClassFact): readonly string[] {
  const steps = owner.forwardSteps.flatMap((step) => {
    if (step.kind === 'function') return [{ path: '', type: step.name }];
    const held = owner.layers.filter((other) => other.path === step.name || other.path.startsWith(`${step.name}.`));
    return held
      .filter((other) => !/\.(?:Sequential|ModuleList)$/.test(other.type))
      .map(({ path, type }) => ({ path, type }));
  });
  const names: string[] = [];
  for (const { type } of steps.slice(steps.findIndex((step) => step.path === layer.path) + 1)) {
    if (isWeighted(type)) break;
    names.push(type);
  }
  return names;
}

function fixes(fill: WeightFill, first: LayerFact, facts: Facts): readonly Fix[] {
  const prefix = fill.prefix ?? facts.initPrefix;
  if (!prefix) return [];
  const activation = followers(first, fill.owner)
    .filter((name) => !isDropout(name))
    .map(activationOf)
    .find((name) => name !== null);
  const rectified = activation && /^(?:relu6?|leaky_relu)$/.test(activation);
  const name = rectified ? 'kaiming_normal_' : 'xavier_uniform_';
  const nonlinearity = rectified ? `, nonlinearity='${activation === 'leaky_relu' ? 'leaky_relu' : 'relu'}'` : '';
  const span = { start: fill.call.start, end: fill.call.end };
  if (fill.sweeping && !fill.target.includes('.')) {
    // Every parameter, biases too, for which the scaled schemes are not defined.
    const newText = `${prefix}.normal_(${fill.target}, std=0.01)`;
    return [
      {
        title: `Draw \`${fill.target}\` with \`normal_\` (changes behavior)`,
        level: 'unsafe',
        edits: [{ span, newText }],
      },
    ];
  }
  const newText = `${prefix}.${name}(${fill.target}${nonlinearity})`;
  return [
    {
      title: `Draw \`${fill.target}\` with \`${name}\` (changes behavior)`,
      level: 'unsafe',
      edits: [{ span, newText }],
    },
  ];
}
