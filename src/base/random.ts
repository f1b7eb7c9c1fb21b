// The only source of chance: Philox 4×32-10, a counter-based generator. A stream is named by what it is for
// (seed, purpose, name, step), so the order of work never changes a number, and element i of a stream can be
// had without the elements before it. https://www.thesalmons.org/john/random123/papers/random123sc11.pdf

import { log } from './elementary.ts';

/** 32-bit words: counter c0…c3, key k0, k1. */
export type Words4 = [number, number, number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** One block of four random words, written over `counter`. */
export function philox(counter: Words4, key0: number, key1: number): Words4 {
  let [c0, c1, c2, c3] = counter;
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  counter[0] = c0 >>> 0;
  counter[1] = c1 >>> 0;
  counter[2] = c2 >>> 0;
  counter[3] = c3 >>> 0;
  return counter;
}

/** The upper 32 bits of an unsigned 32 × 32 product. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (other >>> 16)) | 0;
}

/** FNV-1a over UTF-16 units: names a stream by 32 bits. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** The two key words of (seed, purpose). A seed may use all 53 bits of a safe integer. */
export function streamKey(seed: number, purpose: string): [number, number] {
  const high = Math.floor(seed / 0x100000000);
  return [seed >>> 0, (hashName(purpose) ^ high) >>> 0];
}

/** The counter-based stream (seed, purpose, name, step), read in order. */
export class Random {
  readonly #key: readonly [number, number];
  readonly #name: number;
  readonly #step: number;
  readonly #block: Words4 = [0, 0, 0, 0];
  #blocks = 0;
  #left = 0;

  constructor(seed: number, purpose: string, name = '', step = 0) {
    this.#key = streamKey(seed, purpose);
    this.#name = hashName(name);
    this.#step = step;
  }

  /** An integer in [0, 2^32). */
  word(): number {
    if (this.#left === 0) {
      this.#block[0] = this.#blocks >>> 0;
      this.#block[1] = Math.floor(this.#blocks / 0x100000000);
      this.#block[2] = this.#step;
      this.#block[3] = this.#name;
      philox(this.#block, this.#key[0], this.#key[1]);
      this.#blocks += 1;
      this.#left = 4;
    }
    this.#left -= 1;
    return this.#block[3 - this.#left] ?? 0;
  }

  /** A number in [0, 1) with 53 random bits. */
  double(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  uniform(low = 0, high = 1): number {
    return low + (high - low) * this.double();
  }

  normal(mean = 0, std = 1): number {
    let p = this.double();
    while (p === 0) p = this.double();
    return mean + std * normalQuantile(p);
  }

  /** An integer in [0, n), without bias. */
  int(n: number): number {
    const limit = 0x100000000 - (0x100000000 % n);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % n;
  }

  /** Permutes `items` in place (Fisher and Yates) and returns it. */
  shuffle<T extends { length: number; [i: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
    return items;
  }
}

/**
 * x with Φ(x) = p, by Wichura's algorithm AS 241 (relative error about 1e-16): one uniform number gives one
 * normal number, monotonically, without sine or cosine.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRAL, 0.180625 - q * q);
  const r = Math.sqrt(-log(q < 0 ? p : 1 - p));
  const x = r <= 5 ? ratio(MIDDLE, r - 1.6) : ratio(TAIL, r - 5);
  return q < 0 ? -x : x;
}

interface Rational {
  readonly above: readonly number[];
  readonly below: readonly number[];
}

function ratio({ above, below }: Rational, x: number): number {
  return horner(above, x) / horner(below, x);
}

function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] ?? 0);
  return sum;
}

const CENTRAL: Rational = {
  above: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  below: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
};

const MIDDLE: Rational = {
  above: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  below: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
};

const TAIL: Rational = {
  above: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  below: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};
