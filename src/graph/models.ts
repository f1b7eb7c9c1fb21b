// The lab's built-in models: plain stacks whose depth, width and normalization can be varied.

import { UserError } from '../base/errors.ts';
import { type InputStep, type LayerStep, sequential } from './build.ts';
import type { Graph } from './graph.ts';
import { type NormKind, normLayer } from './norms.ts';

export interface BuiltInModel {
  readonly family: 'mlp' | 'cnn';
  /** Hidden layers. */
  readonly depth: number;
  /** Units, or channels of the first stage. */
  readonly width: number;
  readonly norm?: NormKind;
  /** A layer of torch.nn without arguments; ReLU by default. */
  readonly activation?: string;
  readonly bias?: boolean;
}

/** `outputs` are classes, or numbers to be predicted. */
export function builtInModel(model: BuiltInModel, input: InputStep, outputs: number): Graph {
  expectCount('depth', model.depth);
  expectCount('width', model.width);
  return model.family === 'mlp' ? mlp(model, input, outputs) : cnn(model, input, outputs);
}

function mlp(model: BuiltInModel, input: InputStep, outputs: number): Graph {
  const features = input.shape.slice(1).reduce((product, size) => product * size, 1);
  const layers: LayerStep[] = input.shape.length > 2 ? [{ class: 'torch.nn.Flatten', path: 'flatten' }] : [];
  for (let i = 0; i < model.depth; i++) {
    const in_features = i === 0 ? features : model.width;
    const args = { in_features, out_features: model.width, bias: model.bias ?? true };
    layers.push({ class: 'torch.nn.Linear', path: `fc${i + 1}`, args });
    layers.push(...between(model, i + 1, model.width, 2));
  }
  const in_features = model.depth === 0 ? features : model.width;
  layers.push({ class: 'torch.nn.Linear', path: 'head', args: { in_features, out_features: outputs } });
  return sequential('MLP', input, layers);
}

/** Every second layer halves the image and doubles the channels, while there is an image to halve. */
function cnn(model: BuiltInModel, input: InputStep, outputs: number): Graph {
  const [, first, height, width] = input.shape;
  if (first === undefined || height === undefined || width === undefined)
    throw new UserError(
      'graph/input',
      `A cnn expects images of shape (N, C, H, W), and got [${input.shape.join(', ')}].`,
    );
  const layers: LayerStep[] = [];
  let channels = first;
  let size = Math.min(height, width);
  for (let i = 0; i < model.depth; i++) {
    const halves = i % 2 === 1 && size >= 4;
    const out_channels = i === 0 ? model.width : channels * (halves ? 2 : 1);
    const args = { in_channels: channels, out_channels, kernel_size: 3, stride: halves ? 2 : 1, padding: 1 };
    layers.push({ class: 'torch.nn.Conv2d', path: `conv${i + 1}`, args: { ...args, bias: model.bias ?? true } });
    layers.push(...between(model, i + 1, out_channels, 4));
    channels = out_channels;
    if (halves) size = Math.ceil(size / 2);
  }
  layers.push({ class: 'torch.nn.AdaptiveAvgPool2d', path: 'pool', args: { output_size: 1 } });
  layers.push({ class: 'torch.nn.Flatten', path: 'flatten' });
  layers.push({ class: 'torch.nn.Linear', path: 'head', args: { in_features: channels, out_features: outputs } });
  return sequential('CNN', input, layers);
}

function between(
  { norm = 'none', activation = 'ReLU' }: BuiltInModel,
  i: number,
  C: number,
  rank: number,
): LayerStep[] {
  const act: LayerStep = { class: `torch.nn.${activation}`, path: `act${i}` };
  if (norm === 'none') return [act];
  return [{ ...normLayer(norm, C, rank), path: `norm${i}` }, act];
}

function expectCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < (name === 'depth' ? 0 : 1))
    throw new UserError('graph/model', `A built-in model expects a whole number as ${name}, and got ${value}.`);
}
