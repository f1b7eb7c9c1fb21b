import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readNotebook, writeNotebook } from '../../src/analysis/notebook-file.ts';
import { applyInCells, cellAt, editsInCells, joinCells, spanInCell } from '../../src/analysis/notebook-text.ts';

const join = (...texts: string[]) => joinCells(texts.map((text, index) => ({ index, text })));

suite('A notebook as one module', () => {
  const MASKED: readonly (readonly [cell: string, text: string])[] = [
    ['x = 1', 'x = 1'],
    ['!pip install torch\nx = 1', 'pass              \nx = 1'],
    ['%matplotlib inline', 'pass              '],
    ['if a:\n    !ls\n', 'if a:\n       \n'],
    ['files = !ls *.py\n', 'files = None    \n'],
    ['%time net(x)', 'pass; net(x)'],
    ['%%time\nnet(x)', '      \nnet(x)'],
    ['%%bash\nnet(x)\nls', '      \n      \n  '],
    ['net?', 'pass'],
    ['x = """\n%time\n"""\n', 'x = """\n%time\n"""\n'],
    ['x = (a\n    % b)', 'x = (a\n    % b)'],
    ["x = 'it' # '\n!ls -la", "x = 'it' # '\npass   "],
  ];
  for (const [cell, text] of MASKED)
    test(`masks ${JSON.stringify(cell)}`, () => {
      assert.equal(join(cell).text, `${text}\n`);
    });

  const cells = fc.array(
    fc.string({
      unit: fc.constantFrom('a', '\n', ' ', '%', '!', '"', '(', ')', '#', '\r\n', '𝔘', '=', '?'),
      maxLength: 20,
    }),
    { maxLength: 6 },
  );

  test('every character keeps its place, whatever is masked', () => {
    fc.assert(
      fc.property(cells, (texts) => {
        const notebook = join(...texts);
        assert.equal(
          notebook.text.length,
          texts.reduce((sum, text) => sum + text.length + 1, 0),
        );
        for (const cell of notebook.cells) {
          assert.equal(cell.end - cell.start, cell.text.length);
          for (let i = 0; i < cell.text.length; i++) {
            const place = spanInCell(notebook, { start: cell.start + i, end: cell.start + i + 1 });
            assert.deepEqual(place, { cell: cell.index, span: { start: i, end: i + 1 } });
            const isLineEnd = /[\r\n]/.test(cell.text[i] ?? '');
            if (isLineEnd) assert.equal(notebook.text[cell.start + i], cell.text[i]);
          }
        }
      }),
    );
  });

  test('edits go to their cells, and not where they would leave one or empty it', () => {
    const notebook = join('a = 1', '!ls', 'b = 2');
    const [first, , third] = notebook.cells;
    assert.ok(first && third);
    assert.deepEqual(editsInCells(notebook, [{ span: { start: third.start, end: third.start + 1 }, newText: 'c' }]), [
      { cell: 2, span: { start: 0, end: 1 }, newText: 'c' },
    ]);
    assert.equal(editsInCells(notebook, [{ span: { start: 0, end: third.end }, newText: '' }]), null);
    assert.equal(editsInCells(notebook, [{ span: { start: first.start, end: first.end }, newText: ' ' }]), null);
    assert.equal(editsInCells(notebook, [{ span: { start: 6, end: 9 }, newText: 'x' }]), null);
    const { source, applied } = applyInCells(notebook, [
      {
        edits: [
          { span: { start: 0, end: 1 }, newText: 'long' },
          { span: { start: third.start, end: third.end }, newText: 'c' },
        ],
      },
      { edits: [{ span: { start: 0, end: third.end }, newText: '' }] },
    ]);
    assert.deepEqual([source.cells.map(({ text }) => text), applied], [['long = 1', '!ls', 'c'], 1]);
  });

  test('an offset behind a cell belongs to it', () => {
    const notebook = join('ab', 'cd');
    assert.equal(cellAt(notebook, 2)?.index, 0);
    assert.equal(cellAt(notebook, 3)?.index, 1);
    assert.equal(cellAt(join(), 0), null);
  });

  const FILE = `${JSON.stringify(
    {
      cells: [
        { cell_type: 'markdown', metadata: {}, source: ['# Text'] },
        {
          cell_type: 'code',
          execution_count: null,
          metadata: {},
          outputs: [{ data: 'é' }],
          source: ['a = 1\n', 'b = 2'],
        },
        { cell_type: 'code', metadata: {}, outputs: [], source: 'c = 3' },
      ],
      metadata: { kernelspec: { language: 'python', name: 'python3' } },
      nbformat: 4,
    },
    null,
    1,
  )}\n`;

  test('a file’s Python cells are read, with their places among all', () => {
    assert.deepEqual(readNotebook(FILE), {
      cells: [
        { index: 1, text: 'a = 1\nb = 2' },
        { index: 2, text: 'c = 3' },
      ],
    });
  });

  test('what is no Python notebook is said', () => {
    assert.deepEqual(readNotebook(FILE.replace('"python"', '"julia"')), { reason: 'its cells are julia, not Python' });
    assert.deepEqual(readNotebook('{"worksheets": []}'), { reason: 'it is no notebook of format 4' });
    assert.deepEqual(readNotebook('{'), { reason: 'it is no notebook of format 4' });
  });

  test('a changed cell changes nothing else of the file', () => {
    const edits = [{ cell: 1, span: { start: 4, end: 5 }, newText: '10\nx' }];
    assert.equal(writeNotebook(FILE, edits), FILE.replace('"a = 1\\n"', '"a = 10\\n",\n    "x\\n"'));
    assert.equal(writeNotebook(FILE.replace('\n "metadata"', '\n  "metadata"'), edits), null);
  });
});
