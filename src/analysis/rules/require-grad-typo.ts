import type { Edit, Fix, FixLevel, Span } from '../../base/finding.ts';
import type { StatementFact } from '../../facts/calls.ts';
import type { Facts } from '../../facts/facts.ts';
import type { Expression } from '../../python/tree.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL703',
  name: 'require-grad-typo',
  title: 'Freezing that only creates a Python attribute',
  severity: 'error',
  summary: 'A misspelled requires_grad, or one set on a module, freezes nothing.',
  page: 'rules/require-grad-typo.md',
  check(facts) {
    if (!/require|trainable/.test(facts.text)) return [];
    return facts.places.statements.flatMap((place) => reportOf(place, facts) ?? []);
  },
};

export default rule;

const MISSPELLED =
  /^(?:require_grads?|requires_grads|required_grad|requires_gradient|require_gradient|requiers_grad|reqires_grad)$/;

function reportOf(place: StatementFact, facts: Facts): Report | null {
  const { statement } = place;
  if (statement.kind === 'expression') return ofComparison(statement.value, facts);
  const [target] = statement.kind === 'assign' ? statement.targets : [];
  if (statement.kind !== 'assign' || !statement.value || statement.targets.length > 1) return null;
  if (target?.kind !== 'attribute' || (target.object.kind === 'name' && target.object.id === 'self')) return null;
  const value = statement.value;
  if (MISSPELLED.test(target.name)) return ofMisspelling(target, value, place, facts);
  if (value.kind !== 'constant' || value.value === null) return null;
  return /^(?:requires_grad|trainable)$/.test(target.name) ? ofModule(target, value.value, place, facts) : null;
}

/** `p.requires_grad == False` on a line of its own. */
function ofComparison(value: Expression, facts: Facts): Report | null {
  if (value.kind !== 'operation' || value.type !== 'compare' || value.operators.length !== 1) return null;
  const [left, right] = value.operands;
  if (value.operators[0] !== '==' || left?.kind !== 'attribute' || left.name !== 'requires_grad') return null;
  if (right?.kind !== 'constant' || right.value === null) return null;
  const text = textOf(left, facts);
  const edit = { span: { start: left.end, end: right.start }, newText: ' = ' };
  return report(value, `This compares \`${text}\` with \`${textOf(right, facts)}\` and changes nothing.`, [
    fix(`Assign to \`${text}\``, 'preferred', [edit]),
  ]);
}

function ofMisspelling(
  target: Extract<Expression, { kind: 'attribute' }>,
  value: Expression,
  place: StatementFact,
  facts: Facts,
): Report | null {
  // Who defines or reads the name means it.
  const mentions = [...facts.text.matchAll(new RegExp(`\\b${target.name}\\b(?!\\s*=[^=])`, 'g'))].length;
  if (mentions > 0 || new RegExp(`\\bself\\.${target.name}\\b`).test(facts.text)) return null;
  const isModule = facts.receivers.of(target.object, place) !== null;
  const flag = textOf(value, facts);
  const span = { start: target.object.end, end: place.statement.end };
  const newText = isModule ? `.requires_grad_(${flag})` : `.requires_grad = ${flag}`;
  return report(
    place.statement,
    `PyTorch reads \`requires_grad\`; \`${textOf(target, facts)}\` only creates a Python attribute, and nothing is frozen.`,
    [fix(`Write \`${newText.slice(1)}\``, isModule ? 'unsafe' : 'preferred', [{ span, newText }])],
  );
}

/** `model.requires_grad = False`, `bn.trainable = False`. */
function ofModule(
  target: Extract<Expression, { kind: 'attribute' }>,
  flag: boolean,
  place: StatementFact,
  facts: Facts,
): Report | null {
  const receiver = facts.receivers.of(target.object, place);
  if (!receiver || reads(target.name, receiver.fact?.name ?? null, facts)) return null;
  if (receiver.fact && [receiver.fact, ...receiver.fact.bases].some((fact) => fact.methods.has(target.name)))
    return null;
  const whole = textOf(target.object, facts);
  const newText = `${whole}.requires_grad_(${flag ? 'True' : 'False'})`;
  const { start, end } = place.statement;
  return report(
    place.statement,
    `\`${whole}\` is a module, and \`${target.name}\` there only creates a Python attribute; its parameters keep theirs.`,
    [fix(`Replace by \`${newText}\``, 'unsafe', [{ span: { start, end }, newText }])],
  );
}

/** Of `trainable`, which PyTorch does not know, a file may make use itself. */
function reads(name: string, className: string | null, facts: Facts): boolean {
  if (name !== 'trainable') return false;
  return className === null || /\bself\.trainable\b|\btrainable\b(?!\s*=\s*(?:True|False)\b)/.test(facts.text);
}

function report(at: Span, message: string, fixes: readonly Fix[]): Report {
  return { span: { start: at.start, end: at.end }, confidence: 'definite', message, related: [], repairs: [fixes] };
}

function fix(title: string, level: FixLevel, edits: readonly Edit[]): Fix {
  return { title, level, edits };
}

function textOf({ start, end }: Span, facts: Facts): string {
  return facts.text.slice(start, end);
}
