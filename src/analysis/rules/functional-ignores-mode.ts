import type { Fix, FixLevel, Severity, Span } from '../../base/finding.ts';
import type { CallFact } from '../../facts/calls.ts';
import type { Facts } from '../../facts/facts.ts';
import { isFunctionalDropout } from '../../facts/knowledge.ts';
import type { Expression, FunctionDef } from '../../python/tree.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const ATTENTION = 'torch.nn.functional.scaled_dot_product_attention';

const rule: Rule = {
  code: 'NL108',
  name: 'functional-ignores-mode',
  title: 'Functional dropout does not follow eval()',
  severity: 'warning',
  summary: 'A functional call in a module drops out whether the module is in training mode or not.',
  page: 'rules/functional-ignores-mode.md',
  check(facts) {
    const reports = facts.places.calls.flatMap((call): readonly Report[] | Report => {
      const { def, owner } = call;
      if (!def || !owner?.isModule || !followsMode(def) || isMeant(call, def, facts)) return [];
      if (isFunctionalDropout(call.name)) return ofDropout(call, facts) ?? [];
      return call.name === ATTENTION ? (ofAttention(call, facts) ?? []) : [];
    });
    return quietInTests(reports, facts);
  },
};

export default rule;

/** A method that runs in both modes, as far as its name says. */
function followsMode({ name, params }: FunctionDef): boolean {
  return params[0]?.name === 'self' && !/^__|train|loss|augment|noise|sampl|mask/i.test(name);
}

/** Dropout that stays on by design says so in a name; code that asks for the mode itself knows it. */
function isMeant({ owner }: CallFact, def: FunctionDef, facts: Facts): boolean {
  if (/prenet|mc_?drop|monte|bayes|uncertain|augment|alwaysdropout|always_?on/i.test(`${owner?.name} ${def.name}`))
    return true;
  return /\b(?:if|elif|assert|while)\b[^\n]*\btrain(?:ing)?\b/.test(
    facts.text.slice(def.start, def.end).replace(/training\s*=\s*self\.training|dropout_p\s*=[^\n]*/g, ''),
  );
}

function ofDropout({ name, call, args, scope }: CallFact, facts: Facts): Report | null {
  const p = args.values.get('p');
  const last = call.args.at(-1);
  if (!args.complete || !last || (p && facts.values.number(p, scope) === 0)) return null;
  const training = args.values.get('training');
  const short = `F.${name.split('.').at(-1)}`;
  if (!training) {
    const span = { start: last.end, end: last.end };
    return report(
      call,
      'warning',
      `\`${short}\` drops out unless it is told not to, so it stays active after \`eval()\`.`,
      [fix('Add `training=self.training`', 'preferred', span, ', training=self.training')],
    );
  }
  if (training.kind !== 'constant' || training.value !== true) return null;
  const severity = isExplained(call, facts) ? 'information' : 'warning';
  return report(call, severity, `\`${short}\` is told to drop out always, so it stays active after \`eval()\`.`, [
    fix('Pass `training=self.training`', 'unsafe', training, 'self.training'),
  ]);
}

function ofAttention({ args, scope, call }: CallFact, facts: Facts): Report | null {
  const p = args.values.get('dropout_p');
  const argument = call.args.find((one) => one.value === p);
  if (!p || !argument || !isFixedRate(p, scope, facts)) return null;
  const text = facts.text.slice(p.start, p.end);
  return report(
    argument,
    'warning',
    '`scaled_dot_product_attention` does not know the mode, so its dropout stays active after `eval()`.',
    [fix(`Pass \`${text}\` in training mode only`, 'preferred', p, `${text} if self.training else 0.0`)],
  );
}

/** A number other than 0, or an attribute; a name may have been chosen by mode before. */
function isFixedRate(p: Expression, scope: CallFact['scope'], facts: Facts): boolean {
  const known = facts.values.number(p, scope);
  if (known !== undefined) return known !== 0;
  return (
    p.kind === 'attribute' &&
    p.object.kind === 'name' &&
    p.object.id === 'self' &&
    /drop/i.test(p.name) &&
    !isComputed(p.name, facts)
  );
}

/** `self.dropout_p` may be a property, or be set to 0 by whoever switches the mode. */
function isComputed(name: string, facts: Facts): boolean {
  return new RegExp(`def ${name}\\b|\\.${name}\\s*=\\s*0(?:\\.0*)?\\s*$`, 'm').test(facts.text);
}

/** A comment on the line or above it speaks of it. */
function isExplained({ start }: Span, facts: Facts): boolean {
  const { line } = facts.lines.position(start);
  return facts.comments.some((comment) => {
    const at = facts.lines.position(comment.start).line;
    return at === line || at === line - 1;
  });
}

function report(at: Span, severity: Severity, message: string, fixes: readonly Fix[]): Report {
  return {
    span: { start: at.start, end: at.end },
    confidence: 'definite',
    severity,
    message,
    related: [],
    repairs: [fixes],
  };
}

function fix(title: string, level: FixLevel, { start, end }: Span, newText: string): Fix {
  return { title, level, edits: [{ span: { start, end }, newText }] };
}
