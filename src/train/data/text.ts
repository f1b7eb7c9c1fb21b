// A text as a row of tokens: its characters, numbered in the order of their code points. A model takes windows of it
// and learns the character that follows.

import { UserError } from '../../base/errors.ts';
import type { Dataset } from './dataset.ts';

const LEAST = 64;

export function readText(name: string, text: string): Dataset {
  const characters = Array.from(text.replaceAll('\r\n', '\n'));
  if (characters.length < LEAST)
    throw new UserError('data/text', `\`${name}\` has ${characters.length} characters; expected at least ${LEAST}.`);
  const order = [...new Set(characters)].sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number));
  const numbers = new Map(order.map((character, i) => [character, i]));
  return {
    name,
    count: characters.length,
    shape: [1],
    features: Float32Array.from(characters, (character) => numbers.get(character) as number),
    target: { kind: 'value', values: new Float32Array(characters.length), width: 1 },
    vocabulary: order.length,
    note: `the text ${name}, ${characters.length} characters of ${order.length} kinds`,
  };
}

/** Rows of `length` characters, one after the other; what is left at the end is dropped. */
export function windows(data: Dataset, length: number): Dataset {
  const count = Math.floor(data.count / length);
  const features = data.features.subarray(0, count * length);
  return {
    ...data,
    count,
    shape: [length],
    features,
    target: { kind: 'value', values: new Float32Array(count), width: 1 },
  };
}
