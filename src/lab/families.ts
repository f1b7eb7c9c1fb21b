// The lab's own models, made to fit a cell's data: the plan is complete before any data is read.

import { UserError } from '../base/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { builtInModel } from '../graph/models.ts';
import type { DataSpec } from './plan.ts';
import type { ModelSpec } from './spec.ts';

interface DataShape {
  /** One row's numbers; an image is square. */
  readonly features: number;
  /** Classes, or 1 for a quantity. */
  readonly outputs: number;
}

const DIGITS: DataShape = { features: 64, outputs: 10 };
/** As train/data/synthetic.ts makes them where a cell sets nothing. */
export const SYNTHETIC_SHAPES: Readonly<Record<string, DataShape>> = {
  'linear-teacher': { features: 10, outputs: 1 },
  'offset-features': { features: 10, outputs: 1 },
  blobs: { features: 10, outputs: 3 },
  'two-moons': { features: 2, outputs: 2 },
};
const EXAMPLE_BATCH = 2;

export function buildFamily(model: Extract<ModelSpec, { kind: 'family' }>, data: DataSpec): Graph {
  const { family, depth, width } = model;
  const known = shapeOf(data);
  const features = model.features ?? known?.features;
  const outputs = model.outputs ?? known?.outputs;
  if (features === undefined || outputs === undefined) {
    const message = `A model family expects \`features\` and \`outputs\` for data of a file, as in \`model: {family: ${family}, features: 10, outputs: 2}\`.`;
    throw new UserError('plan/family', message);
  }
  if (family === 'mlp')
    return builtInModel({ family, depth, width, norm: 'batch' }, { shape: [EXAMPLE_BATCH, features] }, outputs);
  const side = Math.sqrt(features);
  if (!Number.isInteger(side) || side < 2)
    throw new UserError('plan/family', `A cnn expects square images, and got rows of ${features} numbers.`);
  return builtInModel({ family, depth, width, norm: 'batch' }, { shape: [EXAMPLE_BATCH, 1, side, side] }, outputs);
}

function shapeOf(data: DataSpec): DataShape | undefined {
  if (data.kind === 'digits') return DIGITS;
  if (data.kind === 'file') return undefined;
  const shape = Object.hasOwn(SYNTHETIC_SHAPES, data.name) ? SYNTHETIC_SHAPES[data.name] : undefined;
  if (!shape) {
    const list = Object.keys(SYNTHETIC_SHAPES).map((name) => `\`${name}\``);
    throw new UserError(
      'plan/data',
      `There is no data set \`${data.name}\`; expected \`digits\`, ${list.join(', ')}, or a file.`,
    );
  }
  const { features, classes } = data.args;
  return {
    features: typeof features === 'number' ? features : shape.features,
    outputs: typeof classes === 'number' && shape.outputs > 1 ? classes : shape.outputs,
  };
}
