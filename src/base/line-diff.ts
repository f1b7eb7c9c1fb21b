// What differs between two texts, line by line: the fewest lines taken out and put in. Used to show a change and to
// apply one without touching the lines that stay.

export interface LineChange {
  /** Lines of the first text, from 0; `aEnd` is excluded. */
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/** Above this many differing lines, the whole stretch between the common ends is one change. */
const MAX_DIFFERING = 2000;

/** Lines with their ends; the last may have none. */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** In order; between two changes the lines are the same. */
export function diffLines(a: readonly string[], b: readonly string[]): readonly LineChange[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let aEnd = a.length;
  let bEnd = b.length;
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  if (start === aEnd && start === bEnd) return [];
  if (aEnd - start > MAX_DIFFERING || bEnd - start > MAX_DIFFERING)
    return [{ aStart: start, aEnd, bStart: start, bEnd }];
  return changesBetween(a.slice(start, aEnd), b.slice(start, bEnd)).map((change) => ({
    aStart: change.aStart + start,
    aEnd: change.aEnd + start,
    bStart: change.bStart + start,
    bEnd: change.bEnd + start,
  }));
}

/** The longest common subsequence, walked from its beginning. */
function changesBetween(a: readonly string[], b: readonly string[]): readonly LineChange[] {
  const common = commonLengths(a, b);
  const changes: LineChange[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [aStart, bStart] = [i, j];
    while (a[i] !== b[j]) {
      const dropsOld = j === b.length || (i < a.length && common(i + 1, j) >= common(i, j + 1));
      if (dropsOld) i++;
      else j++;
    }
    if (i > aStart || j > bStart) changes.push({ aStart, aEnd: i, bStart, bEnd: j });
    while (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    }
  }
  return changes;
}

/** How many lines the two have in common from line `i` of the one and line `j` of the other on. */
function commonLengths(a: readonly string[], b: readonly string[]): (i: number, j: number) => number {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  return at;
}
