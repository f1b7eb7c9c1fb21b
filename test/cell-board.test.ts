import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CellBoard } from '../src/host/cell-board.ts';

interface Cell {
  readonly id: string;
  python: boolean;
}

const OPERATIONS = 10_000;

suite('What notebooks show', () => {
  test('10,000 random operations leave no finding without its cell', () => {
    const operation = fc.record({
      kind: fc.constantFrom('open', 'close', 'rename', 'insert', 'delete', 'move', 'give', 'kind', 'language', 'check'),
      notebook: fc.nat(4),
      at: fc.nat(30),
      to: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(operation, { minLength: OPERATIONS, maxLength: OPERATIONS, size: 'max' }), (operations) => {
        const shown = new Map<string, readonly string[]>();
        const board = new CellBoard<string>({
          set: (cell, items) => shown.set(cell, items),
          delete: (cell) => shown.delete(cell),
        });
        const notebooks = new Map<string, Cell[]>();
        let made = 0;
        const python = (key: string) => (notebooks.get(key) ?? []).filter((cell) => cell.python).map(({ id }) => id);
        const changed = (key: string) => board.keepOnly(key, new Set(python(key)));
        const check = (key: string) => board.publish(key, new Map(python(key).map((id) => [id, [`of ${key}`]])));
        for (const { kind, notebook, at, to } of operations) {
          const key = `notebook ${notebook}`;
          const cells = notebooks.get(key);
          const place = cells && cells.length > 0 ? at % cells.length : -1;
          const cell = cells?.[place];
          if (kind === 'open' && !cells) notebooks.set(key, []);
          if (!cells) continue;
          if (kind === 'insert') cells.splice(at % (cells.length + 1), 0, { id: `cell ${made++}`, python: true });
          else if (kind === 'check') check(key);
          else if (kind === 'close') {
            notebooks.delete(key);
            board.forget(key);
          } else if (kind === 'rename') {
            const other = `notebook ${to % 5}`;
            if (notebooks.has(other)) continue;
            notebooks.delete(key);
            board.forget(key);
            notebooks.set(other, cells);
          } else if (cell && kind === 'delete') cells.splice(place, 1);
          else if (cell && kind === 'move') cells.splice(to % cells.length, 0, ...cells.splice(place, 1));
          else if (cell && kind === 'give') {
            const other = notebooks.get(`notebook ${to % 5}`);
            if (!other || other === cells) continue;
            other.push(...cells.splice(place, 1));
            check(`notebook ${to % 5}`);
          } else if (cell) cell.python = kind === 'kind' ? !cell.python : to % 2 === 0;
          if (kind !== 'check') changed(key);
          for (const [id, [item]] of shown) {
            const owner = item?.slice('of '.length) ?? '';
            assert.ok(python(owner).includes(id), `${kind}: ${id} shows something of ${owner}`);
          }
        }
        for (const key of [...notebooks.keys()]) board.forget(key);
        assert.equal(shown.size, 0);
      }),
      { numRuns: 5 },
    );
  });
});
