import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits, LineMap } from '../../src/base/text.ts';

suite('LineMap', () => {
  test('counts lines and columns from 1, whatever ends the lines', () => {
    const map = new LineMap('a\nbc\r\nd\re');
    assert.equal(map.lineCount, 4);
    assert.deepEqual(map.position(0), { line: 1, column: 1 });
    assert.deepEqual(map.position(3), { line: 2, column: 2 });
    assert.deepEqual(map.position(6), { line: 3, column: 1 });
    assert.deepEqual(map.position(8), { line: 4, column: 1 });
  });

  test('goes there and back for every offset of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '😀') }), (text) => {
        const map = new LineMap(text);
        for (let offset = 0; offset <= text.length; offset++) assert.equal(map.offset(map.position(offset)), offset);
      }),
    );
  });
});

suite('applyEdits', () => {
  test('applies edits in any order, insertions at one place in the order given', () => {
    const edits = [
      { span: { start: 4, end: 5 }, newText: 'E' },
      { span: { start: 0, end: 0 }, newText: '1' },
      { span: { start: 0, end: 0 }, newText: '2' },
    ];
    assert.equal(applyEdits('abcdef', edits), '12abcdEf');
  });

  test('refuses edits that overlap', () => {
    const edits = [
      { span: { start: 0, end: 3 }, newText: '' },
      { span: { start: 2, end: 4 }, newText: '' },
    ];
    assert.throws(() => applyEdits('abcdef', edits), /overlap at offset 2/);
  });
});
