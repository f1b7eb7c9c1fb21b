import type { Fix, Related } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type FrozenNorms, readFrozenNorms } from '../../facts/freezing.ts';
import { enclosing } from '../../facts/loops.ts';
import { insertAfter } from '../insertion.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL104',
  name: 'frozen-bn-still-updates',
  title: 'Frozen part whose BatchNorm statistics keep moving',
  severity: 'warning',
  summary: 'requires_grad = False stops gradients; the running statistics of BatchNorm follow the mode.',
  page: 'rules/frozen-bn-still-updates.md',
  check(facts) {
    const reports = facts.of(readFrozenNorms).map((frozen) => reportOf(frozen, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(frozen: FrozenNorms, facts: Facts): Report {
  const { receiver, span, forward, train, always } = frozen;
  return {
    span: { start: span.start, end: span.end },
    confidence: always ? 'definite' : 'may',
    message: frozen.elsewhere
      ? `The class of \`${receiver}\` freezes parameters of its BatchNorm, and not the statistics: in training mode every step overwrites them.`
      : forward
        ? `The parameters of \`${receiver}\` are frozen, and its BatchNorm is not: in training mode every step overwrites its running statistics.`
        : `Freezing the parameters of \`${receiver}\` does not freeze its BatchNorm: unless this part is kept in eval mode, every training step overwrites its running statistics.`,
    related: related(forward, train),
    repairs: [fixes(frozen, facts)],
  };
}

function related(forward: FrozenNorms['forward'], train: FrozenNorms['train']): readonly Related[] {
  return [
    ...(train ? [{ span: train, message: 'It was put into training mode here.' }] : []),
    ...(forward ? [{ span: forward, message: 'This forward of the training moves the statistics.' }] : []),
  ];
}

function fixes({ train, path }: FrozenNorms, facts: Facts): readonly Fix[] {
  const statement = train && enclosing(facts.module.body, train).at(-1);
  const whole = train && /^([\w.]+)\.train\s*\(/.exec(facts.text.slice(train.start, train.end))?.[1];
  if (!statement || !whole || !/^(?:\.\w+)*$/.test(path)) return [];
  if (path) return inserted(statement, `${whole}${path}.eval()`, `Insert \`${whole}${path}.eval()\``, facts);
  const prefix = facts.initPrefix?.replace(/\.init$/, '');
  if (!prefix) return [];
  const newline = facts.text.includes('\r\n') ? '\r\n' : '\n';
  const indent = ' '.repeat(facts.lines.position(statement.start).column - 1);
  const code = [
    `for module in ${whole}.modules():`,
    `${indent}    if isinstance(module, ${prefix}.modules.batchnorm._BatchNorm):`,
    `${indent}        module.eval()`,
  ].join(newline);
  return inserted(statement, code, `Keep every BatchNorm of \`${whole}\` in eval mode`, facts);
}

function inserted(
  statement: { readonly start: number; readonly end: number },
  code: string,
  title: string,
  facts: Facts,
): readonly Fix[] {
  const edit = insertAfter(facts, statement, code);
  return edit ? [{ title: `${title} after \`train()\``, level: 'unsafe', edits: [edit] }] : [];
}
