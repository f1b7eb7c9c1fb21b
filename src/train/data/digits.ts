// The optical digits set, as media/data/README.md describes its bytes.

import { UserError } from '../../base/errors.ts';
import type { Dataset } from './dataset.ts';

const SIDE = 8;
const PIXELS = SIDE * SIDE;
const ROW = PIXELS + 1;
const BRIGHTEST = 16;

export function readDigits(bytes: Uint8Array): Dataset {
  if (bytes.length === 0 || bytes.length % ROW !== 0) {
    const message = `Expected the digits set in rows of ${ROW} bytes, and got ${bytes.length} bytes; install Norm Lab again.`;
    throw new UserError('data/digits', message);
  }
  const count = bytes.length / ROW;
  const features = new Float32Array(count * PIXELS);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < PIXELS; j++) features[i * PIXELS + j] = (bytes[i * ROW + j] as number) / BRIGHTEST;
    labels[i] = bytes[i * ROW + PIXELS] as number;
  }
  return {
    name: 'digits',
    count,
    shape: [SIDE, SIDE],
    features,
    target: { kind: 'class', labels, classes: 10 },
    note: `${count} handwritten digits of ${SIDE}×${SIDE} pixels, 10 classes`,
  };
}
