import type { Fix, Severity } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { readOverrides, type TrainOverride } from '../../facts/overrides.ts';
import { insertAfter } from '../insertion.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL106',
  name: 'train-override-breaks-eval',
  title: 'train() of a module means something else, and eval() with it',
  severity: 'error',
  summary: 'nn.Module.eval() is self.train(False): an override of train() has to take the mode and pass it on.',
  page: 'rules/train-override-breaks-eval.md',
  check(facts) {
    const reports = facts.of(readOverrides).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(one: TrainOverride, facts: Facts): Report {
  const { def, fault, evaluated } = one;
  return {
    span: { start: def.nameSpan.start, end: def.nameSpan.end },
    confidence: fault === 'another-meaning' && !evaluated ? 'may' : 'definite',
    severity: severityOf(one),
    message: messageOf(one),
    related: [],
    repairs: [fixes(one, facts)],
  };
}

function severityOf({ fault, evaluated }: TrainOverride): Severity {
  switch (fault) {
    case 'another-meaning':
      return evaluated ? 'error' : 'information';
    case 'returns-nothing':
      return 'information';
    default:
      return 'warning';
  }
}

function messageOf({ def, fault, owner, evaluated }: TrainOverride): string {
  const name = owner.name;
  switch (fault) {
    case 'another-meaning': {
      const [, first] = def.params;
      const what = first ? `\`${first.name}=False\`` : 'an argument it does not take';
      const also = evaluated ? ', as this file does' : '';
      return `\`eval()\` of a \`${name}\` calls \`train(False)\`, so this method gets ${what}${also}, and no layer is switched.`;
    }
    case 'reaches-nothing':
      return `This \`train()\` switches none of the layers of \`${name}\`, so \`eval()\` does not either.`;
    case 'drops-mode':
      return `\`train(False)\`, and so \`eval()\`, puts a \`${name}\` into training mode: the mode is not passed on.`;
    case 'returns-nothing':
      return `\`train()\` and \`eval()\` of a \`${name}\` return None, where \`nn.Module\` returns the module.`;
  }
}

function fixes({ def, fault, calls }: TrainOverride, facts: Facts): readonly Fix[] {
  const [, mode] = def.params;
  const last = def.body.at(-1);
  if (fault === 'drops-mode' && mode) {
    const edits = calls.map(({ end }) => ({ span: { start: end - 1, end: end - 1 }, newText: mode.name }));
    return [{ title: `Pass \`${mode.name}\` on`, level: 'preferred', edits }];
  }
  const first = def.params[0]?.name ?? 'self';
  if (fault === 'returns-nothing' && last) {
    const edit = insertAfter(facts, last, `return ${first}`);
    return edit ? [{ title: `Return \`${first}\``, level: 'safe', edits: [edit] }] : [];
  }
  if (fault === 'reaches-nothing' && last && mode && last.kind !== 'return') {
    const edit = insertAfter(facts, last, `return super().train(${mode.name})`);
    return edit ? [{ title: 'Call the inherited `train()`', level: 'unsafe', edits: [edit] }] : [];
  }
  return [];
}
