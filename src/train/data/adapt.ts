// Fits a data set to a model: to the inputs its graph takes and to the output it gives. Every choice is a
// sentence for people; what cannot be fitted is refused with what was expected and what was found.

import { UserError } from '../../base/errors.ts';
import type { Graph, GraphInput } from '../../graph/graph.ts';
import type { LossName } from '../../lab/plan.ts';
import type { NodeRef, Value } from '../../torch/signature.ts';
import { type Column, type Dataset, sizeOf, type Task } from './dataset.ts';
import { lowestFrequencies, resize, standardize } from './images.ts';
import { pictureTarget } from './pictures.ts';
import { windows } from './text.ts';

const MOST_ROW_NUMBERS = 3 * 512 * 512;
/** 64 MB of inputs: beyond it, fewer rows are used rather than more memory. */
const MOST_NUMBERS = 16_000_000;
/** cross_entropy's `ignore_index`, as PyTorch's default. */
const IGNORED = -100;

export function adapt(all: Dataset, graph: Graph, loss: LossName): Task {
  if (graph.inputs.length === 0)
    throw new UserError('data/inputs', `\`${graph.rootClass}\` takes no input; expected one tensor.`);
  const numbers = graph.inputs.reduce((sum, input) => sum + sizeOf(input.shape.slice(1)), 0);
  const rows = all.vocabulary === undefined ? all : windows(all, sizeOf(graph.inputs[0]?.shape.slice(1) ?? []));
  const data = firstRows(rows, Math.floor(MOST_NUMBERS / Math.max(numbers, 1)));
  const fewer = data.count < rows.count ? [`Rows: the first ${data.count} rows, to bound the memory.`] : [];
  const fitted = graph.inputs.map((input) => adaptInput(data, input));
  const output = outputShape(graph);
  const tokens = fitted.find(({ column }) => column.dtype === 'int64')?.column;
  const batch = graph.inputs[0]?.shape[0] ?? 1;
  const images = fitted.find(({ column }) => column.dtype === 'float32')?.column;
  const target = adaptTarget(data, { output, batch, tokens, images, loss });
  return {
    count: data.count,
    inputs: fitted.map(({ column }) => column),
    target: target.column,
    loss: target.loss,
    classes: target.classes,
    channelsFirst: target.channelsFirst ?? false,
    choices: [`Data: ${data.note}.`, ...fewer, ...fitted.map(({ choice }) => choice), target.choice],
  };
}

function firstRows(data: Dataset, most: number): Dataset {
  if (data.count <= most) return data;
  const { target } = data;
  const rows =
    target.kind === 'class'
      ? { ...target, labels: target.labels.subarray(0, most) }
      : { ...target, values: target.values.subarray(0, most * target.width) };
  return { ...data, count: most, features: data.features.subarray(0, most * sizeOf(data.shape)), target: rows };
}

export interface Fitted {
  readonly column: Column;
  readonly choice: string;
}

function adaptInput(data: Dataset, input: GraphInput): Fitted {
  const wanted = `(B, ${input.shape.slice(1).join(', ')})`;
  if (!input.batched || input.shape.length < 2) {
    const found = `(${input.shape.join(', ')})`;
    const message = `The input \`${input.name}\` has shape ${found}; expected the batch in dimension 0, as (B, F), (B, T), (B, T, F) or (B, C, H, W).`;
    throw new UserError('data/input', message);
  }
  const size = sizeOf(input.shape.slice(1));
  if (size > MOST_ROW_NUMBERS)
    throw new UserError('data/input', `The input \`${input.name}\` takes ${size} numbers a row; give a smaller input.`);
  if (input.dtype === 'int64') return toTokens(data, input, wanted);
  if (input.dtype === 'bool')
    throw new UserError('data/input', `The input \`${input.name}\` is a mask; expected numbers or token indices.`);
  return toNumbers(data, input, wanted);
}

function toNumbers(data: Dataset, input: GraphInput, wanted: string): Fitted {
  if (data.vocabulary !== undefined)
    throw new UserError(
      'data/shape',
      `${data.name} is a text, and the input \`${input.name}\` ${wanted} takes numbers; expected a model of tokens, or other data.`,
    );
  const shape = input.shape.slice(1);
  const column = (features: Float32Array): Column => ({ shape, dtype: 'float32', data: features });
  const says = (how: string) => `Input \`${input.name}\` ${wanted}: ${how}.`;
  if (sizeOf(shape) === sizeOf(data.shape)) {
    const standardized = standardize(data.features.slice(), sizeOf(shape));
    if (data.shape.length !== 2 || shape.length === 1)
      return { column: column(rawOr(data, standardized)), choice: says(rawNote(data)) };
  }
  if (data.shape.length === 2) {
    const side = data.shape as readonly [number, number];
    if (shape.length === 1 && (shape[0] as number) < sizeOf(side)) {
      const keep = shape[0] as number;
      const features = standardize(lowestFrequencies(data.features, side, keep), keep);
      const note = `the ${keep} lowest frequencies of each image (2-D DCT in zig-zag order), each standardized`;
      return { column: column(features), choice: says(note) };
    }
    const image = shape.length === 1 ? flatImage(shape[0] as number) : imageShape(shape);
    if (image && shape.length === 1)
      return { column: column(toImages(data, image)), choice: says(`${imageNote(side, image)}, in raster order`) };
    if (image) return { column: column(toImages(data, image)), choice: says(imageNote(side, image)) };
  }
  const found = `(${data.shape.join(', ')})`;
  const message = `The model's input \`${input.name}\` is ${wanted}, and a row of ${data.name} has shape ${found}; give data of that shape, or a model that takes it.`;
  throw new UserError('data/shape', message);
}

/** Sets that say what their scale is for are left as they are; images are standardized. */
function rawOr(data: Dataset, standardized: Float32Array): Float32Array {
  return isImage(data) ? standardized : data.features;
}

function rawNote(data: Dataset): string {
  return isImage(data) ? 'the pixels in raster order, each standardized' : 'the features as they are';
}

function isImage(data: Dataset): boolean {
  return data.shape.length === 2;
}

interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** (C, H, W) is an image of C channels, (T, F) an image whose rows are steps in time; (C, H, W) with 1 pixel is none. */
function imageShape(shape: readonly number[]): ImageShape | null {
  if (shape.length === 3) {
    const [channels, height, width] = shape as [number, number, number];
    return { channels, height, width };
  }
  if (shape.length === 2) return { channels: 1, height: shape[0] as number, width: shape[1] as number };
  return null;
}

/** The image whose pixels so many features are: a square of one channel or three, else the squarest of one channel. */
function flatImage(features: number): ImageShape | null {
  for (const channels of [1, 3]) {
    const side = Math.sqrt(features / channels);
    if (Number.isInteger(side)) return { channels, height: side, width: side };
  }
  for (let height = Math.floor(Math.sqrt(features)); height * height * 4 >= features; height--)
    if (features % height === 0) return { channels: 1, height, width: features / height };
  return null;
}

function toImages(data: Dataset, { channels, height, width }: ImageShape): Float32Array {
  const side = data.shape as readonly [number, number];
  const same = side[0] === height && side[1] === width;
  const resized = same ? data.features.slice() : resize(data.features, side, [height, width]);
  // One mean and deviation for all pixels: the border stays darker than the middle, as in any photograph.
  const plane = height * width;
  const images = standardize(resized, 1);
  if (channels === 1) return images;
  const out = new Float32Array(images.length * channels);
  for (let n = 0; n < data.count; n++)
    for (let c = 0; c < channels; c++) out.set(images.subarray(n * plane, (n + 1) * plane), (n * channels + c) * plane);
  return out;
}

function imageNote([h, w]: readonly [number, number], { channels, height, width }: ImageShape): string {
  const size = h === height && w === width ? `${h}×${w} pixels` : `${h}×${w} pixels resized to ${height}×${width}`;
  return `${size}, standardized${channels > 1 ? `, the same in all ${channels} channels` : ''}`;
}

/** Quantized numbers in raster order, repeated or cut to the model's length. */
function toTokens(data: Dataset, input: GraphInput, wanted: string): Fitted {
  const shape = input.shape.slice(1);
  const length = sizeOf(shape);
  const [low, high] = input.range ?? [0, (data.vocabulary ?? 16) - 1];
  if (data.vocabulary !== undefined) return toCharacters(data, data.vocabulary, input, wanted);
  const size = sizeOf(data.shape);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of data.features) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const levels = Math.min(high - low + 1, 17);
  const step = max > min ? (levels - 1) / (max - min) : 0;
  const tokens = new Int32Array(data.count * length);
  for (let n = 0; n < data.count; n++) {
    for (let i = 0; i < length; i++) {
      const value = data.features[n * size + (i % size)] as number;
      tokens[n * length + i] = low + Math.round((value - min) * step);
    }
  }
  const note = `the numbers of a row in order, quantized to ${levels} tokens from ${low}`;
  return { column: { shape, dtype: 'int64', data: tokens }, choice: `Input \`${input.name}\` ${wanted}: ${note}.` };
}

/** The characters as they are numbered; the model must know as many tokens. */
function toCharacters(data: Dataset, vocabulary: number, input: GraphInput, wanted: string): Fitted {
  const [low, high] = input.range ?? [0, vocabulary - 1];
  if (high - low + 1 < vocabulary)
    throw new UserError(
      'data/vocabulary',
      `${data.name} has ${vocabulary} kinds of characters, and the model knows ${high - low + 1} tokens; make it with a vocabulary of at least ${vocabulary}.`,
    );
  const tokens = Int32Array.from(data.features, (value) => low + value);
  const column: Column = { shape: input.shape.slice(1), dtype: 'int64', data: tokens };
  return { column, choice: `Input \`${input.name}\` ${wanted}: characters of the text in order.` };
}

/** The first tensor of what the model returns, as traced in training mode; dimension 0 is the batch. */
export function outputShape(graph: Graph): readonly number[] {
  const output = graph.train.find((node) => node.op === 'output');
  const ref = output && firstRef(output.args['output'] ?? null);
  const node = ref && graph.train.find(({ name }) => name === ref.node);
  const shape = node?.outputs[ref?.index ?? 0]?.shape;
  if (!shape) throw new UserError('data/output', `\`${graph.rootClass}\` returns no tensor; expected one to train on.`);
  return shape;
}

function firstRef(value: Value): NodeRef | null {
  if (value === null || typeof value !== 'object') return null;
  if ('node' in value && typeof value['node'] === 'string') return value as NodeRef;
  for (const item of Object.values(value as Readonly<Record<string, Value>>)) {
    const found = firstRef(item);
    if (found) return found;
  }
  return null;
}

interface TargetQuestion {
  readonly output: readonly number[];
  /** The batch size at which `output` was traced. */
  readonly batch: number;
  readonly tokens: Column | undefined;
  /** The first input of numbers. */
  readonly images: Column | undefined;
  readonly loss: LossName;
}

export interface FittedTarget extends Fitted {
  readonly loss: Task['loss'];
  readonly classes: number;
  readonly channelsFirst?: boolean;
}

function adaptTarget(data: Dataset, question: TargetQuestion): FittedTarget {
  const { output, batch, tokens } = question;
  const shape = output.slice(1);
  const found = `(B, ${shape.join(', ')})`.replace(', )', ',)');
  if (output[0] !== batch) throw refused(`returns shape (${output.join(', ')})`, 'the batch in dimension 0');
  if (shape.length === 2 && tokens?.shape.length === 1 && shape[0] === tokens.shape[0])
    return nextToken(tokens, shape[1] as number, found);
  if (data.vocabulary !== undefined) {
    if (tokens && shape.length > 0 && sizeOf(shape) === shape.at(-1)) return followingToken(tokens, shape, found);
    throw refused(
      `returns ${found}`,
      '(B, T, V) or (B, V): for a text, a number for each kind of token, at each position or for what follows the last',
    );
  }
  const { loss, images } = question;
  const own = data.target.kind === 'class' ? data.target.classes : data.target.width;
  const picture = images && pictureTarget(images, { shape, found, loss, width: own });
  if (picture) return picture;
  if (shape.length > 1 && sizeOf(shape) !== Math.max(...shape))
    throw refused(`returns ${found}`, '(B, 1), (B, classes), (B, T, V), or the shape of its input');
  const width = sizeOf(shape);
  if (data.target.kind === 'class' && question.loss !== 'mse_loss' && width >= Math.max(2, data.target.classes))
    return classes(data.target, shape, found);
  if (question.loss === 'cross_entropy') throw tooFew(data, found);
  if (question.loss === 'binary_cross_entropy_with_logits') return binary(data, shape, found);
  if (width === 1 || (data.target.kind === 'value' && data.target.width === width))
    return quantities(data, shape, found);
  throw tooFew(data, found);
}

function refused(what: string, expected: string): UserError {
  return new UserError('data/output', `The model ${what}; expected ${expected}.`);
}

function tooFew(data: Dataset, found: string): UserError {
  const { target } = data;
  const expected =
    target.kind === 'class'
      ? `(B, ${target.classes}) for the ${target.classes} classes of ${data.name}, or (B, 1) for the label as a number`
      : `(B, ${target.width}) for the target of ${data.name}`;
  return refused(`returns ${found}`, expected);
}

function classes(
  target: { labels: Int32Array; classes: number },
  shape: readonly number[],
  found: string,
): FittedTarget {
  // (N, C, 1, 1) has its target in (N, 1, 1), as PyTorch's cross_entropy wants it.
  const column: Column = { shape: shape.slice(1), dtype: 'int64', data: target.labels };
  const choice = `Output ${found}: cross_entropy on ${target.classes} classes.`;
  return { column, choice, loss: 'cross_entropy', classes: target.classes };
}

function quantities(data: Dataset, shape: readonly number[], found: string): FittedTarget {
  const labels = data.target.kind === 'class';
  const width = labels ? 1 : data.target.width;
  const values = Float32Array.from(data.target.kind === 'class' ? data.target.labels : data.target.values);
  const choice = `Output ${found}: mse_loss on the ${labels ? 'label as a number' : 'target'}, standardized.`;
  return {
    column: { shape, dtype: 'float32', data: standardize(values, width) },
    choice,
    loss: 'mse_loss',
    classes: 0,
  };
}

function binary(data: Dataset, shape: readonly number[], found: string): FittedTarget {
  if (data.target.kind !== 'class' || sizeOf(shape) !== 1)
    throw refused(`returns ${found}`, '(B, 1) and a target of classes for binary_cross_entropy_with_logits');
  const half = data.target.classes / 2;
  const values = Float32Array.from(data.target.labels, (label) => (label >= half ? 1 : 0));
  const choice = `Output ${found}: binary_cross_entropy_with_logits on whether the class is ${Math.ceil(half)} or more.`;
  return {
    column: { shape, dtype: 'float32', data: values },
    choice,
    loss: 'binary_cross_entropy_with_logits',
    classes: 0,
  };
}

/** Logits (B, V) or (B, 1, V), of what follows the last position: the first token of the next row. */
function followingToken(tokens: Column, shape: readonly number[], found: string): FittedTarget {
  const length = sizeOf(tokens.shape);
  const vocabulary = shape.at(-1) as number;
  const next = Int32Array.from(
    { length: tokens.data.length / length },
    (_, i) => tokens.data[(i + 1) * length] ?? IGNORED,
  );
  refuseLargeTokens(next, vocabulary, found);
  const choice = `Output ${found}: cross_entropy on the token that follows the last; a forward() that returns all positions learns more from each row.`;
  return {
    column: { shape: shape.slice(0, -1), dtype: 'int64', data: next },
    choice,
    loss: 'cross_entropy',
    classes: vocabulary,
  };
}

function refuseLargeTokens(tokens: Int32Array, vocabulary: number, found: string): void {
  const largest = tokens.reduce((max, token) => Math.max(max, token), 0);
  if (largest >= vocabulary)
    throw refused(`returns ${found}`, `at least ${largest + 1} numbers a position, one for each token`);
}

/** Logits (B, T, V) against the token that follows; cross_entropy wants the classes in dimension 1. */
function nextToken(tokens: Column, vocabulary: number, found: string): FittedTarget {
  const length = tokens.shape[0] as number;
  const next = new Int32Array(tokens.data.length);
  for (let i = 0; i < next.length; i++) {
    const last = i % length === length - 1;
    next[i] = last ? IGNORED : (tokens.data[i + 1] as number);
  }
  refuseLargeTokens(next, vocabulary, found);
  const choice = `Output ${found}: cross_entropy on the next token; the last position has none.`;
  return {
    column: { shape: [length], dtype: 'int64', data: next },
    choice,
    loss: 'cross_entropy',
    classes: vocabulary,
  };
}
