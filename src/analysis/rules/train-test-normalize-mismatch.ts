import type { Fix } from '../../base/finding.ts';
import type { Facts } from '../../facts/facts.ts';
import { type Pipeline, type PipelineStep, readPipelines } from '../../facts/pipelines.ts';
import type { Report, Rule } from '../rule.ts';

const rule: Rule = {
  code: 'NL602',
  name: 'train-test-normalize-mismatch',
  title: 'Training and test images are normalized differently',
  severity: 'warning',
  summary: 'The model is tested on numbers of another range than it was trained on.',
  page: 'rules/train-test-normalize-mismatch.md',
  check(facts) {
    if (facts.isTest) return [];
    const report = mismatchIn(facts.of(readPipelines), facts);
    return report ? [report] : [];
  },
};

export default rule;

function mismatchIn(pipelines: readonly Pipeline[], facts: Facts): Report | null {
  const [train, ...trains] = pipelines.filter(({ role }) => role === 'train');
  const tests = pipelines.filter(({ role }) => role === 'eval');
  // Two of a kind may belong to two models; a step that is not known may normalize.
  if (!train || trains.length > 0 || tests.length === 0 || normalizesElsewhere(pipelines, facts)) return null;
  if ([train, ...tests].some((pipeline) => !isPlain(pipeline) || !belongs(pipeline, train))) return null;
  const own = normalization(train);
  for (const test of tests) {
    const other = normalization(test);
    const says = own && other ? different(own, other) : own ? `without` : other ? 'only' : null;
    if (says !== null) return reportOf(train, test, says, own ?? other, facts);
  }
  return null;
}

/** Written in one place, or given to two parts of one data set. */
function belongs(test: Pipeline, train: Pipeline): boolean {
  return test.scope === train.scope || (test.dataset !== null && test.dataset === train.dataset);
}

/** Every step is understood, and the image becomes a tensor between 0 and 1. */
function isPlain({ steps }: Pipeline): boolean {
  return (
    steps.every(({ kind }) => kind !== 'unknown' && kind !== 'divide') && steps.some(({ kind }) => kind === 'to-unit')
  );
}

function normalization({ steps }: Pipeline): PipelineStep | null {
  const found = steps.filter(({ kind }) => kind === 'normalize');
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** Somebody else in the file may do it, or undo it. */
function normalizesElsewhere(pipelines: readonly Pipeline[], { text }: Facts): boolean {
  const listed = pipelines.flatMap(({ steps }) => steps).filter(({ kind }) => kind === 'normalize').length;
  const written = text.match(/\bnormali[sz]e\w*\s*\(/gi)?.length ?? 0;
  return written > listed || /transform\.transforms\.(?:append|insert)/.test(text);
}

/** null where they agree, or cannot be compared. */
function different(a: PipelineStep, b: PipelineStep): string | null {
  if (!a.mean || !b.mean || !a.std || !b.std) return null;
  const same = (x: readonly number[], y: readonly number[]) =>
    Array.from({ length: Math.max(x.length, y.length) }, (_, i) =>
      Math.abs((x[x.length === 1 ? 0 : i] ?? 0) - (y[y.length === 1 ? 0 : i] ?? 0)),
    ).every((d) => d < 0.02);
  return same(a.mean, b.mean) && same(a.std, b.std) ? null : 'other constants';
}

function reportOf(train: Pipeline, test: Pipeline, says: string, step: PipelineStep | null, facts: Facts): Report {
  const { start, end } = test.compose;
  const images =
    test.dataset === null || test.name !== null ? `\`${test.name}\`` : `the test part of \`${test.dataset}\``;
  const message = {
    without: `Training images are normalized, and those of ${images} are not`,
    only: `Images of ${images} are normalized, and those of training are not`,
    'other constants': `Images of ${images} are normalized with other constants than those of training`,
  }[says];
  const item = step?.item;
  return {
    span: { start, end },
    confidence: 'definite',
    message: `${message}: the model is tested on numbers it was not trained on.`,
    related: [{ span: { start: train.compose.start, end: train.compose.end }, message: 'The images of training.' }],
    repairs: [item ? fixes(train, test, says, item, facts) : []],
  };
}

/** The training's Normalize, behind the conversion or in place of the other. */
function fixes(
  train: Pipeline,
  test: Pipeline,
  says: string,
  item: PipelineStep['item'],
  facts: Facts,
): readonly Fix[] {
  const text = facts.text.slice(item.start, item.end);
  const place = (pipeline: Pipeline) => pipeline.steps.find(({ kind }) => kind === 'to-unit')?.item;
  const other = normalization(test)?.item;
  const target = says === 'only' ? place(train) : place(test);
  if (!target) return [];
  const edit =
    says === 'other constants' && other
      ? { span: { start: other.start, end: other.end }, newText: text }
      : { span: { start: target.end, end: target.end }, newText: `, ${text}` };
  return [{ title: 'Normalize both alike (changes behavior)', level: 'unsafe', edits: [edit] }];
}
