// From what a plan says of its data to rows; the bytes of the bundled set come in as an argument.

import { UserError } from '../../base/errors.ts';
import type { DataSpec } from '../../lab/plan.ts';
import type { Dataset } from './dataset.ts';
import { readDigits } from './digits.ts';
import { readDataFile } from './file.ts';
import { makeSynthetic } from './synthetic.ts';

/** Synthetic sets are made from this seed, so that runs of different seeds learn the same rows. */
const DATA_SEED = 0;

export function load(spec: DataSpec, digits: Uint8Array | null): Dataset {
  switch (spec.kind) {
    case 'digits':
      if (!digits)
        throw new UserError('data/digits', 'The bundled digits set was not found; build or install Norm Lab again.');
      return readDigits(digits);
    case 'synthetic':
      return makeSynthetic(spec.name, spec.args, DATA_SEED);
    case 'file':
      return readDataFile(spec.name, spec.bytes, spec.target);
    default:
      return spec satisfies never;
  }
}
