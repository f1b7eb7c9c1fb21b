// Images that reach a model's first layer as they come: up to 255, or between 0 and 1. Said only of models that are
// seen to begin with weights, in files that standardize nothing in any other way.

import type { Span } from '../base/finding.ts';
import type { Call } from '../python/tree.ts';
import type { CallFact } from './calls.ts';
import type { Facts } from './facts.ts';
import { readFedImages } from './fed-images.ts';
import { firstStepOf } from './first-layers.ts';
import { type Pipeline, rangeOf, readPipelines } from './pipelines.ts';
import { mentionsMean, readPretrained, type Statistics } from './pretrained.ts';

interface Place {
  readonly span: Span;
  /** A call of the model. */
  readonly first: Span;
  readonly isTrained: boolean;
}

export type RawInput = Place &
  (
    | { readonly kind: 'file' }
    | { readonly kind: 'pipeline'; readonly conversion: Call | null }
    | {
        readonly kind: 'unit';
        /** `CIFAR10`. */
        readonly dataset: string;
        readonly mean: number;
        readonly statistics: Statistics;
        /** All that want the step: training and test alike. */
        readonly pipelines: readonly Pipeline[];
      }
  );

/** Of the training images, each channel for itself. */
const KNOWN: Readonly<Record<string, Statistics>> = {
  CIFAR10: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  CIFAR100: { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] },
};

export function readRawInputs(facts: Facts): readonly RawInput[] {
  const { text } = facts;
  if (!/\bCompose\(|\bimread\(|\bImage\.open\(|\bread_image\(/.test(text) || standardizes(text)) return [];
  // What weights of elsewhere expect is another rule's.
  if (facts.of(readPretrained).length > 0) return [];
  return [...fromFiles(facts), ...fromPipelines(facts)];
}

/** By a step, a constant, a model's own hand; another range is as good. */
function standardizes(text: string): boolean {
  return mentionsMean(text) || /\.sub_?\(|rescale/i.test(text);
}

function fromFiles(facts: Facts): readonly RawInput[] {
  const fed = readFedImages(facts).filter(({ range }) => range === 'bytes' || range === 'wide');
  return fed.flatMap(({ call, source }): RawInput[] => {
    const one = facts.modes.occurrences.find((occurrence) => occurrence.call === call);
    const model = one && facts.modes.objects.get(one.place);
    if (!model || firstStepOf(model, facts) !== 'weights') return [];
    const { start, end } = call;
    return [
      { kind: 'file', span: { start, end }, first: source, isTrained: one.loaded === null && model.fact !== null },
    ];
  });
}

function fromPipelines(facts: Facts): readonly RawInput[] {
  const pipelines = facts.of(readPipelines);
  const wide = pipelines.find((one) => rangeOf(one) === 'wide' || rangeOf(one) === 'bytes');
  const set = wide ? null : dataset(pipelines, facts);
  if (!wide && !set) return [];
  const run = trainedRun(facts);
  if (!run) return [];
  const place = (pipeline: Pipeline): Place => {
    const { start, end } = pipeline.compose.callee;
    return { span: { start, end }, first: run, isTrained: true };
  };
  if (wide) {
    const [item] = wide.steps.flatMap(({ kind, item }) => (kind === 'to-float' ? [item] : []));
    return divides(facts.text)
      ? []
      : [{ kind: 'pipeline', ...place(wide), conversion: item?.kind === 'call' ? item : null }];
  }
  if (!set || !/CrossEntropyLoss|cross_entropy|nll_loss|NLLLoss/.test(facts.text) || isGenerative(facts.text))
    return [];
  const { mean } = set.statistics;
  const average = mean.reduce((sum, value) => sum + value, 0) / mean.length;
  return [
    {
      kind: 'unit',
      ...place(set.pipeline),
      dataset: set.name,
      mean: average,
      statistics: set.statistics,
      pipelines: pipelines.filter((one) => rangeOf(one) === 'unit'),
    },
  ];
}

function divides(text: string): boolean {
  return /\/\s*(?:255|256|127\.5|128)\b|\bdiv_?\(/.test(text);
}

/** Where images are made, or wanted back, between 0 and 1. */
function isGenerative(text: string): boolean {
  return /\bGAN\b|discriminator|generator\b|\bVAE\b|autoencoder|diffusion|denois|super_?resol|\bstyle/i.test(text);
}

/** Natural images whose training part goes through one of the file's pipelines. */
function dataset(
  pipelines: readonly Pipeline[],
  facts: Facts,
): { readonly name: string; readonly statistics: Statistics; readonly pipeline: Pipeline } | null {
  for (const place of facts.places.calls) {
    const name = /^torchvision\.datasets\.(\w+)$/.exec(place.name)?.[1];
    const statistics = name === undefined ? undefined : KNOWN[name];
    const given = name && isTraining(place, facts) ? argument(place.call, 'transform', 2) : undefined;
    if (!name || !statistics || !given) continue;
    const pipeline = pipelines.find(
      (one) => one.compose === given || (given.kind === 'name' && one.name === given.id && one.scope === place.scope),
    );
    if (pipeline && rangeOf(pipeline) === 'unit') return { name, statistics, pipeline };
  }
  return null;
}

function isTraining({ call, scope }: CallFact, { values }: Facts): boolean {
  const flag = argument(call, 'train', 1);
  return flag === undefined || values.fold(flag, scope)?.value === true;
}

function argument({ args }: Call, name: string, at: number) {
  const positional = args[at]?.name === null && args[at]?.stars === 0 ? args[at]?.value : undefined;
  return args.find((one) => one.name === name)?.value ?? positional;
}

/** A forward of the training, where every model that the file trains begins with weights. */
function trainedRun(facts: Facts): Span | null {
  const trained = facts.modes.occurrences.filter((one) => one.trained);
  const [first] = trained;
  const begins = ({ place }: { readonly place: string }) => {
    const model = facts.modes.objects.get(place);
    return model !== undefined && firstStepOf(model, facts) === 'weights';
  };
  return first && trained.every(begins) ? { start: first.call.start, end: first.call.end } : null;
}
