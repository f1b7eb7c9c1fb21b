import { type RowScaling, readRowScalings } from '../../facts/table-scaling.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL606',
  name: 'norm-is-not-feature-scaling',
  title: 'Rows of a table scaled instead of its columns',
  severity: 'information',
  summary: 'LayerNorm or Normalizer mixes the units of a table’s columns, and the largest one decides.',
  page: 'rules/norm-is-not-feature-scaling.md',
  check(facts) {
    return facts.isTest ? [] : facts.of(readRowScalings).map(reportOf);
  },
};

export default rule;

function reportOf({ kind, span, table, names }: RowScaling): Report {
  const edits = names.map((name) => ({ span: name, newText: 'StandardScaler' }));
  return {
    span,
    confidence: 'definite',
    message:
      kind === 'normalizer'
        ? '`Normalizer` divides each row by its length: the column with the largest numbers decides, and the columns keep their different scales.'
        : '`LayerNorm` takes the mean and deviation of each row of the table, over columns of different units: the one with the largest numbers decides.',
    related: [{ span: table, message: 'The table is read here.' }],
    repairs: [
      edits.length > 0
        ? [{ title: 'Scale the columns with `StandardScaler` (changes behavior)', level: 'unsafe', edits }]
        : [],
    ],
  };
}
