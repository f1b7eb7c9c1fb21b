import { address, int, kernel, type Memory } from './kernel.ts';

const picked = { outer: int, size: int, inner: int, count: int } as const;

/** y(outer, count, inner) = x(outer, size, inner) at index(count); an embedding's rows. Of any dtype. */
export const index_select = kernel(
  { ...picked, x: address, index: address, y: address },
  (memory, { outer, size, inner, count, x, index, y }) => {
    for (let o = 0; o < outer; o++)
      for (let j = 0; j < count; j++) {
        const from = x + (o * size + row(memory, index + j, size)) * inner;
        for (let i = 0; i < inner; i++) copyElement(memory, from + i, y + (o * count + j) * inner + i);
      }
  },
);

/**
 * Of gx(outer, size, inner), the `rows` from `first` on, which are all that lies at `gx`: 0, then gx at index += gy, in
 * the index's order. Rows at `ignore` (an embedding's padding) stay 0.
 */
export const index_add = kernel(
  { ...picked, ignore: int, first: int, rows: int, gy: address, index: address, gx: address },
  (memory, { outer, size, inner, count, ignore, first, rows, gy, index, gx }) => {
    const { f } = memory;
    f.fill(0, gx, gx + outer * rows * inner);
    for (let o = 0; o < outer; o++)
      for (let j = 0; j < count; j++) {
        const at = row(memory, index + j, size) - first;
        if (at + first === ignore || at < 0 || at >= rows) continue;
        for (let i = 0; i < inner; i++) f[gx + (o * rows + at) * inner + i] += f[gy + (o * count + j) * inner + i];
      }
  },
);

/** y(outer, count, inner) = x(outer, size, inner) at index(outer, count, inner). Of any dtype. */
export const gather = kernel(
  { ...picked, x: address, index: address, y: address },
  (memory, { outer, size, inner, count, x, index, y }) => {
    for (let o = 0; o < outer; o++)
      for (let j = 0; j < count; j++)
        for (let i = 0; i < inner; i++) {
          const at = (o * count + j) * inner + i;
          copyElement(memory, x + (o * size + row(memory, index + at, size)) * inner + i, y + at);
        }
  },
);

/** gx = 0;  gx at index += gy */
export const gather_add = kernel(
  { ...picked, gy: address, index: address, gx: address },
  (memory, { outer, size, inner, count, gy, index, gx }) => {
    const { f } = memory;
    f.fill(0, gx, gx + outer * size * inner);
    for (let o = 0; o < outer; o++)
      for (let j = 0; j < count; j++)
        for (let i = 0; i < inner; i++) {
          const at = (o * count + j) * inner + i;
          f[gx + (o * size + row(memory, index + at, size)) * inner + i] += f[gy + at];
        }
  },
);

/** Negative indices count from the end; what lies outside is held at the edge, so that no memory is harmed. */
function row({ i }: Memory, at: number, size: number): number {
  const index = i[at] < 0 ? i[at] + size : i[at];
  return Math.max(0, Math.min(size - 1, index));
}

function copyElement({ f, i }: Memory, x: number, y: number): void {
  i[y] = i[x];
  if (f.buffer !== i.buffer) f[y] = f[x];
}
