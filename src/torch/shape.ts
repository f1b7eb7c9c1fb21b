// Shape arithmetic: the ops on types instead of tensors. A layer's or function's output shape is its forward
// run on this; the engine takes the type of every value of its program from here.

import type { Ops, TensorType } from './ops.ts';
import { elementwise } from './shapes/elementwise.ts';
import { layers } from './shapes/layers.ts';
import { recurrent } from './shapes/recurrent.ts';
import { views } from './shapes/views.ts';

/** Every method throws a UserError, `shape/…`, where PyTorch would refuse the shapes or dtypes. */
export const shapeOps: Ops<TensorType> = { type: (x) => x, ...elementwise, ...layers, ...recurrent, ...views };
