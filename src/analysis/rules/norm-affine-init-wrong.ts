import type { Edit, Fix, Severity } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { normFamily, onlyConsumer, readNorms } from '../../facts/graphs/queries.ts';
import {
  type Branch,
  type Initializer,
  type InitPass,
  type InitWrite,
  readInitializers,
} from '../../facts/inits/initializers.ts';
import { initNumber, layersWithin, ownersOf } from '../../facts/inits/layers.ts';
import { passesTest } from '../../facts/inits/tests.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL508',
  name: 'norm-affine-init-wrong',
  title: 'Norm layers whose scale starts at zero or as noise',
  severity: 'error',
  summary: 'An initializer gives every norm a scale of zero, or a random one around zero: the signal ends there.',
  page: 'rules/norm-affine-init-wrong.md',
  check(facts) {
    if (facts.isTest || !/Norm/.test(facts.text)) return [];
    const { passes, functions } = facts.of(readInitializers);
    const loops = passes.filter(({ initializer }) => initializer.def === null);
    const applied = functions.filter((one) => {
      const runs = passes.filter(({ initializer }) => initializer === one);
      return runs.length === 0 || !runs.every((pass) => endsBranches(pass, facts));
    });
    const swept = loops.filter((pass) => !endsBranches(pass, facts)).map(({ initializer }) => initializer);
    return [...applied, ...swept].flatMap((initializer) => reportsOf(initializer, facts));
  },
};

export default rule;

/** Every norm the pass reaches is the last of a residual branch, which may start as nothing. */
function endsBranches(pass: InitPass, facts: Facts): boolean {
  const norms = ownersOf(pass, facts)
    .flatMap((owner) => layersWithin(owner, facts))
    .filter(({ type }) => normFamily(type) !== null);
  if (norms.length <= 1) return ownersOf(pass, facts).length > 0;
  const ends = new Set(
    facts
      .of(readNorms)
      .filter(({ node }) => onlyConsumer(node)?.name === '+')
      .map(({ module }) => module.call),
  );
  return norms.every(({ call }) => ends.has(call));
}

const NORMS = [
  'BatchNorm1d',
  'BatchNorm2d',
  'BatchNorm3d',
  'GroupNorm',
  'LayerNorm',
  'InstanceNorm2d',
  'SyncBatchNorm',
];

function reportsOf({ branches, variable }: Initializer, facts: Facts): readonly Report[] {
  return branches.flatMap((branch) => {
    const norm = NORMS.find((name) => branch.test && passesTest(`torch.nn.${name}`, branch.test));
    // A name, a condition: some of them only, which may be on purpose.
    if (!norm || branch.guarded) return [];
    const weights = branch.writes.filter(({ attribute }) => attribute === 'weight');
    const last = weights.at(-1);
    const report = last && reportOf(last, weights, branch, `${variable}.weight`, facts);
    return report ? [report] : [];
  });
}

/** The same line writes weights that are no norm's. */
function hitsOthers({ test }: Branch): boolean {
  return ['Conv2d', 'Linear', 'Embedding'].some((name) => passesTest(`torch.nn.${name}`, test));
}

interface Wrong {
  readonly severity?: Severity;
  readonly says: string;
}

function reportOf(
  write: InitWrite,
  all: readonly InitWrite[],
  branch: Branch,
  target: string,
  facts: Facts,
): Report | null {
  const wrong = wrongness(write, facts);
  if (!wrong) return null;
  const [first] = all;
  const isTwice =
    all.length > 1 && first && !wrongness(first, facts) && !branch.writes.some(({ attribute }) => attribute === 'bias');
  const { start, end } = write.call;
  return {
    span: { start, end },
    confidence: 'definite',
    ...(wrong.severity && { severity: wrong.severity }),
    message: `${wrong.says}${isTwice ? `; the line before has just set \`${target}\`, and \`bias\` is never set` : ''}.`,
    related:
      first && isTwice ? [{ span: { start: first.call.start, end: first.call.end }, message: 'It was set here.' }] : [],
    repairs: [isTwice ? toBias(write, facts) : hitsOthers(branch) ? [] : toOnes(write, target, facts)],
  };
}

function wrongness(write: InitWrite, facts: Facts): Wrong | null {
  const { how } = write;
  const value =
    how === 'zeros_' || how === 'zero_'
      ? 0
      : how === 'constant_' || how === 'fill_'
        ? initNumber(write, 'val', Number.NaN, facts)
        : undefined;
  if (value === 0)
    return { says: 'Every norm starts with a scale of 0: its output is its bias, and no gradient passes' };
  if (/^(?:kaiming|xavier|orthogonal)_?\w*_$/.test(how))
    return { says: `\`${how}\` needs a weight of two axes, and a norm's has one: this raises an error` };
  if (how !== 'normal_' && how !== 'trunc_normal_') return null;
  const mean = initNumber(write, 'mean', 0, facts);
  const std = initNumber(write, 'std', 1, facts);
  if (mean !== 0 || std === undefined) return null;
  return {
    severity: 'warning',
    says: `Every norm starts with a random scale around 0${std < 0.5 ? ` of deviation ${std}, so it makes the signal ${Math.round(1 / std)} times smaller` : ', of either sign'}`,
  };
}

function toBias({ holder, attribute }: InitWrite, facts: Facts): readonly Fix[] {
  const edit: Edit = { span: { start: holder.end + 1, end: holder.end + 1 + attribute.length }, newText: 'bias' };
  if (facts.text.slice(edit.span.start, edit.span.end) !== attribute) return [];
  return [{ title: 'Set the bias instead (changes behavior)', level: 'unsafe', edits: [edit] }];
}

function toOnes({ call }: InitWrite, target: string, { initPrefix }: Facts): readonly Fix[] {
  if (initPrefix === null) return [];
  const edits = [{ span: { start: call.start, end: call.end }, newText: `${initPrefix}.ones_(${target})` }];
  return [{ title: `Start \`${target}\` at 1 (changes behavior)`, level: 'unsafe', edits }];
}
