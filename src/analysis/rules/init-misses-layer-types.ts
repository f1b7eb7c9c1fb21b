import type { Facts } from '../../facts/facts.ts';
import { bareName } from '../../facts/graphs/queries.ts';
import { readTestFaults, type TestFault } from '../../facts/inits/faults.ts';
import { type FlatInit, readFlatInits } from '../../facts/inits/flat.ts';
import { type InitGap, readInitGaps } from '../../facts/inits/gaps.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL506',
  name: 'init-misses-layer-types',
  title: 'Initializer that reaches other layers than it seems to',
  severity: 'warning',
  summary: 'The test of an initializer is always true, or leaves out kinds of layers the model has.',
  page: 'rules/init-misses-layer-types.md',
  check(facts) {
    if (facts.isTest) return [];
    return [
      ...facts.of(readTestFaults).map(faultReport),
      ...facts.of(readInitGaps).map(gapReport),
      ...facts.of(readFlatInits).map((flat) => flatReport(flat, facts)),
    ];
  },
};

export default rule;

const SAYS: Readonly<Record<TestFault['kind'], string>> = {
  class: 'This test is always true: a class stands alone behind `or`, and a class counts as true',
  text: 'This test is always true: a text stands alone beside `or`, and a text counts as true',
  find: '`find()` gives -1 where the word is missing, which counts as true, and 0 where the name begins with it, which does not',
  'first only': '`A or B` is `A`: the test asks for the first class only',
};

function faultReport({ span, kind, meant }: TestFault): Report {
  return {
    span,
    confidence: 'definite',
    message: `${SAYS[kind]}.`,
    related: [],
    repairs: [
      meant === null ? [] : [{ title: `Write \`${meant}\``, level: 'preferred', edits: [{ span, newText: meant }] }],
    ],
  };
}

function gapReport({ pass, handled, missed }: InitGap): Report {
  const { initializer } = pass;
  const types = [...new Set(missed.map(({ type }) => bareName(type)))];
  const span = initializer.def ? initializer.def.nameSpan : { start: pass.span.start, end: pass.root.end };
  const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  return {
    span: { start: span.start, end: span.end },
    confidence: 'definite',
    ...(types.every((type) => type === 'Linear') && { severity: 'information' as const }),
    message: `This initializer writes the weights of ${list(handled)}, and the model has hidden layers of ${list(types)} that keep PyTorch's default.`,
    related: missed
      .slice(0, 3)
      .map(({ call }) => ({ span: { start: call.start, end: call.end }, message: 'This layer is not reached.' })),
    repairs: [],
  };
}

function flatReport({ call, how, layer, guarded }: FlatInit, facts: Facts): Report {
  const first = call.args[0]?.value;
  const target = first ? facts.text.slice(first.start, first.end) : '';
  return {
    span: { start: call.start, end: call.end },
    confidence: guarded ? 'may' : 'definite',
    severity: guarded ? 'warning' : 'error',
    message: layer
      ? `\`${how}\` needs a weight of two axes or more, and the model has parameters of one: this raises an error.`
      : `\`${how}\` needs a weight of two axes or more, and \`${target}\` has one: this raises an error${guarded ? ' wherever there is one' : ''}.`,
    related: layer ? [{ span: { start: layer.call.start, end: layer.call.end }, message: 'This layer has one.' }] : [],
    repairs: [],
  };
}
