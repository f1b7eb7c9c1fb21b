// Preprocessing of images, as torchvision's Compose lists it: what each step does to the range of the numbers,
// and whose data it is for. Only lists written out are read, and only steps that resolve to torchvision; a step
// that does not may do anything.

import type { Scope } from '../python/names.ts';
import type { Call, Expression } from '../python/tree.ts';
import { ownExpressions, visitExpression } from '../python/walk.ts';
import type { CallFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { type Split, splitOfName } from './knowledge.ts';

export type StepKind =
  /** Image or bytes → float in [0, 1]. */
  | 'to-unit'
  /** Image → tensor of bytes. */
  | 'to-bytes'
  /** Bytes → float of the same numbers. */
  | 'to-float'
  | 'normalize'
  /** One channel. */
  | 'gray'
  /** A division by 255. */
  | 'divide'
  /** Changes the picture, not the range: crops, flips, colors. */
  | 'picture'
  | 'unknown';

/** What the numbers are at a point of the list: an image of bytes, up to 255, up to 1, around zero. */
export type Range = 'image' | 'bytes' | 'wide' | 'unit' | 'normalized' | 'unknown';

export interface PipelineStep {
  readonly kind: StepKind;
  readonly item: Expression;
  /** Of `normalize`, where they are known: one number a channel. */
  readonly mean: readonly number[] | null;
  readonly std: readonly number[] | null;
}

export interface Pipeline {
  readonly compose: Call;
  readonly list: Expression & { readonly kind: 'sequence' };
  readonly steps: readonly PipelineStep[];
  /** The name it is given, `test_transform`, or its key in a dictionary. */
  readonly name: string | null;
  /** Of the data set of torchvision it is given to, or of its name. */
  readonly role: Split | null;
  /** `CIFAR10`, where it is the transform of one part of that data set. */
  readonly dataset: string | null;
  readonly scope: Scope;
}

export function rangeAfter(kind: StepKind, range: Range): Range {
  switch (kind) {
    case 'to-unit':
      return range === 'image' || range === 'bytes' ? 'unit' : range;
    case 'to-bytes':
      return range === 'image' ? 'bytes' : range;
    case 'to-float':
      return range === 'bytes' || range === 'image' ? 'wide' : range;
    case 'normalize':
      return range === 'unit' || range === 'wide' ? 'normalized' : 'unknown';
    case 'gray':
    case 'picture':
      return range;
    default:
      return 'unknown';
  }
}

/** What an image has become behind the last step. */
export function rangeOf({ steps }: Pick<Pipeline, 'steps'>): Range {
  return steps.reduce<Range>((range, { kind }) => rangeAfter(kind, range), 'image');
}

export const TRANSFORMS = /^torchvision\.transforms\.(?:v2\.)?(?:transforms\.)?(\w+)$/;

export function readPipelines(facts: Facts): readonly Pipeline[] {
  if (!/\bCompose\(/.test(facts.text)) return [];
  const names = namesOf(facts);
  const datasets = datasetsOf(facts);
  return facts.places.calls.flatMap((place): Pipeline[] => {
    const list = place.call.args[0]?.value;
    if (TRANSFORMS.exec(place.name)?.[1] !== 'Compose' || list?.kind !== 'sequence') return [];
    const name = names.get(place.call) ?? null;
    const steps = list.items.map((item) => stepOf(item, place, facts));
    const uses = datasets.filter(({ transform }) => transform === place.call);
    const [use] = uses.every(({ name: one, split }) => one === uses[0]?.name && split === uses[0]?.split) ? uses : [];
    const role = use?.split ?? (name === null ? null : splitOfName(name));
    return [{ compose: place.call, list, steps, name, role, dataset: use?.name ?? null, scope: place.scope }];
  });
}

interface DatasetUse {
  readonly name: string;
  readonly split: Split;
  readonly transform: Call;
}

/** `datasets.CIFAR10(root, train=False, transform=tf)`. */
function datasetsOf({ places, names, values }: Facts): readonly DatasetUse[] {
  return places.calls.flatMap(({ name, call, scope }): DatasetUse[] => {
    const dataset = /^torchvision\.datasets\.(\w+)$/.exec(name)?.[1];
    const named = (key: string) => call.args.find((argument) => argument.name === key)?.value;
    const [flag, part] = [named('train'), named('split')];
    const known = flag ? values.fold(flag, scope)?.value : part && values.fold(part, scope)?.value;
    const split = known === true ? 'train' : known === false ? 'eval' : null;
    const role = split ?? (typeof known === 'string' ? splitOfName(known) : null);
    const given = named('transform');
    const [only, ...others] = given?.kind === 'name' ? names.lookup(given.id, scope) : [];
    const transform = only?.kind === 'assign' && others.length === 0 ? only.value : given;
    return dataset && role && transform?.kind === 'call' ? [{ name: dataset, split: role, transform }] : [];
  });
}

/** What each Compose is called: by an assignment, a keyword, a dictionary's key. */
function namesOf(facts: Facts): ReadonlyMap<Call, string> {
  const names = new Map<Call, string>();
  const note = (value: Expression | null, name: string | null) => {
    if (value?.kind === 'call' && name) names.set(value, name);
  };
  for (const { statement } of facts.places.statements) {
    const [target] = statement.kind === 'assign' ? statement.targets : [];
    if (statement.kind === 'assign' && target?.kind === 'name') note(statement.value, target.id);
    if (statement.kind === 'assign' && target?.kind === 'attribute') note(statement.value, target.name);
    for (const own of ownExpressions(statement))
      visitExpression(own, (part) => {
        if (part.kind === 'dict')
          for (const { key, value } of part.entries) if (key?.kind === 'string') note(value, key.value);
      });
  }
  return names;
}

export function stepOf(item: Expression, { scope }: Pick<CallFact, 'scope'>, facts: Facts): PipelineStep {
  const plain = (kind: StepKind): PipelineStep => ({ kind, item, mean: null, std: null });
  if (item.kind !== 'call') return plain('unknown');
  const name = TRANSFORMS.exec(facts.names.resolve(item.callee, scope) ?? '')?.[1];
  const given = (key: string, at: number) =>
    item.args.find((argument) => argument.name === key)?.value ??
    (item.args[at]?.name === null ? item.args[at]?.value : undefined);
  switch (name) {
    case 'ToTensor':
      return plain('to-unit');
    case 'PILToTensor':
    case 'ToImage':
      return plain('to-bytes');
    case 'ConvertImageDtype':
      return plain('to-unit');
    case 'ToDtype':
      return plain(conversion(given('dtype', 0), given('scale', 1), scope, facts));
    case 'Normalize':
      return {
        kind: 'normalize',
        item,
        mean: numbers(given('mean', 0), scope, facts),
        std: numbers(given('std', 1), scope, facts),
      };
    case 'Grayscale': {
      const count = given('num_output_channels', 0);
      return plain(count && facts.values.number(count, scope) !== 1 ? 'picture' : 'gray');
    }
    case 'Lambda':
      return plain(/\/\s*255\b/.test(facts.text.slice(item.start, item.end)) ? 'divide' : 'unknown');
    default:
      return plain(name && PICTURE.test(name) ? 'picture' : 'unknown');
  }
}

/** Scaled to [0, 1] only where it is asked for. */
function conversion(
  dtype: Expression | undefined,
  scale: Expression | undefined,
  scope: Scope,
  facts: Facts,
): StepKind {
  const isFloat = dtype !== undefined && /^torch\.float(?:32)?$/.test(facts.names.resolve(dtype, scope) ?? '');
  if (!isFloat || (scale && scale.kind !== 'constant')) return 'unknown';
  return scale?.value === true ? 'to-unit' : 'to-float';
}

const PICTURE =
  /^(?:Resize|Scale|CenterCrop|RandomCrop|RandomResizedCrop|RandomSizedCrop|FiveCrop|Pad|RandomHorizontalFlip|RandomVerticalFlip|RandomRotation|RandomAffine|RandomPerspective|ColorJitter|RandomGrayscale|GaussianBlur|RandomInvert|RandomPosterize|RandomSolarize|RandomAutocontrast|RandomEqualize|RandomAdjustSharpness|AutoAugment|RandAugment|TrivialAugmentWide|AugMix|RandomErasing)$/;

/** `[0.5, 0.5, 0.5]`, `(0.5,)`, a name that holds one; null where it is not known. */
function numbers(expression: Expression | undefined, scope: Scope, facts: Facts): readonly number[] | null {
  const value = expression && facts.values.fold(expression, scope)?.value;
  if (typeof value === 'number') return [value];
  if (!Array.isArray(value) || value.length === 0) return null;
  const known = value.filter((item): item is number => typeof item === 'number');
  return known.length === value.length ? known : null;
}
