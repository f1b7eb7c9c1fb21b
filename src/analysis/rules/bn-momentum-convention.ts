import type { Fix, Severity, Span } from '../../base/finding.ts';
import type { CallFact, StatementFact } from '../../facts/calls.ts';
import type { Facts } from '../../facts/facts.ts';
import { isBatchNorm } from '../../facts/knowledge.ts';
import { enclosing } from '../../facts/loops.ts';
import type { Expression } from '../../python/tree.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL205',
  name: 'bn-momentum-convention',
  title: 'BatchNorm momentum in the convention of TensorFlow',
  severity: 'warning',
  summary: 'In PyTorch momentum is the weight of the new batch: 0.9 or 0.99 forgets everything before it.',
  page: 'rules/bn-momentum-convention.md',
  check(facts) {
    return [
      ...facts.places.calls.flatMap((call) => ofConstructor(call, facts) ?? []),
      ...facts.places.statements.flatMap((place) => ofAssignment(place, facts) ?? []),
    ];
  },
};

export default rule;

/** `nn.BatchNorm2d(64, momentum=0.99)`, `partial(nn.BatchNorm2d, momentum=0.99)`. */
function ofConstructor(fact: CallFact, facts: Facts): Report | null {
  const { call, name, args, scope } = fact;
  const [first] = call.args;
  const isPartial = name === 'functools.partial' && first && isBatchNorm(facts.names.resolve(first.value, scope) ?? '');
  if (!isPartial && !isBatchNorm(name)) return null;
  const value = isPartial ? call.args.find((one) => one.name === 'momentum')?.value : args.values.get('momentum');
  const argument = call.args.find((one) => one.value === value);
  return value && argument ? reportOf(argument, value, fact, facts) : null;
}

/** `m.momentum = 0.99` for every BatchNorm of a model. */
function ofAssignment(place: StatementFact, facts: Facts): Report | null {
  const { statement } = place;
  const [target] = statement.kind === 'assign' ? statement.targets : [];
  if (statement.kind !== 'assign' || !statement.value || target?.kind !== 'attribute' || target.name !== 'momentum')
    return null;
  if (target.object.kind !== 'name' || !isTestedBatchNorm(target.object.id, place, facts)) return null;
  return reportOf(statement, statement.value, place, facts);
}

function isTestedBatchNorm(name: string, { statement }: StatementFact, facts: Facts): boolean {
  return enclosing(facts.module.body, statement).some(
    (outer) =>
      outer.kind === 'if' &&
      new RegExp(`isinstance\\(\\s*${name}\\s*,[^)]*BatchNorm`).test(
        facts.text.slice(outer.test.start, outer.test.end),
      ),
  );
}

function reportOf(at: Span, value: Expression, { scope }: StatementFact, facts: Facts): Report | null {
  const known = facts.values.fold(value, scope);
  const momentum = known?.value;
  if (typeof momentum !== 'number' || momentum < 0.5 || momentum >= 1) return null;
  const keras = Number((1 - momentum).toFixed(6));
  const severity: Severity = momentum >= 0.9 && !known?.isDefault ? 'warning' : 'information';
  return {
    span: { start: at.start, end: at.end },
    confidence: known?.isDefault ? 'may' : 'definite',
    severity,
    message: message(momentum, keras),
    related: [],
    repairs: [fixes(value, keras, momentum)],
  };
}

function message(momentum: number, keras: number): string {
  const weight = `PyTorch's \`momentum\` is the weight of the new batch, so ${momentum} makes the running statistics those of`;
  if (momentum < 0.9) return `${weight} the last few batches.`;
  return `${weight} little more than the last batch; what TensorFlow calls ${momentum} is ${keras} here.`;
}

function fixes(value: Expression, keras: number, momentum: number): readonly Fix[] {
  if (value.kind !== 'number' || momentum < 0.9) return [];
  const span = { start: value.start, end: value.end };
  return [{ title: `Use ${keras} (changes behavior)`, level: 'unsafe', edits: [{ span, newText: String(keras) }] }];
}
