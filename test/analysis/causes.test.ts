import assert from 'node:assert/strict';
import { onePerCause } from '../../src/analysis/causes.ts';
import type { Finding } from '../../src/base/finding.ts';

function finding(rule: string, start: number, related: readonly number[] = []): Finding {
  return {
    rule,
    name: rule,
    span: { start, end: start + 5 },
    severity: 'warning',
    confidence: 'definite',
    message: '',
    related: related.map((at) => ({ span: { start: at, end: at + 5 }, message: '' })),
  };
}

const codes = (found: readonly Finding[]) => onePerCause(found).map(({ rule }) => rule);

suite('One finding for each cause', () => {
  for (const [speaker, silenced] of [
    ['NL102', 'NL101'],
    ['NL102', 'NL105'],
    ['NL211', 'NL802'],
    ['NL307', 'NL203'],
    ['NL501', 'NL505'],
    ['NL603', 'NL604'],
  ] as const) {
    test(`${speaker} speaks for ${silenced} at the same place, and nowhere else`, () => {
      assert.deepEqual(codes([finding(silenced, 10), finding(speaker, 12)]), [speaker]);
      assert.deepEqual(codes([finding(silenced, 10, [50]), finding(speaker, 52)]), [speaker]);
      assert.deepEqual(codes([finding(silenced, 10), finding(speaker, 60)]), [silenced, speaker]);
    });
  }

  test('others live side by side', () => {
    assert.deepEqual(codes([finding('NL101', 10), finding('NL201', 10)]), ['NL101', 'NL201']);
  });
});
