import assert from 'node:assert/strict';
import fc from 'fast-check';
import { UserError } from '../../src/base/errors.ts';
import {
  type Cell,
  decodeNotebook,
  freshId,
  type Notebook,
  parseNotebook,
  printNotebook,
  specCells,
} from '../../src/lab/notebook.ts';

const SAMPLE = `---
norm-lab: 1
seed: 7
---
# Title

Prose with \`code\`.

\`\`\`yaml norm-lab id=a
norm: [batch]
\`\`\`

Between.

~~~~yaml norm-lab
batch: [2]
~~~~
`;

function withCell(notebook: Notebook, index: number, change: Partial<Cell>): Notebook {
  return { ...notebook, cells: notebook.cells.map((cell, i) => (i === index ? { ...cell, ...change } : cell)) };
}

/** Documents built of the pieces that trouble parsers, with every line end. */
const piece = fc.oneof(
  fc.constantFrom('```yaml norm-lab id=x', '```yaml norm-lab', '~~~yaml norm-lab', '````yaml norm-lab id=y', '   ```'),
  fc.constantFrom('```', '~~~', '````', '``` ', '```python', '    ```', '---', '...', 'norm-lab: 1', 'norm-lab: 2'),
  fc.constantFrom('', ' ', '\t', 'kind: sweep', '# Title', '\ufeff', '```a```', 'text'),
  fc.string(),
);
const end = fc.constantFrom('\n', '\r\n', '\r', '\n\n', '');
const documents = fc
  .array(fc.tuple(piece, end), { maxLength: 14 })
  .map((parts) => parts.map(([text, eol]) => text + eol).join(''));

function parseOrNull(text: string): Notebook | null {
  try {
    return parseNotebook(text);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return null;
  }
}

suite('lab notebook', () => {
  test('prose, cells, ids and front matter are told apart', () => {
    const notebook = parseNotebook(SAMPLE);
    assert.equal(notebook.head, '---\nnorm-lab: 1\nseed: 7\n---\n');
    assert.deepEqual(
      notebook.cells.map(({ kind, text, id }) => ({ kind, text, id })),
      [
        { kind: 'prose', text: '# Title\n\nProse with `code`.', id: null },
        { kind: 'spec', text: 'norm: [batch]', id: 'a' },
        { kind: 'prose', text: 'Between.', id: null },
        { kind: 'spec', text: 'batch: [2]', id: null },
      ],
    );
    assert.deepEqual(
      specCells(notebook).map(({ id }) => id),
      ['a', 'cell-2'],
    );
    assert.equal(freshId(notebook.cells), 'cell-1');
  });

  test('a cell shown inside a longer fence is prose', () => {
    const text = '````markdown\n```yaml norm-lab\nx: 1\n```\n````\n';
    assert.deepEqual(
      parseNotebook(text).cells.map((cell) => cell.kind),
      ['prose'],
    );
  });

  test('printing what was parsed gives every document back', () => {
    let readable = 0;
    let total = 0;
    fc.assert(
      fc.property(fc.oneof(documents, fc.string({ unit: 'binary' })), (text) => {
        total++;
        const notebook = parseOrNull(text);
        if (!notebook) return;
        readable++;
        assert.equal(printNotebook(notebook), text);
      }),
      { numRuns: 1500 },
    );
    assert.ok(readable > total / 2, `only ${readable} of ${total} were readable`);
  });

  test('an edit of one cell leaves all other bytes alone', () => {
    fc.assert(
      fc.property(documents, fc.nat(), fc.constantFrom('edited', 'a: 1\nb: 2', ''), (text, pick, edited) => {
        const notebook = parseOrNull(text);
        if (!notebook || notebook.cells.length === 0) return;
        const index = pick % notebook.cells.length;
        const layout = notebook.cells[index]?.layout;
        assert.ok(layout);
        const before = printNotebook({ ...notebook, cells: notebook.cells.slice(0, index) }) + layout.before;
        const printed = printNotebook(withCell(notebook, index, { text: edited }));
        const rest = text.slice(before.length + layout.open.length + layout.raw.length + layout.close.length);
        assert.ok(printed.startsWith(before), 'what is before changed');
        assert.ok(printed.endsWith(rest), 'what is after changed');
      }),
      { numRuns: 2000 },
    );
  });

  test('cells moved, added and deleted come back as the same cells', () => {
    const simple = fc.record({
      kind: fc.constantFrom<Cell['kind']>('prose', 'spec'),
      text: fc.constantFrom('kind: sweep', 'a: 1\nb: 2', 'one line', '```\nfence in a spec\n```'),
    });
    fc.assert(
      fc.property(fc.array(simple, { maxLength: 6 }), fc.boolean(), fc.nat(), (added, crlf, seed) => {
        const source = parseNotebook(crlf ? SAMPLE.replaceAll('\n', '\r\n').trimEnd() : SAMPLE.trimEnd());
        const fresh = added
          .filter(({ kind, text }) => kind === 'spec' || !text.includes('```'))
          .map(({ kind, text }, i): Cell => ({ kind, text, id: kind === 'spec' ? `n${i}` : null, layout: null }));
        const cells = [...source.cells, ...fresh];
        cells.sort((a, b) => ((a.text.length * 31 + seed) % 7) - ((b.text.length * 31 + seed) % 7));
        const back = parseNotebook(printNotebook({ ...source, cells })).cells;
        const bare = (list: readonly Cell[]) => joinProse(list.map(({ kind, text, id }) => ({ kind, text, id })));
        assert.deepEqual(bare(back), bare(cells));
      }),
      { numRuns: 500 },
    );
  });

  test('an edited text that holds a fence gets a longer one', () => {
    const notebook = parseNotebook(SAMPLE);
    const printed = printNotebook(withCell(notebook, 1, { text: 'a: |\n  x\n```\nb: 1' }));
    assert.equal(parseNotebook(printed).cells[1]?.text, 'a: |\n  x\n```\nb: 1');
    assert.equal(parseNotebook(printed).cells[1]?.id, 'a');
  });

  test('what cannot be read is refused by name, never emptied', () => {
    const code = (text: string) => {
      try {
        parseNotebook(text);
      } catch (error) {
        return error instanceof UserError ? error.code : 'bug';
      }
      return 'readable';
    };
    assert.equal(code('# T\n```yaml norm-lab id=a\nkind: sweep\n'), 'notebook/unclosed-fence');
    assert.equal(code('---\nnorm-lab: 1\n# T\n'), 'notebook/front-matter');
    assert.equal(code('---\nnorm-lab: 2\n---\n'), 'notebook/version');
    assert.equal(code('---\ntitle: plain\n'), 'readable');
    assert.throws(() => decodeNotebook(Uint8Array.of(0x66, 0xff)), { code: 'notebook/encoding' });
    assert.equal(decodeNotebook(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa');
  });

  test('200 cells are printed and parsed in a few milliseconds', () => {
    const text = `# N\n\n${'```yaml norm-lab id=a\nnorm: [batch]\nbatch: [2, 8]\n```\n\nProse.\n\n'.repeat(200)}`;
    parseNotebook(text);
    const start = performance.now();
    assert.equal(printNotebook(parseNotebook(text)), text);
    assert.ok(performance.now() - start < 50);
  });
});

/** Neighboring prose cells are one once they stand in a file. */
function joinProse<T extends { kind: string; text: string }>(cells: readonly T[]): T[] {
  const out: T[] = [];
  for (const cell of cells) {
    const last = out.at(-1);
    if (last?.kind === 'prose' && cell.kind === 'prose')
      out[out.length - 1] = { ...last, text: `${last.text}\n\n${cell.text}` };
    else out.push(cell);
  }
  return out;
}
