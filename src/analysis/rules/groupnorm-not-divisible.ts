import type { Fix } from '../../base/finding.ts';
import type { CallFact } from '../../facts/calls.ts';
import type { Facts } from '../../facts/facts.ts';
import type { Expression } from '../../python/tree.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL401',
  name: 'groupnorm-not-divisible',
  title: 'GroupNorm groups do not divide the channels',
  severity: 'error',
  summary: 'GroupNorm raises an error where its groups do not divide its channels, often because the two are swapped.',
  page: 'rules/groupnorm-not-divisible.md',
  check(facts) {
    // A test may want the error.
    if (facts.isTest) return [];
    return facts.places.calls.flatMap((call) => reportOf(call, facts) ?? []);
  },
};

export default rule;

function reportOf({ name, call, args, scope }: CallFact, facts: Facts): Report | null {
  const groups = args.values.get('num_groups');
  const channels = args.values.get('num_channels');
  if (name !== 'torch.nn.GroupNorm' || !groups || !channels) return null;
  const [g, c] = [facts.values.fold(groups, scope), facts.values.fold(channels, scope)];
  if (!isCount(g?.value) || !isCount(c?.value) || c.value % g.value === 0) return null;
  const isDefault = g.isDefault || c.isDefault;
  return {
    span: { start: call.start, end: call.end },
    confidence: isDefault ? 'may' : 'definite',
    message: `\`GroupNorm\` expects \`num_groups\` to divide \`num_channels\`, and got ${g.value} groups and ${c.value} channels, which raises an error.`,
    related: [],
    repairs: [g.value % c.value === 0 ? swapped(groups, channels, facts) : nearest(groups, g.value, c.value)],
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

/** Channels first, as in every other norm. */
function swapped(groups: Expression, channels: Expression, facts: Facts): readonly Fix[] {
  const text = ({ start, end }: Expression) => facts.text.slice(start, end);
  const edits = [
    { span: { start: groups.start, end: groups.end }, newText: text(channels) },
    { span: { start: channels.start, end: channels.end }, newText: text(groups) },
  ].sort((a, b) => a.span.start - b.span.start);
  return [{ title: `Swap them: ${text(channels)} groups of ${text(groups)} channels`, level: 'preferred', edits }];
}

function nearest(groups: Expression, g: number, c: number): readonly Fix[] {
  if (groups.kind !== 'number') return [];
  let divisor = Math.min(g, c);
  while (c % divisor !== 0) divisor--;
  const span = { start: groups.start, end: groups.end };
  return [
    { title: `Use ${divisor} groups (changes behavior)`, level: 'unsafe', edits: [{ span, newText: String(divisor) }] },
  ];
}
