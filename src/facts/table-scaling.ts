// Rows of a table, whose columns have units of their own, scaled by row instead of by column: scikit-learn's
// Normalizer, or a LayerNorm that a model begins with.

import type { Span } from '../base/finding.ts';
import type { Scope } from '../python/names.ts';
import type { Call, Expression } from '../python/tree.ts';
import type { Facts } from './facts.ts';
import { graphOf } from './first-layers.ts';
import { readNorms } from './graphs/queries.ts';
import type { GraphNode } from './graphs/values.ts';

export interface RowScaling {
  readonly kind: 'normalizer' | 'layer-norm';
  readonly span: Span;
  /** The table is read here. */
  readonly table: Span;
  /** Of `normalizer`: the class's name where it is called, and where it is imported. */
  readonly names: readonly Span[];
}

const TABLE =
  /^pandas\.read_(?:csv|excel|table|parquet|sql\w*|feather)$|^sklearn\.datasets\.(?:load_(?:iris|wine|breast_cancer|diabetes)|fetch_california_housing)$/;
const COLUMN_SCALER =
  /StandardScaler|MinMaxScaler|MaxAbsScaler|RobustScaler|PowerTransformer|QuantileTransformer|zscore|\.std\(/;
/** Rows that are directions, counts or signals, not columns of different things. */
const ROWS =
  /Tfidf|CountVectorizer|embedding|word2vec|cosine|spectr|wavelet|signal|\bECG\b|\bEEG\b|pixel|image|LSTM|GRU|Conv[12]d|Transformer/i;

export function readRowScalings(facts: Facts): readonly RowScaling[] {
  const { text } = facts;
  if (!/\bread_|\bload_|\bfetch_/.test(text) || !/\bNormalizer\(|\bLayerNorm\(/.test(text)) return [];
  if (COLUMN_SCALER.test(text) || ROWS.test(text)) return [];
  const table = facts.places.calls.find(({ name }) => TABLE.test(name));
  if (!table) return [];
  const span = { start: table.call.start, end: table.call.end };
  return [...normalizers(facts, span), ...layerNorms(facts, span)];
}

/** `Normalizer().fit_transform(X)`, of what comes from the table. */
function normalizers(facts: Facts, table: Span): readonly RowScaling[] {
  return facts.places.calls.flatMap(({ name, call, scope }): RowScaling[] => {
    if (!/^sklearn\.preprocessing\.Normalizer$/.test(name) || call.args.length > 0) return [];
    const used = facts.places.statements.some(
      ({ statement, scope: at }) =>
        statement.kind === 'assign' &&
        statement.value !== null &&
        isFitOf(statement.value, call, at, facts) &&
        isOfTable(dataOf(statement.value), at, facts, 0),
    );
    if (!used) return [];
    return [
      { kind: 'normalizer', span: { start: call.start, end: call.end }, table, names: namesOf(call, scope, facts) },
    ];
  });
}

/** `<made>.fit_transform(X)`, of the call itself or of the name it is given. */
function isFitOf(value: Expression, made: Call, scope: Scope, { names }: Facts): boolean {
  if (value.kind !== 'call' || value.callee.kind !== 'attribute') return false;
  if (!/^(?:fit_transform|transform)$/.test(value.callee.name)) return false;
  const { object } = value.callee;
  if (object === made) return true;
  if (object.kind === 'call' && object.callee.kind === 'attribute') return object.callee.object === made;
  const [only, ...others] = object.kind === 'name' ? names.lookup(object.id, scope) : [];
  return only?.kind === 'assign' && others.length === 0 && only.value === made;
}

function dataOf(value: Expression): Expression | undefined {
  return value.kind === 'call' ? value.args[0]?.value : undefined;
}

/** `df.values`, `df[columns]`, `X` where every value of the name is one of these, or a part that a split gave. */
function isOfTable(expression: Expression | undefined, scope: Scope, facts: Facts, depth: number): boolean {
  if (!expression || depth > 8) return false;
  switch (expression.kind) {
    case 'attribute':
    case 'subscript':
      return isOfTable(expression.object, scope, facts, depth + 1);
    case 'call': {
      const name = facts.names.resolve(expression.callee, scope);
      if (name && TABLE.test(name)) return true;
      const [first] = expression.args;
      if (name && /^numpy\.(?:array|asarray)$|train_test_split$/.test(name))
        return isOfTable(first?.value, scope, facts, depth + 1);
      return (
        expression.callee.kind === 'attribute' &&
        /^(?:drop|dropna|fillna|astype|to_numpy|copy|select_dtypes|fit_transform|transform)$/.test(
          expression.callee.name,
        ) &&
        isOfTable(
          /transform$/.test(expression.callee.name) ? first?.value : expression.callee.object,
          scope,
          facts,
          depth + 1,
        )
      );
    }
    case 'name': {
      const bound = facts.names.lookup(expression.id, scope);
      const values = bound.flatMap((one) =>
        one.kind === 'assign' && !mentions(one.value, expression.id) ? [one.value] : [],
      );
      const parts = splitValue(expression.id, scope, facts);
      return (
        values.length + parts.length > 0 &&
        [...values, ...parts].every((one) => isOfTable(one, scope, facts, depth + 1))
      );
    }
    default:
      return false;
  }
}

/** What `X_train, X_test, … = value` gave the name. */
function splitValue(name: string, scope: Scope, { places }: Facts): readonly Expression[] {
  return places.statements.flatMap(({ statement, scope: at }) => {
    const [target] = statement.kind === 'assign' ? statement.targets : [];
    const isPart =
      at === scope &&
      target?.kind === 'sequence' &&
      target.items.some((item) => item.kind === 'name' && item.id === name);
    return isPart && statement.kind === 'assign' && statement.value ? [statement.value] : [];
  });
}

/** `X = scaler.fit_transform(X)` says nothing of where X comes from. */
function mentions(value: Expression, name: string): boolean {
  return value.kind === 'call' && value.args.some((one) => one.value.kind === 'name' && one.value.id === name);
}

function namesOf({ callee }: Call, scope: Scope, facts: Facts): readonly Span[] {
  const { text, module } = facts;
  const word = 'Normalizer';
  const at = { start: callee.end - word.length, end: callee.end };
  if (text.slice(at.start, at.end) !== word) return [];
  if (callee.kind !== 'name') return [at];
  // Renamed where it is imported too, if this is its only use.
  if ([...text.matchAll(/\bNormalizer\b/g)].length !== 2 || facts.names.lookup(word, scope).length !== 1) return [];
  const start = text.indexOf(word);
  const isImport = module.body.some((one) => one.kind === 'importFrom' && one.start <= start && start < one.end);
  return isImport && start < at.start ? [{ start, end: start + word.length }, at] : [];
}

/** A model that the file makes and runs begins with LayerNorm, and goes on with a linear layer. */
function layerNorms(facts: Facts, table: Span): readonly RowScaling[] {
  const { modes } = facts;
  const run = new Set(modes.occurrences.filter(({ trained }) => trained).map(({ place }) => place));
  const graphs = [...run].flatMap((place) => {
    const info = modes.objects.get(place);
    return info ? (graphOf(info, facts) ?? []) : [];
  });
  const norms = facts.of(readNorms).filter(({ family, graph }) => family === 'layer' && graphs.includes(graph));
  return norms.flatMap(({ node, module }): RowScaling[] => {
    const [input] = node.inputs;
    const isFirst = node.inputs.length === 1 && input?.op === 'input';
    if (!isFirst || !node.consumers.some(isLinear)) return [];
    return [{ kind: 'layer-norm', span: { start: module.call.start, end: module.call.end }, table, names: [] }];
  });
}

function isLinear({ name }: GraphNode): boolean {
  return name === 'torch.nn.Linear';
}
