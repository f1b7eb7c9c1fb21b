// Preprocessing that gives a pretrained model other numbers than those its weights were trained on. Said only where
// the file's pretrained models all expect the same, and nothing else in it may prepare their inputs.

import type { Span } from '../base/finding.ts';
import type { Facts } from './facts.ts';
import { readFedImages } from './fed-images.ts';
import { type Pipeline, type PipelineStep, type Range, rangeOf, readPipelines } from './pipelines.ts';
import { mentionsMean, type PretrainedModel, readPretrained, type Statistics } from './pretrained.ts';

export interface ForeignInput {
  readonly span: Span;
  readonly model: PretrainedModel;
  readonly fault: /** Nothing is subtracted. */
    | { readonly kind: 'none'; readonly range: Range }
    | {
        readonly kind: 'other';
        readonly step: PipelineStep;
        readonly mean: readonly number[];
        readonly std: readonly number[];
      }
    /** The model does it as well. */
    | { readonly kind: 'twice'; readonly step: PipelineStep };
  readonly pipeline: Pipeline | null;
  readonly expects: Statistics | null;
  /** The weights are trained on, all of them, and get used to it. */
  readonly isTuned: boolean;
}

export function readForeignInputs(facts: Facts): readonly ForeignInput[] {
  const [model, ...others] = facts.of(readPretrained);
  if (!model || hasOtherUses(facts.text)) return [];
  if (others.some(({ expects }) => !isSame(expects, model.expects))) return [];
  const pipelines = facts.of(readPipelines).filter((one) => !isForOthers(one));
  const isTuned = trainsOn(facts.text);
  const found = pipelines.flatMap((pipeline): ForeignInput[] => {
    const fault = faultOf(pipeline, model, facts.text);
    const { start, end } = fault && 'step' in fault ? fault.step.item : pipeline.compose.callee;
    const expects = typeof model.expects === 'string' ? null : model.expects;
    return fault ? [{ span: { start, end }, model, fault, pipeline, expects, isTuned }] : [];
  });
  return [...found, ...fed(model, facts)];
}

/** The file standardizes by hand, or runs images through several models, or measures distances with one. */
function hasOtherUses(text: string): boolean {
  return /\bDiscriminator|\bGenerator\b|perceptual|gram_?matrix|\bstyle|\blpips\b|\.transforms\(\)|resolve_(?:model_)?data_config|[Pp]rocessor\b|feature_?extractor\(|MNIST|BatchNorm2d\(3\b|InstanceNorm2d\(3\b/i.test(
    text,
  );
}

/** Masks, and what is shown to people. */
function isForOthers({ name, steps }: Pipeline): boolean {
  return (
    steps.some(({ kind }) => kind === 'gray') ||
    (name !== null && /mask|label|target|vis|show|plot|inv|denorm|display/i.test(name))
  );
}

function faultOf(pipeline: Pipeline, { expects }: PretrainedModel, text: string): ForeignInput['fault'] | null {
  const steps = pipeline.steps.filter(({ kind }) => kind === 'normalize');
  const [step, ...more] = steps;
  const isKnown = !pipeline.steps.some(({ kind }) => kind === 'unknown' || kind === 'divide');
  if (!isKnown || more.length > 0) return null;
  const range = rangeOf(pipeline);
  if (typeof expects === 'string')
    return step && range === 'normalized' && step.mean && Math.max(...step.mean) > 0 ? { kind: 'twice', step } : null;
  if (step)
    return range === 'normalized' && step.mean && step.std && differs({ mean: step.mean, std: step.std }, expects)
      ? { kind: 'other', step, mean: step.mean, std: step.std }
      : null;
  return (range === 'unit' || range === 'wide') && !mentionsMean(text) ? { kind: 'none', range } : null;
}

/** By more than a twentieth of the range in any channel. */
function differs(a: Statistics, b: Statistics): boolean {
  const far = (x: readonly number[], y: readonly number[]) =>
    y.some((value, i) => Math.abs(value - (x[x.length === 1 ? 0 : i] ?? value)) > 0.05);
  return (a.mean.length === 1 || a.mean.length === 3) && (far(a.mean, b.mean) || far(a.std, b.std));
}

function isSame(a: PretrainedModel['expects'], b: PretrainedModel['expects']): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return !differs(a, b);
}

/** Trained elsewhere, or here with all its weights. */
function trainsOn(text: string): boolean {
  const trains = /\bbackward\(|\btraining_step\b|\boptim\b|optimizer/i.test(text);
  const predicts = /\bno_grad\b|\binference_mode\b|\.eval\(\)/.test(text);
  return !/requires_grad(?:_\(\s*|\s*=\s*)False/.test(text) && (trains || !predicts);
}

/** Images that the file reads and gives to the model itself. */
function fed(model: PretrainedModel, facts: Facts): readonly ForeignInput[] {
  const { expects } = model;
  if (typeof expects === 'string' || mentionsMean(facts.text)) return [];
  return readFedImages(facts).flatMap(({ call, range }): ForeignInput[] => {
    const one = facts.modes.occurrences.find((occurrence) => occurrence.call === call);
    const made = one && facts.modes.objects.get(one.place);
    const isIt = made?.origin === model.call && one?.loaded === null && !one.trained;
    const isRaw = range === 'unit' || range === 'wide' || range === 'bytes';
    const { start, end } = call;
    return isIt && isRaw
      ? [{ span: { start, end }, model, fault: { kind: 'none', range }, pipeline: null, expects, isTuned: false }]
      : [];
  });
}
