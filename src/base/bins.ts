// The histogram's bins: fixed for every tensor of every run, so that time slices and runs can be compared
// and nothing is ever binned again. Symmetric around zero, logarithmic in steps of a quarter octave, which
// is what the top two mantissa bits of a float32 say: a bin is found without a logarithm, and exactly.
//
//   bin 64 holds [0, 2^-10), bins 65…127 hold [2^-10, 2^5.75) and, in the last, all beyond;
//   bin 63 − i mirrors bin 64 + i for the negative numbers. Exact zeros and non-finite values are
//   counted apart and are in no bin.

export const BIN_COUNT = 128;
const HALF = BIN_COUNT / 2;
const SMALLEST_EXPONENT = -10;

/** Positive edges: `edges[i]` is where bin `64 + i` begins; the last one ends the last bin (nominally). */
export const POSITIVE_EDGES: readonly number[] = Array.from({ length: HALF + 1 }, (_, i) => {
  if (i === 0) return 0;
  const quarter = i - 1;
  return 2 ** (SMALLEST_EXPONENT + Math.floor(quarter / 4)) * (1 + (quarter % 4) / 4);
});

/** All edges, ascending, `BIN_COUNT + 1` of them. */
export const BIN_EDGES: readonly number[] = [
  ...POSITIVE_EDGES.slice(1)
    .reverse()
    .map((edge) => -edge),
  ...POSITIVE_EDGES,
];

/** The quarter-octave index of 2^-10, as float32 bits shifted right by 21. */
const FIRST_QUARTER = (SMALLEST_EXPONENT + 127) << 2;

/** The bin of a finite, non-zero float32, given its bits. */
export function binOfBits(bits: number): number {
  const quarter = ((bits >>> 21) & 0x3ff) - FIRST_QUARTER;
  const magnitude = quarter < 0 ? 0 : quarter >= HALF - 1 ? HALF - 1 : quarter + 1;
  return bits < 0 || bits >= 0x80000000 ? HALF - 1 - magnitude : HALF + magnitude;
}
