import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diffLines, linesOf } from '../../src/base/line-diff.ts';

suite('Differences by lines', () => {
  test('what is the same stays', () => {
    assert.deepEqual(diffLines(linesOf('a\nb\nc\n'), linesOf('a\nx\nc\n')), [
      { aStart: 1, aEnd: 2, bStart: 1, bEnd: 2 },
    ]);
    assert.deepEqual(diffLines(linesOf('a\nb'), linesOf('a\nb')), []);
  });

  test('applied to the one text they give the other, and no line that could stay is touched', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const [a, b] = [linesOf(before), linesOf(after)];
        const changes = diffLines(a, b);
        let result = '';
        let at = 0;
        for (const { aStart, aEnd, bStart, bEnd } of changes) {
          assert.ok(aStart >= at && (aEnd > aStart || bEnd > bStart));
          result += a.slice(at, aStart).join('') + b.slice(bStart, bEnd).join('');
          at = aEnd;
        }
        assert.equal(result + a.slice(at).join(''), after);
        const touched = changes.reduce((sum, { aStart, aEnd }) => sum + aEnd - aStart, 0);
        assert.equal(a.length - touched, commonLength(a, b));
      }),
    );
  });
});

/** By trying every pair: slow and obvious. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  const rows = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const row = rows[i] as number[];
      row[j] =
        a[i - 1] === b[j - 1] ? (rows[i - 1]?.[j - 1] ?? 0) + 1 : Math.max(rows[i - 1]?.[j] ?? 0, row[j - 1] ?? 0);
    }
  return rows[a.length]?.[b.length] ?? 0;
}
