import type { Edit, Fix, Severity } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type FreshLayer, readFreshLayers } from '../../facts/fresh-layers.ts';
import { isSelfAttribute } from '../../facts/layers.ts';
import type { Expression } from '../../python/tree.ts';
import { insertAfter } from '../insertion.ts';
import { quietInTests, type Report, type Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL207',
  name: 'norm-created-in-forward',
  title: 'Layer made anew at every forward',
  severity: 'error',
  summary: 'A layer made in forward() is never trained, keeps no statistics, and is always in training mode.',
  page: 'rules/norm-created-in-forward.md',
  check(facts) {
    const reports = facts.of(readFreshLayers).map((one) => reportOf(one, facts));
    return quietInTests(reports, facts);
  },
};

export default rule;

function reportOf(fresh: FreshLayer, facts: Facts): Report {
  const { start, end } = fresh.made.call;
  const name = fresh.made.name.slice(fresh.made.name.lastIndexOf('.') + 1);
  return {
    span: { start, end },
    confidence: 'definite',
    severity: severityOf(fresh),
    message: `A new \`${name}\` is made at every call: ${effectOf(fresh)}.`,
    related: [],
    repairs: [fixes(fresh, facts)],
  };
}

function severityOf({ kind }: FreshLayer): Severity {
  return kind === 'statistics' || kind === 'weights' ? 'error' : 'warning';
}

function effectOf({ kind }: FreshLayer): string {
  switch (kind) {
    case 'statistics':
      return 'its running statistics are forgotten, its weight is never trained, and it normalizes with the batch in `eval()` too';
    case 'weights':
      return 'its weights are random each time and never trained';
    case 'affine':
      return 'its weight and bias are never trained, and stay 1 and 0';
    case 'dropout':
      return 'it is in training mode whatever `eval()` says';
  }
}

function fixes(fresh: FreshLayer, facts: Facts): readonly Fix[] {
  const { kind, applied, made } = fresh;
  const prefix = facts.initPrefix?.replace(/init$/, 'functional');
  if (!prefix) return [];
  if (kind === 'dropout' && applied) return dropoutFix(fresh, prefix, facts);
  const functional =
    kind === 'affine' && applied && made.name.endsWith('.LayerNorm') ? layerNormFix(fresh, prefix, facts) : [];
  return functional.length > 0 ? functional : hoistFix(fresh, facts);
}

/** `nn.Dropout(p)(x)` → `F.dropout(x, p, training=self.training)`. */
function dropoutFix({ made, applied }: FreshLayer, prefix: string, { text }: Facts): readonly Fix[] {
  const name = /\.(Feature)?(Alpha)?Dropout([123]d)?$/.exec(made.name);
  if (!applied || !name || name[1] || made.args.values.has('inplace') || applied.callee !== made.call) return [];
  const callee = `${prefix}.${name[2] ? 'alpha_dropout' : `dropout${name[3] ?? ''}`}`;
  const given = [...applied.args, ...made.call.args].map(({ start, end }) => text.slice(start, end));
  const newText = `${callee}(${[...given, 'training=self.training'].join(', ')})`;
  const span = { start: applied.start, end: applied.end };
  return [
    { title: `Call \`${callee}()\` with \`training=self.training\``, level: 'preferred', edits: [{ span, newText }] },
  ];
}

/** A LayerNorm whose weight is 1 and bias 0 is the function; the numbers stay the same. */
function layerNormFix({ made, applied }: FreshLayer, prefix: string, { text }: Facts): readonly Fix[] {
  const shape = made.args.values.get('normalized_shape');
  if (!applied || !shape || made.call.args.length !== 1 || applied.args.length !== 1 || applied.callee !== made.call)
    return [];
  const written = text.slice(shape.start, shape.end);
  const sizes = isSizes(shape) ? written : shape.kind === 'number' ? `(${written},)` : null;
  const [input] = applied.args;
  if (!sizes || !input) return [];
  const newText = `${prefix}.layer_norm(${text.slice(input.start, input.end)}, ${sizes})`;
  const span = { start: applied.start, end: applied.end };
  return [{ title: `Call \`${prefix}.layer_norm()\``, level: 'safe', edits: [{ span, newText }] }];
}

/** Certainly a sequence: `[c, h]`, `x.shape[1:]`, `x.size()[1:]`. */
function isSizes(shape: Expression): boolean {
  if (shape.kind === 'sequence') return true;
  return shape.kind === 'subscript' && shape.indices.length === 1 && shape.indices[0]?.kind === 'slice';
}

/** To the constructor, where its arguments mean the same there. */
function hoistFix({ made, owner, applied }: FreshLayer, facts: Facts): readonly Fix[] {
  const init = owner.methods.get('__init__');
  const last = init?.body.at(-1);
  if (!last || !applied || applied.callee !== made.call) return [];
  const means = made.call.args.every(
    ({ value }) =>
      (facts.values.fold(value, facts.names.module) !== undefined && value.kind !== 'name') || isSelfAttribute(value),
  );
  if (!means) return [];
  const { text } = facts;
  const body = text.slice(owner.def.start, owner.def.end);
  const base = made.name
    .slice(made.name.lastIndexOf('.') + 1)
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
  const name = [base, ...Array.from({ length: 9 }, (_, i) => `${base}${i + 2}`)].find(
    (one) => !new RegExp(`\\bself\\.${one}\\b`).test(body),
  );
  const { start, end } = made.call;
  const keep = insertAfter(facts, last, `self.${name} = ${text.slice(start, end)}`);
  if (!keep || !name) return [];
  const use: Edit = { span: { start, end }, newText: `self.${name}` };
  const edits = [keep, use].sort((a, b) => a.span.start - b.span.start);
  return [{ title: `Make it once, as \`self.${name}\``, level: 'unsafe', edits }];
}
