import type { Fix, Severity, Span } from '../../base/finding.ts';
import type { StatementFact } from '../../facts/calls.ts';
import type { Facts } from '../../facts/facts.ts';
import { enclosing, type UndoneEval } from '../../facts/loops.ts';
import { insertAfter } from '../insertion.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL105',
  name: 'frozen-eval-undone',
  title: 'eval() of a part is undone by a later train() of the whole',
  severity: 'warning',
  summary: 'train() switches every module inside, also those that eval() had just frozen.',
  page: 'rules/frozen-eval-undone.md',
  check(facts) {
    if (facts.modesAreManaged) return [];
    const undone = facts.loops.trainings.flatMap((training) => training.undone);
    const reports = undone.flatMap((one) => reportOf(one, facts) ?? []);
    return reports.filter((report, i) => reports.findIndex((other) => other.span.start === report.span.start) === i);
  },
};

export default rule;

function reportOf(undone: UndoneEval, facts: Facts): Report | null {
  const { sensitivity, write, train, seen } = undone;
  const known = sensitivity.batchNorm + sensitivity.dropout > 0;
  if (!known && !sensitivity.unknown) return null;
  const whole = receiverOf(train, facts);
  const part = receiverOf(write, facts);
  if (!whole || !part) return null;
  const { batchNorm, dropout } = sensitivity;
  const effect =
    batchNorm > 0
      ? 'its BatchNorm statistics move on'
      : dropout > 0
        ? 'its Dropout is active'
        : 'any BatchNorm and Dropout in it runs as in training';
  const line = facts.lines.position(write.start).line;
  const severity: Severity = known && seen ? 'warning' : 'information';
  return {
    span: train,
    confidence: known && seen ? 'definite' : 'may',
    severity: facts.isTest ? 'information' : severity,
    message: `\`${whole}.train()\` puts \`${part}\` back into training mode before anything ran under its \`eval()\` in line ${line}: ${effect}.`,
    related: [{ span: write, message: 'It was put into eval mode here.' }],
    repairs: [fixes(part, undone, facts)],
  };
}

/** `net.backbone` of `net.backbone.eval()`. */
function receiverOf(call: Span, facts: Facts): string | null {
  const match = /^([\w.]+?)\.(?:train|eval)\s*\([^()]*\)$/.exec(facts.text.slice(call.start, call.end));
  return match?.[1] ?? null;
}

function fixes(part: string, { write, train }: UndoneEval, facts: Facts): readonly Fix[] {
  const written = placeOf(write, facts);
  const placed = placeOf(train, facts);
  if (!written || !placed) return [];
  const whole = receiverOf(train, facts);
  if (written.def === placed.def && part.startsWith(`${whole}.`)) {
    const edit = insertAfter(facts, placed.statement, `${part}.eval()`);
    return edit
      ? [{ title: `Insert \`${part}.eval()\` after \`${whole}.train()\``, level: 'unsafe', edits: [edit] }]
      : [];
  }
  const override = overrideOf(part, written, facts);
  return override ? [override] : [];
}

/** A loop's variable is not there anymore where `train()` is called. */
function placeOf(call: Span, facts: Facts): StatementFact | null {
  const chain = enclosing(facts.module.body, call);
  const innermost = chain.at(-1);
  if (innermost?.kind !== 'expression' || innermost.value.start !== call.start || innermost.value.end !== call.end)
    return null;
  return facts.places.statements.find((place) => place.statement === innermost) ?? null;
}

/** Of an `eval()` in a constructor: train() of the class keeps to it. */
function overrideOf(part: string, { def, owner }: StatementFact, facts: Facts): Fix | null {
  if (def?.name !== '__init__' || !owner?.isModule || !part.startsWith('self.')) return null;
  if (facts.classes.method(owner, 'train')) return null;
  const column = facts.lines.position(def.start).column - 1;
  const outer = ' '.repeat(column);
  const inner = `${outer}${' '.repeat(column || 4)}`;
  const lines = ['def train(self, mode=True):', 'super().train(mode)', `${part}.eval()`, 'return self'];
  const newline = facts.text.includes('\r\n') ? '\r\n' : '\n';
  const code = lines.map((line, i) => (i === 0 ? outer : inner) + line).join(newline);
  const edit = { span: { start: def.end, end: def.end }, newText: `${newline}${newline}${code}` };
  return { title: `Keep \`${part}\` in eval mode in \`train()\` of \`${owner.name}\``, level: 'unsafe', edits: [edit] };
}
